// Signing keys as files: PKCS#8 PEM, readable by the owner only, whole or not at all.

#ifndef LIANDONG_DAEMON_APP_KEY_FILE_H_
#define LIANDONG_DAEMON_APP_KEY_FILE_H_

#include <filesystem>

#include "daemon/platform/crypto.h"
#include "daemon/platform/result.h"
#include "daemon/platform/sm2_key.h"

namespace liandong {

[[nodiscard]] Result<void> write_key_file(const std::filesystem::path& file, const SigningKey& key);
[[nodiscard]] Result<SigningKey> read_key_file(const std::filesystem::path& file);
[[nodiscard]] Result<Sm2Key> read_sm2_key_file(const std::filesystem::path& file);
// Where a key waits that is to take the place of `file`'s.
[[nodiscard]] std::filesystem::path pending_key_file(const std::filesystem::path& file);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_KEY_FILE_H_
