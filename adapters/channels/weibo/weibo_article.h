// 头条文章: the long article of a Weibo account that has the interface by agreement
// (contracts/weibo.md 3.4), and the short post bound to it.
//
// There is no call that lists or deletes articles. The bound post is found in the timeline, and
// then the article is there; when it is not found, an article may stand without it, so nothing is
// ever sent a second time without a person.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ARTICLE_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ARTICLE_H_

#include <cstddef>
#include <set>
#include <string>

#include "daemon/delivery/outcome.h"
#include "daemon/item/item.h"
#include "daemon/platform/http.h"

namespace liandong {

inline constexpr std::size_t kWeiboArticleTitle = 32;        // characters
inline constexpr std::size_t kWeiboArticleContent = 90'000;  // characters

struct WeiboArticles {
  std::set<Kind> kinds;  // empty: no articles
  std::size_t from = 0;  // characters of the text; shorter ones are posts
  std::string cover =
      {};  // address of the cover of items without a picture; empty: those are posts
};

// What an article of this item would hold; empty when it is to be a post.
struct WeiboArticle {
  std::string title;
  std::string content;
  std::string cover;
};
[[nodiscard]] WeiboArticle weibo_article(const Item& item, const std::string& link,
                                         const WeiboArticles& articles);

// What the reply means, when it has the code of this interface; `why` holds its words.
[[nodiscard]] Outcome outcome_of_weibo_article(const boost::json::object& reply, Diagnostic why,
                                               Timestamp now);

// Is the receipt one of an article whose own reply was seen?
[[nodiscard]] bool is_weibo_article(const Receipt& receipt);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ARTICLE_H_
