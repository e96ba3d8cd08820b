#include "adapters/channels/weibo/weibo_errors.h"

#include <algorithm>
#include <string>
#include <utility>

#include "adapters/channels/weibo/weibo_budget.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr int kDuplicateTries = 2;
// The hourly budget that is used up again and again is the daily one.
constexpr int kHoursTried = 3;
// An address that behaves abnormally hour after hour is a person's to put right.
constexpr int kAbnormalHours = 3;

Timestamp next_hour(Timestamp now) {
  return std::chrono::floor<std::chrono::hours>(now) + 1h;
}

Timestamp end_of_limit(const WeiboError& error, int limited, Timestamp now) {
  if (error.wait == 0s) {
    return error.code == 10023 && limited > kHoursTried ? WeiboBudget::renewed_at(now)
                                                        : next_hour(now);
  }
  const int doublings = error.code == 20016 ? std::clamp(limited - 1, 0, 5) : 0;
  return now + error.wait * (1 << doublings);
}

// Two different messages share 10017; only the second is the app's fault.
bool lacks_domain(std::int64_t code, const Diagnostic& why) {
  return code == 10017 && why.message.find("appkey not bind domain") != std::string::npos;
}

}  // namespace

const WeiboError* find_weibo_error(std::int64_t code) {
  const auto* const row = std::lower_bound(
      kWeiboErrors.begin(), kWeiboErrors.end(), code,
      [](const WeiboError& error, std::int64_t wanted) { return error.code < wanted; });
  return row != kWeiboErrors.end() && row->code == code ? row : nullptr;
}

Outcome outcome_of_weibo(std::int64_t code, Diagnostic why, WeiboTries tries, Timestamp now) {
  const WeiboError* const error = find_weibo_error(code);
  if (error == nullptr) return Unconfirmed{std::move(why)};
  const bool is_apps = lacks_domain(code, why);
  why.message = std::string(error->meaning) + ": " + why.message;
  if (is_apps) return Unauthorized{std::move(why)};
  switch (error->kind) {
    case WeiboClass::Unknown:
      return Unconfirmed{std::move(why)};
    case WeiboClass::Later:
      return Deferred{std::move(why), Duration(error->wait)};
    case WeiboClass::Once:
      if (tries.attempt == 1) return Deferred{std::move(why), Duration(error->wait)};
      break;
    case WeiboClass::Token:
    case WeiboClass::Account:
      return Unauthorized{std::move(why)};
    case WeiboClass::Limited:
      if (code == 20022 && tries.limited > kAbnormalHours) return Unauthorized{std::move(why)};
      return RateLimited{std::move(why), end_of_limit(*error, tries.limited, now)};
    case WeiboClass::Duplicate:
      if (tries.attempt < kDuplicateTries) return Unconfirmed{std::move(why)};
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
