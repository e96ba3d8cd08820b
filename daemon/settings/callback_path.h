// Where a platform or a website calls this server: a key that [[channel]] and [[source]] tables
// share.

#ifndef LIANDONG_DAEMON_SETTINGS_CALLBACK_PATH_H_
#define LIANDONG_DAEMON_SETTINGS_CALLBACK_PATH_H_

#include <string>

#include "daemon/settings/table.h"

namespace liandong {

// The key `callback_path`: "/callback/" and up to 64 of a-z, 0-9 and -. Empty when it is absent or
// wrong; the latter is a problem.
[[nodiscard]] std::string read_callback_path(Table& table);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_CALLBACK_PATH_H_
