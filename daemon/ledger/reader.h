// Reads the stored lines in order, page by page: flat memory, and no transaction held for long.

#ifndef LIANDONG_DAEMON_LEDGER_READER_H_
#define LIANDONG_DAEMON_LEDGER_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/platform/crypto.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

// What is stored beside the lines.
struct LedgerState {
  std::uint64_t size = 0;  // as the head says
  std::string prev;
  std::string edge;
  std::vector<std::string> notes;  // by rising size
};

[[nodiscard]] LedgerState read_ledger_state(Transaction& tx);

// Whose ledger it is, as its own lines say.
struct LedgerIdentity {
  std::string origin;
  std::string public_raw;         // the key that signs now; empty: no key yet
  std::vector<std::string> keys;  // all there were, oldest first
  HashKind hash = HashKind::Sha256;
};

// The hash a genesis entry names, SHA-256 when it names none: the first test vectors had none.
// Empty for one that is not known here.
[[nodiscard]] std::optional<HashKind> stated_hash(const boost::json::object& genesis);

// REQUIRES: the ledger has its genesis entry.
[[nodiscard]] Result<LedgerIdentity> read_ledger_identity(Transaction& tx);

struct StoredLine {
  std::int64_t seq = 0;
  std::string line;
};

// At most a page of the lines from `first` on, below `end`.
[[nodiscard]] std::vector<StoredLine> read_lines(Transaction& tx, std::int64_t first,
                                                 std::int64_t end);

// One line. THROWS: DatabaseError when it is missing.
[[nodiscard]] std::string read_line(Transaction& tx, std::int64_t seq);

// Calls `take` for every line in [first, end), until it answers false.
void for_each_line(Database& database, std::int64_t first, std::int64_t end,
                   const std::function<bool(const StoredLine&)>& take);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_READER_H_
