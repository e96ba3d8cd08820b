// One Status as a Mastodon-compatible server tells it.

#ifndef LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_POST_H_
#define LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_POST_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "daemon/channel/copies.h"
#include "daemon/delivery/outcome.h"

namespace liandong {

struct MastodonPost {
  std::string id;       // opaque: a number, a ULID, a flake
  std::string url;      // empty when it is neither http nor https
  std::string content;  // HTML, with the source text where the server gives it
  std::string visibility;
  Timestamp created_at;
  std::vector<std::string> media;
  bool is_boost = false;  // of another post, which may be our own
};

// Empty when it has no usable id or no time.
[[nodiscard]] std::optional<MastodonPost> read_mastodon_post(const boost::json::object& status);

// Printable ASCII of a bearable length.
[[nodiscard]] bool is_mastodon_id(std::string_view text);

// Does the post link to the address with this marker?
[[nodiscard]] bool holds_marker(const MastodonPost& post, std::string_view marker);

// What a reader of the post sees, and where it leads.
[[nodiscard]] SeenPost seen_post(const MastodonPost& post);

[[nodiscard]] Receipt receipt_of(const MastodonPost& post, std::string_view evidence);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_POST_H_
