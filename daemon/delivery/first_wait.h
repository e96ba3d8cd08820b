// How long an item settles before its first push: editors often correct in the first minutes. Pure.

#ifndef LIANDONG_DAEMON_DELIVERY_FIRST_WAIT_H_
#define LIANDONG_DAEMON_DELIVERY_FIRST_WAIT_H_

#include <algorithm>
#include <chrono>
#include <map>

#include "daemon/item/item.h"

namespace liandong {

// The wait by kind; what is not named waits `fallback`.
struct FirstWait {
  FirstWait() = default;
  // The same for every kind.
  template <typename Rep, typename Period>
  FirstWait(std::chrono::duration<Rep, Period> all) : fallback(all) {}

  Duration fallback{0};
  std::map<Kind, Duration> by_kind;

  [[nodiscard]] Duration of(Kind kind) const {
    const auto found = by_kind.find(kind);
    return found == by_kind.end() ? fallback : found->second;
  }
};

// When the item may first be pushed: `wait` after its newest text was seen, so that an edit within
// the wait begins it anew, but never later than three waits after the item itself was seen.
[[nodiscard]] inline Timestamp settled_at(const Item& item, Duration wait) {
  constexpr int kMostWaits = 3;
  return std::min(item.revision.seen_at + wait, item.first_seen + kMostWaits * wait);
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_FIRST_WAIT_H_
