// Dates as government pages write them, in ways no library knows.

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

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

// A time of day as clocks of 12 hours tell it too: `下午3:09`, `3:09:00 PM`; and `24:00`, the end
// of the day, which is no moment of it and read as its beginning.
std::optional<TimeOfDay> scan_clock(DateScanner& scanner) {
  const bool before_noon = scanner.skip_any({"上午", "凌晨", "早上", "清晨"});
  bool after_noon = !before_noon && scanner.skip_any({"下午", "晚上", "中午", "傍晚"});
  scanner.blanks();
  if (scanner.skip("24:00")) {
    scanner.skip(":00");
    return TimeOfDay{Duration::zero(), Precision::Minute};
  }
  auto time = scan_time(scanner);
  DateScanner ahead = scanner;
  ahead.blanks();
  const std::string letters = lower_ascii(ahead.letters());
  const bool am = letters == "am";
  if (am || letters == "pm") {
    scanner = ahead;
    after_noon = letters == "pm";
  }
  if (!time) {
    return std::nullopt;
  }
  constexpr chrono::hours kNoon(12);
  if (after_noon && time->since_midnight < kNoon) {
    time->since_midnight += kNoon;
  } else if ((am || before_noon) && time->since_midnight >= kNoon &&
             time->since_midnight < kNoon + chrono::hours(1)) {
    time->since_midnight -= kNoon;
  }
  return time;
}

// `Wed May 20 15:09:00 CST 2026`, as Java prints a Date. Its zone is the server's, and here that is
// Beijing whatever three letters say so, but for those that say Greenwich.
std::optional<StatedTime> scan_java_time(DateScanner scanner) {
  if (scanner.letters().size() != 3 || !scanner.blanks()) {
    return std::nullopt;
  }
  const auto month = month_from(scanner.letters());
  scanner.blanks();
  const auto day = scanner.number(1, 2);
  scanner.blanks();
  const auto time = scan_time(scanner);
  scanner.blanks();
  const std::string zone = lower_ascii(scanner.letters());
  scanner.blanks();
  const auto year = scanner.number(4, 4);
  if (!month || !day || !time || !year || !scanner.at_end()) {
    return std::nullopt;
  }
  const auto date = make_day(*year, *month, *day);
  if (!date) {
    return std::nullopt;
  }
  const bool greenwich = zone == "gmt" || zone == "utc";
  return StatedTime{
      Timestamp(*date) + time->since_midnight - (greenwich ? Duration::zero() : kBeijingOffset),
      time->precision};
}

// 二〇二六年五月二十日, as documents are signed, in digits; any other text as it is.
std::string with_digits(const std::string& text) {
  constexpr std::array<std::string_view, 10> kDigits = {"〇", "一", "二", "三", "四",
                                                        "五", "六", "七", "八", "九"};
  const std::size_t end = text.rfind("日");  // what follows may be a weekday
  if (end == std::string::npos || text.find("年") == std::string::npos) {
    return text;
  }
  std::string out;
  int tens = 0;  // 1 behind 十, which waits for a digit
  const auto end_tens = [&out, &tens] {
    if (std::exchange(tens, 0) == 1) out.push_back('0');
  };
  for (std::size_t at = 0; at < end;) {
    const std::string_view rest = std::string_view(text).substr(at);
    const auto* digit = std::find_if(kDigits.begin(), kDigits.end(),
                                     [rest](std::string_view d) { return rest.starts_with(d); });
    if (rest.starts_with("十")) {
      if (out.empty() || out.back() < '0' || out.back() > '9') out.push_back('1');
      tens = 1;
      at += 3;
    } else if (digit != kDigits.end() || rest.starts_with("○") || rest.starts_with("零")) {
      tens = 0;
      out.push_back(digit == kDigits.end() ? '0'
                                           : static_cast<char>('0' + (digit - kDigits.begin())));
      at += 3;
    } else {
      end_tens();
      out.push_back(rest.front());
      ++at;
    }
  }
  end_tens();
  return out.append(text, end);
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
  scanner.skip_any({"T", "t", "-", ","});
  scanner.blanks();
  const auto time = scan_clock(scanner);
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

// 2026–05–20: the dashes of word processors.
std::string with_hyphens(std::string text) {
  for (const std::string_view dash : {"‐", "‑", "–", "—", "−"}) {
    text = replace_all(std::move(text), dash, "-");
  }
  return text;
}

std::optional<StatedTime> read_stated_time(std::string_view text) {
  const std::string plain = with_hyphens(with_digits(compatibility_form(fold_blanks(text))));
  const std::string_view bare = without_brackets(without_label(without_brackets(plain)));
  if (const auto written = scan_written_time(DateScanner(bare)); written) {
    return written;
  }
  if (const auto java = scan_java_time(DateScanner(bare)); java) {
    return java;
  }
  const auto mail = scan_mail_time(DateScanner(bare));
  if (!mail) {
    return std::nullopt;
  }
  return StatedTime{mail->local.at - mail->zone.value_or(kBeijingOffset), mail->local.precision};
}

}  // namespace

std::optional<StatedTime> parse_stated_time(std::string_view text) {
  if (text.size() > kLongestStatedTime) {
    return std::nullopt;
  }
  std::optional<StatedTime> stated = read_stated_time(text);
  if (stated && !has_year_of_four_digits(stated->at)) return std::nullopt;
  // Midnight to the second is what programs write for a day whose time nobody gave.
  if (stated && stated->at == beijing_midnight(beijing_day(stated->at))) {
    stated->precision = Precision::Day;
  }
  return stated;
}

}  // namespace liandong
