// Computes password hashes beside the io thread, two at once (128 MiB), so that nobody who guesses
// passwords slows a delivery down.

#ifndef LIANDONG_DAEMON_CONSOLE_PASSWORD_WORKER_H_
#define LIANDONG_DAEMON_CONSOLE_PASSWORD_WORKER_H_

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "daemon/platform/password_hash.h"
#include "daemon/platform/result.h"

namespace liandong {

namespace asio = boost::asio;

class PasswordWorker {
 public:
  explicit PasswordWorker(PasswordCost cost = {});
  PasswordWorker(const PasswordWorker&) = delete;
  PasswordWorker& operator=(const PasswordWorker&) = delete;
  ~PasswordWorker();  // waits for what is being computed

  // More wait already than will be served while somebody looks at the page.
  [[nodiscard]] bool is_full() const { return *waiting_ >= kMostWaiting; }
  [[nodiscard]] const PasswordCost& cost() const { return cost_; }

  asio::awaitable<Result<std::string>> hash(std::string password);
  // An empty `hash` is compared with one of a password nobody knows: it takes as long.
  asio::awaitable<bool> verify(std::string hash, std::string password);

 private:
  static constexpr int kMostWaiting = 16;
  struct Threads;
  [[nodiscard]] Threads& threads();

  PasswordCost cost_;
  std::shared_ptr<int> waiting_ = std::make_shared<int>(0);
  std::unique_ptr<Threads> threads_;  // begun when they are first needed
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_PASSWORD_WORKER_H_
