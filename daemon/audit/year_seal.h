// A year that is over is sealed: one entry `year.sealed` with the counters of the year and their
// SHA-256. What is counted for it later (history that is imported) stands after the seal, for
// everybody to see.

#ifndef LIANDONG_DAEMON_AUDIT_YEAR_SEAL_H_
#define LIANDONG_DAEMON_AUDIT_YEAR_SEAL_H_

#include <string>

#include "daemon/ledger/ledger.h"

namespace liandong {

// Seals every Beijing year that is over and not sealed yet, from the ledger's first on.
void seal_years(Transaction& tx, Ledger& ledger, Timestamp now);

// SHA-256, in hex, of the year's counters as lines "year-month channel kind measure value\n", in
// bytewise order. `sqlite3` and `sha256sum` give the same.
[[nodiscard]] std::string counters_hash(Transaction& tx, int year);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_YEAR_SEAL_H_
