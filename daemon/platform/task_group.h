// Named coroutines that never die alone.
//
// spawn() starts a coroutine under a name. One that ends with an exception is logged with its name
// and handed to the group's failure callback, which stops the program (exit code 70). cancel()
// asks all to end; a coroutine that ends by cancellation is no failure.
//
// Lives on one io_context thread.

#ifndef LIANDONG_DAEMON_PLATFORM_TASK_GROUP_H_
#define LIANDONG_DAEMON_PLATFORM_TASK_GROUP_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "daemon/platform/clock.h"

namespace liandong {

class TaskGroup {
 public:
  using Failed = std::function<void(const std::string& name, std::exception_ptr why)>;

  TaskGroup(asio::any_io_executor executor, Failed failed);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  void spawn(std::string name, asio::awaitable<void> task);
  // Asks every running task to end at its next cancellable wait.
  void cancel();
  [[nodiscard]] std::vector<std::string> running() const;
  // Resumes when no task runs any more or at `deadline`; true when none runs.
  asio::awaitable<bool> wait_until_empty(Clock& clock, Instant deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_TASK_GROUP_H_
