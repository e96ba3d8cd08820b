#include "adapters/sources/page/row_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "adapters/shared/article_head.h"
#include "adapters/sources/page/row_tip.h"

namespace liandong {

namespace {

constexpr std::size_t kLongestPiece = 80;  // bytes, of a date with its label
constexpr std::size_t kMostPieces = 60;

struct Piece {
  std::string text;
  bool of_link = false;
};

std::optional<unsigned> number(std::string_view text, std::size_t least, std::size_t most) {
  unsigned value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() < least || text.size() > most || read.ec != std::errc() ||
      read.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// `[2026-05-20]`, `（05-20）`, `发布时间：2026-05-20`, `2026-05-20发布`.
std::string_view bare(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kBefore = {
      "[", "（", "(", "【", "发布时间", "发布日期", "时间", "日期"};
  static constexpr std::array<std::string_view, 6> kAfter = {"]", "）", ")", "】", "发布", "|"};
  for (bool again = true; again;) {
    again = false;
    text = trim(text);
    for (const std::string_view mark : kBefore) {
      if (text.starts_with(mark)) {
        text.remove_prefix(mark.size());
        again = true;
      }
    }
    for (const std::string_view colon : {"：", ":", "|"}) {
      if (text.starts_with(colon)) {
        text.remove_prefix(colon.size());
        again = true;
      }
    }
    for (const std::string_view mark : kAfter) {
      if (text.ends_with(mark)) {
        text.remove_suffix(mark.size());
        again = true;
      }
    }
  }
  return text;
}

// `05-20`, `5-20`, `05/20`, `5月20日`.
std::optional<StatedTime> without_year(std::string_view text, Timestamp now) {
  std::string_view mark;
  for (const std::string_view candidate : {"-", "/", ".", "月"}) {
    if (text.find(candidate) != std::string_view::npos) {
      mark = candidate;
      break;
    }
  }
  if (mark.empty()) return std::nullopt;
  const std::size_t at = text.find(mark);
  std::string_view rest = text.substr(at + mark.size());
  if (mark == "月") {
    if (!rest.ends_with("日")) return std::nullopt;
    rest.remove_suffix(3);
  }
  const std::size_t least = mark == "月" || mark == "-" ? 1 : 2;
  const auto month = number(text.substr(0, at), least, 2);
  const auto day = number(rest, least, 2);
  if (!month || !day) return std::nullopt;
  const Timestamp latest = now + std::chrono::days(1);
  for (int back = 0; back <= 8; ++back) {
    const std::chrono::year_month_day date(beijing_day(latest).year() - std::chrono::years(back),
                                           std::chrono::month(*month), std::chrono::day(*day));
    if (!date.ok()) continue;  // 29 February: the nearest year that has one
    const Timestamp midnight = beijing_midnight(date);
    if (midnight <= latest) return StatedTime{midnight, Precision::Day};
  }
  return std::nullopt;
}

// `Nov 20, 2026` and nothing more.
std::optional<StatedTime> english_date(std::string_view text) {
  constexpr std::size_t kLongest = 20;
  const bool three_words = std::count(text.begin(), text.end(), ' ') == 2;
  return three_words && text.size() <= kLongest ? english_day(text) : std::nullopt;
}

// A piece of text that is a date as a whole.
std::optional<RowDate> dated(const std::string& text, Timestamp now) {
  const auto time = read_row_date(text, now);
  if (!time) return std::nullopt;
  return RowDate{*time, text, !parse_stated_time(bare(text)) && !english_date(bare(text))};
}

// Rows without an element of their own, `·<a>…</a> (05-20)<br>`: what stands beside the link.
void add_pieces_beside(const xmlNode* link, std::vector<Piece>& pieces) {
  constexpr int kMostSiblings = 4;
  const xmlNode* around = link->parent;
  if (is_element(around, "li") || is_element(around, "dd") || is_element(around, "p")) return;
  const auto ends_line = [](const xmlNode* node) {
    return node == nullptr || is_element(node, "br") || is_block(node);
  };
  const auto add = [&pieces](const xmlNode* node) {
    Piece piece{text_of(node), false};
    if (!piece.text.empty()) pieces.push_back(std::move(piece));
  };
  const auto usable = [](const xmlNode* node) {
    return !is_element(node, "a") && has_little_text(node, kLongestPiece * 2);
  };
  int seen = 0;
  for (const xmlNode* next = link->next; seen < kMostSiblings && !ends_line(next) && usable(next);
       next = next->next, ++seen) {
    add(next);
  }
  // `[05-20] <a>…</a><br>`: in front only where no other link stands, whose date it would be.
  const xmlNode* first = link->prev;
  for (seen = 0; seen < kMostSiblings && !ends_line(first) && usable(first); ++seen)
    first = first->prev;
  if (!ends_line(first)) return;
  for (const xmlNode* before = first == nullptr ? around->children : first->next; before != link;
       before = before->next) {
    add(before);
  }
}

bool is_heading(const xmlNode* node) {
  const std::string_view name = name_of(node);
  return name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6';
}

// `<dt><a>…</a></dt><dd>来源：办公室 时间：2026-05-20</dd>`, `<h4><a>…</a></h4><p>2026-05-20</p>`.
void add_pieces_behind(const xmlNode* row, std::vector<Piece>& pieces) {
  constexpr int kMostBehind = 3;
  int seen = 0;
  for (xmlNode* next = row->next; next != nullptr && seen < kMostBehind; next = next->next) {
    if (!is_element(next)) continue;
    if (name_of(next) == name_of(row) || is_heading(next)) return;
    ++seen;
    if (!has_little_text(next, kLongestPiece * 4)) continue;
    Piece piece{text_of(next), false};
    if (!piece.text.empty()) pieces.push_back(std::move(piece));
  }
}

std::vector<Piece> pieces_of(xmlNode* row, const xmlNode* link) {
  std::vector<Piece> pieces;
  walk(row, [&](xmlNode* node) {
    if (is_element(node) && is_invisible(node)) return false;
    if (node->type != XML_TEXT_NODE || pieces.size() >= kMostPieces) return true;
    const std::string_view raw(reinterpret_cast<const char*>(node->content));
    if (raw.size() > 2000) return true;
    Piece piece{fold_blanks(raw), link != row && is_within(node, link)};
    if (!piece.text.empty()) pieces.push_back(std::move(piece));
    return true;
  });
  if (row == link) add_pieces_beside(link, pieces);
  if (is_element(row, "dt") || is_heading(row)) add_pieces_behind(row, pieces);
  return pieces;
}

// `15` beside `2026-05`, the leaf of a calendar.
std::optional<RowDate> calendar_leaf(const std::string& a, const std::string& b) {
  const auto day = number(a, 1, 2);
  if (!day || b.size() < 6 || b.size() > 12) return std::nullopt;
  for (const std::string_view mark : {"-", "/", ".", "年"}) {
    const std::size_t at = b.find(mark);
    if (at != 4) continue;
    std::string_view month_text = std::string_view(b).substr(4 + mark.size());
    if (month_text.ends_with("月")) month_text.remove_suffix(3);
    const auto year = number(std::string_view(b).substr(0, 4), 4, 4);
    const auto month = number(month_text, 1, 2);
    if (!year || !month) continue;
    const auto time = parse_stated_time(fmt::format("{:04}-{:02}-{:02}", *year, *month, *day));
    if (time) return RowDate{*time, a};
  }
  return std::nullopt;
}

// `26`, `11月`, `2026` in three pieces, the year first or last.
std::optional<RowDate> leaf_of_three(const Piece* pieces) {
  std::array<std::string, 3> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i] = pieces[i].text;
    for (const std::string_view mark : {"年", "月", "日", "/", "-", "."}) {
      if (parts[i].ends_with(mark)) parts[i].resize(parts[i].size() - mark.size());
    }
  }
  const bool year_first = number(parts[0], 4, 4).has_value();
  if (!year_first && !number(parts[2], 4, 4)) return std::nullopt;
  const std::string& year = year_first ? parts[0] : parts[2];
  const std::string* others[] = {year_first ? &parts[1] : &parts[0],
                                 year_first ? &parts[2] : &parts[1]};
  for (const std::string* other : others) {
    if (!number(*other, 1, 2)) return std::nullopt;
  }
  // `26 11月 2026`: the day in front, unless only the other can be one.
  const bool says_month =
      pieces[1].text.ends_with("月") || (!year_first && *number(*others[0], 1, 2) > 12);
  const bool day_first = !year_first && says_month;
  const auto time = parse_stated_time(
      fmt::format("{}-{}-{}", year, *others[day_first ? 1 : 0], *others[day_first ? 0 : 1]));
  return time ? std::optional(RowDate{*time, pieces[0].text}) : std::nullopt;
}

std::optional<RowDate> in_words(const std::string& text, Timestamp now) {
  if (text.find_first_of("0123456789") == std::string::npos) return std::nullopt;
  const std::vector<std::string> words = split(text, ' ');
  for (std::size_t i = 0; i < words.size() && i < 40; ++i) {
    if (i + 1 < words.size()) {
      const std::string both = words[i] + " " + words[i + 1];
      if (auto date = dated(both, now)) return date;
    }
    if (i + 2 < words.size()) {
      const std::string english = fmt::format("{} {} {}", words[i], words[i + 1], words[i + 2]);
      if (const auto time = english_date(bare(english))) return RowDate{*time, english};
    }
    if (auto date = dated(words[i], now)) return date;
  }
  return std::nullopt;
}

// <time datetime>, whatever its words say (刚刚).
std::optional<RowDate> in_time_element(xmlNode* row, Timestamp now) {
  std::optional<RowDate> found;
  walk(row, [&](xmlNode* node) {
    if (found || (is_element(node) && is_invisible(node))) return false;
    if (!is_element(node, "time")) return true;
    if (const auto time = read_row_date(attribute(node, "datetime"), now)) {
      found = RowDate{*time, text_of(node)};
    }
    return false;
  });
  return found;
}

// A row may tell several days: `成文日期：2025-01-03 发布日期：2026-11-27`.
std::optional<RowDate> behind_label(const std::vector<Piece>& pieces, Timestamp now) {
  for (const Piece& piece : pieces) {
    for (const std::string_view label : {"发布日期", "发布时间"}) {
      const std::size_t at = piece.of_link ? std::string::npos : piece.text.find(label);
      if (at == std::string::npos || at == 0) continue;
      if (auto date = in_words(piece.text.substr(at), now)) return date;
    }
  }
  return std::nullopt;
}

const xmlNode* first_below(const xmlNode* node, std::string_view name) {
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (is_element(child, name)) return child;
  }
  return nullptr;
}

