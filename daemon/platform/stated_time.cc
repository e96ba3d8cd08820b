// Dates as government pages write them, in ways no library knows.

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include "daemon/platform/date_scanner.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace chrono = std::chrono;

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2199;

std::optional<chrono::sys_days> scan_date(DateScanner& scanner) {
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

void skip_weekday(DateScanner& scanner) {
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
std::optional<StatedTime> scan_written_time(DateScanner scanner) {
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

}  // namespace

std::optional<StatedTime> parse_stated_time(std::string_view text) {
  if (text.size() > kLongestStatedTime) {
    return std::nullopt;
  }
  const std::string plain = compatibility_form(fold_blanks(text));
  const std::string_view bare = without_brackets(without_label(without_brackets(plain)));
  if (const auto written = scan_written_time(DateScanner(bare)); written) {
    return written;
  }
  const auto mail = scan_mail_time(DateScanner(bare));
  if (!mail) {
    return std::nullopt;
  }
  return StatedTime{mail->local.at - mail->zone.value_or(kBeijingOffset), mail->local.precision};
}

}  // namespace liandong
