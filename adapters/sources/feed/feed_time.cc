// Dates as feeds write them and nothing else does.

#include <fmt/format.h>

#include "adapters/sources/feed/feed_entry.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
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
    date = fmt::format("{}-{}-01", day.substr(0, 4), day.substr(4));
  } else if (is_number(day) && day.size() == 4) {
    date = day + "-01-01";
  } else if (day.size() == 7 && day[4] == '-' && is_number(day.substr(5))) {
    date = day + "-01";
  } else if (day.size() == 8 && day[4] == '-' && is_number(day.substr(5))) {
    const auto first = parse_stated_time(day.substr(0, 4) + "-01-01");
    const int place = std::stoi(day.substr(5));
    if (!first || place < 1 || place > 366) return {};
    date = beijing_date(first->at + std::chrono::days(place - 1));
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
  const bool has_time = folded.find(':') != std::string::npos;
  if (time && time->precision == Precision::Day && has_time && names_greenwich(folded)) {
    time->precision = Precision::Second;
  }
  return time;
}

}  // namespace liandong
