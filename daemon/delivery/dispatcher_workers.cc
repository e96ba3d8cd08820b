// The workers of the dispatcher: what each does by turns, how it rests, and how one that rests is
// lent to a transaction that plans.
#include <algorithm>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/delivery/dispatcher.h"
#include "daemon/delivery/dispatcher_parts.h"
#include "daemon/platform/log.h"

namespace liandong {

asio::awaitable<void> Dispatcher::work(const ChannelLine& line, int worker) {
  std::optional<Delivery> given;
  while (!stopping_ || given) {
    ++turns_;
    const std::uint64_t wakes = wakes_;
    Duration pause = kRest;
    try {
      if (given) {
        pause = Duration::zero();
        Delivery delivery = *std::exchange(given, std::nullopt);
        co_await run(line, std::move(delivery));
      } else {
        pause = co_await turn(line, worker);
      }
    } catch (const Fenced& lost) {
      log(Level::Warn, "delivery.fenced", {{"channel", line.name}, {"error", lost.what()}});
    }
    // A call that came during the turn may be about what the turn looked at too early.
    if (pause > Duration::zero() && !stopping_ && wakes == wakes_)
      given = co_await rest(line, pause);
  }
}

struct Dispatcher::Resting {
  Resting(const asio::any_io_executor& executor, const ChannelLine& its_line)
      : call(executor, asio::steady_timer::time_point::max()), line(its_line) {}

  asio::steady_timer call;  // cancelled to wake it
  const ChannelLine& line;
  std::weak_ptr<Loan> lent;
  std::optional<Delivery> given;
};

class Dispatcher::Loan final : public PlannedWork {
 public:
  explicit Loan(Dispatcher& dispatcher) : dispatcher_(dispatcher) {}

  [[nodiscard]] bool has_one_for(const ChannelLine& line) const {
    return std::ranges::any_of(lent_,
                               [&line](const Lent& one) { return &one.worker->line == &line; });
  }
  void add(std::shared_ptr<Resting> worker) { lent_.push_back({std::move(worker), std::nullopt}); }
  // Others may be needed too.
  void wake_all() { wakes_all_ = true; }

  void within(Transaction& tx) override {
    for (Lent& one : lent_) {
      const ChannelLine& line = one.worker->line;
      one.claimed = dispatcher_.claim_following(tx, line);
      if (one.claimed && dispatcher_.is_any_due(tx, line)) wake_all();
    }
  }
  void after() override {
    for (Lent& one : lent_) {
      one.worker->lent.reset();
      one.worker->given = std::move(one.claimed);
      one.worker->call.cancel();
    }
    ++dispatcher_.wakes_;
    if (wakes_all_) dispatcher_.wake();
  }

 private:
  struct Lent {
    std::shared_ptr<Resting> worker;
    std::optional<Delivery> claimed;
  };
  Dispatcher& dispatcher_;
  std::vector<Lent> lent_;
  bool wakes_all_ = false;
};

std::shared_ptr<PlannedWork> Dispatcher::lend() {
  auto loan = std::make_shared<Loan>(*this);
  for (const auto& worker : resting_) {
    // Who was given a delivery has not gone yet, but will.
    const bool is_free = worker->lent.expired() && !worker->given;
    if (stopping_ || !is_free || loan->has_one_for(worker->line)) continue;
    worker->lent = loan;
    loan->add(worker);
  }
  const bool lacks_one = std::ranges::any_of(
      resting_, [&loan](const auto& worker) { return !loan->has_one_for(worker->line); });
  if (lacks_one) loan->wake_all();
  return loan;
}

asio::awaitable<std::optional<Delivery>> Dispatcher::rest(const ChannelLine& line, Duration most) {
  using asio::experimental::awaitable_operators::operator||;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto place = std::make_shared<Resting>(executor, line);
  resting_.push_back(place);
  const auto leave = [this, &place](void*) { std::erase(resting_, place); };
  const std::unique_ptr<void, decltype(leave)> until_left(this, leave);
  do {
    boost::system::error_code called;
    auto until_called = place->call.async_wait(asio::redirect_error(asio::use_awaitable, called));
    try {
      co_await (clock_.sleep_until(clock_.after(most)) || std::move(until_called));
    } catch (const asio::multiple_exceptions& both) {
      std::rethrow_exception(both.first_exception());  // the worker itself is cancelled
    }
  } while (!place->given && !place->lent.expired());
  co_return std::move(place->given);
}

void Dispatcher::wake() {
  ++wakes_;
  for (const auto& worker : resting_) worker->call.cancel();
}

}  // namespace liandong
