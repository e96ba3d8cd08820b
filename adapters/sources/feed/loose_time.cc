// Dates as programs print them that never read RFC 822 to its end: words in any order.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/sources/feed/feed_entry.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

struct Word {
  std::string_view from;
  std::string_view to;
};

// Months, days and halves of a day in the languages whose feeds were met.
constexpr std::array kForeign = {Word{"오전", " am "},
                                 Word{"오후", " pm "},
                                 Word{"년", "-"},
                                 Word{"월", "-"},
                                 Word{"일", " "},
                                 Word{"Ιαν", "Jan"},
                                 Word{"Φεβ", "Feb"},
                                 Word{"Φεώ", "Feb"},
                                 Word{"Μάώ", "Mar"},
                                 Word{"Μαώ", "Mar"},
                                 Word{"Μάρ", "Mar"},
                                 Word{"Μαρ", "Mar"},
                                 Word{"Απρ", "Apr"},
                                 Word{"Μάι", "May"},
                                 Word{"Μαΐ", "May"},
                                 Word{"Μαι", "May"},
                                 Word{"Ιούν", "Jun"},
                                 Word{"Ιον", "Jun"},
                                 Word{"Ιούλ", "Jul"},
                                 Word{"Ιολ", "Jul"},
                                 Word{"Αύγ", "Aug"},
                                 Word{"Αυγ", "Aug"},
                                 Word{"Σεπ", "Sep"},
                                 Word{"Οκτ", "Oct"},
                                 Word{"Νοέ", "Nov"},
                                 Word{"Νοε", "Nov"},
                                 Word{"Δεκ", "Dec"},
                                 Word{"Κυρ", "Sun"},
                                 Word{"Δευ", "Mon"},
                                 Word{"Τρι", "Tue"},
                                 Word{"Τετ", "Wed"},
                                 Word{"Πεμ", "Thu"},
                                 Word{"Παρ", "Fri"},
                                 Word{"Σαβ", "Sat"},
                                 Word{"-január-", "-01-"},
                                 Word{"-februári-", "-02-"},
                                 Word{"-február-", "-02-"},
                                 Word{"-március-", "-03-"},
                                 Word{"-április-", "-04-"},
                                 Word{"-máujus-", "-05-"},
                                 Word{"-május-", "-05-"},
                                 Word{"-június-", "-06-"},
                                 Word{"-július-", "-07-"},
                                 Word{"-augusztus-", "-08-"},
                                 Word{"-szeptember-", "-09-"},
                                 Word{"-október-", "-10-"},
                                 Word{"-november-", "-11-"},
                                 Word{"-december-", "-12-"}};

struct Zone {
  std::string_view name;
  int minutes;
};
// China's CST is left to parse_stated_time(), which takes it for what it means here.
constexpr std::array kZones = {
    Zone{"gmt", 0},    Zone{"ut", 0},     Zone{"utc", 0},    Zone{"z", 0},      Zone{"at", -240},
    Zone{"ast", -240}, Zone{"adt", -180}, Zone{"et", -300},  Zone{"est", -300}, Zone{"edt", -240},
    Zone{"ct", -360},  Zone{"cdt", -300}, Zone{"mt", -420},  Zone{"mst", -420}, Zone{"mdt", -360},
    Zone{"pt", -480},  Zone{"pst", -480}, Zone{"pdt", -420}, Zone{"wet", 0},    Zone{"west", 60},
    Zone{"met", 60},   Zone{"mest", 120}, Zone{"cet", 60},   Zone{"cest", 120}, Zone{"bst", 60},
    Zone{"eet", 120},  Zone{"eest", 180}, Zone{"msk", 180},  Zone{"cst", 480},  Zone{"hkt", 480},
    Zone{"sgt", 480},  Zone{"jst", 540},  Zone{"kst", 540}};
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

