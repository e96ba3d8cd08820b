// SHA-1 and AES-CBC, because platforms sign and encrypt with them. Nothing of our own does.

#ifndef LIANDONG_DAEMON_PLATFORM_LEGACY_CRYPTO_H_
#define LIANDONG_DAEMON_PLATFORM_LEGACY_CRYPTO_H_

#include <optional>
#include <string>
#include <string_view>

namespace liandong {

// 40 digits, lower case.
[[nodiscard]] std::string sha1_hex(std::string_view bytes);

// AES-256-CBC with the padding left on. Empty when key (32), vector (16) or the length of `cipher`
// (a multiple of 16, not 0) does not fit.
[[nodiscard]] std::optional<std::string> decrypt_aes256_cbc(std::string_view key,
                                                            std::string_view vector,
                                                            std::string_view cipher);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_LEGACY_CRYPTO_H_
