// Words for a Mastodon-compatible server: their length as it counts, and a post that fits.

#ifndef LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_TEXT_H_
#define LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_TEXT_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "daemon/channel/text_template.h"
#include "daemon/platform/result.h"

namespace liandong {

// Servers announce 23 to 32 characters a link; the most of them fits everywhere.
struct MastodonLimit {
  std::size_t characters = 500;
  std::size_t url_cost = 32;
};

// Grapheme clusters, each http(s) link counted as `url_cost`.
[[nodiscard]] std::size_t mastodon_length(std::string_view text, std::size_t url_cost);

// One line that notifies nobody, makes no topic and means nothing in snac's Markdown: such signs
// become full width.
[[nodiscard]] std::string mastodon_words(std::string_view text);

// The words of the template, a blank line, the link. What does not fit is cut from the summary, and
// from the title only when no summary is left.
[[nodiscard]] Result<std::string> compose_mastodon(const TextTemplate& words,
                                                   std::map<std::string, std::string> values,
                                                   const std::string& link, MastodonLimit limit);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_TEXT_H_
