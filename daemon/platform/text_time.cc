// The half of text.h that is about time. The standard library here has neither time zones nor
// parsing of dates, and pages write dates in ways no library knows.

#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace chrono = std::chrono;

constexpr std::size_t kLongestStatedTime = 120;  // bytes; longer text is no date
constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2199;

// Reads from the left; every method leaves the text alone when it answers no.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool skip(std::string_view literal) {
    if (!rest_.starts_with(literal)) {
      return false;
    }
    rest_.remove_prefix(literal.size());
    return true;
  }
  bool skip_any(std::initializer_list<std::string_view> literals) {
    for (const std::string_view literal : literals) {
      if (skip(literal)) {
        return true;
      }
    }
    return false;
  }
  bool blanks() {
    const std::size_t before = rest_.size();
    while (skip(" ")) {
    }
    return rest_.size() != before;
  }
  // Takes `least` to `most` digits; a longer run of digits is not a number of that kind.
  std::optional<int> number(std::size_t least, std::size_t most) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < rest_.size() && digits <= most && is_digit(rest_[digits])) {
      value = value * 10 + (rest_[digits] - '0');
      ++digits;
    }
    if (digits < least || digits > most) {
      return std::nullopt;
    }
    rest_.remove_prefix(digits);
    last_digits_ = digits;
    return value;
  }
  // The digits after a decimal point, as milliseconds, cut not rounded.
  std::optional<int> fraction() {
    int millis = 0;
    std::size_t digits = 0;
    while (digits < rest_.size() && digits < 20 && is_digit(rest_[digits])) {
      if (digits < 3) {
        millis = millis * 10 + (rest_[digits] - '0');
      }
      ++digits;
    }
    if (digits == 0) {
      return std::nullopt;
    }
    rest_.remove_prefix(digits);
    for (std::size_t i = digits; i < 3; ++i) {
      millis *= 10;
    }
    return millis;
  }
  std::string_view letters() {
    std::size_t count = 0;
    while (count < rest_.size() && is_letter(rest_[count])) {
      ++count;
    }
    const std::string_view word = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return word;
  }

  [[nodiscard]] std::size_t last_digits() const { return last_digits_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  std::string_view rest_;
  std::size_t last_digits_ = 0;
};

struct TimeOfDay {
  Duration since_midnight{0};
  Precision precision = Precision::Day;
};

std::optional<chrono::sys_days> make_day(int year, int month, int day) {
  const chrono::year_month_day date(chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) {
    return std::nullopt;
  }
  return chrono::sys_days(date);
}

