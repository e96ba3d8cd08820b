// Item × channel: what had to be pushed where, whether it was, when, how late, and how that is
// known; or why it is missing. “全部” has to be provable, so every missing one is listed with its
// reason (domain/standards.md 4b I03 and I04, 5b.7).

#ifndef LIANDONG_DAEMON_AUDIT_COVERAGE_H_
#define LIANDONG_DAEMON_AUDIT_COVERAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/audit/period.h"
#include "daemon/audit/standing.h"
#include "daemon/delivery/delivery.h"
#include "daemon/item/item.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

// Why an item is not on a channel (yet).
enum class Obstacle : std::uint8_t {
  None,
  Waived,
  Withdrawn,  // the website took it down
  TakenDown,  // a person had it taken off the channel
  Held,       // waits for a person
  Failed,     // the platform refused it, or it cannot be shown there
  Cancelled,
  Unconfirmed,  // sent, and nobody knows yet whether it arrived
  Deferred,     // tried, and will be tried again
  Queued,
  Unplanned,  // there is no delivery
  Unshown,    // listed for the screens, and no approved one has fetched it
};
[[nodiscard]] std::string_view to_string(Obstacle obstacle);  // none waived withdrawn held …
[[nodiscard]] std::string_view chinese(Obstacle obstacle);
[[nodiscard]] std::string_view chinese(Kind kind);  // as the reports name it: 政策文件 政策解读 …

struct CoverageCell {
  ItemId item = 0;
  Kind kind = Kind::News;
  std::string title;
  std::string url;
  std::string doc_no;
  std::string channel;
  std::string route;
  Timestamp first_seen;
  Timestamp clock_start;            // of the limit: the publication, or the first sight
  std::optional<Timestamp> due_at;  // empty: the calendar of that year is missing
  std::optional<Timestamp> met_at;
  Duration took{0};     // from the start of the clock to the push
  Duration late_by{0};  // beyond the limit; for a missing one, until now
  Fulfilment fulfilment = Fulfilment::NotYetDue;
  Obstacle obstacle = Obstacle::None;
  std::string detail;  // the reason in words: a person's, or the platform's own
  std::string actor;   // who waived it or had it taken down
  DeliveryId delivery = 0;
  std::string remote_id;
  std::string permalink;
  std::string evidence;
};
[[nodiscard]] boost::json::object to_json(const CoverageCell& cell);

// 已豁免：含个人信息（user:u000007）; empty for what was pushed.
[[nodiscard]] std::string reason_in_words(const CoverageCell& cell);

struct CoverageQuery {
  Timestamp from;           // first seen at or after
  Timestamp to;             // first seen before
  bool only_open = false;   // neither there nor merely to come: for a person to look at, or explain
  bool only_unmet = false;  // whatever is not there, for whatever reason
  std::optional<Fulfilment> only;
  // Only such as an index holds, which are few: all others cost as much as was ever owed.
  [[nodiscard]] bool are_open() const {
    return only == Fulfilment::Missing || only == Fulfilment::Unjudged ||
           only == Fulfilment::NotYetDue;
  }
  std::optional<ItemId> item;
  std::string channel;  // empty: all
  // Where the page before ended.
  struct Place {
    Fulfilment fulfilment = Fulfilment::Missing;
    ItemId item = 0;
    std::string channel;
  };
  std::optional<Place> after;
  Scope scope;
  std::int64_t limit = 10'000;
};

// In the order of Fulfilment, missing ones first; each by item and channel. `now` decides what is
// missing and what is not yet due.
[[nodiscard]] std::vector<CoverageCell> coverage(Transaction& tx, const CoverageQuery& query,
                                                 Timestamp now);

// Obligations of items first seen in the period that an imported push met (delivery/history.h), by
// item and channel: what Liandong did not do itself is told apart.
struct ImportedPush {
  ItemId item = 0;
  std::string channel;
  std::string kind;
};
[[nodiscard]] std::vector<ImportedPush> obligations_met_by_import(Transaction& tx,
                                                                  const ReportExtent& extent);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_COVERAGE_H_
