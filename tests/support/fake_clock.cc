#include "tests/support/fake_clock.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace liandong {

struct FakeClock::Sleeper {
  explicit Sleeper(const asio::any_io_executor& executor)
      : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool due = false;
};

asio::awaitable<void> FakeClock::sleep_until(Instant when) {
  if (when <= tick_) co_return;
  const auto executor = co_await asio::this_coro::executor;
  const auto sleeper = std::make_shared<Sleeper>(executor);
  const auto place = sleepers_.emplace(when, sleeper);
  boost::system::error_code code;
  co_await sleeper->timer.async_wait(asio::redirect_error(asio::use_awaitable, code));
  if (sleeper->due) co_return;
  sleepers_.erase(place);
  throw boost::system::system_error(code);
}

void FakeClock::move_to(Instant when) {
  while (!sleepers_.empty() && sleepers_.begin()->first <= when) {
    const auto sleeper = sleepers_.begin()->second;
    sleepers_.erase(sleepers_.begin());
    sleeper->due = true;
    sleeper->timer.cancel();
  }
  now_ += when - tick_;
  tick_ = when;
}

void FakeClock::advance(Duration by) {
  move_to(tick_ + by);
}

void FakeClock::advance(asio::io_context& context, Duration by) {
  const Instant end = tick_ + by;
  const auto settle = [&context] {
    context.restart();
    context.poll();
  };
  settle();
  while (!sleepers_.empty() && sleepers_.begin()->first <= end) {
    move_to(sleepers_.begin()->first);
    settle();
  }
  move_to(end);
  settle();
}

std::optional<Instant> FakeClock::next_wake() const {
  if (sleepers_.empty()) return std::nullopt;
  return sleepers_.begin()->first;
}

}  // namespace liandong
