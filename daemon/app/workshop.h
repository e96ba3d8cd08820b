// The database, the ledger and what else every command needs beside the configuration. `run` and
// the commands open the same things in the same way.

#ifndef LIANDONG_DAEMON_APP_WORKSHOP_H_
#define LIANDONG_DAEMON_APP_WORKSHOP_H_

#include <filesystem>
#include <memory>

#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/settings/calendar.h"
#include "daemon/settings/settings.h"

namespace liandong {

// The file of the ledger's signing key: as configured, else beside the SQLite database.
[[nodiscard]] std::filesystem::path ledger_key_file(const Settings& settings);

// The file of the newest checkpoint outside of the database: as configured, else beside the key.
[[nodiscard]] std::filesystem::path checkpoint_file(const Settings& settings);

struct Workshop {
  std::unique_ptr<Database> database;
  std::unique_ptr<Ledger> ledger;
};

// Opens database and ledger. `init` makes what is missing: the database file and, for an empty
// ledger only, the key. Without the key of a ledger that has entries nothing starts: a new key
// would be a silent fork. `check_pages`: the whole file is read for damage first where it is in
// doubt, which a command need not wait for.
[[nodiscard]] Result<Workshop> open_workshop(const Settings& settings, const Clock& clock,
                                             bool init, bool check_pages = true);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_WORKSHOP_H_
