// Exactly what one channel will show for one item: reviewed by a person, hashed into the ledger,
// and sent unchanged.

#ifndef LIANDONG_DAEMON_CHANNEL_RENDITION_H_
#define LIANDONG_DAEMON_CHANNEL_RENDITION_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/item/body.h"
#include "daemon/platform/result.h"

namespace liandong {

struct Rendition {
  std::string title;              // WeChat title, e-mail subject, slide heading; may be empty
  std::string text;               // the short post, or the plain text
  std::string html;               // markup made from the safe body model; empty for short posts
  std::vector<Picture> pictures;  // to be uploaded, in order
  std::string link;               // the item's official address with the delivery's marker
  // What only this channel knows (digest, author, slide dwell …).
  std::map<std::string, std::string> fields;
  friend bool operator==(const Rendition&, const Rendition&) = default;
};

// One canonical JSON text (sorted members), and back; its SHA-256 is `body_sha256` in the ledger.
[[nodiscard]] std::string to_json_text(const Rendition& rendition);
[[nodiscard]] Result<Rendition> rendition_from_json(std::string_view text);

// The item's official address with `p=<marker>` appended (domain/delivery.md R6), so that a
// read-back can find the post; fragment kept.
[[nodiscard]] std::string with_marker(std::string_view url, std::string_view marker);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_RENDITION_H_
