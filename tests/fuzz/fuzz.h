// What every fuzz target shares. A target is one function; the driver is libFuzzer (preset fuzz) or
// replay.cc, which runs the corpus and seeded mutations of it in every build.

#ifndef LIANDONG_TESTS_FUZZ_FUZZ_H_
#define LIANDONG_TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "daemon/platform/clock.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace liandong::fuzz {

inline const Timestamp kNow{std::chrono::milliseconds(1'780'000'000'000)};  // 2026-05-29

inline std::string text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// What must hold whatever the bytes are.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

}  // namespace liandong::fuzz

#endif  // LIANDONG_TESTS_FUZZ_FUZZ_H_
