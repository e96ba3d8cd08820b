// Dates as feeds write them and nothing else does.

#include <fmt/format.h>

#include "adapters/sources/feed/feed_entry.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string day_of_year(const std::string& year, const std::string& place) {
  const auto first = parse_stated_time(year + "-01-01");
  const int days = std::stoi(place);
  if (!first || days < 1 || days > 366) return {};
  return beijing_date(first->at + std::chrono::days(days - 1));
}

// `1104537600`, `1104537600000`.
std::optional<StatedTime> since_1970(const std::string& text) {
  if (!is_number(text) || (text.size() != 10 && text.size() != 13)) return std::nullopt;
  const long long count = std::stoll(text);
  const Duration since(text.size() == 10 ? count * 1'000 : count);
  return StatedTime{Timestamp(since), Precision::Second};
}

// `2004`, `2004-01`, `20040131`, `20040131T194821Z`, `2004-031` as a form that is known.
std::string in_full(const std::string& text) {
  const std::size_t mark = text.find_first_of("Tt ");
  const std::string day = text.substr(0, mark);
  std::string time = mark == std::string::npos ? std::string() : text.substr(mark + 1);
  std::string date;
  if (is_number(day) && day.size() == 8) {
    date = fmt::format("{}-{}-{}", day.substr(0, 4), day.substr(4, 2), day.substr(6));
  } else if (is_number(day) && day.size() == 6) {
    // `200401` or `040131`: a month of this or the last century, else a day.
    const bool century = day.starts_with("19") || day.starts_with("20");
    const bool is_month = century && day.substr(4) >= "01" && day.substr(4) <= "12";
    date = is_month ? fmt::format("{}-{}-01", day.substr(0, 4), day.substr(4))
                    : fmt::format("20{}-{}-{}", day.substr(0, 2), day.substr(2, 2), day.substr(4));
  } else if (is_number(day) && day.size() == 4) {
    date = day + "-01-01";
  } else if (day.size() == 7 && day[4] == '-' && is_number(day.substr(5))) {
    date = day + "-01";
  } else if (day.size() == 8 && day[4] == '-' && is_number(day.substr(5))) {
    date = day_of_year(day.substr(0, 4), day.substr(5));
  } else if (is_number(day) && day.size() == 7) {
    date = day_of_year(day.substr(0, 4), day.substr(4));
  } else if (is_number(day) && day.size() == 5) {
    date = day_of_year("20" + day.substr(0, 2), day.substr(2));
  } else if (day.size() == 5 && day[0] == '-' && is_number(day.substr(1))) {  // -0401
    date = fmt::format("20{}-{}-01", day.substr(1, 2), day.substr(3));
  } else if (day.size() == 6 && day[0] == '-' && day[3] == '-') {  // -04-01
    date = fmt::format("20{}-01", day.substr(1));
  } else {
    return {};
  }
  const std::size_t digits = std::min(time.find_first_not_of("0123456789"), time.size());
  if (digits == 6) {
    time = fmt::format("{}:{}:{}{}", time.substr(0, 2), time.substr(2, 2), time.substr(4, 2),
                       time.substr(6));
  }
  return time.empty() ? date : date + "T" + time;
}

// Midnight in another zone is a moment, not a day whose time nobody gave.
bool names_greenwich(std::string_view text) {
  for (const std::string_view zone : {"Z", "GMT", "UTC", "+0000", "-0000", "+00:00"}) {
    if (text.ends_with(zone)) return true;
  }
  return false;
}

}  // namespace

std::optional<StatedTime> feed_time(std::string_view text) {
  const std::string folded = fold_blanks(text);
  if (folded.empty()) return std::nullopt;
  const bool letters =
      (folded[0] >= 'A' && folded[0] <= 'Z') || (folded[0] >= 'a' && folded[0] <= 'z');
  if (letters) {
    // asctime has no zone, and its year stands last.
    const std::string_view last = std::string_view(folded).substr(folded.rfind(' ') + 1);
    if (is_number(last) && last.size() == 4) {
      if (const auto at = parse_http_date(folded)) return StatedTime{*at, Precision::Second};
    }
  }
  auto time = parse_stated_time(folded);
  if (!time) {
    if (const std::string full = in_full(folded); !full.empty()) time = parse_stated_time(full);
  }
  if (!time) time = since_1970(folded);
  if (!time) time = loose_time(folded);
  const bool has_time = folded.find(':') != std::string::npos;
  if (time && time->precision == Precision::Day && has_time && names_greenwich(folded)) {
    time->precision = Precision::Second;
  }
  return time;
}

}  // namespace liandong
