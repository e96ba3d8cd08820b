// A signed statement of the ledger's size and root: a C2SP signed note.
//
//   <origin>\n<size, decimal>\n<base64(root)>\n\n— <origin> <base64(keyid[4] || sig[64])>\n
//
// keyid = H(origin || 0x0A || 0x01 || pub32)[0:4], H the ledger's own hash; the signature covers
// the first three lines with the third LF. No extension lines. Source: shared design "ledger", C2SP
// signed-note.

#ifndef LIANDONG_DAEMON_LEDGER_CHECKPOINT_H_
#define LIANDONG_DAEMON_LEDGER_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/platform/crypto.h"
#include "daemon/platform/result.h"

namespace liandong {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root{};
};

inline constexpr std::size_t kPublicKeyBytes = 32;  // of Ed25519

// Whose ledger it is and how its checkpoints are checked: what a stranger has to be told.
struct LogKey {
  std::string origin;
  std::string public_raw;  // kPublicKeyBytes
  HashKind hash = HashKind::Sha256;
};

inline constexpr std::size_t kMaxOriginBytes = 200;

// May `text` name a ledger? Visible ASCII without blanks and `+`, as signed notes ask of a key
// name.
[[nodiscard]] bool is_origin(std::string_view text);

[[nodiscard]] std::string sign_checkpoint(HashKind hash, const Checkpoint& checkpoint,
                                          const SigningKey& key);

// What a note says, unchecked: for sorting notes before the key is known.
[[nodiscard]] Result<Checkpoint> peek_checkpoint(std::string_view note);

// Parses a note and checks its signature by `origin`'s key. Unknown further signature lines are
// ignored, as C2SP requires; a note without a good signature of ours is an error that says why.
[[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view note, const LogKey& log);

// The public key as `openssl pkeyutl -verify -pubin` reads it. `public_raw` is 32 bytes.
[[nodiscard]] std::string ed25519_public_pem(std::string_view public_raw);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_CHECKPOINT_H_
