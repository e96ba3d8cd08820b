// Which line of a page is the title of its article.

#include <algorithm>
#include <array>

#include "adapters/shared/article_head.h"
#include "daemon/item/identity.h"

namespace liandong {

namespace {

constexpr std::size_t kLinesBefore = 30;
constexpr std::size_t kLinesInside = 3;
constexpr int kGoodEnough = 18;

struct Raised {
  int points = 0;
  std::string by;
};

// By the element that holds the line, and what it is called.
Raised heading_of(const PageLine& line) {
  Raised best;
  const auto raise = [&](int points, std::string by) {
    if (points > best.points) best = Raised{points, std::move(by)};
  };
  int level = 0;
  for (const xmlNode* node = line.node; is_element(node) && level < 3; node = node->parent) {
    if (!has_little_text(node, line.text.size() * 2 + 200)) break;
    if (is_element(node, "h1")) raise(30, "h1");
    if (is_element(node, "h2")) raise(22, "h2");
    if (is_element(node, "h3") || is_element(node, "h4")) raise(14, std::string(name_of(node)));
    for (const char* name : {"class", "id"}) {
      const std::string value = lower_ascii(attribute(node, name));
      if (value.empty()) continue;
      const bool title = value.find("title") != std::string::npos ||
                         value.find("headline") != std::string::npos ||
                         value.find("biaoti") != std::string::npos;
      const bool short_name = value == "bt" || value == "tit" || value == "tt" ||
                              value.find("tit_") == 0 || value.ends_with("tit") ||
                              value.find("-tit") != std::string::npos || value == "activity-name" ||
                              value == "h1" || value == "h2";
      if (title) raise(24, std::string(name) + " " + value);
      if (short_name) raise(20, std::string(name) + " " + value);
    }
    ++level;
  }
  if (line.strong) raise(best.points + 8, best.by.empty() ? "bold line" : best.by);
  return best;
}

bool is_no_title(std::string_view text) {
  static constexpr std::array<std::string_view, 24> kWords = {
      "首页",     "当前位置", "您的位置", "所在位置", "来源：",   "发布时间",
      "发布日期", "浏览次数", "字号",     "打印",     "分享",     "今天是",
      "责任编辑", "信息来源", "索引号",   "返回",     "附件下载", "无障碍",
      "关闭窗口", "上一篇",   "发文字号", "来源:",    "语音播报", "政务微信"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

// Two titles differ in blanks and marks more often than in words.
std::string plain(std::string_view text) {
  return replace_all(replace_all(fold_blanks(text), " ", ""), "　", "");
}

// 关于…的通知.
bool is_called_a_document(std::string_view text) {
  static constexpr std::array<std::string_view, 16> kEnds = {
      "通知", "公告", "决定", "意见", "办法", "通报", "公示", "通告",
      "批复", "规定", "方案", "报告", "函",   "细则", "规划", "通知》"};
  return text.find("关于") != std::string_view::npos &&
         std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return text.ends_with(end); });
}

int fit(const PageLine& line, const TitleHints& hints, const std::string& page_title) {
  const std::string text = plain(line.text);
  const std::size_t length = count_code_points(text);
  int points = 0;
  if (length < 4 || length > 150) points -= 40;
  if (length >= 8 && length <= 80) points += 6;
  if (is_called_a_document(text)) points += 8;
  if (line.linked) points -= 30;
  if (is_no_title(line.text) || is_foot_line(line.text)) points -= 60;
  if (time_within(line.text) && length < 30) points -= 30;
  if (text == plain(hints.site) || text == plain(hints.column)) points -= 60;
  if (!page_title.empty() && length >= 4) {
    if (page_title.find(text) != std::string::npos) points += 24 + static_cast<int>(length > 12);
    if (count_code_points(page_title) >= 2 && text.find(page_title) != std::string::npos) {
      points += 6;
    }
    // The page's title is often the cut one.
    const std::string start = page_title.substr(0, std::min<std::size_t>(page_title.size(), 30));
    if (page_title != text && text.find(start) == 0 && start.size() >= 18) points += 12;
  }
  return points;
}

// Above the line with date and source, or the document's number: what stands right there needs no
// other sign.
int above_info(const PageLines& lines, std::size_t at, std::size_t end) {
  for (std::size_t next = at + 1; next < end && next <= at + 2; ++next) {
    const bool frames =
        is_info_line(lines.all[next].text) || !normalise_doc_no(lines.all[next].text).empty();
    if (!frames) continue;
    if (is_info_line(lines.all[at].text)) return 0;
    return next == at + 1 ? 14 : 10;
  }
  return 0;
}

// A title of two lines is one element.
std::string whole_title(const PageLines& lines, std::size_t at, bool heading,
                        const std::string& page_title) {
  constexpr std::size_t kMostLines = 3;
  const auto goes_on = [&](std::size_t i) {
    const std::string& text = lines.all[i].text;
    const bool said = heading || page_title.find(plain(text)) != std::string::npos;
    return said && lines.all[i].node == lines.all[at].node && count_code_points(text) < 60 &&
           !is_no_title(text) && !is_info_line(text);
  };
  std::size_t first = at;
  while (first > 0 && at - first < kMostLines && goes_on(first - 1)) --first;
  std::size_t last = at;
  while (last + 1 < lines.all.size() && last - at < kMostLines && goes_on(last + 1)) ++last;
  std::string text;
  for (std::size_t i = first; i <= last; ++i) text += lines.all[i].text;
  return text;
}

}  // namespace

StatedText headline(const PageLines& lines, const TitleHints& hints) {
  const std::string page_title = plain(hints.page_title);
  const std::size_t begin = lines.body_at - std::min(lines.body_at, kLinesBefore);
  const std::size_t end = std::min(lines.all.size(), lines.body_at + kLinesInside);
  StatedText best;
  int most = kGoodEnough - 1;
  for (std::size_t i = begin; i < end; ++i) {
    const PageLine& line = lines.all[i];
    const Raised heading = heading_of(line);
    const std::size_t away = i < lines.body_at ? lines.body_at - i - 1 : i - lines.body_at + 2;
    int points = heading.points + fit(line, hints, page_title);
    points -= static_cast<int>(std::min<std::size_t>(away, 20)) / 2;
    if (is_in_furniture(line.node)) points -= 40;
    points += above_info(lines, i, end);
    if (points <= most) continue;
    most = points;
    best = StatedText{whole_title(lines, i, heading.points >= 14, page_title),
                      heading.by.empty() ? "line above date and source" : heading.by};
  }
  return best;
}

}  // namespace liandong
