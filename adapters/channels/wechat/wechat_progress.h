// What the steps of a WeChat delivery leave for each other, and small readings of replies.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_PROGRESS_H_
#define LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_PROGRESS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "adapters/channels/wechat/wechat_api.h"
#include "daemon/channel/channel.h"
#include "daemon/delivery/outcome.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"

namespace liandong {

// Empty when the key is absent.
[[nodiscard]] std::string progress_value(const Progress& progress, const std::string& key);

// Uploaded address by the address on the website.
[[nodiscard]] std::map<std::string, std::string> uploaded_pictures(const Progress& progress);
[[nodiscard]] std::string to_progress_text(const std::map<std::string, std::string>& texts);

// 1970 when no cover was uploaded.
[[nodiscard]] Timestamp cover_uploaded_at(const Progress& progress);

inline constexpr std::size_t kWechatMaxId = 512;

// What the steps answer and ask alike.
[[nodiscard]] WechatCall make_call(std::string path, Asked asked, Instant deadline);
[[nodiscard]] Outcome step_missing(std::string_view key);
// Polling asks soon at first, then ever more slowly, and the waits need no memory of their own.
[[nodiscard]] Duration poll_again_after(const Attempt& attempt, Timestamp now);

// The receipt of a mass-sent article: its message's id, told from an article_id by its beginning.
[[nodiscard]] std::string mass_remote_id(std::string_view message_id);
// The message's id in it; empty when the receipt is of anything else.
[[nodiscard]] std::string mass_message_id(std::string_view remote_id);

// One article of a post, as its receipt names it: "ART_1" alone, "ART_1#3" among others.
struct RemoteArticle {
  std::string post;
  int place = 1;
  bool among_others = false;
};
[[nodiscard]] std::string remote_id_of(std::string_view post, int place, int articles);
[[nodiscard]] RemoteArticle remote_article(std::string_view remote_id);
// Which article of its draft a delivery is, of how many.
struct ArticlePlace {
  int place = 1;
  int articles = 1;
};
[[nodiscard]] ArticlePlace article_place(const Progress& progress);
void set_article_place(Progress& progress, ArticlePlace place);

// Of freepublish/getarticle: whether that article is deleted; empty when it does not say.
[[nodiscard]] std::optional<bool> is_deleted(const boost::json::object& reply, int place);

// For probe(): what an Outcome means to an operator.
[[nodiscard]] Error error_of(const Outcome& outcome);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_PROGRESS_H_
