// What Weibo says about its posts: one Status, the short own timeline, and whether it shows ours.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_TIMELINE_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_TIMELINE_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "daemon/delivery/outcome.h"
#include "daemon/platform/http.h"

namespace liandong {

struct WeiboPost {
  std::string id;       // idstr: `id` passes 2^53
  std::string user_id;  // empty when the reply has no user
  std::string text;
  Timestamp created_at;
};

// Empty when it is not a Status with id, text and time.
[[nodiscard]] std::optional<WeiboPost> read_weibo_post(const boost::json::object& status);

// "Wed Oct 24 23:49:17 +0800 2012"
[[nodiscard]] std::optional<Timestamp> parse_weibo_time(std::string_view text);

// https://weibo.com/<user>/<id in base 62>; empty without both.
[[nodiscard]] std::string weibo_permalink(std::string_view user_id, std::string_view id);

[[nodiscard]] Receipt receipt_of(const WeiboPost& post, std::string_view evidence);

struct WeiboTimeline {
  std::vector<WeiboPost> posts;       // newest first, as given
  std::optional<std::int64_t> total;  // of all posts, as stated
};

// Empty when any row is not what the contract says: half a list proves nothing.
[[nodiscard]] std::optional<WeiboTimeline> read_weibo_timeline(const boost::json::object& reply);

// Found when a row is the post sent as `text` at `sent` or later (two minutes of clock difference
// allowed) and is not `taken` by another delivery. Absent only when the list reaches back beyond
// `sent` or is stated to be the whole of it; a list that does neither cannot tell.
[[nodiscard]] Finding look_for_weibo(const WeiboTimeline& timeline, std::string_view text,
                                     Timestamp sent,
                                     const std::function<bool(const std::string&)>& taken);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_TIMELINE_H_
