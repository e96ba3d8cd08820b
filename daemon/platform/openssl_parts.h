// What the files that call OpenSSL share: owners of its objects, bytes as it takes them, its
// failures as exceptions, private keys in PEM. For .cc files of this folder; no public header shows
// OpenSSL.

#ifndef LIANDONG_DAEMON_PLATFORM_OPENSSL_PARTS_H_
#define LIANDONG_DAEMON_PLATFORM_OPENSSL_PARTS_H_

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/ts.h>

namespace liandong::openssl {

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(CMS_ContentInfo* message) const { CMS_ContentInfo_free(message); }
  void operator()(X509_ALGOR* algorithm) const { X509_ALGOR_free(algorithm); }
  void operator()(TS_MSG_IMPRINT* imprint) const { TS_MSG_IMPRINT_free(imprint); }
  void operator()(TS_REQ* query) const { TS_REQ_free(query); }
  void operator()(TS_RESP* answer) const { TS_RESP_free(answer); }
  void operator()(TS_VERIFY_CTX* context) const { TS_VERIFY_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// OpenSSL fails here only when memory is out or the library is broken. The error queue is emptied
// so that a later TLS call does not find our entry in it. THROWS: std::runtime_error when not good.
void require(bool good, const char* doing);

[[nodiscard]] inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
[[nodiscard]] inline unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// A key as a class holds it that copies, and back.
[[nodiscard]] std::shared_ptr<void> shared(Owned<EVP_PKEY> key);
[[nodiscard]] inline EVP_PKEY* evp(const std::shared_ptr<void>& key) {
  return static_cast<EVP_PKEY*>(key.get());
}

// Null: it is no private key in PEM without a passphrase.
[[nodiscard]] Owned<EVP_PKEY> read_private_key(std::string_view pem);
[[nodiscard]] std::string private_pem(EVP_PKEY* key);
[[nodiscard]] std::string public_pem(EVP_PKEY* key);

}  // namespace liandong::openssl

#endif  // LIANDONG_DAEMON_PLATFORM_OPENSSL_PARTS_H_
