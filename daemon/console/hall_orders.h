// What a person puts on the hall's screens beside what is published there: an emergency message,
// which is all a screen shows until it ends or its time is over, and pins, items that come first in
// every round. Each change stands in the ledger, so that the lists are made anew (hall.h).

#ifndef LIANDONG_DAEMON_CONSOLE_HALL_ORDERS_H_
#define LIANDONG_DAEMON_CONSOLE_HALL_ORDERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/delivery/decisions.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

struct Emergency {
  std::int64_t id = 0;
  std::string group;  // of screens; empty: all of them
  std::string title;
  std::string text;
  std::string made_by;  // an actor of the ledger
  Timestamp made_at;
  Timestamp ends_at;
};

// `id` and `made_…` are filled in. The newest of a group is shown.
[[nodiscard]] Emergency show_emergency(Transaction& tx, Ledger& ledger, Emergency message,
                                       const Decider& by);
// An error (Permanent) when it is over already.
[[nodiscard]] Result<void> end_emergency(Transaction& tx, Ledger& ledger, std::int64_t id,
                                         const Decider& by);
// Those that are shown now, newest first.
[[nodiscard]] std::vector<Emergency> open_emergencies(Transaction& tx, Timestamp now);

struct Pin {
  std::int64_t item = 0;
  std::string title;
  Timestamp ends_at;
};
// Errors (Permanent): none of the channels `halls` shows the item; it is not pinned.
[[nodiscard]] Result<void> pin_item(Transaction& tx, Ledger& ledger, std::int64_t item,
                                    const std::vector<std::string>& halls, Timestamp ends_at,
                                    const Decider& by);
[[nodiscard]] Result<void> unpin_item(Transaction& tx, Ledger& ledger, std::int64_t item,
                                      const Decider& by);
[[nodiscard]] std::vector<Pin> open_pins(Transaction& tx, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_HALL_ORDERS_H_
