// Sends what is due, one coroutine a worker, a channel never waiting for another.
//
// The order of an attempt is the promise (domain/delivery.md R1–R4):
//   1  one transaction: InFlight and the intent's ledger entry           (commit point 1)
//   2  Channel::perform, outside any transaction
//   3  one transaction: the outcome, its entry, counters, obligation     (commit point 2), and
//      step 1 of the channel's next delivery, so that a busy channel pays one commit a delivery
// A crash between 1 and 3 is found as InFlight at the next start and becomes Unconfirmed, which is
// also what an answer that never came becomes: recovery is not a special path. An Unconfirmed
// delivery is sent again only on positive evidence of absence: at least two complete looks, the
// last one later than `settle` after the send.
//
// DIAGNOSTICS
//   delivery.attempted   INFO  one line an attempt with its outcome
//   delivery.reconciled  INFO  what a read-back found
//   delivery.fenced      WARN  somebody else decided meanwhile; what was found out is dropped
//   clock.jumped         WARN  what waits for evidence goes on waiting in real time
//   channel.paused       WARN  credentials; lifted by itself when the channel answers again
//   channel.waiting      ERROR working days only, and the calendar of the year is missing
//   channel.unprobed     ERROR the adapter threw instead of answering

#ifndef LIANDONG_DAEMON_DELIVERY_DISPATCHER_H_
#define LIANDONG_DAEMON_DELIVERY_DISPATCHER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/channel/channel.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/first_wait.h"
#include "daemon/delivery/grouping.h"
#include "daemon/delivery/pacing.h"
#include "daemon/delivery/planned_work.h"
#include "daemon/delivery/queue.h"
#include "daemon/delivery/retry_policy.h"
#include "daemon/platform/task_group.h"

namespace liandong {

// Who takes a withdrawn item off a channel, and when.
enum class Withdrawals : std::uint8_t {
  Own,     // at once where the channel says so, else Ask
  Ask,     // when a person releases it
  AtOnce,  // without asking
  ByHand,  // a person, on the platform
};

// A channel with what the engine needs to know of it.
struct ChannelLine {
  std::string name;
  std::shared_ptr<Channel> channel;
  Pacing pacing;
  Batching batching;
  RetryPolicy retry;
  Duration settle{0};  // 0: the channel's own
  FirstWait first_wait;
  Duration policy_first{86'400'000};  // the longest an interpretation waits for its policy
  bool corrects_by_hand = false;      // although the channel could
  Withdrawals withdrawals = Withdrawals::Own;
  bool adopts = true;      // what a person posted by hand, where the channel can list
  int patrol_per_day = 0;  // later readings; 0: none
  Duration patrol_first{300'000};
  // Negative control of the fault suite: what is unknown counts as absent.
  bool trust_absence = false;
};

class Dispatcher {
 public:
  Dispatcher(Database& database, Queue& queue, Ledger& ledger, Clock& clock, Random& random,
             const Calendar& calendar);

  // Other processes take this one's channels over when it is not heard of: nothing is sent while
  // `may_begin` is false, and no call lasts longer than `longest_call`. Before start().
  void share_with_others(std::function<bool()> may_begin, Duration longest_call);
  // Starts the workers of a channel in `tasks`. The line must outlive them.
  void start(const ChannelLine& line, TaskGroup& tasks);
  // No new claims; what is under way ends by itself.
  void stop() {
    stopping_ = true;
    wake();
  }
  // Something may be due: whoever rests looks again at once. On the executor of the tasks.
  void wake();
  // For a transaction that plans: of each channel one worker who rests, who begins with what is due
  // then. Plan and intent are one commit, and nobody waits for two. On the executor of the tasks.
  [[nodiscard]] std::shared_ptr<PlannedWork> lend();

  // Goes up while the workers move, for the watchdog.
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

