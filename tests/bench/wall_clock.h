// The time of the benchmarks' own programs: since the epoch, so that it compares across processes.
#pragma once

#include <chrono>
#include <cstdint>

namespace bench {

inline std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

inline std::int64_t now_ms() {
  return now_us() / 1000;
}

}  // namespace bench
