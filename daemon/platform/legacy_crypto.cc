#include "daemon/platform/legacy_crypto.h"

#include <array>
#include <limits>
#include <memory>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/openssl_parts.h"

namespace liandong {

namespace {

constexpr std::size_t kKey = 32;
constexpr std::size_t kBlock = 16;

using openssl::bytes_of;

}  // namespace

std::string sha1_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr);
  if (done != 1) throw std::runtime_error("OpenSSL cannot compute SHA-1");
  return hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string hmac_hex(HmacMethod method, std::string_view key, std::string_view bytes) {
  const EVP_MD* const digest = method == HmacMethod::Sha1     ? EVP_sha1()
                               : method == HmacMethod::Sha384 ? EVP_sha384()
                                                              : EVP_sha512();
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  const auto* done = HMAC(digest, key.data(), static_cast<int>(key.size()), bytes_of(bytes),
                          bytes.size(), mac.data(), &size);
  if (done == nullptr) throw std::runtime_error("OpenSSL cannot compute an HMAC");
  return hex({reinterpret_cast<const char*>(mac.data()), size});
}

std::optional<std::string> decrypt_aes256_cbc(std::string_view key, std::string_view vector,
                                              std::string_view cipher) {
  const bool fits = key.size() == kKey && vector.size() == kBlock && !cipher.empty() &&
                    cipher.size() % kBlock == 0 &&
                    cipher.size() <= std::numeric_limits<int>::max() - kBlock;
  if (!fits) return std::nullopt;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string plain(cipher.size() + kBlock, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  int written = 0;
  int rest = 0;
  const bool done = context != nullptr &&
                    EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, bytes_of(key),
                                       bytes_of(vector)) == 1 &&
                    EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                    EVP_DecryptUpdate(context.get(), out, &written, bytes_of(cipher),
                                      static_cast<int>(cipher.size())) == 1 &&
                    EVP_DecryptFinal_ex(context.get(), out + written, &rest) == 1;
  if (!done) {
    ERR_clear_error();
    return std::nullopt;
  }
  plain.resize(static_cast<std::size_t>(written + rest));
  return plain;
}

}  // namespace liandong
