#include "daemon/settings/calendar.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using Day = Calendar::Day;

constexpr int kFirstYear = 2000;
constexpr int kLastYear = 2100;
constexpr int kMostDays = 1000;  // of a limit; beyond, somebody has made a mistake

bool parse_number(std::string_view text, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<Day> parse_day(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' ||
      !parse_number(text.substr(0, 4), year) || !parse_number(text.substr(5, 2), month) ||
      !parse_number(text.substr(8, 2), day) || year < 1 || month < 1 || day < 1) {
    return std::nullopt;
  }
  const Day found{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                  std::chrono::day(static_cast<unsigned>(day))};
  return found.ok() ? std::optional(found) : std::nullopt;
}

bool is_weekend(Day day) {
  const std::chrono::weekday weekday{std::chrono::sys_days(day)};
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

Day next_day(Day day) {
  return Day{std::chrono::sys_days(day) + std::chrono::days(1)};
}

// The days of one list, each of `year` and only once.
std::set<Day> read_days(Table& table, std::string_view key, std::chrono::year year, bool& good) {
  std::set<Day> days;
  for (const std::string& text : table.strings(key)) {
    const std::optional<Day> day = parse_day(text);
    std::string wrong;
    if (!day) {
      wrong = fmt::format("expected a day such as \"2026-01-31\", got '{}'", shorten(text, 40));
    } else if (day->year() != year) {
      wrong = fmt::format("{} is not in {}", text, static_cast<int>(year));
    } else if (!days.insert(*day).second) {
      wrong = fmt::format("{} is listed twice", text);
    }
    if (!wrong.empty()) {
      table.problem(key, wrong);
      good = false;
    }
  }
  return days;
}

}  // namespace

Calendar Calendar::load(const std::filesystem::path& folder, Problems& problems) {
  Calendar calendar;
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".toml") {
      files.push_back(at->path());
    }
  }
  if (error) {
    problems.add(Problem{folder.string(), 0, 0, "",
                         fmt::format("the calendars cannot be read: {}", error.message())});
    return calendar;
  }
  if (files.empty()) {
    problems.add(Problem{folder.string(), 0, 0, "", "holds no calendar, such as 2026.toml"});
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    const std::size_t before = problems.list().size();
    Table year = Table::parse_file(file, problems);
    if (problems.list().size() == before) {
      calendar.add(year, problems);
    }
  }
  return calendar;
}

void Calendar::add(Table table, Problems& problems) {
  const std::size_t before = problems.list().size();
  const std::chrono::year year(static_cast<int>(table.integer("year", 0, kFirstYear, kLastYear)));
  if (!table.has("year")) {
    table.problem("year", "is required");
  }
  bool good = true;
  Year list;
  list.basis = table.required_string("basis");
  list.holidays = read_days(table, "holidays", year, good);
  list.workdays = read_days(table, "workdays", year, good);
  (void)table.strings("optional_leave");  // working days by the notice; kept for the reader
  for (const Day day : list.workdays) {
    if (list.holidays.contains(day)) {
      table.problem("workdays",
                    fmt::format("{} is a holiday too", beijing_date(beijing_midnight(day))));
    } else if (!is_weekend(day)) {
      table.problem("workdays",
                    fmt::format("{} is not on a weekend, so it needs no listing as a make-up day",
                                beijing_date(beijing_midnight(day))));
    }
  }
  if (good && list.holidays.empty()) {
    table.problem("holidays", "names no holiday");
  }
  if (years_.contains(year)) {
    table.problem("year", fmt::format("{} is given by another file too", static_cast<int>(year)));
  }
  table.reject_unknown();
  if (problems.list().size() == before) {
    years_.emplace(year, std::move(list));
  }
}

std::vector<int> Calendar::years() const {
  std::vector<int> all;
  for (const auto& [year, list] : years_) {
    all.push_back(static_cast<int>(year));
  }
  return all;
}

std::string Calendar::basis(std::chrono::year year) const {
  const auto found = years_.find(year);
  return found == years_.end() ? "" : found->second.basis;
}

Result<bool> Calendar::is_working_day(Day day) const {
  const auto found = years_.find(day.year());
  if (found == years_.end()) {
    return Error(ErrorKind::Permanent,
                 fmt::format("there is no calendar of {0}; add {0}.toml when the State Council's "
                             "notice is out",
                             static_cast<int>(day.year())));
  }
  const Year& year = found->second;
  if (is_weekend(day)) {
    return year.workdays.contains(day);
  }
  return !year.holidays.contains(day);
}

Result<Day> Calendar::add_working_days(Day day, int n) const {
  if (n < 0 || n > kMostDays) {
    return Error(ErrorKind::Permanent,
                 fmt::format("expected 0 to {} working days, got {}", kMostDays, n));
  }
  for (int left = n; left > 0;) {
    day = next_day(day);
    const Result<bool> working = is_working_day(day);
    if (!working) {
      return working.error();
    }
    left -= *working ? 1 : 0;
  }
  return day;
}

Result<Timestamp> Calendar::limit(Day day, int n) const {
  const Result<Day> last = add_working_days(day, n);
  if (!last) {
    return last.error();
  }
  return beijing_midnight(next_day(*last));
}

}  // namespace liandong