std::vector<xmlNode*> cells_of(const xmlNode* row) {
  std::vector<xmlNode*> cells;
  for (xmlNode* cell = row->children; cell != nullptr && cells.size() < 20; cell = cell->next) {
    if (is_element(cell, "td") || is_element(cell, "th")) cells.push_back(cell);
  }
  return cells;
}

// In a table whose head names the columns the day of publication is the one below that name, not
// the day the document was made.
std::optional<RowDate> in_headed_column(const xmlNode* row, Timestamp now) {
  if (!is_element(row, "tr")) return std::nullopt;
  const xmlNode* table = row->parent;
  if (is_element(table) && !is_element(table, "table")) table = table->parent;
  if (!is_element(table, "table")) return std::nullopt;
  const xmlNode* part = first_below(table, "thead");
  if (part == nullptr) part = first_below(table, "tbody");
  const xmlNode* head = first_below(part == nullptr ? table : part, "tr");
  if (head == nullptr || head == row) return std::nullopt;
  const std::vector<xmlNode*> names = cells_of(head);
  const std::vector<xmlNode*> cells = cells_of(row);
  for (std::size_t i = 0; names.size() == cells.size() && i < names.size(); ++i) {
    if (!has_little_text(names[i], 60) || !has_little_text(cells[i], kLongestPiece)) continue;
    const std::string name = text_of(names[i]);
    if (name != "发布日期" && name != "发布时间" && name != "公开日期") continue;
    const std::string words = text_of(cells[i]);
    if (auto date = dated(words, now)) return date;
  }
  return std::nullopt;
}

