#include "tests/support/fake_clock.h"

#include <algorithm>

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

// One sleeper's entry, taken away however its coroutine ends: resumed, cancelled, or destroyed in
// its sleep with the program it belonged to, whose timers must not be touched afterwards.
class FakeClock::Place {
 public:
  Place(const std::shared_ptr<Sleepers>& all, Instant when, const std::shared_ptr<Sleeper>& sleeper)
      : all_(all), when_(when), sleeper_(sleeper.get()) {
    all->emplace(when, sleeper);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    const auto all = all_.lock();
    if (!all) return;
    const auto [first, last] = all->equal_range(when_);
    const auto mine = std::find_if(
        first, last, [this](const auto& entry) { return entry.second.get() == sleeper_; });
    if (mine != last) all->erase(mine);
  }

 private:
  std::weak_ptr<Sleepers> all_;
  Instant when_;
  const Sleeper* sleeper_;
};

asio::awaitable<void> FakeClock::sleep_until(Instant when) {
  if (when <= tick_) co_return;
  const auto executor = co_await asio::this_coro::executor;
  const auto sleeper = std::make_shared<Sleeper>(executor);
  const Place place(sleepers_, when, sleeper);
  boost::system::error_code code;
  co_await sleeper->timer.async_wait(asio::redirect_error(asio::use_awaitable, code));
  if (!sleeper->due) throw boost::system::system_error(code);
}

void FakeClock::move_to(Instant when) {
  while (!sleepers_->empty() && sleepers_->begin()->first <= when) {
    const auto sleeper = sleepers_->begin()->second;
    sleepers_->erase(sleepers_->begin());
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
  while (!sleepers_->empty() && sleepers_->begin()->first <= end) {
    move_to(sleepers_->begin()->first);
    settle();
  }
  move_to(end);
  settle();
}

std::optional<Instant> FakeClock::next_wake() const {
  if (sleepers_->empty()) return std::nullopt;
  return sleepers_->begin()->first;
}

}  // namespace liandong
