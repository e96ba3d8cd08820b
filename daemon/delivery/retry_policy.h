// When the next attempt may be made. Pure; the wait is stored in the queue and survives a restart.

#ifndef LIANDONG_DAEMON_DELIVERY_RETRY_POLICY_H_
#define LIANDONG_DAEMON_DELIVERY_RETRY_POLICY_H_

#include <algorithm>

#include "daemon/platform/clock.h"
#include "daemon/platform/random.h"

namespace liandong {

struct RetryPolicy {
  Duration first{30'000};
  Duration most{3'600'000};
  int max_attempts = 8;

  // Doubles from `first` to `most`.
  [[nodiscard]] Duration exact_wait(int attempt) const {
    const int doublings = std::clamp(attempt - 1, 0, 20);
    return std::min<Duration>(most, first * (1LL << doublings));
  }
  // ±20 %, so that a platform's return is not met by a crowd.
  [[nodiscard]] Duration wait(int attempt, Random& random) const {
    const auto exact = static_cast<double>(exact_wait(attempt).count());
    return Duration(static_cast<Duration::rep>(exact * (0.8 + 0.4 * random.unit())));
  }
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_RETRY_POLICY_H_
