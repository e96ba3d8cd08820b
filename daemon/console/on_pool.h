// Work beside the io thread, awaited by a coroutine on it.

#ifndef LIANDONG_DAEMON_CONSOLE_ON_POOL_H_
#define LIANDONG_DAEMON_CONSOLE_ON_POOL_H_

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/platform/curl_await.h"

namespace liandong {

namespace asio = boost::asio;

// One more for as long as it lives. What awaits may be destroyed in the middle, and after whoever
// it waits for: at the end the completion stands in the io_context, which goes last.
template <typename Number>
class Counted {
 public:
  explicit Counted(std::shared_ptr<Number> count) : count_(std::move(count)) { ++*count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*count_; }

 private:
  std::shared_ptr<Number> count_;
};

// REQUIRES: `work` throws nothing.
template <typename Value>
asio::awaitable<Value> on_pool(asio::thread_pool& pool, std::function<Value()> work) {
  auto start = [&pool](auto handler, std::function<Value()> job) {
    auto done = resumption<Value>(std::move(handler));
    asio::post(pool, [job = std::move(job), done = std::move(done)] { done(job()); });
  };
  Value value = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Value)>(
      std::move(start), asio::use_awaitable, std::move(work));
  co_return value;
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_ON_POOL_H_
