// The lines of C2SP notes and requests: checkpoints, and what is said to a witness.

#ifndef LIANDONG_DAEMON_LEDGER_NOTE_LINES_H_
#define LIANDONG_DAEMON_LEDGER_NOTE_LINES_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/platform/crypto.h"

namespace liandong {

// Takes the text up to the next LF; empty when there is none.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& text);

// A size in decimal, as it is written and no other way: without sign, blanks and leading zeros.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// 32 bytes in base64.
[[nodiscard]] std::optional<Digest> parse_digest(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_NOTE_LINES_H_
