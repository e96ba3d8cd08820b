// Weibo's error codes and what each means for a delivery (contracts/weibo.md 7).

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ERRORS_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ERRORS_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "daemon/delivery/outcome.h"

namespace liandong {

enum class WeiboClass : std::uint8_t {
  Unknown,    // it may have been posted: read back
  Later,      // not posted, the same request may work later
  Once,       // the same, but a second refusal is final
  Token,      // a person must authorise again
  Account,    // the account or the app must be put right: the channel stops
  Limited,    // a budget is used up
  Content,    // this text or picture is not accepted
  Duplicate,  // "you have posted this": read back, adopt the post
  Accepted,   // posted, shown later
  Missing,    // the post is not there (any more)
};

struct WeiboError {
  int code;
  WeiboClass kind;
  std::string_view meaning;      // what a person should know
  std::chrono::seconds wait{0};  // Later: pause; Limited: pause, 0 for the next full hour
};

// In the order of the codes.
inline constexpr std::array kWeiboErrors = {
    WeiboError{10001, WeiboClass::Unknown, "the system failed"},
    WeiboError{10002, WeiboClass::Later, "the service is unavailable", std::chrono::seconds(60)},
    WeiboError{10003, WeiboClass::Unknown, "a remote service failed"},
    WeiboError{10004, WeiboClass::Account, "this machine's address may not use it"},
    WeiboError{10005, WeiboClass::Account, "it needs an appkey of a higher level"},
    WeiboError{10006, WeiboClass::Account, "the appkey or the token is missing"},
    WeiboError{10007, WeiboClass::Content, "the media type is not supported"},
    WeiboError{10008, WeiboClass::Content, "a parameter is wrong"},
    WeiboError{10009, WeiboClass::Later, "too many tasks are pending", std::chrono::seconds(120)},
    WeiboError{10010, WeiboClass::Unknown, "the job expired"},
    WeiboError{10011, WeiboClass::Unknown, "a call between its servers failed"},
    WeiboError{10012, WeiboClass::Account, "the request is illegal"},
    WeiboError{10013, WeiboClass::Account, "the user is not legal"},
    WeiboError{10014, WeiboClass::Account, "the application lacks the permission"},
    WeiboError{10016, WeiboClass::Content, "a required parameter is missing"},
    // See outcome_of_weibo().
    WeiboError{10017, WeiboClass::Content,
               "the text lacks a link to the application's domain, or the application none"},
    WeiboError{10018, WeiboClass::Content, "the request is too long"},
    WeiboError{10020, WeiboClass::Account, "the call does not exist"},
    WeiboError{10021, WeiboClass::Account, "the method is not supported"},
    WeiboError{10022, WeiboClass::Limited, "this machine's address asked too often"},
    WeiboError{10023, WeiboClass::Limited, "the user asked too often"},
    WeiboError{10024, WeiboClass::Limited, "the user asked for this too often"},
    WeiboError{20003, WeiboClass::Account, "the user does not exist"},
    WeiboError{20005, WeiboClass::Content, "the picture's type is not supported"},
    WeiboError{20006, WeiboClass::Content, "the picture is too large"},
    WeiboError{20007, WeiboClass::Content, "the picture is missing"},
    WeiboError{20008, WeiboClass::Content, "the text is empty"},
    WeiboError{20012, WeiboClass::Content, "the text is longer than 140 characters"},
    WeiboError{20014, WeiboClass::Once, "the security parameter is wrong", std::chrono::seconds(5)},
    WeiboError{20015, WeiboClass::Account,
               "the account, the address or the application is not legal"},
    // Doubles each time.
    WeiboError{20016, WeiboClass::Limited, "posted too often", std::chrono::minutes(10)},
    WeiboError{20017, WeiboClass::Duplicate, "similar content was posted"},
    WeiboError{20018, WeiboClass::Content, "the link is illegal"},
    WeiboError{20019, WeiboClass::Duplicate, "the same content was posted"},
    WeiboError{20020, WeiboClass::Content, "it holds advertising"},
    WeiboError{20021, WeiboClass::Content, "it holds illegal content"},
    WeiboError{20022, WeiboClass::Limited, "this machine's address behaves abnormally",
               std::chrono::hours(1)},
    WeiboError{20031, WeiboClass::Account, "a captcha is wanted"},
    WeiboError{20032, WeiboClass::Accepted, "posted, and shown in a minute or two"},
    WeiboError{20049, WeiboClass::Content, "longer than the limit of long posts"},
    WeiboError{20101, WeiboClass::Missing, "the post does not exist"},
    // The contract stops the channel; only withdrawals meet it, and one wrong id is no reason to
    // stop every other post.
    WeiboError{20102, WeiboClass::Content, "the post is another account's"},
    WeiboError{20104, WeiboClass::Content, "the post is illegal"},
    WeiboError{20111, WeiboClass::Duplicate, "the text was posted again and again"},
    WeiboError{20507, WeiboClass::Account, "a captcha is wanted"},
    WeiboError{21301, WeiboClass::Token, "authorisation failed"},
    WeiboError{21314, WeiboClass::Token, "the token was used"},
    WeiboError{21315, WeiboClass::Token, "the access token has expired"},
    WeiboError{21316, WeiboClass::Token, "the token was revoked"},
    WeiboError{21317, WeiboClass::Token, "the token was rejected"},
    WeiboError{21319, WeiboClass::Token, "authorisation was withdrawn"},
    WeiboError{21321, WeiboClass::Account,
               "the application is not audited, and the user is not among its testers"},
    WeiboError{21322, WeiboClass::Account, "the redirect address does not match"},
    WeiboError{21323, WeiboClass::Account, "the request for authorisation is invalid"},
    WeiboError{21324, WeiboClass::Account, "the client is invalid"},
    WeiboError{21325, WeiboClass::Token, "the grant is invalid"},
    WeiboError{21327, WeiboClass::Token, "the access token has expired"},
    WeiboError{21330, WeiboClass::Token, "access was denied"},
    WeiboError{21331, WeiboClass::Later, "temporarily unavailable", std::chrono::seconds(60)},
    WeiboError{21332, WeiboClass::Token, "the access token is invalid"},
    WeiboError{21335, WeiboClass::Account, "the uid must be the current user's"},
    WeiboError{21337, WeiboClass::Account, "the appkey lacks the permission"},
    WeiboError{21602, WeiboClass::Content, "it holds forbidden words"},
};

// Null for a code that is not documented.
[[nodiscard]] const WeiboError* find_weibo_error(std::int64_t code);

struct WeiboTries {
  int attempt = 1;  // at this step, from 1
  int limited = 1;  // budgets in a row that were said to be used up, this one included
};

// What the refused call means. `why` holds code, words and HTTP status; the code's meaning is put
// before the words. Accepted becomes Done with
// `accepted_at`, Missing becomes Refused: a step to which they mean more looks at the code first. A
// Duplicate becomes Refused at the second attempt: the first was looked for in vain, and there must
// be no third.
[[nodiscard]] Outcome outcome_of_weibo(std::int64_t code, Diagnostic why, WeiboTries tries,
                                       Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ERRORS_H_
