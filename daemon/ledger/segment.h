// How the ledger is cut into files: segments of 65,536 lines, of which full ones never change.

#ifndef LIANDONG_DAEMON_LEDGER_SEGMENT_H_
#define LIANDONG_DAEMON_LEDGER_SEGMENT_H_

#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace liandong {

inline constexpr std::uint64_t kSegmentLines = 65536;

[[nodiscard]] inline std::string segment_name(std::uint64_t segment) {
  return fmt::format("seg-{:06}.jsonl", segment);
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_LEDGER_SEGMENT_H_
