// When a channel may start its next delivery: least gap, hourly, daily and monthly budget, quiet
// hours, working days. Pure, but for the use it reads from and writes to the database.

#ifndef LIANDONG_DAEMON_DELIVERY_PACING_H_
#define LIANDONG_DAEMON_DELIVERY_PACING_H_

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "daemon/item/item.h"
#include "daemon/platform/database.h"
#include "daemon/settings/calendar.h"

namespace liandong {

struct Pacing {
  Duration min_interval{0};
  int per_hour = 0;  // 0: no limit
  int per_day = 0;   // Beijing days
  int per_month = 0;
  bool spread = true;  // evenly over the month, so that its budget lasts to its end
  // The last so many of the monthly budget, or of the daily one when there is no monthly, are for
  // these kinds only, which need not wait for their share of the month either.
  int reserved = 0;
  std::set<Kind> reserved_for;
  // No start between `quiet_from` and `quiet_to` (minutes of the Beijing day; may cross midnight).
  std::optional<std::chrono::minutes> quiet_from;
  std::chrono::minutes quiet_to{0};
  bool working_days_only = false;
};

// What a channel has used up.
struct ChannelUse {
  Timestamp last_start;  // 1970: never
  Timestamp not_before;  // the platform asked for a pause
  bool is_paused = false;
  int this_hour = 0;
  int this_day = 0;
  int this_month = 0;  // only by load_month_use()
};

// The same pacing as the kinds of `reserved_for` have it.
[[nodiscard]] Pacing with_reserve(Pacing pacing);

// What urgent deliveries keep of it: gaps and budgets, not the public's rest.
[[nodiscard]] Pacing of_urgent(Pacing pacing);

// The earliest moment from `now` on. An error when working days are asked for and the calendar does
// not know the year.
[[nodiscard]] Result<Timestamp> earliest_start(const Pacing& pacing, const ChannelUse& use,
                                               Timestamp now, const Calendar& calendar);

[[nodiscard]] ChannelUse load_use(Transaction& tx, const std::string& channel, Timestamp now);
// The deliveries begun in the month so far.
[[nodiscard]] int load_month_use(Transaction& tx, const std::string& channel, Timestamp now);
void note_start(Transaction& tx, const std::string& channel, Timestamp now);
void set_not_before(Transaction& tx, const std::string& channel, Timestamp when);

// "07:30" as minutes of the day; empty when it is not a time.
[[nodiscard]] std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_PACING_H_
