// Digests, encodings and signatures, all by OpenSSL. Secrets and ids come from random_bytes().

#ifndef LIANDONG_DAEMON_PLATFORM_CRYPTO_H_
#define LIANDONG_DAEMON_PLATFORM_CRYPTO_H_

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/platform/result.h"

namespace liandong {

using Digest = std::array<unsigned char, 32>;

// What a ledger is hashed with: SHA-256 is the default, SM3 (GM/T 0004) what 密评 asks for.
enum class HashKind { Sha256, Sm3 };
inline constexpr std::array<std::string_view, 2> kHashNames = {"sha256", "sm3"};
[[nodiscard]] std::string_view to_string(HashKind kind);
[[nodiscard]] std::optional<HashKind> to_hash_kind(std::string_view name);

// Of first || second, without building the concatenation.
[[nodiscard]] Digest hash_of(HashKind kind, std::string_view first, std::string_view second = {});
[[nodiscard]] inline Digest sha256(std::string_view first, std::string_view second = {}) {
  return hash_of(HashKind::Sha256, first, second);
}
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view bytes);

// The hash of what arrives in pieces, for files larger than memory. Copies share one state.
class RunningHash {
 public:
  explicit RunningHash(HashKind kind);
  void update(std::string_view bytes);
  // The digest of everything since the start or the last finish().
  [[nodiscard]] Digest finish();

 private:
  HashKind kind_;
  std::shared_ptr<void> context_;  // EVP_MD_CTX
};

[[nodiscard]] std::string_view as_bytes(const Digest& digest);
[[nodiscard]] std::string hex(std::string_view bytes);  // lower case
[[nodiscard]] inline std::string hex(const Digest& digest) {
  return hex(as_bytes(digest));
}
[[nodiscard]] inline std::string sha256_hex(std::string_view bytes) {
  return hex(sha256(bytes));
}
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

// Length may be learnt, contents not.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);
[[nodiscard]] std::string random_bytes(std::size_t count);

// An Ed25519 key pair; PEM is PKCS#8 as `openssl genpkey -algorithm ed25519` writes it.
class SigningKey {
 public:
  [[nodiscard]] static SigningKey generate();
  [[nodiscard]] static Result<SigningKey> from_pem(std::string_view pem);

  [[nodiscard]] std::string private_pem() const;
  [[nodiscard]] std::string public_pem() const;
  [[nodiscard]] std::string public_raw() const;                    // 32 bytes
  [[nodiscard]] std::string sign(std::string_view message) const;  // 64 bytes

 private:
  explicit SigningKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;  // EVP_PKEY
};

// `public_raw` is 32 bytes, `signature` 64; anything else is false.
[[nodiscard]] bool verify_ed25519(std::string_view public_raw, std::string_view message,
                                  std::string_view signature);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CRYPTO_H_
