// Moves the whole record between databases of either kind.
//
// One snapshot of the source, so a running daemon may go on writing; every row as it is, the
// ledger's lines to the byte, and the copy's ledger verified at the end. A copy that was cut short
// goes on where it stopped, if the record has not gone on since: the ledger's lines come first and
// say whose record it is, the ledger's head comes last.

#ifndef LIANDONG_DAEMON_APP_TRANSFER_H_
#define LIANDONG_DAEMON_APP_TRANSFER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/platform/database.h"

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

// A database for a copy: an empty or missing one is filled with the program's schema.
[[nodiscard]] Result<std::unique_ptr<Database>> open_target(const std::string& url);
// Somebody works on what should be left alone.
[[nodiscard]] Error busy(std::string_view which);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_TRANSFER_H_
