#include "adapters/channels/wechat/wechat_errors.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

using enum Reaction;
using enum Again;

// Where the contract says that a person must act in the console for one draft only (48021, 53504,
// 53505), the rule is Content: pausing the whole channel would hold up every other item.
constexpr CodeRule kRules[] = {
    {-1, Busy, Unstated, "the platform is busy"},
    {40001, Token, Unstated, "the access token is wrong or outdated"},
    {40002, Content, Unstated, "an argument is invalid"},
    {40003, Content, Unstated, "the openid is invalid"},
    {40004, Content, Unstated, "the media type is not accepted"},
    {40005, Content, Unstated, "the file type is not accepted"},
    {40006, Content, Unstated, "the file size is not accepted"},
    {40007, Ambiguous, Unstated,
     "the media_id is unknown: consumed, deleted, of another account, or uploaded a moment ago"},
    {40008, Content, Unstated, "the message type is not accepted"},
    {40009, Content, Unstated, "the picture is too large"},
    {40012, Content, Unstated, "the thumbnail's size is not accepted"},
    {40013, Account, Unstated, "the app_id is wrong"},
    {40014, Token, Unstated, "the access token is invalid"},
    {40031, Content, Unstated, "the openid list is invalid"},
    {40032, Content, Unstated, "the openid list's length is not accepted"},
    {40033, Content, Unstated, "the request contains escaped characters"},
    {40035, Content, Unstated, "a parameter is invalid"},
    {40059, Content, Unstated, "the msg_id is invalid"},
    {40060, Content, Unstated, "the article index is invalid"},
    {40065, Content, Unstated, "the message's state does not allow deletion"},
    {40068, Content, Unstated, "the text contains a link that is not allowed"},
    {40097, Content, Unstated, "an argument is invalid"},
    {40113, Content, Unstated, "the file type is not supported"},
    {40114, Content, Unstated, "the draft index is out of range"},
    {40118, Content, Unstated, "the media_id's size is not accepted"},
    {40121, Content, Unstated, "the media_id's kind is not accepted"},
    {40125, Account, Unstated, "the app secret is wrong"},
    {40128, Content, Unstated, "the media_id does not come from add_material"},
    {40130, Content, Unstated, "the openid list is too short"},
    {40137, Content, Unstated, "the picture's format is not supported"},
    {40152, Content, Unstated, "the tag does not exist"},
    {40155, Content, Unstated, "links to other pages are not allowed"},
    {40160, Content, Unstated, "the file is not accepted"},
    {40164, Account, Unstated, "this machine's address is not on the account's IP allow list"},
    {40192, Content, Unstated, "the author is invalid"},
    {40204, Content, Unstated, "the article was marked and cannot be deleted"},
    {40213, Content, Unstated, "the text contains a link that is not allowed"},
    {40214, Content, Unstated, "the text contains a link that is not allowed"},
    {40215, Content, Unstated, "the article has too many pictures"},
    {40243, Account, Unstated, "the app secret is frozen: unfreeze it in the console"},
    {41001, Content, Unstated, "the request carries no access token"},
    {41002, Account, Unstated, "the app_id is missing"},
    {41004, Account, Unstated, "the app secret is missing"},
    {41005, Content, Unstated, "the upload contains no file"},
    {41006, Content, Unstated, "the media_id is missing"},
    {41011, Content, Unstated, "a parameter is missing"},
    {41039, Content, Unstated, "the link of 阅读原文 is not accepted"},
    {41040, Content, Unstated, "the article does not meet the rules for original work"},
    {42001, Token, Unstated, "the access token has expired"},
    {42010, Limited, InMinutes, "the calls come too fast"},
    {43002, Content, Unstated, "the call must be a POST"},
    {44002, Content, Unstated, "the request is empty"},
    {44003, Content, Unstated, "the article is empty"},
    {44004, Content, Unstated, "the text is empty"},
    {45001, Content, Unstated, "the file is too large"},
    {45002, Content, Unstated, "the text is too long"},
    {45003, Content, Unstated, "the title is too long"},
    {45004, Content, Unstated, "the digest is too long"},
    {45005, Content, Unstated, "the link is too long"},
    {45006, Content, Unstated, "a picture's link is too long"},
    {45008, Content, Unstated, "the draft has too many articles"},
    {45009, Limited, NextDay, "the day's quota of this call is used up"},
    {45011, Limited, InAMinute, "the minute's quota of this call is used up"},
    {45028, Limited, NextDay, "the mass-send quota is used up"},
    {45034, Account, Unstated, "the material library is full: clean it up"},
    {45040, Limited, NextMonth, "the month's quota is used up"},
    {45062, Account, Unstated, "an advertising contract allows mass-sending on the website only"},
    {45065, Ambiguous, Unstated, "this was sent before"},
    {45066, Limited, InAMinute, "the same request was repeated too fast"},
    {45067, Content, Unstated, "the clientmsgid is too long"},
    {45074, Account, Unstated, "the material library is full: clean it up"},
    {45102, Limited, InAnHour, "the call is blocked for now"},
    {45103, Account, Unstated, "the call is no longer offered"},
    {45113, Content, Unstated, "this kind of content is not supported"},
    {45159, Content, Unstated, "the tag does not exist"},
    {45166, Content, Unstated, "the text is invalid"},
    {46001, Content, Unstated, "the media does not exist"},
    {47001, Content, Unstated, "the request is not the JSON the platform expects"},
    {47002, Content, Unstated, "the request is not in the encoding the platform expects"},
    {47009, Account, Unstated, "the call is offline"},
    {48001, Account, Unstated, "the account has no permission for this call"},
    {48003, Account, Unstated, "the owner has not accepted the mass-send agreement"},
    {48004, Account, Unstated, "the call is banned because of violations"},
    {48005, Content, Unstated, "the material is in use by a menu or an automatic reply"},
    {48006, Limited, NextMonth, "the month's quota resets are used up"},
    {48008, Account, Unstated, "the account has no permission for this message type"},
    {48009, Account, Unstated, "the call is no longer offered"},
    {48021, Content, Unstated, "the draft was last saved automatically: save it in the console"},
    {48022, Content, Unstated, "a video uploaded by API is not allowed"},
    {50001, Account, Unstated, "the user has not authorised this call"},
    {50002, Account, Unstated, "the account is limited"},
    {50004, Account, Unstated, "the account may not use access tokens"},
    {50005, Account, Unstated, "the user does not follow the account"},
    {50007, Account, Unstated, "the account is frozen"},
    {53404, Content, Unstated, "shop goods are not allowed"},
    {53405, Content, Unstated, "the shop goods are invalid"},
    {53406, Content, Unstated, "the shop goods are invalid"},
    {53503, Content, Unstated, "the draft failed the publication check"},
    {53504, Content, Unstated, "this draft must be published on the website"},
    {53505, Content, Unstated, "this draft must be saved by hand on the website first"},
    {53600, Content, Unstated, "the article_id is invalid"},
    {61003, Account, Unstated, "third-party authorisation"},
    {61004, Account, Unstated, "third-party authorisation: the address is not registered"},
    {61005, Account, Unstated, "third-party authorisation: the ticket has expired"},
    {61006, Account, Unstated, "third-party authorisation: the ticket is invalid"},
    {61007, Account, Unstated, "third-party authorisation: the call is not authorised"},
    {61451, Content, Unstated, "a parameter is invalid"},
    {61500, Content, Unstated, "the date is invalid"},
    {61501, Content, Unstated, "the span of dates is invalid"},
    {61503, Later, InAnHour, "the figures are not ready yet"},
    {76001, Content, Unstated, "the rid is invalid"},
    {76002, Content, Unstated, "the rid does not belong to this account"},
    {76003, Content, Unstated, "the rid is not found"},
    {76004, Content, Unstated, "the rid is no longer kept"},
    {76021, Content, Unstated, "the cgi_path is not found"},
    {76022, Content, Unstated, "the cgi_path is not authorised"},
    {88000, Content, Unstated, "the account may not open comments"},
    {89501, Limited, InMinutes, "the administrator must allow this machine's address"},
    {89502, Limited, InMinutes, "the administrator must allow this machine's address"},
    {89503, Limited, InMinutes, "the administrator must allow this machine's address"},
    {89504, Ambiguous, Unstated, "the administrator must confirm the mass-send"},
    {89505, Ambiguous, Unstated, "the administrator must confirm the mass-send"},
    {89506, Limited, In24Hours, "the administrator refused this machine's address twice"},
    {89507, Limited, InAnHour, "the administrator refused this machine's address"},
    {9500001, Ambiguous, Unstated, "a code the platform lists without a meaning"},
    {9500002, Ambiguous, Unstated, "a code the platform lists without a meaning"},
    {268487002, Later, InAMinute, "the platform is busy"},
    {268488001, Ambiguous, Unstated, "a code the platform lists without a meaning"},
};
static_assert(std::ranges::is_sorted(kRules, std::ranges::less(), &CodeRule::code));

