#include "daemon/platform/clock.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace liandong {

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) + offset();
}

Instant SystemClock::tick() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

asio::awaitable<void> SystemClock::sleep_until(Instant when) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(when);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace liandong
