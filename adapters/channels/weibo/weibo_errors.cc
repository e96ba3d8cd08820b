#include "adapters/channels/weibo/weibo_errors.h"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

// A refusal of the same text for the third time, after the timeline did not show it twice, is not
// answered with a fourth try.
constexpr int kDuplicateTries = 3;
// The hourly budget that is still used up after some hours is the daily one.
constexpr int kHoursTried = 3;

Timestamp next_hour(Timestamp now) {
  return std::chrono::floor<std::chrono::hours>(now) + 1h;
}

Timestamp next_beijing_day(Timestamp now) {
  const std::chrono::sys_days day(beijing_day(now));
  return beijing_midnight(day + std::chrono::days(1));
}

Timestamp end_of_limit(const WeiboError& error, int attempt, Timestamp now) {
  if (error.wait == 0s) {
    return error.code == 10023 && attempt > kHoursTried ? next_beijing_day(now) : next_hour(now);
  }
  const int doublings = error.code == 20016 ? std::clamp(attempt - 1, 0, 5) : 0;
  return now + error.wait * (1 << doublings);
}

// Two different messages share 10017; only the second is the app's fault.
bool lacks_domain(int code, const Diagnostic& why) {
  return code == 10017 && why.message.find("appkey not bind domain") != std::string::npos;
}

}  // namespace

const WeiboError* find_weibo_error(int code) {
  const auto* const row =
      std::lower_bound(kWeiboErrors.begin(), kWeiboErrors.end(), code,
                       [](const WeiboError& error, int wanted) { return error.code < wanted; });
  return row != kWeiboErrors.end() && row->code == code ? row : nullptr;
}

Outcome outcome_of_weibo(int code, Diagnostic why, int attempt, Timestamp now) {
  const WeiboError* const error = find_weibo_error(code);
  if (error == nullptr) return Unconfirmed{std::move(why)};
  if (lacks_domain(code, why)) return Unauthorized{std::move(why)};
  switch (error->kind) {
    case WeiboClass::Unknown:
      return Unconfirmed{std::move(why)};
    case WeiboClass::Later:
      return Deferred{std::move(why), Duration(error->wait)};
    case WeiboClass::Token:
    case WeiboClass::Account:
      return Unauthorized{std::move(why)};
    case WeiboClass::Limited:
      return RateLimited{std::move(why), end_of_limit(*error, attempt, now)};
    case WeiboClass::Duplicate:
      if (attempt < kDuplicateTries) return Unconfirmed{std::move(why)};
      why.message += " (the timeline does not show it: a person must look)";
      return Refused{std::move(why)};
    case WeiboClass::Accepted:
      return Done{{{"accepted_at", std::to_string(to_millis(now))}}};
    case WeiboClass::Content:
    case WeiboClass::Missing:
      break;
  }
  return Refused{std::move(why)};
}

}  // namespace liandong
