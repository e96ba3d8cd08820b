// What stands around a text inside the element that holds it.

#include <algorithm>
#include <array>

#include "adapters/shared/article_head.h"
#include "adapters/shared/body_finder.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kHeadBlocks = 8;
constexpr std::size_t kShortBlock = 40;  // code points; more is text of the article
constexpr std::size_t kLongestTail = 60;

std::string words_of(const Block& block) {
  Body one;
  one.blocks.push_back(block);
  return fold_blanks(plain_text(one));
}

std::string plain(std::string_view text) {
  return replace_all(fold_blanks(text), " ", "");
}

bool begins_with_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.starts_with(word); });
}

bool is_tail(const std::string& text) {
  return count_code_points(text) <= kLongestTail &&
         begins_with_any(
             text, {"责任编辑", "（责任编辑", "(责任编辑", "[责任编辑", "【责任编辑", "编辑：",
                    "（编辑",   "打印",       "【打印",    "关闭",      "分享到",     "分享：",
                    "扫一扫",   "上一篇",     "下一篇",    "上一条",    "下一条",     "返回顶部",
                    "版权所有", "• 上一篇",   "• 下一篇",  "【关闭",    "[打印",      "[关闭",
                    "我要纠错", "点击数",     "发布时间",  "发布日期",  "（来源：",   "来源：",
                    "(来源：",  "稿件来源",   "信息来源",  "供稿单位"});
}

bool begins_another_part(const std::string& text) {
  return count_code_points(text) <= 12 &&
         begins_with_any(text, {"相关阅读", "相关新闻", "相关文章", "相关链接", "相关信息",
                                "相关推荐", "热点推荐", "热门推荐", "延伸阅读", "猜你喜欢",
                                "上一篇", "下一篇", "发表评论"});
}

}  // namespace

void trim_frame(Body& body, std::string_view title, bool wide) {
  auto& blocks = body.blocks;
  if (wide) {
    std::size_t head = 0;
    const std::string wanted = plain(title);
    for (std::size_t i = 0; i < blocks.size() && i < kHeadBlocks; ++i) {
      const std::string words = words_of(blocks[i]);
      const bool frame = (!wanted.empty() && plain(words) == wanted) || is_info_line(words);
      if (frame) head = i + 1;
      if (!frame && count_code_points(words) >= kShortBlock) break;
    }
    blocks.erase(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(head));
    const auto other = std::find_if(blocks.begin(), blocks.end(), [](const Block& block) {
      return begins_another_part(words_of(block));
    });
    if (other != blocks.begin()) blocks.erase(other, blocks.end());
  }
  while (!blocks.empty() && is_tail(words_of(blocks.back()))) blocks.pop_back();
}

}  // namespace liandong
