// The database schema of the whole program, as numbered steps. A step is never edited after a
// release; a test migrates from every earlier version.

#ifndef LIANDONG_DAEMON_ITEM_SCHEMA_H_
#define LIANDONG_DAEMON_ITEM_SCHEMA_H_

#include <span>

#include "daemon/platform/database.h"

namespace liandong {

[[nodiscard]] std::span<const Migration> schema();

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_SCHEMA_H_
