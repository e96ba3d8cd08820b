// Working days of the State Council's holiday notices, one file a year (config/calendar/2026.toml).
//
// A year without a file is an error value, never a guess: holidays and make-up days are announced
// once a year and follow no rule (domain/standards.md 6). Days are days in Beijing.

#ifndef LIANDONG_DAEMON_SETTINGS_CALENDAR_H_
#define LIANDONG_DAEMON_SETTINGS_CALENDAR_H_

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"
#include "daemon/settings/table.h"

namespace liandong {

class Calendar {
 public:
  using Day = std::chrono::year_month_day;

  // Reads every *.toml of the folder. What is wrong is recorded, and that year is then unknown.
  [[nodiscard]] static Calendar load(const std::filesystem::path& folder, Problems& problems);
  // One year more. A year given twice is a problem.
  void add(Table year, Problems& problems);

  [[nodiscard]] bool knows(std::chrono::year year) const { return years_.contains(year); }
  [[nodiscard]] std::vector<int> years() const;
  // The notice the year's list was taken from; empty for an unknown year.
  [[nodiscard]] std::string basis(std::chrono::year year) const;

  [[nodiscard]] Result<bool> is_working_day(Day day) const;
  // The n-th working day after `day`, which itself does not count. n = 0: `day`.
  [[nodiscard]] Result<Day> add_working_days(Day day, int n) const;
  // 24:00 in Beijing of the n-th working day after `day`: a limit of n working days.
  [[nodiscard]] Result<Timestamp> limit(Day day, int n) const;

 private:
  struct Year {
    std::string basis;
    std::set<Day> holidays;
    std::set<Day> workdays;  // make-up days, all on weekends
  };

  std::map<std::chrono::year, Year> years_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_CALENDAR_H_
