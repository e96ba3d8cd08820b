// What a person decides about a delivery or a channel, each with its ledger entry. Runs inside the
// caller's transaction; also beside a running daemon, from the command line.

#ifndef LIANDONG_DAEMON_DELIVERY_DECISIONS_H_
#define LIANDONG_DAEMON_DELIVERY_DECISIONS_H_

#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "daemon/delivery/delivery.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/database.h"
#include "daemon/review/approval.h"

namespace liandong {

// Who decides, pseudonymous ("operator:cli"), when, and what he says of it.
struct Decider {
  std::string actor;
  Timestamp now;
  std::string note = {};  // stands in the ledger as the reason of a release or an approval
};

// `decide(Transaction&)`, a Result: what it wrote before it was refused is undone, and only that.
template <typename Decide>
[[nodiscard]] auto whole_or_nothing(Transaction& tx, Decide decide)
    -> std::invoke_result_t<Decide&, Transaction&> {
  struct Refusal : std::exception {
    explicit Refusal(Error why) : error(std::move(why)) {}
    Error error;
  };
  try {
    return tx.nested([&decide](Transaction& inner) {
      auto decided = decide(inner);
      if (!decided) throw Refusal(decided.error());
      return decided;
    });
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

// Errors (Permanent) say which state the delivery is in and what is possible there.
[[nodiscard]] Result<void> hold_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                         const std::string& reason, const Decider& by);
// Held -> Queued: the person says it may be sent (again). Refused, as retry_delivery() is, while
// approvals are missing, and without a note when screening held it.
[[nodiscard]] Result<void> release_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                            const Decider& by);
// Failed or Held -> Queued, attempts counted anew.
[[nodiscard]] Result<void> retry_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                          const Decider& by);
// It is there, done by hand: `receipt` says where and since when. Refused on a channel of `halls`,
// whose screens show what is delivered: who said so would put it there.
[[nodiscard]] Result<void> record_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                           const Receipt& receipt, const Decider& by,
                                           const std::vector<std::string>& halls = {});
[[nodiscard]] Result<void> cancel_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                           const std::string& reason, const Decider& by);

// Review before publication (daemon/review/approval.h). Asks `needed` persons; the delivery is
// Held.
void submit_for_review(Transaction& tx, Ledger& ledger, DeliveryId id, int needed,
                       const Decider& by);
// The text with the hash `seen` (empty: whatever it is) may be sent. With the last approval wanted
// a delivery that waits for nothing else is released. Errors say why it does not count.
[[nodiscard]] Result<Approvals> approve_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                                 const std::string& seen, const Decider& by);
// It may not: the delivery is cancelled.
[[nodiscard]] Result<void> deny_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                         const std::string& reason, const Decider& by);

// The item need not be on the channel: a person says why. Errors say what stands against it.
[[nodiscard]] Result<void> waive_push(Transaction& tx, Ledger& ledger, ItemId item,
                                      const std::string& channel, const std::string& reason,
                                      const Decider& by);

// A paused channel sends nothing. `automatic`: because of a credential problem; the dispatcher
// lifts it itself when the channel answers again.
struct ChannelPause {
  Timestamp at;
  std::string reason;
  bool automatic = false;
};
void pause_channel(Transaction& tx, Ledger& ledger, const std::string& channel,
                   const ChannelPause& pause, const std::string& actor);
// False when it was not paused.
bool resume_channel(Transaction& tx, Ledger& ledger, const std::string& channel,
                    const std::string& actor, const std::string& reason = {});
[[nodiscard]] std::optional<ChannelPause> channel_pause(Transaction& tx,
                                                        const std::string& channel);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_DECISIONS_H_
