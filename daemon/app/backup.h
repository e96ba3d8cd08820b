// The record as a file: backup and restore. The keys and secrets are not in it.

#ifndef LIANDONG_DAEMON_APP_BACKUP_H_
#define LIANDONG_DAEMON_APP_BACKUP_H_

#include <filesystem>
#include <vector>

#include "daemon/app/transfer.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/sealed_file.h"
#include "daemon/settings/settings.h"

namespace liandong {

// Into a new SQLite file, readable by its owner only, there whole or not at all.
[[nodiscard]] Result<Transferred> back_up(Database& from, const std::filesystem::path& file,
                                          const TransferProgress& progress);

// From such a file into the empty database of `settings`, whose ledger's key must be there. The
// next start sends nothing until a person says so (delivery/restored.h): what was pushed after the
// backup is not known.
[[nodiscard]] Result<Transferred> restore_backup(const std::filesystem::path& file,
                                                 const Settings& settings, const Clock& clock,
                                                 const TransferProgress& progress);

// The same for a file that only the recipients' private keys open (platform/sealed_file.h). On the
// way the record is plain in a folder of the owner's beside the checkpoint (scratch.h), which needs
// as much space again.
[[nodiscard]] Result<Transferred> back_up_sealed(Database& from, const std::filesystem::path& file,
                                                 const std::vector<SealRecipient>& recipients,
                                                 const Settings& settings,
                                                 const TransferProgress& progress);
[[nodiscard]] Result<Transferred> restore_sealed(const std::filesystem::path& file,
                                                 const SealKey& key, const Settings& settings,
                                                 const Clock& clock,
                                                 const TransferProgress& progress);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_BACKUP_H_
