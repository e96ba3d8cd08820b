#include "daemon/platform/crypto.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "daemon/platform/openssl_parts.h"

namespace liandong {

namespace {

using openssl::bytes_of;
using openssl::evp;
using openssl::Owned;
using openssl::require;
using openssl::shared;

constexpr std::size_t kEd25519KeyBytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;

// Fetched once: EVP_sha256() would look the provider up again for every digest.
const EVP_MD* method_of(HashKind kind) {
  const auto fetch = [](const char* name) {
    const EVP_MD* const method = EVP_MD_fetch(nullptr, name, nullptr);
    require(method != nullptr, "finding a hash function");
    return method;
  };
  if (kind == HashKind::Sm3) {
    static const EVP_MD* const kSm3 = fetch("SM3");
    return kSm3;
  }
  static const EVP_MD* const kSha256 = fetch("SHA256");
  return kSha256;
}

// One a hash function: OpenSSL would set a context up anew for another one.
EVP_MD_CTX* context_of(HashKind kind) {
  thread_local const std::array<Owned<EVP_MD_CTX>, kHashNames.size()> kContexts = {
      Owned<EVP_MD_CTX>(EVP_MD_CTX_new()), Owned<EVP_MD_CTX>(EVP_MD_CTX_new())};
  return kContexts.at(static_cast<std::size_t>(kind)).get();
}

// Ready for a key. HMAC() would look the method and its digest up again each time.
Owned<EVP_MAC_CTX> make_hmac_context() {
  static EVP_MAC* const kMethod = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  require(kMethod != nullptr, "finding HMAC");
  Owned<EVP_MAC_CTX> context(EVP_MAC_CTX_new(kMethod));
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  require(context && EVP_MAC_CTX_set_params(context.get(), parameters.data()) == 1,
          "preparing an HMAC");
  return context;
}

bool is_base64_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

}  // namespace

std::string_view to_string(HashKind kind) {
  return kHashNames.at(static_cast<std::size_t>(kind));
}

std::optional<HashKind> to_hash_kind(std::string_view name) {
  const auto* const found = std::find(kHashNames.begin(), kHashNames.end(), name);
  if (found == kHashNames.end()) return std::nullopt;
  return static_cast<HashKind>(found - kHashNames.begin());
}

Digest hash_of(HashKind kind, std::string_view first, std::string_view second) {
  EVP_MD_CTX* const context = context_of(kind);
  Digest digest{};
  unsigned int size = 0;
  require(context != nullptr && EVP_DigestInit_ex2(context, method_of(kind), nullptr) == 1 &&
              EVP_DigestUpdate(context, first.data(), first.size()) == 1 &&
              EVP_DigestUpdate(context, second.data(), second.size()) == 1 &&
              EVP_DigestFinal_ex(context, digest.data(), &size) == 1 && size == digest.size(),
          "hashing");
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  thread_local const Owned<EVP_MAC_CTX> kContext = make_hmac_context();
  Digest digest{};
  std::size_t size = 0;
  // No key is "the key of before" to OpenSSL; an empty one is a key.
  const unsigned char* const key_bytes = key.empty() ? bytes_of("") : bytes_of(key);
  require(EVP_MAC_init(kContext.get(), key_bytes, key.size(), nullptr) == 1 &&
              EVP_MAC_update(kContext.get(), bytes_of(bytes), bytes.size()) == 1 &&
              EVP_MAC_final(kContext.get(), digest.data(), &size, digest.size()) == 1 &&
              size == digest.size(),
          "computing an HMAC");
  return digest;
}

RunningHash::RunningHash(HashKind kind)
    : kind_(kind),
      context_(EVP_MD_CTX_new(), [](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); }) {
  require(context_ && EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_.get()), method_of(kind),
                                         nullptr) == 1,
          "hashing");
}

void RunningHash::update(std::string_view bytes) {
  require(
      EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size()) == 1,
      "hashing");
}

Digest RunningHash::finish() {
  auto* const context = static_cast<EVP_MD_CTX*>(context_.get());
  Digest digest{};
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(context, digest.data(), &size) == 1 && size == digest.size() &&
              EVP_DigestInit_ex2(context, method_of(kind_), nullptr) == 1,
          "hashing");
  return digest;
}

std::string_view as_bytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text[2 * i] = kDigits[byte >> 4U];
    text[2 * i + 1] = kDigits[byte & 0xFU];
  }
  return text;
}

std::string base64(std::string_view bytes) {
  if (bytes.size() > INT_MAX / 2) throw std::invalid_argument("base64 of more than 1 GiB");
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and the NUL OpenSSL writes
  EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
  text.pop_back();
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > INT_MAX) return std::nullopt;
  if (text.empty()) return std::string();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view letters = text.substr(0, text.size() - padding);
  if (!std::all_of(letters.begin(), letters.end(), is_base64_letter)) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size()));
  if (size < 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  bytes.resize(bytes.size() - padding);
  // Spare bits that are not zero would give one value two spellings.
  if (base64(bytes) != text) return std::nullopt;
  return bytes;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  if (count > INT_MAX) throw std::invalid_argument("more than 2 GiB of random bytes");
  std::string bytes(count, '\0');
  require(RAND_bytes(bytes_of(bytes), static_cast<int>(count)) == 1, "making random bytes");
  return bytes;
}

SigningKey SigningKey::generate() {
  Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  require(key != nullptr, "making an Ed25519 key");
  return SigningKey(shared(std::move(key)));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  if (pem.size() > INT_MAX) return Error(ErrorKind::Permanent, "the key file is too large");
  Owned<EVP_PKEY> key = openssl::read_private_key(pem);
  if (!key) {
    return Error(ErrorKind::Permanent,
                 "not a private key in PEM without a passphrase (make one with: openssl genpkey "
                 "-algorithm ed25519)");
  }
  if (EVP_PKEY_is_a(key.get(), "ED25519") != 1) {
    return Error(ErrorKind::Permanent, "the key is not an Ed25519 key");
  }
  return SigningKey(shared(std::move(key)));
}

std::string SigningKey::private_pem() const {
  return openssl::private_pem(evp(key_));
}

std::string SigningKey::public_pem() const {
  return openssl::public_pem(evp(key_));
}

std::string SigningKey::public_raw() const {
  std::string raw(kEd25519KeyBytes, '\0');
  std::size_t size = raw.size();
  require(EVP_PKEY_get_raw_public_key(evp(key_), bytes_of(raw), &size) == 1 && size == raw.size(),
          "reading a public key");
  return raw;
}

std::string SigningKey::sign(std::string_view message) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  require(context &&
              EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, evp(key_),
                                    nullptr) == 1 &&
              EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                             message.size()) == 1 &&
              size == signature.size(),
          "signing");
  return signature;
}

bool verify_ed25519(std::string_view public_raw, std::string_view message,
                    std::string_view signature) {
  if (public_raw.size() != kEd25519KeyBytes || signature.size() != kEd25519SignatureBytes) {
    return false;
  }
  const Owned<EVP_PKEY> key(EVP_PKEY_new_raw_public_key_ex(
      nullptr, "ED25519", nullptr, bytes_of(public_raw), public_raw.size()));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool good = key && context &&
                    EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                            key.get(), nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                     bytes_of(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace liandong
