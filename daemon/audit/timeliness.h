// How fast what was owed went out: from the start of its clock to the push (domain/standards.md 4b
// I04). A page that states only a date leaves an interval: its clock starts at the end of that day,
// or when the item was first seen, whichever is earlier, so that nobody is called late by guess.

#ifndef LIANDONG_DAEMON_AUDIT_TIMELINESS_H_
#define LIANDONG_DAEMON_AUDIT_TIMELINESS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/audit/period.h"
#include "daemon/item/item.h"
#include "daemon/platform/database.h"

namespace liandong {

struct Timeliness {
  std::string channel;      // empty: all channels together
  std::int64_t pushed = 0;  // obligations met, of items first seen in the period
  std::int64_t judged = 0;  // of them, those whose limit is known
  std::int64_t within = 0;  // of these, those within it
  std::int64_t by_day = 0;  // of them, those whose page states a date only
  Duration median{0};
  Duration ninetieth{0};  // 90 % took no longer
  Duration longest{0};
};

// Every channel that was owed something and got it, by name; then all together. Empty: nothing was.
[[nodiscard]] std::vector<Timeliness> timeliness(Transaction& tx, const ReportExtent& extent);

// One obligation that was met.
struct TimedPush {
  ItemId item = 0;
  std::string channel;
  std::string kind;
  Duration took{0};
  bool judged = false;  // its limit is known
  bool within = false;
  bool by_day = false;
};
// Those timeliness() counts, one after the other: there may be millions.
void for_each_timed_push(Transaction& tx, const ReportExtent& extent,
                         const std::function<void(const TimedPush&)>& take);

// Of so many values in order, the place of the smallest that so many percent do not exceed.
// REQUIRES: values > 0.
[[nodiscard]] std::size_t rank_of(std::size_t values, int percent);
// The smallest of the values that so many percent do not exceed. REQUIRES: not empty.
[[nodiscard]] Duration percentile(std::vector<Duration>& values, int percent);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_TIMELINESS_H_
