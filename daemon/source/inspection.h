// What an address or a file turns out to be when a person asks (`liandong probe`): the same readers
// as those of the sources, with everything they found, nothing stored.

#ifndef LIANDONG_DAEMON_SOURCE_INSPECTION_H_
#define LIANDONG_DAEMON_SOURCE_INSPECTION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/platform/http.h"
#include "daemon/source/source.h"

namespace liandong {

// A link that is called what columns are called: 通知公告, 政策文件.
struct ColumnLink {
  std::string name;
  std::string url;
};

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
  // What gave a field, by the name it has in `probe --json`: "title" → "meta ArticleTitle",
  // "document.index_no" → "索引号".
  std::map<std::string, std::string> evidence;
  std::vector<ColumnLink> columns;  // that the page leads to
  std::vector<std::string> doubts;  // what a person should look at before trusting the rest
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

// Where a saved page is taken to come from when nobody said: addresses below it were relative in
// the page, and its depth keeps `../` apart from `/`.
inline constexpr std::string_view kNowhere = "https://nowhere.invalid/0/1/2/3/4/5/6/7/page";
// Such an address as it stood in the page; any other as it is.
[[nodiscard]] std::string as_in_page(const std::string& url);

// `now` supplies the year of dates without one.
using InspectReply = Inspection (*)(const HttpReply& reply, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_INSPECTION_H_
