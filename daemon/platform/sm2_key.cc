#include "daemon/platform/sm2_key.h"

#include <climits>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "daemon/platform/openssl_parts.h"

namespace liandong {

namespace {

using openssl::bytes_of;
using openssl::evp;
using openssl::Owned;
using openssl::require;
using openssl::shared;

constexpr std::string_view kIdentity = "1234567812345678";
constexpr std::size_t kPointBytes = 65;
constexpr std::size_t kMostSignatureBytes = 80;

// A context whose identity is set before the operation begins: OpenSSL hashes it first.
class Operation {
 public:
  explicit Operation(EVP_PKEY* key)
      : key_context_(EVP_PKEY_CTX_new(key, nullptr)), context_(EVP_MD_CTX_new()) {
    require(key_context_ && context_ &&
                EVP_PKEY_CTX_set1_id(key_context_.get(), kIdentity.data(),
                                     static_cast<int>(kIdentity.size())) == 1,
            "preparing SM2");
    EVP_MD_CTX_set_pkey_ctx(context_.get(), key_context_.get());
  }
  [[nodiscard]] EVP_MD_CTX* get() const { return context_.get(); }

 private:
  Owned<EVP_PKEY_CTX> key_context_;
  Owned<EVP_MD_CTX> context_;
};

}  // namespace

Sm2Key Sm2Key::generate() {
  Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"));
  require(key != nullptr, "making an SM2 key");
  return Sm2Key(shared(std::move(key)));
}

Result<Sm2Key> Sm2Key::from_pem(std::string_view pem) {
  if (pem.size() > INT_MAX) return Error(ErrorKind::Permanent, "the key file is too large");
  Owned<EVP_PKEY> key = openssl::read_private_key(pem);
  if (!key || EVP_PKEY_is_a(key.get(), "SM2") != 1)
    return Error(ErrorKind::Permanent,
                 "not an SM2 private key in PEM without a passphrase (make one with: openssl "
                 "genpkey -algorithm SM2)");
  return Sm2Key(shared(std::move(key)));
}

std::string Sm2Key::private_pem() const {
  return openssl::private_pem(evp(key_));
}

std::string Sm2Key::public_pem() const {
  return openssl::public_pem(evp(key_));
}

std::string Sm2Key::public_point() const {
  std::string point(kPointBytes, '\0');
  std::size_t size = 0;
  require(EVP_PKEY_get_octet_string_param(evp(key_), OSSL_PKEY_PARAM_PUB_KEY, bytes_of(point),
                                          point.size(), &size) == 1 &&
              size == kPointBytes,
          "reading an SM2 key");
  return point;
}

std::string Sm2Key::sign(std::string_view message) const {
  const Operation operation(evp(key_));
  std::string signature(kMostSignatureBytes, '\0');
  std::size_t size = signature.size();
  require(EVP_DigestSignInit(operation.get(), nullptr, EVP_sm3(), nullptr, evp(key_)) == 1 &&
              EVP_DigestSign(operation.get(), bytes_of(signature), &size, bytes_of(message),
                             message.size()) == 1,
          "signing with SM2");
  signature.resize(size);
  return signature;
}

bool verify_sm2(std::string_view public_pem, std::string_view message, std::string_view signature) {
  const Owned<BIO> bio(BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size())));
  const Owned<EVP_PKEY> key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)
                                : nullptr);
  ERR_clear_error();
  if (!key || EVP_PKEY_is_a(key.get(), "SM2") != 1) return false;
  const Operation operation(key.get());
  const bool good =
      EVP_DigestVerifyInit(operation.get(), nullptr, EVP_sm3(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(operation.get(), bytes_of(signature), signature.size(), bytes_of(message),
                       message.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace liandong
