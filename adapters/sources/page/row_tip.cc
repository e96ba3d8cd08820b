#include "adapters/sources/page/row_tip.h"

#include <algorithm>
#include <array>

#include "adapters/shared/article_head.h"
#include "adapters/shared/html_text.h"

namespace liandong {

namespace {

struct Field {
  std::size_t begin = std::string_view::npos;  // of the label
  std::size_t value = std::string_view::npos;
};

// A label begins the text or follows a blank: titles hold such words too.
Field field_at(std::string_view text, std::string_view label) {
  for (std::size_t at = text.find(label); at != std::string_view::npos;
       at = text.find(label, at + 1)) {
    const std::string_view behind = text.substr(at + label.size());
    const bool free = at == 0 || text[at - 1] == ' ';
    if (free && behind.starts_with("：")) return {at, at + label.size() + 3};
    if (free && behind.starts_with(':')) return {at, at + label.size() + 1};
  }
  return {};
}

template <std::size_t N>
Field first_of(std::string_view text, const std::array<std::string_view, N>& labels) {
  for (const std::string_view label : labels) {
    if (const Field field = field_at(text, label); field.value != std::string_view::npos)
      return field;
  }
  return {};
}

constexpr std::array<std::string_view, 6> kTitles = {"文章标题", "信息标题", "新闻标题",
                                                     "标题",     "名称",     "标 题"};
constexpr std::array<std::string_view, 8> kTimes = {"发布时间", "发布日期", "发表时间", "更新时间",
                                                    "更新日期", "添加时间", "时间",     "日期"};
constexpr std::array<std::string_view, 10> kOthers = {
    "作者", "作 者", "来源", "点击次数", "浏览次数", "点击", "栏目", "类别", "发布人", "发布单位"};

}  // namespace

RowTip read_tip(std::string_view stated) {
  const std::string text = line_from_html(stated);
  const Field title = first_of(text, kTitles);
  const Field time = first_of(text, kTimes);
  RowTip tip;
  if (time.value != std::string_view::npos)
    tip.date = time_at_start(trim(std::string_view(text).substr(time.value)));
  if (title.value == std::string_view::npos) {
    tip.title = text;
    return tip;
  }
  std::size_t end = text.size();
  const auto ends_at = [&](const Field& next) {
    if (next.begin != std::string_view::npos && next.begin >= title.value)
      end = std::min(end, next.begin);
  };
  for (const std::string_view label : kTimes) ends_at(field_at(text, label));
  for (const std::string_view label : kOthers) ends_at(field_at(text, label));
  tip.title = trim(std::string_view(text).substr(title.value, end - title.value));
  return tip;
}

}  // namespace liandong
