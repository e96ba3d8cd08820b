// What a line of the ledger says of itself, read where it stands: nothing is copied.
//
// A value has one canonical spelling (entry.h). A reading that takes nothing but that spelling
// proves what reading the line and writing it once more would, at a fraction of the cost: whoever
// verifies ten million lines does it for each.

#ifndef LIANDONG_DAEMON_LEDGER_SCANNED_LINE_H_
#define LIANDONG_DAEMON_LEDGER_SCANNED_LINE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/platform/result.h"

namespace liandong {

inline constexpr std::size_t kMaxEntryBytes = 16384;
inline constexpr int kMaxEntryDepth = 16;
inline constexpr std::int64_t kMaxEntryInteger = (std::int64_t{1} << 53) - 1;

// Of the members every entry has. The views are into the line.
struct ScannedLine {
  std::int64_t seq = 0;
  std::string_view prev;   // 64 digits
  std::string_view event;  // as it is spelt, which is what it is: no name of an event has an escape
};

// Is `line` one canonical entry with the members each has? The error names the byte, or the member.
[[nodiscard]] Result<ScannedLine> scan_line(std::string_view line);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_SCANNED_LINE_H_