// A leap second (:60) is the first of the next minute.
std::optional<Duration> make_time(int hour, int minute, int second, int millis) {
  if (hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  return chrono::hours(hour) + chrono::minutes(minute) + chrono::seconds(second) + Duration(millis);
}

// `Z`, `+08:00`, `+0800`, `+08`.
std::optional<chrono::minutes> scan_numeric_zone(Scanner& scanner) {
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

// `15:53`, `15:53:00`, `15:53:00.0`, `15时53分`, `15时53分00秒`, `15时`.
std::optional<TimeOfDay> scan_time(Scanner& scanner) {
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

std::optional<chrono::sys_days> scan_date(Scanner& scanner) {
  std::optional<int> year = scanner.number(4, 4);
  const bool short_year = !year;
  if (short_year) {
    year = scanner.number(2, 2);
  }
  if (!year) {
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 3> kSeparators = {"-", "/", "."};
  std::string_view separator;
  for (const std::string_view candidate : kSeparators) {
    if (scanner.skip(candidate)) {
      separator = candidate;
    }
  }
  const bool chinese = separator.empty();
  if (short_year) {
    // Only `yy-MM-dd` was met; anything looser would read a day of the month as a year.
    if (separator != "-") {
      return std::nullopt;
    }
    year = *year + 2000;
  }
  if (chinese) {
    scanner.blanks();
    if (!scanner.skip("年")) {
      return std::nullopt;
    }
    scanner.blanks();
  }
  const std::optional<int> month = scanner.number(short_year ? 2 : 1, 2);
  if (chinese) {
    scanner.blanks();
  }
  if (!month || !scanner.skip(chinese ? "月" : separator)) {
    return std::nullopt;
  }
  if (chinese) {
    scanner.blanks();
  }
  const std::optional<int> day = scanner.number(short_year ? 2 : 1, 2);
  if (chinese) {
    scanner.blanks();
  }
  if (!day || (chinese && !scanner.skip_any({"日", "号"}))) {
    return std::nullopt;
  }
  if (*year < kFirstYear || *year > kLastYear) {
    return std::nullopt;
  }
  return make_day(*year, *month, *day);
}

void skip_weekday(Scanner& scanner) {
  scanner.blanks();
  const bool bracket = scanner.skip("(");
  if (scanner.skip_any({"星期", "周"})) {
    scanner.skip_any({"一", "二", "三", "四", "五", "六", "日", "天"});
  }
  if (bracket) {
    scanner.skip(")");
  }
  scanner.blanks();
}

// `date`, `date time`, `dateTtime`, `date-time`, each with or without a numeric zone.
std::optional<StatedTime> scan_written_time(Scanner scanner) {
  const auto day = scan_date(scanner);
  if (!day) {
    return std::nullopt;
  }
  const Timestamp midnight = Timestamp(*day) - kBeijingOffset;
  skip_weekday(scanner);
  if (scanner.at_end()) {
    return StatedTime{midnight, Precision::Day};
  }
  scanner.skip_any({"T", "t", "-"});
  const auto time = scan_time(scanner);
  if (!time) {
    return std::nullopt;
  }
  scanner.blanks();
  Timestamp at = midnight + time->since_midnight;
  if (!scanner.at_end()) {
    const auto zone = scan_numeric_zone(scanner);
    if (!zone || !scanner.at_end()) {
      return std::nullopt;
    }
    at += kBeijingOffset - *zone;
  }
  return StatedTime{at, time->precision};
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

struct MailTime {
  StatedTime local;  // as if its zone were UTC
  std::optional<chrono::minutes> zone;
};

// `[Sun, ] 6 Nov 1994 08:49[:37] [zone]` and RFC 850's `Sunday, 06-Nov-94 08:49:37 GMT`.
std::optional<MailTime> scan_mail_time(Scanner scanner) {
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

// C's asctime, the third form RFC 9110 5.6.7 asks for: `Sun Nov  6 08:49:37 1994`, always GMT.
std::optional<Timestamp> scan_asctime(Scanner scanner) {
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

// Full-width digits, colons and brackets become ASCII.
std::string compatibility_form(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCInstance(status);
  std::string out;
  if (U_SUCCESS(status)) {
    icu::StringByteSink<std::string> sink(&out);
    normalizer->normalizeUTF8(0,
                              icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())),
                              sink, nullptr, status);
  }
  if (U_FAILURE(status)) {
    throw std::runtime_error("ICU cannot load NFKC");
  }
  return out;
}

// `发布时间:2025-07-14` → `2025-07-14`: a short label, no digit in it, before the first colon.
std::string_view without_label(std::string_view text) {
  constexpr std::size_t kLongestLabel = 30;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon > kLongestLabel ||
      text.substr(0, colon).find_first_of("0123456789") != std::string_view::npos) {
    return text;
  }
  return trim(text.substr(colon + 1));
}

std::string_view without_brackets(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPairs = {
      {{"[", "]"}, {"(", ")"}, {"【", "】"}, {"〔", "〕"}}};
  for (const auto& [open, close] : kPairs) {
    if (text.starts_with(open) && text.ends_with(close)) {
      return trim(text.substr(open.size(), text.size() - open.size() - close.size()));
    }
  }
  return text;
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
  Scanner scanner(text);
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
  return Timestamp(*date) + time->since_midnight - *zone;
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  if (text.size() > kLongestStatedTime) {
    return std::nullopt;
  }
  const Scanner scanner(trim(text));
  if (const auto mail = scan_mail_time(scanner); mail && mail->zone) {
    return mail->local.at - *mail->zone;
  }
  return scan_asctime(scanner);
}

std::optional<StatedTime> parse_stated_time(std::string_view text) {
  if (text.size() > kLongestStatedTime) {
    return std::nullopt;
  }
  const std::string plain = compatibility_form(fold_blanks(text));
  const std::string_view bare = without_brackets(without_label(without_brackets(plain)));
  if (const auto written = scan_written_time(Scanner(bare)); written) {
    return written;
  }
  const auto mail = scan_mail_time(Scanner(bare));
  if (!mail) {
    return std::nullopt;
  }
  return StatedTime{mail->local.at - mail->zone.value_or(kBeijingOffset), mail->local.precision};
}

}  // namespace liandong
