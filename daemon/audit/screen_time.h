// How often and how long the hall's screens showed what was published there, by the plays that they
// report (proof of play). Counted as a play lands, by the Beijing day it began on and the group its
// screen was in then, so that a report reads a few rows; the plays themselves say the same.

#ifndef LIANDONG_DAEMON_AUDIT_SCREEN_TIME_H_
#define LIANDONG_DAEMON_AUDIT_SCREEN_TIME_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/audit/period.h"
#include "daemon/audit/recount.h"
#include "daemon/item/item.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

// 全部大厅 for the group without a name: screens that show every hall channel.
[[nodiscard]] std::string group_title(const std::string& group);
// As an address of a figure names it: "*" for the group without a name.
inline constexpr std::string_view kEveryHall = "*";
[[nodiscard]] std::string group_address(const std::string& group);

// What a screen says beyond is no play: its clock was set meanwhile. A slide is shown for a minute
// a page.
inline constexpr Duration kLongestPlay = std::chrono::hours(1);

// The day in Beijing by its number since 1970, as plays are counted.
[[nodiscard]] std::int64_t shown_day_number(Timestamp time);

struct ScreenTime {
  std::string group;
  std::array<std::int64_t, 12> shows{};    // by month
  std::array<std::int64_t, 12> seconds{};  // whole ones of the month's sum
};
// By group; only months of the period.
[[nodiscard]] std::vector<ScreenTime> screen_time(Transaction& tx, const ReportExtent& extent);

struct ItemShown {
  std::string group;
  std::int64_t shows = 0;
  Duration time{0};
  Timestamp first_at;
  Timestamp last_at;
};
[[nodiscard]] std::vector<ItemShown> shown_of_item(Transaction& tx, ItemId item);

// Both as counters of measure "shows" and "shown_ms", whose channel is the group: what was counted,
// and what the plays say. Of everything.
[[nodiscard]] Counters read_screen_counters(Transaction& tx);
[[nodiscard]] Counters recount_plays(Transaction& tx);

// The plays behind a figure, by item, from the plays themselves. `group` empty: of all.
struct ItemPlays {
  ItemId item = 0;
  std::string title;  // as it was shown
  std::int64_t shows = 0;
  std::int64_t millis = 0;
};
[[nodiscard]] std::vector<ItemPlays> plays_by_item(Transaction& tx, const ReportExtent& extent,
                                                   const std::optional<std::string>& group);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_SCREEN_TIME_H_
