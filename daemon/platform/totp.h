// One-time codes of an authenticator app (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits).

#ifndef LIANDONG_DAEMON_PLATFORM_TOTP_H_
#define LIANDONG_DAEMON_PLATFORM_TOTP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/platform/clock.h"

namespace liandong {

inline constexpr std::size_t kTotpSecretBytes = 20;

[[nodiscard]] std::int64_t totp_step(Timestamp time);
[[nodiscard]] std::string totp_code(std::string_view secret, std::int64_t step, int digits = 6);

// The step `code` is of: now's, the one before or the one after, and later than `last_used`, so
// that a code that was looked at over a shoulder works no second time.
[[nodiscard]] std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code,
                                                     Timestamp now, std::int64_t last_used);

[[nodiscard]] std::string base32(std::string_view bytes);  // without padding
// What the app scans: otpauth://totp/…
[[nodiscard]] std::string otpauth_uri(std::string_view issuer, std::string_view account,
                                      std::string_view secret);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_TOTP_H_
