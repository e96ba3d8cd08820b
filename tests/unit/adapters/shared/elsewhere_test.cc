#include "adapters/shared/elsewhere.h"

#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace liandong {
namespace {

// What a coroutine that ran to its end answers.
template <typename Value>
Value run_to_end(asio::awaitable<Value> work) {
  asio::io_context io;
  std::optional<Value> answer;
  std::exception_ptr thrown;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, Value value) {
    thrown = error;
    answer = std::move(value);
  });
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return *answer;
}

struct Where {
  std::thread::id worked;
  std::thread::id resumed;
};

asio::awaitable<Where> read_of(std::size_t bytes) {
  auto work = [] { return std::this_thread::get_id(); };
  const std::thread::id worked = co_await read_elsewhere(bytes, work);
  co_return Where{worked, std::this_thread::get_id()};
}

TEST(Elsewhere, ReadsWhatIsLargeBesideTheThreadOfTheCallerAndComesBack) {
  const Where heavy = run_to_end(read_of(kHeavyBytes));
  EXPECT_NE(heavy.worked, std::this_thread::get_id());
  EXPECT_EQ(heavy.resumed, std::this_thread::get_id());
  const Where light = run_to_end(read_of(kHeavyBytes - 1));
  EXPECT_EQ(light.worked, std::this_thread::get_id());
}

asio::awaitable<int> failing() {
  auto work = []() -> int { throw std::runtime_error("the page is none"); };
  const int value = co_await elsewhere(work);
  co_return value;
}

TEST(Elsewhere, ThrowsWhatTheWorkThrew) {
  EXPECT_THROW(run_to_end(failing()), std::runtime_error);
}

}  // namespace
}  // namespace liandong
