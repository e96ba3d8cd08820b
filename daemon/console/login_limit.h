// How often one address may try to log in at all the nodes together: as often as at one
// (attempt_limit.h), counted in the database. A restart does not forgive.

#ifndef LIANDONG_DAEMON_CONSOLE_LOGIN_LIMIT_H_
#define LIANDONG_DAEMON_CONSOLE_LOGIN_LIMIT_H_

#include <string>

#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

// Counts an attempt; false: too many.
[[nodiscard]] bool admit_login(Transaction& tx, const std::string& address, Timestamp now);
// The attempt was right.
void forgive_login(Transaction& tx, const std::string& address);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_LOGIN_LIMIT_H_
