// Work that would hold the io thread up, on two threads of its own: a database that answers when it
// likes, a page of megabytes. Everything else the program does waits on the io thread.

#ifndef LIANDONG_ADAPTERS_SHARED_ELSEWHERE_H_
#define LIANDONG_ADAPTERS_SHARED_ELSEWHERE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>

namespace liandong {

namespace asio = boost::asio;

// A page of usual size is read in a few milliseconds, less than the way to another thread and back
// is worth; one in some thousands is larger.
inline constexpr std::size_t kHeavyBytes = std::size_t{128} << 10U;

// Resumes the coroutine on its own executor, with what `work` threw.
asio::awaitable<void> run_elsewhere(std::function<void()> work);

// What `work` answers. REQUIRES: it owns all it reads, or shares it with nobody who changes it.
template <typename Work>
asio::awaitable<std::invoke_result_t<Work&>> elsewhere(Work work) {
  using Value = std::invoke_result_t<Work&>;
  auto value = std::make_shared<std::optional<Value>>();
  std::function<void()> job = [value, work = std::move(work)]() mutable { value->emplace(work()); };
  co_await run_elsewhere(std::move(job));
  co_return std::move(**value);
}

// The same for the reading of so many bytes from a website: a few are read where the caller is.
template <typename Work>
asio::awaitable<std::invoke_result_t<Work&>> read_elsewhere(std::size_t bytes, Work work) {
  if (bytes < kHeavyBytes) co_return work();
  auto value = co_await elsewhere(std::move(work));
  co_return value;
}

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_ELSEWHERE_H_
