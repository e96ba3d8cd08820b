// An item as a WeChat article: title, digest and the HTML the platform leaves alone.
//
// The HTML is made from the safe body model and from nothing else: section, p, span, strong, sup,
// img and table with inline styles; no link (the platform strips every <a>), addresses stand in
// footnotes; pictures are placeholders until they are uploaded (contracts/wechat.md 3).

#ifndef LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_ARTICLE_H_
#define LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_ARTICLE_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "daemon/channel/rendition.h"
#include "daemon/channel/text_template.h"
#include "daemon/item/item.h"
#include "daemon/platform/result.h"

namespace liandong {

inline constexpr std::size_t kWechatTitle = 32;     // code points
inline constexpr std::size_t kWechatAuthor = 16;    // code points
inline constexpr std::size_t kWechatDigest = 120;   // code points
inline constexpr std::size_t kWechatLink = 1024;    // bytes
inline constexpr std::size_t kWechatPictures = 40;  // of one article
inline constexpr std::size_t kWechatBytes = 1U << 20U;

struct ArticleStyle {
  std::string site_name;
  std::string author;
  TextTemplate title;
  TextTemplate digest;
  std::size_t title_limit = kWechatTitle;    // code points
  std::size_t digest_limit = kWechatDigest;  // code points
  std::size_t content_limit = 20000;         // characters, markup included
  bool page_cover = true;                    // otherwise the cover is always drawn
};

// The rendition: `text` is the digest, `pictures` what the placeholders stand for; fields:
// "author", "cover" (address of the page's lead picture, may be empty), "kind_name". A text over
// the limit becomes a summary that sends the reader to 阅读原文.
[[nodiscard]] Result<Rendition> render_article(const Item& item, std::string_view marker,
                                               const ArticleStyle& style);

// `html` with every placeholder replaced by the picture's uploaded address, or, for one that is not
// in `uploaded` (by original address), by a note that it is in the original.
[[nodiscard]] std::string with_pictures(const Rendition& rendition,
                                        const std::map<std::string, std::string>& uploaded);

// One of the articles of draft/add.
[[nodiscard]] boost::json::object draft_article(const Rendition& rendition,
                                                const std::string& content,
                                                const std::string& cover_media_id);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_ARTICLE_H_
