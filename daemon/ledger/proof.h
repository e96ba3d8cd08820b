// The receipt prove_entry() writes (export.h), checked without the ledger.

#ifndef LIANDONG_DAEMON_LEDGER_PROOF_H_
#define LIANDONG_DAEMON_LEDGER_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "daemon/platform/crypto.h"
#include "daemon/platform/result.h"

namespace liandong {

// A longer one is no receipt.
inline constexpr std::size_t kMostReceiptBytes = std::size_t{1} << 18U;

struct ProvenEntry {
  boost::json::object entry;
  std::uint64_t index = 0;
  std::uint64_t size = 0;  // of the checkpoint
  std::string origin;
  std::string public_raw;  // the key that signed it
  HashKind hash = HashKind::Sha256;
  bool key_given = false;  // by the caller, not by the receipt itself
};

// Is the line in the tree the signed checkpoint states? `public_raw` is the key to trust; empty
// takes the receipt's own word. The error says what does not fit.
[[nodiscard]] Result<ProvenEntry> check_proof(std::string_view receipt,
                                              const std::string& public_raw = "");

[[nodiscard]] boost::json::object to_json(const ProvenEntry& proven);
[[nodiscard]] std::string to_text(const ProvenEntry& proven);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_PROOF_H_
