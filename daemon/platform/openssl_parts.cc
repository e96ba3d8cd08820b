#include "daemon/platform/openssl_parts.h"

#include <climits>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace liandong::openssl {

namespace {

// Without a callback of ours OpenSSL would ask for a passphrase on the terminal.
int refuse_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
  return -1;
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  require(size >= 0, "reading a buffer");
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

void require(bool good, const char* doing) {
  if (good) return;
  ERR_clear_error();
  throw std::runtime_error(std::string("OpenSSL failed ") + doing);
}

std::shared_ptr<void> shared(Owned<EVP_PKEY> key) {
  return {key.release(), [](void* raw) { EVP_PKEY_free(static_cast<EVP_PKEY*>(raw)); }};
}

Owned<EVP_PKEY> read_private_key(std::string_view pem) {
  if (pem.size() > INT_MAX) return nullptr;
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr, "opening a buffer");
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

std::string private_pem(EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_secmem()));
  require(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
                                               nullptr) == 1,
          "writing a private key");
  return contents(bio.get());
}

std::string public_pem(EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  require(bio && PEM_write_bio_PUBKEY(bio.get(), key) == 1, "writing a public key");
  return contents(bio.get());
}

}  // namespace liandong::openssl
