// Does what reads much of the record, such as a report: beside the io thread, beside the pages' own
// reads (on a connection of its own, open for as long as the work takes), and one at a time. Who
// comes while one is at work is told to come again.

#ifndef LIANDONG_DAEMON_CONSOLE_RECORD_WORKER_H_
#define LIANDONG_DAEMON_CONSOLE_RECORD_WORKER_H_

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "daemon/console/on_pool.h"
#include "daemon/console/server.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

class RecordWorker {
 public:
  // `url`: of the store.
  explicit RecordWorker(std::string url);
  RecordWorker(const RecordWorker&) = delete;
  RecordWorker& operator=(const RecordWorker&) = delete;
  ~RecordWorker();  // waits for what is at work

  [[nodiscard]] bool is_busy() const { return *at_work_ > 0; }
  // What a request is told then.
  [[nodiscard]] static WebResponse busy();

  // Begins work that nobody awaits. REQUIRES: !is_busy(); `work` throws nothing.
  void start(std::function<void(Result<std::unique_ptr<Database>>)> work);

  // REQUIRES: !is_busy(). An error: that of `work`, or the store could not be opened. THROWS: what
  // `work` throws.
  template <typename Value>
  asio::awaitable<Result<Value>> run(std::function<Result<Value>(Database&)> work);

 private:
  template <typename Value>
  struct Made {
    std::optional<Result<Value>> value;
    std::exception_ptr thrown;
  };
  [[nodiscard]] Result<std::unique_ptr<Database>> open() const;
  [[nodiscard]] asio::thread_pool& thread();

  std::string url_;
  std::shared_ptr<std::atomic<int>> at_work_ = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<asio::thread_pool> thread_;  // begun when it is first needed
};

template <typename Value>
asio::awaitable<Result<Value>> RecordWorker::run(std::function<Result<Value>(Database&)> work) {
  const Counted<std::atomic<int>> at_work(at_work_);
  std::function<Made<Value>()> guarded = [this, work = std::move(work)] {
    Made<Value> made;
    try {
      const auto database = open();
      made.value = database ? work(**database) : Result<Value>(database.error());
    } catch (...) {
      made.thrown = std::current_exception();
    }
    return made;
  };
  Made<Value> made = co_await on_pool(thread(), std::move(guarded));
  if (made.thrown) std::rethrow_exception(made.thrown);
  co_return std::move(*made.value);
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_RECORD_WORKER_H_
