// Chance, as an argument: back-off jitter and ids from a generator a test can seed; secrets only
// from crypto.h.

#ifndef LIANDONG_DAEMON_PLATFORM_RANDOM_H_
#define LIANDONG_DAEMON_PLATFORM_RANDOM_H_

#include <cstdint>
#include <random>

namespace liandong {

class Random {
 public:
  Random() : engine_(std::random_device{}()) {}
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // Uniform in [0, 1).
  double unit() { return std::uniform_real_distribution<double>(0, 1)(engine_); }
  std::uint64_t next() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_RANDOM_H_
