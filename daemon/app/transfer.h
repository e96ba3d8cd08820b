// Moves the whole record between databases of either kind: migration, backup, restore.
//
// One snapshot of the source, so a running daemon may go on writing; every row as it is, the
// ledger's lines to the byte, and the copy's ledger verified at the end. A copy that was cut short
// goes on where it stopped, if the record has not gone on since: the ledger's lines come first and
// say whose record it is, the ledger's head comes last.

#ifndef LIANDONG_DAEMON_APP_TRANSFER_H_
#define LIANDONG_DAEMON_APP_TRANSFER_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/settings/settings.h"

namespace liandong {

struct Transferred {
  std::uint64_t rows = 0;     // of every table, in the copy
  std::uint64_t entries = 0;  // of the ledger
};
using TransferProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Both have the program's schema. Errors (Permanent): the source's file is damaged, the target
// holds another record or a whole one, or the copy does not verify.
[[nodiscard]] Result<Transferred> copy_record(Database& from, Database& to,
                                              const TransferProgress& progress);

// To an empty or begun database at `url`. Nobody may work on either.
[[nodiscard]] Result<Transferred> migrate_record(Database& from, const std::string& url,
                                                 const TransferProgress& progress);

// Into a new SQLite file, readable by its owner only, there whole or not at all. The keys and
// secrets are not in it.
[[nodiscard]] Result<Transferred> back_up(Database& from, const std::filesystem::path& file,
                                          const TransferProgress& progress);

// From such a file into the empty database of `settings`, whose ledger's key must be there. The
// next start sends nothing until a person says so (delivery/restored.h): what was pushed after the
// backup is not known.
[[nodiscard]] Result<Transferred> restore_backup(const std::filesystem::path& file,
                                                 const Settings& settings, const Clock& clock,
                                                 const TransferProgress& progress);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_TRANSFER_H_
