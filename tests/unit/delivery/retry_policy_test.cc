#include "daemon/delivery/retry_policy.h"

#include <chrono>
#include <limits>

#include <gtest/gtest.h>

namespace liandong {
namespace {

using namespace std::chrono_literals;

TEST(RetryPolicy, DoublesUpToItsMostWithAFifthOfChance) {
  const RetryPolicy policy{30s, 1h, 8};
  struct Case {
    int attempt;
    Duration exact;
  };
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    for (const auto& [attempt, exact] :
         {Case{1, 30s}, Case{2, 60s}, Case{3, 2min}, Case{7, 32min}, Case{8, 1h}, Case{9, 1h},
          Case{std::numeric_limits<int>::max(), 1h}}) {
      const Duration wait = policy.wait(attempt, random);
      EXPECT_GE(wait, exact * 8 / 10) << "attempt " << attempt << ", seed " << seed;
      EXPECT_LE(wait, exact * 12 / 10) << "attempt " << attempt << ", seed " << seed;
    }
  }
}

TEST(RetryPolicy, SpreadsWhatFailedTogether) {
  Random random(7);
  const RetryPolicy policy;
  Duration least = 1h;
  Duration most = 0s;
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = policy.wait(1, random);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_LT(least, 25s);
  EXPECT_GT(most, 35s);
}

TEST(RetryPolicy, WaitsTheFirstTimeWhenNoAttemptCounted) {
  Random random(1);
  EXPECT_GE((RetryPolicy{30s, 1h, 8}.wait(0, random)), 24s);
  EXPECT_LE((RetryPolicy{30s, 1h, 8}.wait(0, random)), 36s);
}

}  // namespace
}  // namespace liandong
