// The rows of a feed, from its bytes: RSS 0.9x, 1.0 and 2.0, Atom 1.0 and 0.3, JSON Feed 1.x.
//
// Feeds in the wild are ill-formed, wrongly declared and undated; what can be read is read. What
// cannot be trusted is refused: entity declarations, a feed cut short, garbled titles.

#ifndef LIANDONG_ADAPTERS_SOURCES_FEED_FEED_PARSER_H_
#define LIANDONG_ADAPTERS_SOURCES_FEED_FEED_PARSER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/source/source.h"

namespace liandong {

// Whether an entry's text is the whole item, so that its page need not be read.
enum class FullText : std::uint8_t {
  Auto,    // where the feed says content (content:encoded, Atom content, content_html)
  Always,  // a mere description counts too
  Never,
};

// Begins the version of a row that carries its whole article.
inline constexpr std::string_view kCarried = "carried:";

struct FeedReading {
  std::string format;  // "RSS 2.0", "Atom 1.0", "JSON Feed" …
  std::string title;
  std::vector<ListingRow> rows;  // as in the feed, each key once
  std::size_t rejected = 0;      // entries without a link or any words
  bool cut = false;              // the feed stops in the middle
  std::string hub;               // of WebSub, and the feed's own name there; empty: none
  std::string self;
};

// Who asks: a source takes only what can become an item, a person wants to see everything.
enum class Reader : std::uint8_t { Source, Person };

// `url` is the feed's address after redirects. For a Person entries without a link or words are
// rows too, each with all that it carries, and a feed that was cut short shows its whole entries.
[[nodiscard]] std::variant<FeedReading, SourceFault> parse_feed(std::string_view bytes,
                                                                std::string_view content_type,
                                                                std::string_view url,
                                                                FullText full = FullText::Auto,
                                                                Reader reader = Reader::Source);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_FEED_FEED_PARSER_H_
