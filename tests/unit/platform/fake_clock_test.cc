#include "tests/support/fake_clock.h"

#include <chrono>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

namespace liandong {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> sleep_then_count(FakeClock& clock, Duration how_long, int& woken) {
  co_await clock.sleep_until(clock.after(how_long));
  ++woken;
}

TEST(FakeClockTest, WakesWhoIsDueAndNobodyElse) {
  FakeClock clock;
  asio::io_context context;
  int woken = 0;
  for (const Duration how_long : {1s, 1s, 5s})
    asio::co_spawn(context, sleep_then_count(clock, how_long, woken), asio::detached);
  clock.advance(context, 2s);
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(clock.sleepers(), 1U);
  clock.advance(context, 3s);
  EXPECT_EQ(woken, 3);
  EXPECT_EQ(clock.sleepers(), 0U);
}

// A killed program's sleepers go with it: their timers belong to a context that is no more.
TEST(FakeClockTest, ForgetsTheSleepersOfAProgramThatIsGone) {
  FakeClock clock;
  int woken = 0;
  {
    asio::io_context context;
    asio::co_spawn(context, sleep_then_count(clock, 1s, woken), asio::detached);
    context.poll();
    EXPECT_EQ(clock.sleepers(), 1U);
  }
  EXPECT_EQ(clock.sleepers(), 0U);
  clock.advance(2s);
  EXPECT_EQ(woken, 0);
}

TEST(FakeClockTest, MayBeGoneBeforeItsSleepers) {
  asio::io_context context;
  int woken = 0;
  std::optional<FakeClock> clock(std::in_place);
  asio::co_spawn(context, sleep_then_count(*clock, 1s, woken), asio::detached);
  context.poll();
  clock.reset();
  EXPECT_EQ(woken, 0);
}

}  // namespace
}  // namespace liandong
