// What probe() finds out about the account: whose token it is, how long it lives, what budget is
// left.

#include <array>
#include <span>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/channels/weibo/weibo_channel.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::array<std::int64_t, 3> kWarnDays = {1, 7, 30};
constexpr std::size_t kLongestUid = 20;

}  // namespace

std::optional<std::int64_t> token_warning(std::int64_t seconds_left) {
  for (const std::int64_t days : kWarnDays) {
    if (seconds_left < days * kDay) return days;
  }
  return std::nullopt;
}

std::string words_of_token(std::string_view uid, std::int64_t seconds_left) {
  std::string words = fmt::format("微博账号 {}，授权还剩 {} 天", uid, seconds_left / kDay);
  switch (token_warning(seconds_left).value_or(0)) {
    case 1:
      return words + "：今天必须由账号管理员重新授权，否则明天起无法推送";
    case 7:
      return words + "：一周内到期，请尽快由账号管理员重新授权";
    case 30:
      return words + "：一个月内到期，请安排账号管理员重新授权";
    default:
      return words;
  }
}

asio::awaitable<Result<Traits>> WeiboChannel::probe(Instant deadline) {
  HttpRequest question =
      post("/oauth2/get_token_info", {{"access_token", options_.token.reveal()}}, deadline);
  question.use = HttpUse::Read;
  const HttpResult result = co_await http_.send(std::move(question));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    co_return Error(failure->untrusted ? ErrorKind::Unauthorized : ErrorKind::Transient,
                    failure->message)
        .during("asking Weibo about the token");
  }
  Result<std::string> words = read_token_info(std::get<HttpReply>(result));
  if (!words) co_return std::move(words).error();
  HttpRequest budget = get("/2/account/rate_limit_status.json",
                           {{"access_token", options_.token.reveal()}}, deadline);
  const HttpResult limits = co_await http_.send(std::move(budget));
  note_ = std::move(*words);
  if (const auto* answer = std::get_if<HttpReply>(&limits)) {
    const auto numbers = json_object(*answer);
    const auto hits = numbers ? integer_member(*numbers, "remaining_user_hits") : std::nullopt;
    if (hits) note_ += fmt::format("，接口余量 {} 次", *hits);
  }
  co_return traits();
}

Result<std::string> WeiboChannel::read_token_info(const HttpReply& reply) {
  const auto json = json_object(reply);
  std::optional<std::int64_t> left;
  if (json && reply.status == 200) {
    left = integer_member(*json, "expire_in");
    if (!left) left = integer_member(*json, "expires_in");
  }
  if (!left) {
    const bool refused = std::holds_alternative<Unauthorized>(refusal(reply, 1));
    const Diagnostic words = why(reply);
    return Error(refused ? ErrorKind::Unauthorized : ErrorKind::Malformed,
                 fmt::format("Weibo does not accept the token: {} {}", words.code, words.message));
  }
  const std::span<const Secret> secrets(&options_.token, 1);
  const std::string uid =
      shorten(fold_blanks(masked(text_member(*json, "uid"), secrets)), kLongestUid);
  if (*left <= 0) return Error(ErrorKind::Unauthorized, "the access token has run out");
  if (!options_.uid.empty() && uid != options_.uid) {
    return Error(ErrorKind::Unauthorized,
                 fmt::format("the token belongs to uid {}, not {}", uid, options_.uid));
  }
  uid_ = uid;
  token_ends_ = clock_.now() + std::chrono::seconds(*left);
  warn_of_end(*left);
  return words_of_token(uid, *left);
}

// Once a threshold; a token that was renewed is watched anew.
void WeiboChannel::warn_of_end(std::int64_t seconds_left) {
  const std::optional<std::int64_t> days = token_warning(seconds_left);
  if (days == warned_days_) return;
  warned_days_ = days;
  if (!days) return;
  log(*days == 1 ? Level::Error : Level::Warn, "token.expiring",
      {{"channel", name_},
       {"days", seconds_left / kDay},
       {"advice", "the account's administrator must authorise again and replace the token file"}});
}

// Weibo tells today's numbers only. One call of the day's budget; not one that is kept for reading
// back.
asio::awaitable<Result<std::vector<Figure>>> WeiboChannel::figures(Instant deadline) {
  const std::string uid = options_.uid.empty() ? uid_ : options_.uid;
  if (uid.empty()) co_return Error(ErrorKind::Transient, "the account's uid is not known yet");
  const Timestamp now = clock_.now();
  if (!budget_.may_post(now))
    co_return Error(ErrorKind::RateLimited, "the day's calls are kept for reading back");
  HttpRequest request = get("/2/users/show.json",
                            {{"access_token", options_.token.reveal()}, {"uid", uid}}, deadline);
  const HttpResult result = co_await ask(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result))
    co_return Error(ErrorKind::Transient, failure->message);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  const bool own = json && reply.status == 200 && !json->contains("error_code") &&
                   (text_member(*json, "idstr") == uid || text_member(*json, "id") == uid);
  if (!own) {
    const Diagnostic words = why(reply);
    co_return Error(ErrorKind::Malformed, fmt::format("{} {}", words.code, words.message));
  }
  std::vector<Figure> figures;
  const std::string day = beijing_date(now);
  const auto followers = integer_member(*json, "followers_count");
  const auto posts = integer_member(*json, "statuses_count");
  if (followers) figures.push_back({day, std::string(kFollowers), *followers});
  if (posts) figures.push_back({day, std::string(kPosts), *posts});
  co_return figures;
}

}  // namespace liandong
