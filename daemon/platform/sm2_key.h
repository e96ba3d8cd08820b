// SM2 with SM3 (GM/T 0003, GM/T 0004) by OpenSSL, for the second signature of a checkpoint. Not a
// certified module: where one is demanded, it takes this class's place.

#ifndef LIANDONG_DAEMON_PLATFORM_SM2_KEY_H_
#define LIANDONG_DAEMON_PLATFORM_SM2_KEY_H_

#include <memory>
#include <string>
#include <string_view>

#include "daemon/platform/result.h"

namespace liandong {

class Sm2Key {
 public:
  [[nodiscard]] static Sm2Key generate();
  // PKCS#8 PEM, as `openssl genpkey -algorithm SM2` writes it.
  [[nodiscard]] static Result<Sm2Key> from_pem(std::string_view pem);

  [[nodiscard]] std::string private_pem() const;
  [[nodiscard]] std::string public_pem() const;
  [[nodiscard]] std::string public_point() const;                  // 65 bytes, uncompressed
  [[nodiscard]] std::string sign(std::string_view message) const;  // DER

 private:
  explicit Sm2Key(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;  // EVP_PKEY
};

// With the usual identity, 1234567812345678.
[[nodiscard]] bool verify_sm2(std::string_view public_pem, std::string_view message,
                              std::string_view signature);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_SM2_KEY_H_