// `20` beside `11月`, the leaf of a calendar that names no year.
std::optional<RowDate> leaf_of_two(const std::string& a, const std::string& b, Timestamp now) {
  if (!b.ends_with("月") || !number(a, 1, 2)) return std::nullopt;
  return dated(b + a + "日", now);
}

// <i>2026</i>-<i>10</i>-<i>15</i>: from the year on, as many pieces as make a date.
std::optional<RowDate> in_pieces(const std::vector<Piece>& pieces, std::size_t first) {
  constexpr std::size_t kMost = 6;
  if (!time_heading_in(pieces[first].text)) return std::nullopt;
  std::string joined;
  std::optional<RowDate> found;
  for (std::size_t i = first; i < pieces.size() && i < first + kMost; ++i) {
    if (pieces[i].of_link != pieces[first].of_link) break;
    joined += pieces[i].text;
    if (joined.size() > kLongestPiece) break;
    if (i == first) continue;
    const bool whole = joined.ends_with("日") || (joined.back() >= '0' && joined.back() <= '9');
    if (const auto time = whole ? parse_stated_time(joined) : std::nullopt) {
      found = RowDate{*time, joined};
    }
  }
  return found;
}

// `18日` below `2026年10月`.
std::optional<RowDate> below_month(const std::vector<Piece>& pieces, const TimeHeading& headed) {
  if (headed.month == 0) return std::nullopt;
  for (const Piece& piece : pieces) {
    std::string_view day = bare(piece.text);
    if (piece.of_link || !day.ends_with("日")) continue;
    day.remove_suffix(3);
    const auto value = number(day, 1, 2);
    if (!value) continue;
    const auto time =
        parse_stated_time(fmt::format("{}-{:02}-{:02}", headed.year, headed.month, *value));
    if (time) return RowDate{*time, piece.text};
  }
  return std::nullopt;
}

}  // namespace

