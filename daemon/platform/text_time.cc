// The half of text.h that is about time. The standard library here has neither time zones nor
// parsing of dates. What pages write is in stated_time.cc.

#include <fmt/format.h>

#include "daemon/platform/date_scanner.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace chrono = std::chrono;

// C's asctime, the third form RFC 9110 5.6.7 asks for: `Sun Nov  6 08:49:37 1994`, always GMT.
std::optional<Timestamp> scan_asctime(DateScanner scanner) {
  if (scanner.letters().empty() || !scanner.blanks()) {
    return std::nullopt;
  }
  const auto month = month_from(scanner.letters());
  scanner.blanks();
  const auto day = scanner.number(1, 2);
  scanner.blanks();
  const auto time = scan_time(scanner);
  scanner.blanks();
  const auto year = scanner.number(4, 4);
  if (!month || !day || !time || !year || !scanner.at_end()) {
    return std::nullopt;
  }
  const auto date = make_day(*year, *month, *day);
  if (!date) {
    return std::nullopt;
  }
  return Timestamp(*date) + time->since_midnight;
}

chrono::year_month_day civil(Timestamp time) {
  return chrono::year_month_day(chrono::floor<chrono::days>(time));
}

std::string format_day(const chrono::year_month_day& day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

}  // namespace

std::string rfc3339(Timestamp time) {
  const chrono::hh_mm_ss clock(time - chrono::floor<chrono::days>(time));
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", format_day(civil(time)), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string beijing_time(Timestamp time) {
  const Timestamp local = time + kBeijingOffset;
  const chrono::hh_mm_ss clock(local - chrono::floor<chrono::days>(local));
  return fmt::format("{} {:02}:{:02}", format_day(civil(local)), clock.hours().count(),
                     clock.minutes().count());
}

std::string beijing_date(Timestamp time) {
  return format_day(beijing_day(time));
}

chrono::year_month_day beijing_day(Timestamp time) {
  return civil(time + kBeijingOffset);
}

Timestamp beijing_midnight(chrono::year_month_day day) {
  return Timestamp(chrono::sys_days(day)) - kBeijingOffset;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  DateScanner scanner(text);
  const auto year = scanner.number(4, 4);
  if (!year || !scanner.skip("-")) {
    return std::nullopt;
  }
  const auto month = scanner.number(2, 2);
  if (!month || !scanner.skip("-")) {
    return std::nullopt;
  }
  const auto day = scanner.number(2, 2);
  if (!day || !scanner.skip_any({"T", "t", " "})) {
    return std::nullopt;
  }
  const auto date = make_day(*year, *month, *day);
  const std::string_view clock = scanner.rest();
  const auto time = scan_time(scanner);
  // scan_time() knows looser forms too: the strict one has `:` in the third and sixth place.
  if (!date || !time || time->precision != Precision::Second || clock.size() < 8 ||
      clock[2] != ':' || clock[5] != ':' || clock[7] < '0' || clock[7] > '9') {
    return std::nullopt;
  }
  const auto zone = scan_numeric_zone(scanner);
  if (!zone || !scanner.at_end()) {
    return std::nullopt;
  }
  const Timestamp at = Timestamp(*date) + time->since_midnight - *zone;
  if (!has_year_of_four_digits(at)) return std::nullopt;
  return at;
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  if (text.size() > kLongestStatedTime) {
    return std::nullopt;
  }
  const DateScanner scanner(trim(text));
  if (const auto mail = scan_mail_time(scanner); mail && mail->zone) {
    return mail->local.at - *mail->zone;
  }
  return scan_asctime(scanner);
}

}  // namespace liandong
