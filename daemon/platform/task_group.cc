#include "daemon/platform/task_group.h"

#include <algorithm>
#include <map>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "daemon/platform/log.h"

namespace liandong {

struct TaskGroup::State {
  struct Task {
    std::string name;
    asio::cancellation_signal signal;
  };
  asio::any_io_executor executor;
  Failed failed;
  std::map<std::uint64_t, Task> tasks;
  std::uint64_t next = 0;
  bool closed = false;  // the group is gone; late ends are not reported
};

namespace {

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& failure) {
    return failure.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor, Failed failed)
    : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
  state_->failed = std::move(failed);
}

TaskGroup::~TaskGroup() {
  state_->closed = true;
}

void TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
  const std::uint64_t id = state_->next++;
  State::Task& entry = state_->tasks[id];
  entry.name = std::move(name);
  auto finished = [state = state_, id](std::exception_ptr error) {
    const auto found = state->tasks.find(id);
    const std::string task_name = found->second.name;
    state->tasks.erase(found);
    if (!error || state->closed || is_cancellation(error)) return;
    state->failed(task_name, error);
  };
  asio::co_spawn(state_->executor, std::move(task),
                 asio::bind_cancellation_slot(entry.signal.slot(), std::move(finished)));
}

// In the executor's own thread: from any other, Boost 1.81 would post each signal by its address,
// and the task may have ended, and the signal with it, when its turn comes.
void TaskGroup::cancel() {
  asio::dispatch(state_->executor, [state = state_] {
    // A task may end (and leave the map) while it is being cancelled.
    std::vector<std::uint64_t> ids;
    for (const auto& [id, task] : state->tasks) ids.push_back(id);
    for (const std::uint64_t id : ids) {
      const auto found = state->tasks.find(id);
      if (found != state->tasks.end()) found->second.signal.emit(asio::cancellation_type::all);
    }
  });
}

std::vector<std::string> TaskGroup::running() const {
  std::vector<std::string> names;
  for (const auto& [id, task] : state_->tasks) names.push_back(task.name);
  return names;
}

asio::awaitable<bool> TaskGroup::wait_until_empty(Clock& clock, Instant deadline) {
  constexpr Duration kPause{20};
  while (!state_->tasks.empty() && clock.tick() < deadline)
    co_await clock.sleep_until(std::min(clock.after(kPause), deadline));
  co_return state_->tasks.empty();
}

}  // namespace liandong
