// The newest checkpoint, kept in a small file outside of the database: what a restored backup
// cannot bring back with it. The file is a signed note (checkpoint.h), replaced as a whole or not
// at all.

#ifndef LIANDONG_DAEMON_LEDGER_OUTSIDE_CHECKPOINT_H_
#define LIANDONG_DAEMON_LEDGER_OUTSIDE_CHECKPOINT_H_

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/ledger/checkpoint.h"
#include "daemon/platform/database.h"

namespace liandong {

// Empty when there is no such file. An error when it is not a note of this ledger, by this key.
[[nodiscard]] Result<std::optional<Checkpoint>> read_outside_checkpoint(
    const std::filesystem::path& file, const LogKey& log);
[[nodiscard]] Result<void> write_outside_checkpoint(const std::filesystem::path& file,
                                                    std::string_view note);

// How far the database's ledger is behind, or beside, a checkpoint that was seen outside.
struct LedgerGap {
  std::uint64_t ledger_size = 0;
  std::uint64_t checkpoint_size = 0;
};
// Empty when the ledger continues `outside`: it is at least as long and signed the same root.
[[nodiscard]] std::optional<LedgerGap> ledger_gap(Transaction& tx, const Checkpoint& outside);

// The newest note of the database; empty when there is none.
[[nodiscard]] std::string newest_note(Transaction& tx);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_OUTSIDE_CHECKPOINT_H_
