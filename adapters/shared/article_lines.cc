// What lines right above and below a text say that no label names.

#include <algorithm>
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