bool is_number(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

int number(std::string_view text) {
  return std::stoi(std::string(text));
}

// The place of the name that `word` begins with, for `sept` and `september` alike.
template <std::size_t N>
std::optional<int> place_in(const std::array<std::string_view, N>& names, std::string_view word) {
  for (std::size_t i = 0; word.size() >= 3 && i < N; ++i) {
    if (word.starts_with(names[i])) return static_cast<int>(i);
  }
  return std::nullopt;
}

// `+0100`, `-01:01`, `gmt-01:01`, `etc/gmt`, `est`: as `+hh:mm`; empty for anything else.
std::string zone_in(std::string_view word) {
  if (word.starts_with("etc/")) word.remove_prefix(4);
  for (const std::string_view name : {"gmt", "utc"}) {
    if (word.starts_with(name) && word.size() > name.size()) word.remove_prefix(name.size());
  }
  if (word.starts_with('+') || word.starts_with('-')) {
    std::string digits(word.substr(1));
    digits.erase(std::remove(digits.begin(), digits.end(), ':'), digits.end());
    if (is_number(digits, 1, 2)) digits = fmt::format("{:0>2}00", digits);
    if (!is_number(digits, 4, 4)) return {};
    return fmt::format("{}{}:{}", word[0], digits.substr(0, 2), digits.substr(2));
  }
  const auto* zone = std::find_if(kZones.begin(), kZones.end(),
                                  [&](const Zone& known) { return known.name == word; });
  if (zone == kZones.end()) return {};
  const int minutes = std::abs(zone->minutes);
  return fmt::format("{}{:02}:{:02}", zone->minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

// What the words of a date say, each once.
struct Parts {
  int year = -1;
  int month = 0;
  int day = 0;
  std::string clock;
  std::string zone;

  bool take(std::string_view word);
  bool take_date(std::string_view word);
};

bool Parts::take_date(std::string_view word) {
  std::string text(word);
  std::replace(text.begin(), text.end(), '/', '-');
  const std::vector<std::string> pieces = split(text, '-');
  if (pieces.size() != 3 || year >= 0 || month > 0 || day > 0) return false;
  if (is_number(pieces[0], 4, 4) && is_number(pieces[1], 1, 3) && is_number(pieces[2], 1, 2)) {
    year = number(pieces[0]);
    month = number(pieces[1]);
    day = number(pieces[2]);
    return true;
  }
  return false;
}

bool Parts::take(std::string_view word) {
  if (place_in(kWeekdays, word) && word.find_first_of("0123456789") == std::string_view::npos) {
    return true;
  }
  if (const auto named = place_in(kMonths, word); named && month == 0) {
    month = *named + 1;
    return true;
  }
  if (is_number(word, 1, 2) && day == 0) {
    day = number(word);
    return true;
  }
  if (year < 0 && (is_number(word, 4, 4) || is_number(word, 2, 2))) {
    year = number(word);
    if (word.size() == 2) year += year < 50 ? 2000 : 1900;
    return true;
  }
  if (clock.empty() && word.find(':') != std::string_view::npos && word[0] >= '0' &&
      word[0] <= '9') {
    clock = word;
    return true;
  }
  if (zone.empty()) zone = zone_in(word);
  return !zone.empty() || take_date(word);
}

// `9:15-05:00` as two words.
void split_zone(std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return;
  const std::size_t sign = text.find_first_of("+-", colon);
  if (sign != std::string::npos && text[sign - 1] >= '0' && text[sign - 1] <= '9') {
    text.insert(sign, 1, ' ');
  }
}

}  // namespace

std::optional<StatedTime> loose_time(std::string_view stated) {
  if (stated.size() > 120) return std::nullopt;
  std::string text(stated);
  bool korean = false;
  for (const Word& word : kForeign) {
    korean = korean || (word.from.starts_with("\xEC") && text.find(word.from) != std::string::npos);
    for (std::size_t at = text.find(word.from); at != std::string::npos;
         at = text.find(word.from, at + word.to.size())) {
      text.replace(at, word.from.size(), word.to);
    }
  }
  text = lower_ascii(text);
  for (std::size_t at = text.find("- "); korean && at != std::string::npos; at = text.find("- ")) {
    text.erase(at + 1, 1);
  }
  // `2004-07-13t9:15`
  const std::size_t t = text.find('t');
  if (t != std::string::npos && t > 0 && t + 1 < text.size() &&
      is_number(text.substr(t - 1, 1), 1, 1) && is_number(text.substr(t + 1, 1), 1, 1)) {
    text[t] = ' ';
  }
  std::replace(text.begin(), text.end(), ',', ' ');
  split_zone(text);
  Parts parts;
  bool after_noon = false;
  for (const std::string& piece : split(fold_blanks(text), ' ')) {
    std::string_view word = piece;
    while (word.ends_with('-') || word.ends_with('.')) word.remove_suffix(1);
    if (word.empty() || word == "am") continue;
    if (word == "pm") {
      after_noon = true;
    } else if (!parts.take(word) && !parts.take_date(word)) {
      return std::nullopt;
    }
  }
  if (parts.year < 0 || parts.month < 1 || parts.month > 12 || parts.day < 1) return std::nullopt;
  std::string iso = fmt::format("{:04}-{:02}-{:02}", parts.year, parts.month, parts.day);
  if (parts.zone.empty() && korean) parts.zone = "+09:00";
  if (!parts.clock.empty()) {
    iso += (after_noon ? " 下午" : " ") + parts.clock;
    if (!parts.zone.empty()) iso += " " + parts.zone;
  }
  return parse_stated_time(iso);
}

}  // namespace liandong
