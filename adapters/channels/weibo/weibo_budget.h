// How many of an account's calls of the day are used, and for what the rest may be used.
//
// Weibo allows a user and an application so many calls a day in all, read-backs included; a lost
// answer that can no longer be looked for blocks the account until the next day. So posting ends
// while some calls are left, and looking goes on until none is (contracts/weibo.md 6).
//
// BUGS
//   Counted in memory: a restart forgets the day's calls (the posts among them are counted by the
//   engine's pacing). That the day begins at Beijing's midnight is unverified.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_BUDGET_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_BUDGET_H_

#include <chrono>

#include "daemon/platform/clock.h"

namespace liandong {

class WeiboBudget final {
 public:
  // `calls` a Beijing day, 0: no limit; the last `reserved` of them only for reading back.
  WeiboBudget(int calls, int reserved) : calls_(calls), reserved_(reserved) {}

  void count(Timestamp now);

  [[nodiscard]] bool may_post(Timestamp now) const { return left(now) > reserved_; }
  [[nodiscard]] bool may_look(Timestamp now) const { return left(now) > 0; }
  // The start of the next budget.
  [[nodiscard]] static Timestamp renewed_at(Timestamp now);

 private:
  [[nodiscard]] int left(Timestamp now) const;

  int calls_;
  int reserved_;
  std::chrono::sys_days day_;
  int used_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_BUDGET_H_
