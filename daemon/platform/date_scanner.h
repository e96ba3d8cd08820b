// Pieces that parsers of dates share; private to platform/.

#ifndef LIANDONG_DAEMON_PLATFORM_DATE_SCANNER_H_
#define LIANDONG_DAEMON_PLATFORM_DATE_SCANNER_H_

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "daemon/platform/clock.h"
#include "daemon/platform/text.h"

namespace liandong {

inline constexpr std::size_t kLongestStatedTime = 120;  // bytes; longer text is no date

// Reads from the left; every method leaves the text alone when it answers no.
class DateScanner {
 public:
  explicit DateScanner(std::string_view text) : rest_(text) {}

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

[[nodiscard]] std::optional<std::chrono::sys_days> make_day(int year, int month, int day);

// What RFC 3339 can write; a zone or a leap second may lead out of it.
[[nodiscard]] bool has_year_of_four_digits(Timestamp at);

// `15:53`, `15:53:00`, `15:53:00.0`, `15时53分`, `15时53分00秒`, `15时`.
[[nodiscard]] std::optional<TimeOfDay> scan_time(DateScanner& scanner);

// `Z`, `+08:00`, `+0800`, `+08`.
[[nodiscard]] std::optional<std::chrono::minutes> scan_numeric_zone(DateScanner& scanner);

struct MailTime {
  StatedTime local;  // as if its zone were UTC
  std::optional<std::chrono::minutes> zone;
};
// `[Sun, ] 6 Nov 1994 08:49[:37] [zone]` and RFC 850's `Sunday, 06-Nov-94 08:49:37 GMT`.
[[nodiscard]] std::optional<MailTime> scan_mail_time(DateScanner scanner);

[[nodiscard]] std::optional<int> month_from(std::string_view english_name);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_DATE_SCANNER_H_
