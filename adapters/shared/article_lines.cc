// What lines right above and below a text say that no label names.

#include <algorithm>
#include <array>
#include <string_view>

#include "adapters/shared/article_head.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

StatedText doc_no_in_lines(const PageLines& lines) {
  constexpr std::size_t kAbove = 4;
  constexpr std::size_t kInside = 2;
  const std::size_t begin = lines.body_at - std::min(lines.body_at, kAbove);
  const std::size_t end = std::min(lines.all.size(), lines.body_at + kInside);
  for (std::size_t i = begin; i < end; ++i) {
    const PageLine& line = lines.all[i];
    if (line.linked || is_in_furniture(line.node)) continue;
    // Alone, or before the date and the source.
    std::string number = normalise_doc_no(line.text.substr(0, line.text.find(' ')));
    if (!number.empty()) return {std::move(number), "line under the title"};
  }
  return {};
}

bool names_an_office(std::string_view tail) {
  static constexpr std::array<std::string_view, 16> kEnds = {
      "局",   "厅",   "委",   "政府",   "网站", "网",   "委员会", "中心",
      "学校", "中学", "小学", "办公室", "大学", "学院", "公司",   "门户网站"};
  const std::size_t length = count_code_points(tail);
  return length >= 3 && length <= 20 &&
         std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return tail.ends_with(end); });
}

StatedText source_beside_date(const PageLines& lines) {
  constexpr std::size_t kAbove = 5;
  constexpr std::size_t kInside = 2;
  constexpr std::size_t kLongest = 150;  // bytes
  const std::size_t begin = lines.body_at - std::min(lines.body_at, kAbove);
  const std::size_t end = std::min(lines.all.size(), lines.body_at + kInside);
  for (std::size_t i = begin; i < end; ++i) {
    const PageLine& line = lines.all[i];
    const bool usable = line.text.size() <= kLongest && !is_in_furniture(line.node) &&
                        !is_foot_line(line.text) && time_within(line.text).has_value();
    if (!usable) continue;
    std::string before;
    for (std::string& word : split(line.text, ' ')) {
      const bool author = before.ends_with("由") || before == "by";  // of a blog
      before = word;
      const bool plain = word.find_first_of("0123456789:") == std::string::npos &&
                         word.find("：") == std::string::npos;
      const bool paper = word.ends_with("日报") || word.ends_with("晚报") || word.ends_with("党委");
      if (plain && !author && (names_an_office(word) || paper))
        return {std::move(word), "office beside the date"};
    }
  }
  return {};
}

StatedMoment time_under_text(const PageLines& lines) {
  constexpr std::size_t kLast = 3;
  std::size_t end = lines.body_at;
  while (end < lines.all.size() && lines.all[end].in_body) ++end;
  for (std::size_t i = end; i > lines.body_at && i + kLast > end; --i) {
    const std::string& words = lines.all[i - 1].text;
    if (count_code_points(words) > 16) continue;
    if (const auto time = parse_stated_time(words)) return {time, "date under the text"};
  }
  return {};
}

}  // namespace liandong
