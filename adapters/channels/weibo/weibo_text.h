// Words for Weibo: their length as Weibo counts it, a post that fits, and "is this the same post?".

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_TEXT_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "daemon/channel/text_template.h"
#include "daemon/platform/result.h"

namespace liandong {

enum class UrlCost : std::uint8_t {
  Face,  // every character counts: the upper bound of the two readings
  Ten,   // Sina's composer: an http:// link counts 10, longer than 140 bytes more
};

// In Chinese characters, rounded up: up to U+00FF a half, the rest of the BMP one, beyond it two.
[[nodiscard]] std::size_t weibo_length(std::string_view text, UrlCost cost);

// One line that means nothing special to Weibo: `#` becomes `＃`, `@`, controls and links go.
[[nodiscard]] std::string weibo_words(std::string_view text);

struct WeiboLimit {
  std::size_t characters = 130;
  UrlCost cost = UrlCost::Face;
};

// `【种类】标题 摘要… URL `: the words of the template, then the link between blanks. What does not
// fit is cut from the summary, and from the title only when no summary is left.
[[nodiscard]] Result<std::string> compose_weibo(const TextTemplate& words,
                                                std::map<std::string, std::string> values,
                                                const std::string& link, WeiboLimit limit);

// Is `theirs` (cut at 140, links replaced, topics removed) the post we sent as `ours`? Decides on
// the first 30 characters that are neither link, topic nor blank.
[[nodiscard]] bool is_same_weibo(std::string_view ours, std::string_view theirs);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_TEXT_H_
