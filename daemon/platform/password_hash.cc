#include "daemon/platform/password_hash.h"

#include <stdexcept>
#include <string_view>

#include <argon2.h>
#include <fmt/format.h>

#include "daemon/platform/crypto.h"

namespace liandong {

namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::uint32_t kHashBytes = 32;
constexpr std::uint32_t kLanes = 1;

}  // namespace

std::string hash_password(const std::string& password, const PasswordCost& cost) {
  const std::string salt = random_bytes(kSaltBytes);
  std::string encoded(
      argon2_encodedlen(cost.passes, cost.memory_kib, kLanes, kSaltBytes, kHashBytes, Argon2_id),
      '\0');
  const int code =
      argon2id_hash_encoded(cost.passes, cost.memory_kib, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (code != ARGON2_OK)
    throw std::runtime_error(std::string("hashing a password: ") + argon2_error_message(code));
  encoded.resize(std::string_view(encoded.c_str()).size());
  return encoded;
}

bool verify_password(const std::string& hash, const std::string& password) {
  return argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool is_outdated(const std::string& hash, const PasswordCost& cost) {
  return !hash.starts_with(
      fmt::format("$argon2id$v=19$m={},t={},p={}$", cost.memory_kib, cost.passes, kLanes));
}

}  // namespace liandong
