// A restored backup: the ledger is behind a checkpoint that was seen outside, so what was pushed
// since the backup is not known here. Nothing is sent until a person has looked and says `release
// --all`; what is unknown is still reconciled. Runs inside the caller's transaction.
//
// Every channel is paused, with its reason. What had begun when the backup was made is held one by
// one; what had not begun is sent after the release, and a channel that can list looks for a post
// of it first.
//
// DIAGNOSTICS
//   ledger.restored ERROR  a person must look, then release

#ifndef LIANDONG_DAEMON_DELIVERY_RESTORED_H_
#define LIANDONG_DAEMON_DELIVERY_RESTORED_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/delivery/decisions.h"
#include "daemon/ledger/outside_checkpoint.h"

namespace liandong {

struct RestoredBackup {
  std::int64_t ledger_size = 0;      // when it was found
  std::int64_t checkpoint_size = 0;  // outside
};

// The restored backup nobody has accepted yet.
[[nodiscard]] std::optional<RestoredBackup> restored_backup(Transaction& tx);

// Notes the gap, once: one that a person accepted before changes nothing.
void note_restored(Transaction& tx, Ledger& ledger, const LedgerGap& gap, Timestamp now);

// Pauses every channel that could send while a restored backup waits; does nothing otherwise.
void keep_stopped(Transaction& tx, Ledger& ledger, const std::vector<std::string>& channels,
                  Timestamp now);

// A person says go. An error (Permanent) when there is nothing to accept.
[[nodiscard]] Result<void> accept_restored(Transaction& tx, Ledger& ledger, const Decider& by);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_RESTORED_H_
