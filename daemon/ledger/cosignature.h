// cosignature/v1: a witness's timestamped signature of a checkpoint (C2SP tlog-cosignature).
//
//   — <name> <base64(keyid[4] || time[8], big-endian || sig[64])>\n
//
// keyid = SHA-256(name || 0x0A || 0x04 || pub32)[0:4]; signed is
// "cosignature/v1\ntime <seconds>\n" and the three lines of the checkpoint.

#ifndef LIANDONG_DAEMON_LEDGER_COSIGNATURE_H_
#define LIANDONG_DAEMON_LEDGER_COSIGNATURE_H_

#include <string>
#include <string_view>

#include "daemon/platform/clock.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/result.h"

namespace liandong {

// The signature line of the note. REQUIRES: peek_checkpoint() accepts `note`.
[[nodiscard]] std::string cosign(std::string_view note, std::string_view name,
                                 const SigningKey& key, Timestamp now);

// The line of `lines` by that witness over that note, and when it was signed; an error says why
// there is none.
struct Cosignature {
  std::string line;  // with its LF
  Timestamp at;
};
[[nodiscard]] Result<Cosignature> find_cosignature(std::string_view lines, std::string_view note,
                                                   std::string_view name,
                                                   std::string_view public_raw);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_COSIGNATURE_H_
