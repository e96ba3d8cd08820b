#include "daemon/review/editing_checks.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kSigningBlocks = 4;  // the last ones, among which the day is signed
constexpr std::size_t kHeadBlocks = 5;     // the first ones, among which the number stands
constexpr std::size_t kLongestLine = 120;  // bytes of a number or a day that stands alone

Passage slip(ScreeningKind kind, std::string excerpt) {
  return {kind, ScreeningSeverity::Warn, "", std::move(excerpt)};
}

struct Pair {
  std::array<std::string_view, 2> open;
  std::array<std::string_view, 2> close;
};
// Each in both widths: `(一）` is written everywhere.
constexpr std::array kPairs = {
    Pair{{"《", "《"}, {"》", "》"}},
    Pair{{"（", "("}, {"）", ")"}},
    Pair{{"【", "【"}, {"】", "】"}},
    Pair{{"〔", "["}, {"〕", "]"}},
};

// `1）`: at the beginning of a text a closing bracket ends the number of a list.
bool ends_list_number(std::string_view text, std::size_t at) {
  return at > 0 && at <= 9 && text.substr(0, at).find(' ') == text.npos;
}

void find_unbalanced(std::string_view text, const Pair& pair, std::vector<Passage>* found) {
  const auto is_any = [text](std::size_t at, const std::array<std::string_view, 2>& signs) {
    return std::ranges::any_of(
        signs, [rest = text.substr(at)](std::string_view sign) { return rest.starts_with(sign); });
  };
  int open = 0;
  for (std::size_t i = 0; i < text.size(); i = step_on(text, i)) {
    if (is_any(i, pair.open)) ++open;
    if (!is_any(i, pair.close)) continue;
    if (open == 0 && pair.close[1] == ")" && ends_list_number(text, i)) continue;
    if (--open < 0) break;
  }
  if (open != 0)
    found->push_back(slip(ScreeningKind::Brackets,
                          fmt::format("“{}”与“{}”不成对", pair.open[0], pair.close[0])));
}

// Words of a template that was not filled in.
constexpr std::array<std::string_view, 9> kLeftovers = {
    "点击查看", "此处输入", "在此输入", "请输入标题", "请输入内容", "此处插入", "XXX", "×××", "{{"};

bool is_leftover(std::string_view text, std::size_t at, std::string_view word) {
  if (word != "XXX") return true;
  std::size_t end = at;
  while (end < text.size() && text[end] == 'X') ++end;
  // `XXXL` and Roman numbers are words.
  return (at == 0 || !sticks(text, at - 1)) && !sticks(text, end);
}

std::string_view line_of(const Block& block, std::string* buffer) {
  buffer->clear();
  if (const auto* paragraph = std::get_if<Paragraph>(&block)) {
    for (const Run& run : paragraph->runs) {
      *buffer += run.text;
      if (buffer->size() > kLongestLine) return {};
    }
  } else if (const auto* heading = std::get_if<Heading>(&block)) {
    *buffer = heading->text;
  }
  *buffer = plain_form(*buffer);
  return buffer->size() > kLongestLine ? std::string_view() : std::string_view(*buffer);
}

// A line that is a day and nothing else: `2025年7月14日`; YYYY-MM-DD.
std::optional<std::string> signed_day(std::string_view line) {
  const std::string text = replace_all(std::string(line), " ", "");
  if (text.empty() || !is_ascii_digit(text[0]) || !text.ends_with("日") || text.size() > 20)
    return std::nullopt;
  const auto day = parse_stated_time(text);
  return day ? std::optional(beijing_date(day->at)) : std::nullopt;
}

}  // namespace

std::vector<Passage> find_slips(std::string_view text) {
  std::vector<Passage> found;
  for (const Pair& pair : kPairs) find_unbalanced(text, pair, &found);
  for (const std::string_view word : kLeftovers) {
    const std::size_t at = text.find(word);
    if (at != text.npos && is_leftover(text, at, word))
      found.push_back(slip(ScreeningKind::Leftover, fmt::format("“{}”", word)));
  }
  return found;
}

std::vector<Mismatch> compare_with_metadata(const Article& article) {
  std::vector<Mismatch> found;
  const std::vector<Block>& blocks = article.body.blocks;
  const DocumentMeta& meta = article.meta;
  const std::string published = article.published ? beijing_date(article.published->at) : "";
  std::string buffer;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const bool at_head = i < kHeadBlocks;
    const bool at_end = i + kSigningBlocks >= blocks.size();
    if (!at_head && !at_end) {
      i = blocks.size() - kSigningBlocks - 1;
      continue;
    }
    const std::string_view line = line_of(blocks[i], &buffer);
    if (line.empty()) continue;
    const std::string number = at_head ? normalise_doc_no(line) : "";
    const std::string stated = normalise_doc_no(meta.doc_no);
    if (!number.empty() && !stated.empty() && number != stated)
      found.push_back({i, slip(ScreeningKind::NumberMismatch,
                               fmt::format("“{}”，页面信息为“{}”", number, stated))});
    const auto day = at_end ? signed_day(line) : std::nullopt;
    if (day && !meta.made_on.empty() && *day != meta.made_on)
      found.push_back({i, slip(ScreeningKind::DateMismatch,
                               fmt::format("落款 {}，成文日期 {}", *day, meta.made_on))});
    if (day && !published.empty() && *day > published)
      found.push_back(
          {i, slip(ScreeningKind::FutureDate, fmt::format("落款 {}，发布于 {}", *day, published))});
    const auto* heading = i == 0 ? std::get_if<Heading>(&blocks[i]) : nullptr;
    if (heading != nullptr && heading->level == 1 &&
        replace_all(std::string(line), " ", "") != replace_all(plain_form(article.title), " ", ""))
      found.push_back({i, slip(ScreeningKind::TitleMismatch, "正文标题与页面标题不同")});
  }
  return found;
}

}  // namespace liandong
