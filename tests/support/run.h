// Runs a coroutine to its end in a plain test.

#ifndef LIANDONG_TESTS_SUPPORT_RUN_H_
#define LIANDONG_TESTS_SUPPORT_RUN_H_

#include <chrono>
#include <future>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "tests/support/fake_clock.h"

namespace liandong {

// Returns what the coroutine returns, throws what it throws. One that waits for something that
// nothing brings within ten seconds is a std::logic_error, not a hanging test.
template <typename T>
T run(asio::io_context& context, asio::awaitable<T> task) {
  auto ended = asio::co_spawn(context, std::move(task), asio::use_future);
  context.restart();
  while (ended.wait_for(std::chrono::seconds(0)) != std::future_status::ready &&
         context.run_one_for(std::chrono::seconds(10)) != 0) {
  }
  if (ended.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    throw std::logic_error("the coroutine waits for something that never comes");
  }
  return ended.get();
}

template <typename T>
T run(asio::awaitable<T> task) {
  asio::io_context context;
  return run(context, std::move(task));
}

// The same for code that sleeps: whenever nothing else can run, time jumps to the next sleeper.
template <typename T>
T run(FakeClock& clock, asio::awaitable<T> task) {
  asio::io_context context;
  auto ended = asio::co_spawn(context, std::move(task), asio::use_future);
  while (true) {
    context.restart();
    context.poll();
    if (ended.wait_for(std::chrono::seconds(0)) == std::future_status::ready) return ended.get();
    const auto next = clock.next_wake();
    if (!next) throw std::logic_error("the coroutine waits for something that never comes");
    clock.advance(*next - clock.tick());
  }
}

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_RUN_H_
