// How often a column is looked at, and when it has been still for too long. Pure.

#ifndef LIANDONG_DAEMON_SOURCE_PACE_H_
#define LIANDONG_DAEMON_SOURCE_PACE_H_

#include <optional>
#include <string>
#include <vector>

#include "daemon/settings/calendar.h"
#include "daemon/settings/settings.h"
#include "daemon/source/source.h"

namespace liandong {

// Monday to Friday where the calendar does not know the year: enough for a pace and an alarm.
[[nodiscard]] bool is_working_day(const Calendar& calendar, Calendar::Day day);
// Of a working day, 8:00 to 18:00 in Beijing.
[[nodiscard]] bool is_office_time(const Calendar& calendar, Timestamp now);

// Between two looks: `every` where something was new within the hour, and in office hours where the
// column moves daily; the longer it has been still, and outside of office hours, the slower, down
// to `slowest`. Never shorter than `every`.
[[nodiscard]] Duration look_interval(const SourceSettings& settings, Duration still,
                                     bool office_time);

// The longest pause in working days that the rows' dates show, but for the very longest (a holiday,
// a pinned row); 0: too few dates to say.
[[nodiscard]] int usual_gap(const std::vector<ListingRow>& rows, const Calendar& calendar);

// Working days after `from`, up to and with `to`; counted up to 400 days back.
[[nodiscard]] int working_days(const Calendar& calendar, Timestamp from, Timestamp to);

// How long a column that used to move may be still, in working days: three times its usual gap, a
// week at least; none: it never showed that it moves.
[[nodiscard]] std::optional<int> patience_with(int usual_gap);

// After so many failures in a row; never more often than when all is well, at most six hours.
[[nodiscard]] Duration backed_off(Duration every, int doublings);
// Columns that began together do not stay so for ever: up to a tenth more, by `chance` in [0, 1).
[[nodiscard]] Duration jittered(Duration wait, double chance);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_PACE_H_
