// Brings the tables of a database to the version this program knows.

#ifndef LIANDONG_DAEMON_PLATFORM_MIGRATION_H_
#define LIANDONG_DAEMON_PLATFORM_MIGRATION_H_

#include <span>

#include "daemon/platform/database.h"

namespace liandong {

// In one transaction. An error says what to do: the database is newer than the program, or empty
// without `create`.
[[nodiscard]] Result<void> migrate(soci::session& session, Dialect dialect,
                                   std::span<const Migration> schema, bool create);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_MIGRATION_H_
