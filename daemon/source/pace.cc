#include "daemon/source/pace.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr Duration kLively = 1h;
// A column that was still for a day is looked at every ten minutes, for a week every hour.
constexpr int kLooksAPause = 144;
constexpr std::size_t kFewestDays = 5;
constexpr int kLeastPatience = 5;
constexpr int kPauses = 3;
constexpr int kMostDays = 400;
constexpr Duration kMostBackOff = 6h;

}  // namespace

bool is_working_day(const Calendar& calendar, Calendar::Day day) {
  const auto known = calendar.is_working_day(day);
  if (known) return *known;
  const std::chrono::weekday weekday{std::chrono::sys_days(day)};
  return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday;
}

bool is_office_time(const Calendar& calendar, Timestamp now) {
  const Duration since_midnight = now - beijing_midnight(beijing_day(now));
  return since_midnight >= 8h && since_midnight < 18h && is_working_day(calendar, beijing_day(now));
}

Duration look_interval(const SourceSettings& settings, Duration still, bool office_time) {
  if (settings.slowest <= settings.every || still <= kLively) return settings.every;
  if (!office_time) return settings.slowest;
  return std::clamp<Duration>(still / kLooksAPause, settings.every, settings.slowest);
}

int usual_gap(const std::vector<ListingRow>& rows, const Calendar& calendar) {
  std::set<Timestamp> days;
  for (const ListingRow& row : rows) {
    if (row.published) days.insert(beijing_midnight(beijing_day(row.published->at)));
  }
  if (days.size() < kFewestDays) return 0;
  std::vector<int> gaps;
  for (auto day = std::next(days.begin()); day != days.end(); ++day)
    gaps.push_back(std::max(1, working_days(calendar, *std::prev(day), *day)));
  std::sort(gaps.begin(), gaps.end());
  return gaps[(gaps.size() - 1) * 9 / 10];
}

int working_days(const Calendar& calendar, Timestamp from, Timestamp to) {
  const auto last = std::chrono::sys_days(beijing_day(to));
  const auto first =
      std::max(std::chrono::sys_days(beijing_day(from)), last - std::chrono::days(kMostDays));
  int count = 0;
  for (auto day = first + std::chrono::days(1); day <= last; day += std::chrono::days(1))
    count += is_working_day(calendar, day) ? 1 : 0;
  return count;
}

std::optional<int> patience_with(int usual_gap) {
  if (usual_gap <= 0) return std::nullopt;
  return std::max(kLeastPatience, kPauses * usual_gap);
}

Duration backed_off(Duration every, int doublings) {
  return std::max(every,
                  std::min<Duration>(every * (1LL << std::min(doublings, 10)), kMostBackOff));
}

Duration jittered(Duration wait, double chance) {
  return wait +
         Duration(static_cast<Duration::rep>(static_cast<double>(wait.count()) * 0.1 * chance));
}

}  // namespace liandong
