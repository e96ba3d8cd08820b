// A column of a website, as the Watcher sees it.
//
// A Source is stateless: what it must remember travels in ListingState, which the Watcher stores in
// the transaction that stores the rows it vouches for, so a crash never loses an item behind a
// validator (measured at 864 to 2,720 of 4,000 items when saved earlier). There is no "since": a
// column is compared as a set of keys, because back-dated, pinned, scheduled and moved items defeat
// every cursor (contracts/cms.md 1.2, 5).
//
// list() and read() answer with a value for everything that a website may do; both end by their
// deadline and never retry: the Watcher owns the schedule.

#ifndef LIANDONG_DAEMON_SOURCE_SOURCE_H_
#define LIANDONG_DAEMON_SOURCE_SOURCE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/item/item.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"

namespace liandong {

// Opaque to everyone but the Source that made it: validators, body hash. Empty at first.
using ListingState = std::map<std::string, std::string>;

// One row of the column.
struct ListingRow {
  std::string key;    // stable within the source: CMS id, guid, else canonical URL
  std::string url;    // absolute
  std::string title;  // may be cut
  std::optional<StatedTime> published;
  // Changes when the item changes, where the column tells (WordPress `modified`, a feed entry's
  // hash); otherwise empty, and the Watcher re-reads on its own schedule.
  std::string version;
  // The whole text, where the column carries it (feeds, REST). The Watcher then need not read().
  std::optional<Article> article;
};

// A hub of WebSub that tells of the column's changes (websub.h).
struct HubOffer {
  std::string hub;
  std::string topic;  // the feed by the name the hub knows
};

struct Listing {
  std::vector<ListingRow> rows;        // newest first, as shown
  ListingState next;                   // for the next list()
  std::optional<Duration> poll_after;  // the site asked for a pause (max-age, Retry-After)
  std::optional<HubOffer> hub;
  std::size_t rejected = 0;  // rows without a usable link: more than half is a fault
};

struct NotModified {
  std::optional<Duration> poll_after;
  // To be remembered from now on, though it speaks of the same rows; none: what is stored stands.
  std::optional<ListingState> next{};
};

// The website could not be read right: an alarm with a suggestion, never news.
struct SourceFault {
  enum class Kind : std::uint8_t {
    Unreachable,  // network, DNS, TLS, 5xx
    Throttled,    // 429 or 503 with a pause
    Challenged,   // a bot shield answered (contracts/cms.md 8)
    Soft404,      // "page not found" with status 200
    Drifted,      // no rows, or too many unusable ones, where there were rows
    Malformed,    // not what this kind of column looks like: encoding, XML, JSON
    Denied,       // the address policy, a login page, 401 or 403
  };
  Kind kind = Kind::Unreachable;
  std::string message;  // what was seen
  std::string advice;   // what an operator can do
  std::optional<Duration> retry_after;
};
[[nodiscard]] std::string_view to_string(SourceFault::Kind kind);

using Look = std::variant<Listing, NotModified, SourceFault>;

// The item answers "gone" (404, 410, WordPress 401 of a trashed post). Evidence, not yet a verdict.
struct Gone {
  std::string evidence;
};
// The item is there, and its text is what the column carries: the page may say it in other words.
struct Present {};
using Reading = std::variant<Article, Present, Gone, SourceFault>;

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  // What the column shows now.
  virtual asio::awaitable<Look> list(ListingState last, Instant deadline) = 0;
  // One item's whole text and metadata.
  virtual asio::awaitable<Reading> read(ListingRow row, Instant deadline) = 0;
  // The rows that a call of the site brings, with the keys list() gives them. An error is a
  // sentence for whoever called. Most kinds take none.
  [[nodiscard]] virtual Result<Listing> receive(std::string_view body,
                                                std::string_view content_type) const;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_SOURCE_H_
