// What Liandong asks of each of its PostgreSQL sessions: that a peer that is gone is noticed soon,
// by either side.

#ifndef LIANDONG_DAEMON_PLATFORM_POSTGRES_H_
#define LIANDONG_DAEMON_PLATFORM_POSTGRES_H_

#include <string>

#include <soci/soci.h>

#include "daemon/platform/clock.h"

namespace liandong {

// The address with libpq's time limits, but for those it names itself.
[[nodiscard]] std::string with_time_limits(const std::string& url);

// The server lets go of a session whose other side is gone.
void set_time_limits(soci::session& session);
// And of one that others wait for: after five seconds when it stopped in a transaction, and when it
// is silent for `silence`; zero: never.
void set_idle_limits(soci::session& session, Duration silence);

// The advisory locks of a database.
enum class DatabaseLock : int {
  Migration = 4726401,
  Service = 4726402,  // who works on the database: alone, or the nodes beside each other
  Leader = 4726403,
  Writer = 4726404,
  Shares = 4726405,  // who deals out the nodes' work
};
enum class LockMode { Session, SharedSession, Transaction };
// Takes it until the session or the transaction ends. False: somebody holds it who is not to be
// beside this one.
[[nodiscard]] bool try_lock(soci::session& session, DatabaseLock lock, LockMode mode);

// The server's: another one after a fail-over, of which the newest commits may be missing.
[[nodiscard]] std::string timeline_of(soci::session& session);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_POSTGRES_H_
