// One entry as its format states it, and the row it becomes. Between the two readers of formats and
// parse_feed().

#ifndef LIANDONG_ADAPTERS_SOURCES_FEED_FEED_ENTRY_H_
#define LIANDONG_ADAPTERS_SOURCES_FEED_FEED_ENTRY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sources/feed/feed_parser.h"
#include "daemon/platform/text.h"

namespace liandong {

struct FeedEntry {
  std::string id;         // guid, id
  std::string permanent;  // the id as an address, where the format says that it is one
  std::string link;       // absolute
  std::string title;      // HTML or text
  std::string content;    // HTML, the whole text
  std::string summary;    // HTML
  std::string base;       // what links inside are relative to
  std::string published;
  std::string updated;
  std::string author;
  std::string category;
  std::string cover;
  std::vector<Attachment> attachments;
  std::vector<Attachment> media;  // enclosures that are no documents: sound, film, pictures
};

struct FeedDocument {
  std::string format;
  std::string title;
  std::vector<FeedEntry> entries;
  std::string hub;   // of WebSub
  std::string self;  // the feed's own address
  bool cut = false;  // it stops in the middle; an entry that was cut is not among the others
};

// When an entry was published: what parse_stated_time() reads, and the forms only feeds use: W3CDTF
// in parts (`2004`, `2004-01`), ISO 8601 without marks, asctime, which means Greenwich, seconds
// or milliseconds since 1970, and loose_time().
[[nodiscard]] std::optional<StatedTime> feed_time(std::string_view text);

// What feed_time() tries last: an English date with its words in any order and any zone that has a
// name, Korean, Greek and Hungarian dates.
[[nodiscard]] std::optional<StatedTime> loose_time(std::string_view stated);

// `text` is UTF-8.
[[nodiscard]] Result<FeedDocument> read_xml_feed(std::string_view text, std::string_view url);
[[nodiscard]] Result<FeedDocument> read_json_feed(std::string_view text, std::string_view url);

inline constexpr std::size_t kMostEntries = 1'000;
inline constexpr std::size_t kMostFiles = 50;  // of an entry

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_FEED_FEED_ENTRY_H_
