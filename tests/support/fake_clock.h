// Time that moves only when a test says so.

#ifndef LIANDONG_TESTS_SUPPORT_FAKE_CLOCK_H_
#define LIANDONG_TESTS_SUPPORT_FAKE_CLOCK_H_

#include <map>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/platform/clock.h"

namespace liandong {

class FakeClock final : public Clock {
 public:
  // Sunday 2026-11-22 16:00 in Beijing.
  static constexpr Timestamp kStart{Duration{1'795'334'400'000}};

  explicit FakeClock(Timestamp start = kStart) : now_(start) {}

  [[nodiscard]] Timestamp now() const override { return now_; }
  [[nodiscard]] Instant tick() const override { return tick_; }
  asio::awaitable<void> sleep_until(Instant when) override;

  // Moves both clocks and wakes the sleepers that are due, in the order of their times. The
  // sleepers run when the test next runs their io_context, and then see the end of the jump.
  void advance(Duration by);
  // The same in small steps, running what is ready before, between and after: each sleeper sees its
  // own time, and may sleep again within `by`.
  void advance(asio::io_context& context, Duration by);
  // A step of the wall clock (NTP, an operator): nobody wakes.
  void jump_wall(Duration by) { now_ += by; }

  [[nodiscard]] std::size_t sleepers() const { return sleepers_->size(); }
  // When the first sleeper is due.
  [[nodiscard]] std::optional<Instant> next_wake() const;

 private:
  struct Sleeper;
  using Sleepers = std::multimap<Instant, std::shared_ptr<Sleeper>>;
  class Place;
  void move_to(Instant when);

  Timestamp now_;
  Instant tick_{Duration{1'000'000}};
  // Shared with the sleepers, which may be destroyed after the clock.
  std::shared_ptr<Sleepers> sleepers_ = std::make_shared<Sleepers>();
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_FAKE_CLOCK_H_
