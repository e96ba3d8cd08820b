// Passwords as Argon2id hashes in the PHC form, "$argon2id$v=19$m=65536,t=2,p=1$salt$hash".

#ifndef LIANDONG_DAEMON_PLATFORM_PASSWORD_HASH_H_
#define LIANDONG_DAEMON_PLATFORM_PASSWORD_HASH_H_

#include <cstdint>
#include <string>

namespace liandong {

// What one guess costs; a quarter of a second and 64 MiB (domain/security.md 4.2).
struct PasswordCost {
  std::uint32_t memory_kib = 65'536;
  std::uint32_t passes = 2;
};

// With a salt of its own. Takes long: not on the io thread. THROWS: std::runtime_error when there
// is no memory for it.
[[nodiscard]] std::string hash_password(const std::string& password, const PasswordCost& cost);

// Takes as long as making the hash did. False also for a hash that is none, or without memory.
[[nodiscard]] bool verify_password(const std::string& hash, const std::string& password);

// Was the hash made at another cost?
[[nodiscard]] bool is_outdated(const std::string& hash, const PasswordCost& cost);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_PASSWORD_HASH_H_
