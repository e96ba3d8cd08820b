// The append-only record: every fact, in the transaction of the state it explains.
//
// append() takes a Transaction, so entry and state are committed together or not at all. The head
// (size, last hash, right edge of the tree) is one locked row: several processes on one database
// queue up behind it, there are no gaps and no fork. A checkpoint is signed every 256 entries or
// ten minutes (if anything is new) and at stop; two roots for one size are impossible (UNIQUE,
// monotonic check in the same transaction).
//
// DIAGNOSTICS
//   ledger.checkpointed INFO  size, root
// BUGS
//   A root with the key can rewrite what no outside witness has seen (design "ledger" 3.5).

#ifndef LIANDONG_DAEMON_LEDGER_LEDGER_H_
#define LIANDONG_DAEMON_LEDGER_LEDGER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/entry.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

struct LedgerIdentity;

class Ledger {
 public:
  struct Options {
    std::string origin;  // "example.gov.cn/liandong"
    std::string node = "1";
    std::optional<SigningKey> key;  // without one, entries are chained but no checkpoint is signed
    // For the genesis entry; empty: SHA-256. A ledger that exists keeps its own, so that another
    // one here is an error.
    std::optional<HashKind> hash = std::nullopt;
  };

  Ledger(Options options, const Clock& clock);

  // Writes the genesis entry when the ledger is empty. A ledger of another origin, of another hash
  // or with another key is an error; one without a key takes the one it is given (`key.rotated`).
  [[nodiscard]] Result<void> open(Database& database);

  // Appends and returns the entry's seq. The last line of a segment is followed at once by the
  // entry `segment.sealed` with the segment's hash, so two calls need not give neighbouring
  // numbers. THROWS: DatabaseError; std::logic_error for an event that is not in the dictionary or
  // facts no line can hold (entry.h).
  std::int64_t append(Transaction& tx, const Entry& entry);

  // Signs the present size when it is larger than the last checkpoint's, and stores the note.
  std::optional<Checkpoint> checkpoint(Transaction& tx);
  // Is one due (256 entries or ten minutes since the last, and anything new)?
  [[nodiscard]] bool checkpoint_due(Transaction& tx) const;

  [[nodiscard]] const Options& options() const { return options_; }
  // The one its entries are chained with, once it is open.
  [[nodiscard]] HashKind hash() const { return options_.hash.value_or(HashKind::Sha256); }

 private:
  Result<void> open_in(Transaction& tx);
  Result<void> continue_as(Transaction& tx, const LedgerIdentity& known);

  Options options_;
  const Clock& clock_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_LEDGER_H_
