// How often one address may try to prove who it is: so many times in a quarter of an hour. Or any
// other caller, so many times in so long.
//
// Lives on the io thread, in memory: a restart forgives.

#ifndef LIANDONG_DAEMON_CONSOLE_ATTEMPT_LIMIT_H_
#define LIANDONG_DAEMON_CONSOLE_ATTEMPT_LIMIT_H_

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include "daemon/platform/clock.h"

namespace liandong {

class AttemptLimit {
 public:
  static constexpr int kMost = 20;
  static constexpr std::chrono::minutes kWindow{15};
  static constexpr std::size_t kMostAddresses = 4096;

  explicit AttemptLimit(int most = kMost, Duration window = kWindow)
      : most_(most), window_(window) {}

  // Counts an attempt; false: too many.
  bool admit(const std::string& address, Instant now) {
    auto found = attempts_.find(address);
    if (found == attempts_.end()) {
      if (attempts_.size() >= kMostAddresses) forget(now);
      if (attempts_.size() >= kMostAddresses) return false;
      found = attempts_.emplace(address, Attempts{now, 0}).first;
    }
    Attempts& attempts = found->second;
    if (now - attempts.since >= window_) attempts = {now, 0};
    if (attempts.count >= most_) return false;
    ++attempts.count;
    return true;
  }
  // The attempt was right.
  void forgive(const std::string& address) {
    const auto found = attempts_.find(address);
    if (found != attempts_.end()) found->second.count = std::max(0, found->second.count - 1);
  }

 private:
  struct Attempts {
    Instant since;
    int count = 0;
  };
  void forget(Instant now) {
    std::erase_if(attempts_,
                  [this, now](const auto& one) { return now - one.second.since >= window_; });
  }

  int most_;
  Duration window_;
  std::map<std::string, Attempts> attempts_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_ATTEMPT_LIMIT_H_
