// When a channel's pacing lets its next delivery begin, for people: as the dispatcher last found it
// while one was due. Nothing is decided by it.

#ifndef LIANDONG_DAEMON_DELIVERY_PLANNED_START_H_
#define LIANDONG_DAEMON_DELIVERY_PLANNED_START_H_

#include <optional>
#include <string>

#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

void note_planned_start(Transaction& tx, const std::string& channel, Timestamp when);
// May be over; empty: none was noted.
[[nodiscard]] std::optional<Timestamp> planned_start(Transaction& tx, const std::string& channel);
// The pacing may have changed.
void forget_planned_starts(Transaction& tx);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_PLANNED_START_H_
