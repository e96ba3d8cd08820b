// What a person logs in with whose telephone is gone: ten codes, each good once, shown when the
// account is taken over and when new ones are asked for. 80 random bits each, kept as SHA-256.

#ifndef LIANDONG_DAEMON_CONSOLE_RECOVERY_CODES_H_
#define LIANDONG_DAEMON_CONSOLE_RECOVERY_CODES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

inline constexpr int kRecoveryCodes = 10;

// "ABCD-EFGH-IJKL-MNOP"
[[nodiscard]] std::vector<std::string> new_recovery_codes();
// As they are compared, however it was typed; empty when it has not the form of one.
[[nodiscard]] std::string recovery_code(std::string_view typed);

// The user's former ones end.
void keep_recovery_codes(Transaction& tx, std::int64_t user, const std::vector<std::string>& codes);
void forget_recovery_codes(Transaction& tx, std::int64_t user);
// False: not one of the user's, or used already. `code` as recovery_code() gives it.
[[nodiscard]] bool use_recovery_code(Transaction& tx, std::int64_t user, const std::string& code,
                                     Timestamp now);
[[nodiscard]] std::int64_t recovery_codes_left(Transaction& tx, std::int64_t user);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_RECOVERY_CODES_H_
