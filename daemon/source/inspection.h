// What an address or a file turns out to be when a person asks (`liandong probe`): the same readers
// as those of the sources, with everything they found, nothing stored.

#ifndef LIANDONG_DAEMON_SOURCE_INSPECTION_H_
#define LIANDONG_DAEMON_SOURCE_INSPECTION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/platform/http.h"
#include "daemon/source/source.h"

namespace liandong {

struct Inspection {
  enum class Kind : std::uint8_t { Unknown, Article, List, Feed, Challenge, Soft404 };
  Kind kind = Kind::Unknown;
  int confidence = 0;    // 0 to 100 that `kind` is right
  std::string url;       // after redirects
  std::string encoding;  // as the text was read: "utf-8", "gb18030", "big5" …; may be empty
  std::string family;    // of the CMS, as family_of(); may be empty
  std::string type;      // of the [[source]] that reads it: "page", "feed", "wordpress"
  std::string title;
  std::optional<Article> article;
  std::vector<ListingRow> rows;
  std::string row_path;            // XPath where the rows were found
  std::string next;                // the next page; empty: none seen
  std::set<std::string> hosts;     // that rows lead to, beside the page's own
  std::vector<std::string> feeds;  // that the page announces
  std::string format;              // "RSS 2.0" …
  std::optional<SourceFault> fault;
};
[[nodiscard]] std::string_view to_string(Inspection::Kind kind);  // article list feed … soft_404

// What a fault alone says about the address.
[[nodiscard]] inline Inspection inspection_of(SourceFault fault) {
  Inspection inspection;
  if (fault.kind == SourceFault::Kind::Challenged) inspection.kind = Inspection::Kind::Challenge;
  if (fault.kind == SourceFault::Kind::Soft404) inspection.kind = Inspection::Kind::Soft404;
  inspection.confidence = inspection.kind == Inspection::Kind::Unknown ? 0 : 90;
  inspection.fault = std::move(fault);
  return inspection;
}

// `now` supplies the year of dates without one.
using InspectReply = Inspection (*)(const HttpReply& reply, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_INSPECTION_H_
