#include "adapters/channels/mastodon/mastodon_post.h"

#include <algorithm>

#include <boost/json.hpp>

#include "adapters/shared/html_text.h"
#include "adapters/shared/service.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMaxId = 128;

}  // namespace

bool is_mastodon_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxId &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<MastodonPost> read_mastodon_post(const boost::json::object& status) {
  MastodonPost post;
  post.id = text_member(status, "id");
  const auto created = parse_rfc3339(text_member(status, "created_at"));
  if (!is_mastodon_id(post.id) || !created) return std::nullopt;
  post.created_at = *created;
  post.url = text_member(status, "url");
  if (post.url.empty()) post.url = text_member(status, "uri");
  if (!post.url.starts_with("https://") && !post.url.starts_with("http://")) post.url.clear();
  post.content = text_member(status, "content") + "\n" + text_member(status, "text");
  post.visibility = text_member(status, "visibility");
  const auto* boosted = status.if_contains("reblog");
  post.is_boost = boosted != nullptr && !boosted->is_null();
  const auto* media = status.if_contains("media_attachments");
  if (media != nullptr && media->is_array()) {
    for (const boost::json::value& each : media->get_array()) {
      if (each.is_object()) post.media.push_back(text_member(each.get_object(), "id"));
    }
  }
  return post;
}

bool holds_marker(const MastodonPost& post, std::string_view marker) {
  return !marker.empty() && post.content.find("p=" + std::string(marker)) != std::string::npos;
}

SeenPost seen_post(const MastodonPost& post) {
  SeenPost seen;
  seen.at = post.created_at;
  const auto body =
      body_from_html(post.content, post.url.empty() ? "https://server.invalid/" : post.url);
  if (!body) return seen;
  seen.words = plain_text(*body);
  for (const Block& block : body->blocks) {
    const auto* paragraph = std::get_if<Paragraph>(&block);
    if (paragraph == nullptr) continue;
    for (const Run& run : paragraph->runs) {
      if (!run.link.empty()) seen.links.push_back(run.link);
    }
  }
  return seen;
}

Receipt receipt_of(const MastodonPost& post, std::string_view evidence) {
  Receipt receipt;
  receipt.remote_id = post.id;
  receipt.permalink = post.url;
  receipt.accepted_at = post.created_at;
  receipt.evidence = evidence;
  return receipt;
}

}  // namespace liandong