std::optional<StatedTime> read_row_date(std::string_view text, Timestamp now) {
  // Asked of every piece of every row: most hold no date at a glance.
  const bool has_number = text.find_first_of("0123456789") != std::string_view::npos ||
                          text.find("年") != std::string_view::npos ||
                          text.find("０") != std::string_view::npos;
  if (!has_number) return std::nullopt;
  text = bare(text);
  if (text.empty() || text.size() > kLongestPiece) return std::nullopt;
  if (const auto time = parse_stated_time(text)) return time;
  if (const auto time = english_date(text)) return time;
  return without_year(text, now);
}

std::optional<RowDate> find_row_date(xmlNode* row, const xmlNode* link, Timestamp now,
                                     const std::optional<TimeHeading>& headed) {
  if (auto stated = in_time_element(row, now)) return stated;
  const std::vector<Piece> pieces = pieces_of(row, link);
  if (auto labelled = behind_label(pieces, now)) return labelled;
  if (auto column = in_headed_column(row, now)) return column;
  for (const Piece& piece : pieces) {
    if (auto date = dated(piece.text, now)) return date;
  }
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
    if (auto date = in_pieces(pieces, i)) return date;
    if (auto leaf = calendar_leaf(pieces[i].text, pieces[i + 1].text)) return leaf;
    if (auto leaf = calendar_leaf(pieces[i + 1].text, pieces[i].text)) return leaf;
    if (i + 2 < pieces.size()) {
      if (auto leaf = leaf_of_three(&pieces[i])) return leaf;
    }
    if (auto leaf = leaf_of_two(pieces[i].text, pieces[i + 1].text, now)) return leaf;
    if (auto leaf = leaf_of_two(pieces[i + 1].text, pieces[i].text, now)) return leaf;
  }
  for (const Piece& piece : pieces) {
    if (piece.of_link) continue;
    if (auto date = in_words(piece.text, now)) return date;
  }
  if (auto date = headed ? below_month(pieces, *headed) : std::nullopt) return date;
  const auto told = link == nullptr ? std::nullopt : read_tip(attribute(link, "title")).date;
  return told ? std::optional(RowDate{*told, ""}) : std::nullopt;
}

}  // namespace liandong
