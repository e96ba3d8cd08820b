#include "daemon/platform/date_scanner.h"

#include <array>
#include <string>

namespace liandong {

namespace {

namespace chrono = std::chrono;

// A leap second (:60) is the first of the next minute.
std::optional<Duration> make_time(int hour, int minute, int second, int millis) {
  if (hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  return chrono::hours(hour) + chrono::minutes(minute) + chrono::seconds(second) + Duration(millis);
}

// The zones RFC 822 names. CST is -6 there, but every feed and page read here means China's.
std::optional<chrono::minutes> zone_from(std::string_view name) {
  struct Zone {
    std::string_view name;
    int hours;
  };
  constexpr std::array<Zone, 11> kZones = {{{"gmt", 0},
                                            {"ut", 0},
                                            {"utc", 0},
                                            {"z", 0},
                                            {"cst", 8},
                                            {"est", -5},
                                            {"edt", -4},
                                            {"mst", -7},
                                            {"mdt", -6},
                                            {"pst", -8},
                                            {"pdt", -7}}};
  const std::string lower = lower_ascii(name);
  for (const Zone& zone : kZones) {
    if (lower == zone.name) {
      return chrono::hours(zone.hours);
    }
  }
  return std::nullopt;
}

int full_year(int year, std::size_t digits) {
  if (digits == 4) {
    return year;
  }
  return year < 50 ? 2000 + year : 1900 + year;  // RFC 5322 4.3
}

}  // namespace

bool has_year_of_four_digits(Timestamp at) {
  constexpr chrono::sys_days kFirst = chrono::year(0) / 1 / 1;
  constexpr chrono::sys_days kEnd = chrono::year(10'000) / 1 / 1;
  return at >= kFirst && at < kEnd;
}

std::optional<chrono::sys_days> make_day(int year, int month, int day) {
  const chrono::year_month_day date(chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) {
    return std::nullopt;
  }
  return chrono::sys_days(date);
}

std::optional<chrono::minutes> scan_numeric_zone(DateScanner& scanner) {
  if (scanner.skip_any({"Z", "z"})) {
    return chrono::minutes(0);
  }
  const bool west = scanner.skip_any({"-", "\u2212"});
  if (!west && !scanner.skip("+")) {
    return std::nullopt;
  }
  std::optional<int> hours = scanner.number(2, 2);
  std::optional<int> minutes = 0;
  if (hours) {
    if (scanner.skip(":")) {
      minutes = scanner.number(2, 2);
    }
  } else if (const std::optional<int> both = scanner.number(4, 4); both) {
    hours = *both / 100;
    minutes = *both % 100;
  }
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const chrono::minutes offset = chrono::hours(*hours) + chrono::minutes(*minutes);
  return west ? -offset : offset;
}

std::optional<TimeOfDay> scan_time(DateScanner& scanner) {
  const std::optional<int> hour = scanner.number(1, 2);
  if (!hour) {
    return std::nullopt;
  }
  const bool colon = scanner.skip(":");
  if (!colon && !scanner.skip_any({"时", "点", "時"})) {
    return std::nullopt;
  }
  const std::optional<int> minute = scanner.number(1, 2);
  if (!minute && colon) {
    return std::nullopt;
  }
  std::optional<int> second;
  int millis = 0;
  if (minute && scanner.skip_any({":", "分"})) {
    second = scanner.number(1, 2);
    if (!second && colon) {
      return std::nullopt;
    }
    scanner.skip("秒");
  }
  if (second && scanner.skip(".")) {
    const std::optional<int> fraction = scanner.fraction();
    if (!fraction) {
      return std::nullopt;
    }
    millis = *fraction;
  }
  const auto time = make_time(*hour, minute.value_or(0), second.value_or(0), millis);
  if (!time) {
    return std::nullopt;
  }
  return TimeOfDay{*time, second ? Precision::Second : Precision::Minute};
}

std::optional<int> month_from(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  if (name.size() < 3) {
    return std::nullopt;
  }
  const std::string lower = lower_ascii(name.substr(0, 3));
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (lower == kMonths[i]) {
      return static_cast<int>(i) + 1;
    }
  }
  return std::nullopt;
}

std::optional<MailTime> scan_mail_time(DateScanner scanner) {
  if (!scanner.letters().empty()) {
    if (!scanner.skip(",")) {
      return std::nullopt;
    }
    scanner.blanks();
  }
  const auto day = scanner.number(1, 2);
  if (!day || (!scanner.blanks() && !scanner.skip("-"))) {
    return std::nullopt;
  }
  const auto month = month_from(scanner.letters());
  if (!month || (!scanner.blanks() && !scanner.skip("-"))) {
    return std::nullopt;
  }
  auto year = scanner.number(4, 4);
  if (!year) {
    year = scanner.number(2, 2);
  }
  if (!year) {
    return std::nullopt;
  }
  const auto date = make_day(full_year(*year, scanner.last_digits()), *month, *day);
  scanner.blanks();
  const auto time = scan_time(scanner);
  if (!date || !time) {
    return std::nullopt;
  }
  MailTime out{{Timestamp(*date) + time->since_midnight, time->precision}, std::nullopt};
  scanner.blanks();
  if (!scanner.at_end()) {
    out.zone = scan_numeric_zone(scanner);
    if (!out.zone) {
      out.zone = zone_from(scanner.letters());
    }
    if (!out.zone || !scanner.at_end()) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace liandong
