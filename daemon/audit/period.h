// The months a report is about: a year, a quarter or a month of Beijing; and whose things.

#ifndef LIANDONG_DAEMON_AUDIT_PERIOD_H_
#define LIANDONG_DAEMON_AUDIT_PERIOD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/item/scope.h"
#include "daemon/platform/clock.h"

namespace liandong {

struct Period {
  int year = 0;
  int first_month = 1;
  int last_month = 12;

  [[nodiscard]] static Period of_year(int year) { return {year, 1, 12}; }
  [[nodiscard]] static Period of_quarter(int year, int quarter) {
    return {year, quarter * 3 - 2, quarter * 3};
  }
  [[nodiscard]] static Period of_month(int year, int month) { return {year, month, month}; }
  // The month, else the quarter, else the year; 0: none given.
  [[nodiscard]] static Period of(int year, int quarter, int month) {
    if (month > 0) return of_month(year, month);
    return quarter > 0 ? of_quarter(year, quarter) : of_year(year);
  }
  // "2026", "2026-Q3", "2026-09"; empty when it is none of them.
  [[nodiscard]] static std::optional<Period> parse(std::string_view text);

  [[nodiscard]] bool is_year() const { return first_month == 1 && last_month == 12; }
  [[nodiscard]] bool holds(std::int64_t in_year, std::int64_t month) const {
    return in_year == year && month >= first_month && month <= last_month;
  }
  [[nodiscard]] Timestamp begins() const;
  [[nodiscard]] Timestamp ends() const;       // the first moment after it
  [[nodiscard]] std::string name() const;     // as parse() takes it
  [[nodiscard]] std::string chinese() const;  // 2026 年, 2026 年第三季度, 2026 年 9 月

  friend bool operator==(const Period&, const Period&) = default;
};

// What a report is about: a period, and whose things.
struct ReportExtent {
  // NOLINTNEXTLINE(google-explicit-constructor): a period alone is of everything.
  ReportExtent(const Period& of, Scope whose = {}) : period(of), scope(std::move(whose)) {}
  [[nodiscard]] Timestamp begins() const { return period.begins(); }
  [[nodiscard]] Timestamp ends() const { return period.ends(); }
  // What stands after the period in a figure's address: "", "@jyt", "@=jyt" for its own alone.
  [[nodiscard]] std::string suffix() const;

  Period period;
  Scope scope;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_PERIOD_H_