Duration wait_of(Again again) {
  using namespace std::chrono_literals;
  switch (again) {
    case InAMinute:
      return 1min;
    case InMinutes:
      return 5min;
    case InAnHour:
      return 1h;
    case In24Hours:
      return 24h;
    case Unstated:
    case NextDay:
    case NextMonth:
      break;
  }
  return 1min;
}

// The platform does not say when a day of its quotas begins; Beijing midnight is what users see.
Timestamp time_of(Again again, Timestamp now) {
  if (again == NextDay)
    return beijing_midnight(std::chrono::sys_days(beijing_day(now)) + std::chrono::days(1));
  if (again == NextMonth) return begin_of_next_month(now);
  return now + wait_of(again);
}

Outcome busy(Asked asked, Diagnostic why) {
  if (asked == Asked::Act) return Unconfirmed{std::move(why)};
  return Deferred{std::move(why), std::nullopt};
}

}  // namespace

Timestamp begin_of_next_month(Timestamp now) {
  const std::chrono::year_month_day today = beijing_day(now);
  const auto next = today.year() / today.month() + std::chrono::months(1);
  return beijing_midnight(next / std::chrono::day(1));
}

std::span<const CodeRule> wechat_code_rules() {
  return kRules;
}

const CodeRule* wechat_code_rule(int code) {
  const auto* rule = std::ranges::lower_bound(kRules, code, {}, &CodeRule::code);
  return rule != std::end(kRules) && rule->code == code ? rule : nullptr;
}

Outcome outcome_of_code(int code, Asked asked, Diagnostic why, Timestamp now) {
  const CodeRule* rule = wechat_code_rule(code);
  if (rule == nullptr) {
    why.message = "a code the contract does not know: " + why.message;
    return Refused{std::move(why)};
  }
  why.message = std::string(rule->meaning) + ": " + why.message;
  switch (rule->reaction) {
    case Busy:
      return busy(asked, std::move(why));
    case Later:
      return Deferred{std::move(why), wait_of(rule->again)};
    case Limited:
      return RateLimited{std::move(why), time_of(rule->again, now)};
    case Token:
    case Account:
      return Unauthorized{std::move(why)};
    case Ambiguous:
      if (asked == Asked::Act) return Unconfirmed{std::move(why)};
      break;
    case Content:
      break;
  }
  return Refused{std::move(why)};
}

}  // namespace liandong
