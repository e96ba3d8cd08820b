#include "daemon/console/password_worker.h"

#include <exception>
#include <mutex>

#include <boost/asio/thread_pool.hpp>

#include "daemon/console/on_pool.h"
#include "daemon/platform/crypto.h"

namespace liandong {

struct PasswordWorker::Threads {
  static constexpr std::size_t kThreads = 2;
  asio::thread_pool pool{kThreads};
  // Of a password nobody knows.
  std::once_flag made;
  std::string decoy;
};

PasswordWorker::PasswordWorker(PasswordCost cost) : cost_(cost) {}

PasswordWorker::~PasswordWorker() {
  if (threads_) threads_->pool.join();
}

PasswordWorker::Threads& PasswordWorker::threads() {
  if (!threads_) threads_ = std::make_unique<Threads>();
  return *threads_;
}

asio::awaitable<Result<std::string>> PasswordWorker::hash(std::string password) {
  const Counted<int> counted(waiting_);
  std::function<std::string()> work = [password = std::move(password), cost = cost_] {
    try {
      return hash_password(password, cost);
    } catch (const std::exception&) {
      return std::string();
    }
  };
  std::string made = co_await on_pool(threads().pool, std::move(work));
  if (made.empty())
    co_return Error(ErrorKind::Transient, "there is no memory to hash a password with");
  co_return made;
}

asio::awaitable<bool> PasswordWorker::verify(std::string hash, std::string password) {
  const Counted<int> counted(waiting_);
  Threads& all = threads();
  std::function<int()> work = [hash = std::move(hash), password = std::move(password), &all,
                               cost = cost_] {
    try {
      std::call_once(all.made,
                     [&all, &cost] { all.decoy = hash_password(hex(random_bytes(32)), cost); });
      const bool is_right = verify_password(hash.empty() ? all.decoy : hash, password);
      return int{is_right && !hash.empty()};
    } catch (const std::exception&) {
      return 0;
    }
  };
  const int is_right = co_await on_pool(all.pool, std::move(work));
  co_return is_right != 0;
}

}  // namespace liandong
