#include "adapters/channels/weibo/weibo_budget.h"

#include <algorithm>
#include <limits>

#include "daemon/platform/text.h"

namespace liandong {

void WeiboBudget::count(Timestamp now) {
  const std::chrono::sys_days today(beijing_day(now));
  if (day_ != today) used_ = 0;
  day_ = today;
  ++used_;
}

Timestamp WeiboBudget::renewed_at(Timestamp now) {
  const std::chrono::sys_days today(beijing_day(now));
  return beijing_midnight(today + std::chrono::days(1));
}

int WeiboBudget::left(Timestamp now) const {
  if (calls_ == 0) return std::numeric_limits<int>::max();
  const bool today = day_ == std::chrono::sys_days(beijing_day(now));
  return today ? std::max(calls_ - used_, 0) : calls_;
}

}  // namespace liandong
