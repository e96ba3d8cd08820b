// Moments of Beijing and the shipped calendar, for tests of what is due.

#ifndef LIANDONG_TESTS_UNIT_DELIVERY_MOMENTS_H_
#define LIANDONG_TESTS_UNIT_DELIVERY_MOMENTS_H_

#include <string>

#include "daemon/settings/calendar.h"

#include "tests/support/paths.h"

namespace liandong {

// "2026-11-26T08:30" in Beijing.
inline Timestamp at(const std::string& beijing) {
  return *parse_rfc3339(beijing + ":00+08:00");
}

inline const Calendar& shipped_calendar() {
  static const Calendar calendar = [] {
    Problems problems;
    return Calendar::load(source_dir() + "/config/calendar", problems);
  }();
  return calendar;
}

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_DELIVERY_MOMENTS_H_
