// Changes the key that signs the ledger. The old key signs the checkpoint that covers the naming of
// the new one, and so vouches for it; the new key signs the next. Afterwards the old private key is
// to be destroyed: whoever steals today's key cannot forge last year's checkpoints.

#ifndef LIANDONG_DAEMON_LEDGER_ROTATION_H_
#define LIANDONG_DAEMON_LEDGER_ROTATION_H_

#include "daemon/ledger/ledger.h"

namespace liandong {

// In one transaction; `ledger` must not write afterwards, for it has the old key. The new
// checkpoint's note. An error when the ledger has no key yet.
[[nodiscard]] Result<std::string> rotate_key(Transaction& tx, Ledger& ledger,
                                             const SigningKey& next, const Clock& clock,
                                             const std::string& actor);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_ROTATION_H_
