// Looking for what an earlier attempt may have left: drafts, publications, cover pictures.
//
// A look is complete or it is nothing: a page that fails, is cut or contradicts the one before
// makes it a Diagnostic, because "not in the part I saw" is no evidence of absence (delivery.md
// R4).

#ifndef LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_SEARCH_H_
#define LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_SEARCH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adapters/channels/wechat/wechat_api.h"
#include "daemon/channel/copies.h"

namespace liandong {

// By what a draft or a publication of ours is known again.
struct WechatTrace {
  std::string marker;  // in the link of 阅读原文; empty never matches
  std::string cover;   // media_id of the cover made for it; may be empty
  std::string title;
};

struct WechatEntry {
  std::string id;            // media_id of a draft, article_id of a publication
  std::string url;           // of the article, when stated
  std::int64_t updated = 0;  // seconds since 1970; 0: not stated
  bool deleted = false;
  int place = 1;     // of the article in it
  int articles = 1;  // that it has

  [[nodiscard]] Receipt receipt(Timestamp now) const;
};

enum class WechatBox : std::uint8_t { Drafts, Publications };

// For each trace, every entry with an article of it, newest first.
using WechatMatches = std::variant<std::vector<std::vector<WechatEntry>>, Diagnostic>;

// A draft is ours only when its articles are those of `traces`, in their order, and of no other
// delivery: one that holds another set was made for another group. Publications older than `since`
// are not looked at, as far as the list proves to be ordered.
asio::awaitable<WechatMatches> search_box(WechatApi& api, WechatBox box,
                                          std::vector<WechatTrace> traces, Timestamp since,
                                          Instant deadline);

// An article of a publication as a reader sees it.
struct WechatPublication {
  WechatEntry entry;
  SeenPost post;
};
// Of one page of freepublish/batchget, each article; entries without an id are left out.
[[nodiscard]] std::vector<WechatPublication> read_publications(const boost::json::object& page);
// Of freepublish/getarticle, of that article; empty when it is not stated.
[[nodiscard]] std::string title_of(const boost::json::object& reply, int place);

// The permanent picture of that file name, whatever its extension; an empty id: it is not among the
// first hundred of the library. Enough where a second upload does no harm.
using WechatMaterial = std::variant<std::string, Diagnostic>;
asio::awaitable<WechatMaterial> search_picture(WechatApi& api, std::string stem, Instant deadline);

// Does this article of a list belong to `trace`? The link's marker decides; without a marker of any
// delivery, cover and title together do.
[[nodiscard]] bool is_trace_of(const boost::json::object& article, const WechatTrace& trace);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_SEARCH_H_
