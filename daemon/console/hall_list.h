// What a hall screen shows, read from the store (contracts/display.md 7).
//
// The list is a pure function of the store and the time: of each item the newest delivered delivery
// of a hall channel decides. A publication or correction becomes a slide made from its Rendition, a
// withdrawal becomes a tombstone. There is nothing to recover after a crash.
//
// Reads the Rendition as adapters/channels/hall writes it; fields it uses: kind_name, source, date,
// dwell ("19,14", seconds a page), to, priority, priority_to, pinned, qr_url, address, cut. Pages
// of Rendition::text are separated by U+000C, paragraphs by U+000A.

#ifndef LIANDONG_DAEMON_CONSOLE_HALL_LIST_H_
#define LIANDONG_DAEMON_CONSOLE_HALL_LIST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

struct HallList {
  // version, next_change_at, slides, tombstones; without what only the moment decides.
  boost::json::object body;
  std::string version;                   // SHA-256 of the body, the ETag
  std::vector<std::int64_t> deliveries;  // of the slides
  std::optional<Timestamp> next_change;
};

// The newest 60 slides of these channels, as of `now`, with what persons ordered for the screens of
// `group` (hall_orders.h).
[[nodiscard]] HallList read_hall_list(Transaction& tx, const std::vector<std::string>& channels,
                                      const std::string& group, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_HALL_LIST_H_
