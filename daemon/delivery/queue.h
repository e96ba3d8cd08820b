// The durable queue of deliveries, and the only writer of their state.
//
// Every function runs inside the caller's transaction and appends the ledger entry that explains
// what it did. Survives a crash at any instruction: what was being sent is found InFlight at the
// next start and becomes Unconfirmed; everything else is as it was. Does not talk to channels
// (Dispatcher does).
//
// A write-back names the epoch it was claimed with; when it hits no row, another node took the
// delivery over and the caller must stop (`Fenced`).
//
// DIAGNOSTICS
//   delivery.recovered WARN  found InFlight at start, now Unconfirmed

#ifndef LIANDONG_DAEMON_DELIVERY_QUEUE_H_
#define LIANDONG_DAEMON_DELIVERY_QUEUE_H_

#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/delivery/delivery.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/database.h"

namespace liandong {

// Another node owns the delivery now.
class Fenced : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct NewDelivery {
  ItemId item = 0;
  int revision = 1;
  std::string channel;
  Purpose purpose = Purpose::Publish;
  Kind kind = Kind::News;
  std::string marker;
  std::string rendition;  // empty with `failure`
  Timestamp due_at;
  std::string hold_reason;  // not empty: waits for a person
  std::string failure;      // not empty: the item cannot be shown there; the reason
};

class Queue {
 public:
  Queue(Ledger& ledger, const Clock& clock);

  // Empty when (item, revision, channel, purpose) is already there.
  std::optional<DeliveryId> plan(Transaction& tx, const NewDelivery& delivery);

  // Takes the oldest due delivery of the channel and stores the intent of its next step
  // (`first_step(purpose)` when it has not begun). One item's deliveries go one after the other, in
  // the order they were planned: a correction needs the post, and the last text must win. Empty
  // when nothing is due, when `parallel` are under way, or when one is Unconfirmed on a channel
  // that does one at a time: a read-back looks at a short list.
  std::optional<Delivery> claim(Transaction& tx, const std::string& channel,
                                const std::function<std::string(Purpose)>& first_step, int parallel,
                                Duration lease);

  // The same when the channel's pacing lets nothing new begin: only what has begun, or takes an
  // item off, and of that only what `may` go.
  std::optional<Delivery> claim_exempt(Transaction& tx, const std::string& channel,
                                       const std::function<std::string(Purpose)>& first_step,
                                       const std::function<bool(const Delivery&)>& may,
                                       int parallel, Duration lease);

  // The same of those only that go at once (urgent.h).
  std::optional<Delivery> claim_urgent(Transaction& tx, const std::string& channel,
                                       const std::function<std::string(Purpose)>& first_step,
                                       int parallel, Duration lease);

  // The same when its pacing lets only deliveries of these kinds begin.
  std::optional<Delivery> claim_kinds(Transaction& tx, const std::string& channel,
                                      const std::function<std::string(Purpose)>& first_step,
                                      const std::set<Kind>& kinds, int parallel, Duration lease);

  // On a channel that sends groups: the oldest that is no new publication and that `may` go.
  std::optional<Delivery> claim_alone(Transaction& tx, const std::string& channel,
                                      const std::function<std::string(Purpose)>& first_step,
                                      const std::function<bool(const Delivery&)>& may, int parallel,
                                      Duration lease);
  // Publications that were due by then and belong to no group, oldest first, at most a hundred.
  [[nodiscard]] std::vector<Delivery> ungrouped(Transaction& tx, const std::string& channel,
                                                Timestamp due_by);
  // This one, which is Queued or Deferred and due: stores the intent of `step`.
  Delivery claim_this(Transaction& tx, Delivery delivery, std::string_view step, Duration lease);

  // The step is done, and the next one waits for the group: Queued.
  void rest_before(Transaction& tx, Delivery& delivery, const Progress& produced,
                   std::string_view step);
  // Surely nothing of it is public: it goes back to `step`, in whatever state it waits.
  void go_back(Transaction& tx, Delivery& delivery, std::string_view step);

  // The step is done: keeps what it produced and stores the intent of `step`, in one transaction.
  void advance(Transaction& tx, Delivery& delivery, const Progress& produced, std::string_view step,
               Duration lease);
  // A draft is not there for the public: Held, until a person has published and recorded it.
  void deliver(Transaction& tx, Delivery& delivery, const Receipt& receipt);
  // Definitely not done; again at `due_at`. `counts`: whether the attempt is one of max_attempts.
  void defer(Transaction& tx, Delivery& delivery, const Outcome& outcome, Timestamp due_at,
             bool counts);
  void refuse(Transaction& tx, Delivery& delivery, const Diagnostic& why);
  void mark_unconfirmed(Transaction& tx, Delivery& delivery, const Diagnostic& why,
                        Timestamp look_at);
  void give_up(Transaction& tx, Delivery& delivery, const std::string& reason);

  // The oldest unknown whose look is due.
  [[nodiscard]] std::optional<Delivery> next_unconfirmed(Transaction& tx,
                                                         const std::string& channel);
  // Positive evidence of absence (R4), or a step whose repetition is harmless: may be sent again.
  void resolve_absent(Transaction& tx, Delivery& delivery, const std::string& evidence);
  void resolve_done(Transaction& tx, Delivery& delivery, const Progress& produced,
                    std::string_view next_step);
  void look_again(Transaction& tx, Delivery& delivery, int looks, Timestamp when,
                  const Diagnostic& why);

  // A platform hints that the job whose id stands in the progress under `key` is over: the wait
  // before the next question about it ends. How many there were.
  int end_waits(Transaction& tx, const std::string& channel, const std::string& key,
                const std::string& value);

  // The wall clock was put forward: looks that are to come are due so much later.
  static void put_off_looks(Transaction& tx, const std::string& channel, Duration by);

  // Everything InFlight becomes Unconfirmed; how many there were. For a process that is alone.
  int recover(Transaction& tx);
  // The same on a channel that another node may have had until now. It may be sending still, for
  // `longest_call` at most: until then a look would prove nothing.
  int take_over(Transaction& tx, const std::string& channel, Duration longest_call);

  [[nodiscard]] static std::optional<Delivery> load(Transaction& tx, DeliveryId id);
  [[nodiscard]] static std::vector<Delivery> of_item(Transaction& tx, ItemId item);

 private:
  void leave_draft(Transaction& tx, Delivery& delivery, const Receipt& receipt);
  int mark_interrupted(Transaction& tx, std::vector<Delivery> found, const Diagnostic& why,
                       Timestamp look_at);
  Delivery take(Transaction& tx, Delivery delivery,
                const std::function<std::string(Purpose)>& first_step, Duration lease);
  void intend(Transaction& tx, Delivery& delivery, State before, std::string_view step,
              Duration lease);
  void settled(Transaction& tx, const Delivery& delivery, std::string_view result);

  Ledger& ledger_;
  const Clock& clock_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_QUEUE_H_
