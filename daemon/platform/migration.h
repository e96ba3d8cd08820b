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

// What the database says its schema is; 0: it has none.
[[nodiscard]] int schema_version(soci::session& session, Dialect dialect);
// Is it still the one the database was opened with?
[[nodiscard]] Result<void> check_schema(soci::session& session, Dialect dialect, int known);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_MIGRATION_H_
