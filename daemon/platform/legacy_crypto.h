// SHA-1, AES-CBC and other HMACs, because platforms sign and encrypt with them. Nothing of our own
// does.

#ifndef LIANDONG_DAEMON_PLATFORM_LEGACY_CRYPTO_H_
#define LIANDONG_DAEMON_PLATFORM_LEGACY_CRYPTO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace liandong {

// 40 digits, lower case.
[[nodiscard]] std::string sha1_hex(std::string_view bytes);

enum class HmacMethod : std::uint8_t { Sha1, Sha384, Sha512 };
// In lower-case hexadecimal.
[[nodiscard]] std::string hmac_hex(HmacMethod method, std::string_view key, std::string_view bytes);

// AES-256-CBC with the padding left on. Empty when key (32), vector (16) or the length of `cipher`
// (a multiple of 16, not 0) does not fit.
[[nodiscard]] std::optional<std::string> decrypt_aes256_cbc(std::string_view key,
                                                            std::string_view vector,
                                                            std::string_view cipher);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_LEGACY_CRYPTO_H_