 private:
  asio::awaitable<void> work(const ChannelLine& line, int worker);
  // What to do now; how long to rest when there is nothing.
  asio::awaitable<Duration> turn(const ChannelLine& line, int worker);
  struct Resting;
  class Loan;
  // What it was given meanwhile, its intent stored.
  asio::awaitable<std::optional<Delivery>> rest(const ChannelLine& line, Duration most);
  [[nodiscard]] Duration wall_offset() const;
  // Notes a step of the wall clock. False: another worker is about it.
  asio::awaitable<bool> follow_clock();
  asio::awaitable<void> lift_pause(const ChannelLine& line, ChannelPause pause);
  asio::awaitable<bool> probe(const ChannelLine& line);
  struct Gate;
  struct Claimed;
  [[nodiscard]] Gate look_at_gate(Transaction& tx, const ChannelLine& line, int worker);
  [[nodiscard]] bool is_any_due(Transaction& tx, const ChannelLine& line) const;
  // What of its budgets the channel used; `claimed` gets how long the next start has to wait.
  [[nodiscard]] ChannelUse pace(Transaction& tx, const ChannelLine& line, Timestamp now,
                                Claimed& claimed) const;
  [[nodiscard]] Claimed claim(Transaction& tx, const ChannelLine& line);
  [[nodiscard]] std::optional<Delivery> claim_following(Transaction& tx, const ChannelLine& line);
  [[nodiscard]] bool is_exempt(const ChannelLine& line, const ChannelUse& used, Timestamp now,
                               const Delivery& delivery) const;
  [[nodiscard]] bool urgent_may_start(const ChannelLine& line, const ChannelUse& used,
                                      Timestamp now) const;
  [[nodiscard]] bool reserve_is_open(const ChannelLine& line, const ChannelUse& used,
                                     Timestamp now) const;
  // Sends one delivery, and what is due after it for a while.
  asio::awaitable<void> run(const ChannelLine& line, Delivery delivery);
  asio::awaitable<Outcome> attempt(const ChannelLine& line, Delivery delivery, Step step);
  // `looks`: the attempt will look for a post, and must know those of others.
  asio::awaitable<Attempt> load_attempt(Delivery delivery, bool looks);
  asio::awaitable<void> reconcile(const ChannelLine& line, Delivery unknown);
  // The same for deliveries that go out together (grouping.h).
  [[nodiscard]] bool sends_groups(Transaction& tx, const ChannelLine& line) const;
  // `claimed`: as pace() left it.
  [[nodiscard]] Claimed claim_grouped(Transaction& tx, const ChannelLine& line,
                                      const ChannelUse& used, Claimed claimed);
  void claim_of_group(Transaction& tx, const ChannelLine& line, const ChannelUse& used,
                      const std::string& group, Claimed& claimed);
  void begin_group(Transaction& tx, const ChannelLine& line, const ChannelUse& used, bool is_open,
                   Claimed& claimed);
  std::vector<Delivery> tend_group(Transaction& tx, const ChannelLine& line,
                                   const std::string& group);
  asio::awaitable<void> run_group(const ChannelLine& line, std::vector<Delivery> group);
  asio::awaitable<std::vector<GroupMember>> load_members(std::vector<Delivery> group, bool looks);
  asio::awaitable<GroupOutcome> attempt_together(const ChannelLine& line,
                                                 std::vector<Delivery> group, Step step);
  void settle_group(Transaction& tx, const ChannelLine& line, std::vector<Delivery>& group,
                    const Step& step, GroupOutcome outcome);
  asio::awaitable<void> reconcile_group(const ChannelLine& line, std::vector<Delivery> unknown);
  asio::awaitable<std::vector<Finding>> look_together(const ChannelLine& line,
                                                      std::vector<Delivery> group, Step step);

  asio::awaitable<Finding> look(const ChannelLine& line, Delivery delivery, Step step);
  void settle(Transaction& tx, const ChannelLine& line, Delivery& delivery, const Step& step,
              const Outcome& outcome);
  void resolve(Transaction& tx, const ChannelLine& line, Delivery& delivery, const Step& step,
               const Finding& finding);
  void settle_unconfirmed(Transaction& tx, const ChannelLine& line, Delivery& delivery,
                          const Step& step, const Diagnostic& why);
  void resolve_absent(Transaction& tx, const ChannelLine& line, Delivery& delivery,
                      const Step& step);

  Database& database_;
  Queue& queue_;
  Ledger& ledger_;
  Clock& clock_;
  Random& random_;
  const Calendar& calendar_;
  std::vector<std::shared_ptr<Resting>> resting_;  // in the order they went: so in every run
  std::uint64_t wakes_ = 0;
  // Of a paused channel. Kept while a good probe is followed by bad credentials again.
  struct Probing {
    Instant next;
    int times = 0;
  };
  std::map<std::string, Probing> probing_;
  std::function<bool()> may_begin_ = [] { return true; };
  Duration call_time_;                          // for one step
  std::set<std::string> channels_;              // it works on
  std::map<std::string, std::string> trouble_;  // of a channel, as last logged
  Duration offset_;                             // of the wall clock from the monotonic one
  bool following_ = false;
  bool stopping_ = false;
  std::uint64_t turns_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_DISPATCHER_H_
