#include "adapters/shared/elsewhere.h"

#include <exception>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "daemon/platform/curl_await.h"

namespace liandong {

namespace {

asio::thread_pool& pool() {
  constexpr std::size_t kThreads = 2;
  static asio::thread_pool threads(kThreads);
  return threads;
}

}  // namespace

asio::awaitable<void> run_elsewhere(std::function<void()> work) {
  auto start = [](auto handler, std::function<void()> job) {
    auto done = resumption<std::exception_ptr>(std::move(handler));
    asio::post(pool(), [job = std::move(job), done = std::move(done)] {
      std::exception_ptr thrown;
      try {
        job();
      } catch (...) {
        thrown = std::current_exception();
      }
      done(thrown);
    });
  };
  // Thrown on the coroutine's side.
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      std::move(start), asio::use_awaitable, std::move(work));
}

}  // namespace liandong
