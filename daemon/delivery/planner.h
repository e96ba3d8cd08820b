// From an item to its obligations and deliveries, in the transaction that stores the item.
//
// What every channel will show is rendered here, hashed, and never changed afterwards: what a
// person reviews is what is sent. A channel that cannot express the item gets a Failed delivery
// with the reason, not silence.

#ifndef LIANDONG_DAEMON_DELIVERY_PLANNER_H_
#define LIANDONG_DAEMON_DELIVERY_PLANNER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/delivery/decisions.h"
#include "daemon/delivery/dispatcher.h"
#include "daemon/delivery/obligation.h"
#include "daemon/delivery/queue.h"
#include "daemon/review/screening.h"
#include "daemon/settings/settings.h"

namespace liandong {

// The marker a delivery has in its link. Deterministic, so that a transaction that is done again
// finds the same post again; 48 bits of a hash over what makes the delivery unique. `origin` is the
// ledger's.
[[nodiscard]] std::string marker_of(const std::string& origin, const NewDelivery& delivery);

// Whether taking a post down on this channel is a person's business.
[[nodiscard]] bool withdraws_by_hand(const ChannelLine& line);

class Planner {
 public:
  Planner(Queue& queue, Ledger& ledger, const Clock& clock, const Calendar& calendar);

  // Routes and channels as configured; replaced whole by a reload.
  void configure(std::vector<RouteSettings> routes, ReviewSettings review,
                 std::vector<std::shared_ptr<const ChannelLine>> lines);

  // `hold_reason` not empty: every delivery waits for a person, whatever the review settings say;
  // what screening finds stands before it.
  // `guard` not empty: everything this look brought waits, and is released with its source.
  // `before`: the deliveries of an item that was imported first; where it is, it stays.
  void plan_new(Transaction& tx, const Item& item, const std::string& hold_reason,
                const std::string& guard = "", const std::vector<Delivery>& before = {});
  // When the item has settled on the first of its channels (first_wait.h) and may be pushed; empty:
  // it has already, or is for none.
  [[nodiscard]] std::optional<Timestamp> settles_at(const Item& item) const;
  // A new revision: what has not begun is planned anew (what waits for a person still does), what
  // was taken off is published again, what is public is corrected as the channel can: in place, by
  // taking it down and posting it again, or by a person, whose task is a Held delivery.
  void plan_revision(Transaction& tx, const Item& item, const std::string& guard = "");
  // Both reach every channel the item is on, whatever the routes say by now.
  // The item left the website, or was repealed (`why`, for a person): what has not begun is
  // cancelled, what is public is withdrawn, at once where the channel is our own, else when a
  // person releases it.
  void plan_withdrawal(Transaction& tx, const Item& item,
                       const std::string& why = "the website withdrew it",
                       const std::string& guard = "");
  // A person takes the item off one channel, at once and whatever the website says. Errors
  // (Permanent) say why it cannot be, and what can.
  [[nodiscard]] Result<void> withdraw(Transaction& tx, const Item& item, const std::string& channel,
                                      const std::string& reason, const Decider& by);

 private:
  // Why a delivery waits: for a reason of its own, or with its whole look (`guard`).
  struct Hold {
    std::string reason;
    std::string guard;
  };

  [[nodiscard]] std::string reason_to_hold(const Item& item) const;
  [[nodiscard]] int approvers_of(Kind kind) const;
  void ask_for_approval(Transaction& tx, DeliveryId id, Kind kind);
  void plan(Transaction& tx, const Item& item, const ChannelLine& line, Purpose purpose,
            const Hold& hold);
  // Where an item is on a channel, as far as its deliveries tell.
  enum class Place : std::uint8_t { Nowhere, Coming, Public, Going };
  struct Standing {
    Place place = Place::Nowhere;
    Hold waited_for;  // why what was cancelled waited for a person
  };
  static void keep_hold(Transaction& tx, const Delivery& cleared, Hold& hold);
  // Cancels what has not begun; says what is left.
  Standing clear(Transaction& tx, const Item& item, const ChannelLine& line,
                 const std::string& why);
  struct Revising {
    bool routed = false;
    std::string guard;
  };
  void revise_on(Transaction& tx, const Item& item, const ChannelLine& line,
                 const Revising& revising);
  void end_drafts(Transaction& tx, const Item& item, const ChannelLine& line,
                  const std::string& why);
  bool stop_between_steps(Transaction& tx, const Item& item, const ChannelLine& line);
  void withdraw_from(Transaction& tx, const Item& item, const ChannelLine& line, const Hold& hold);
  [[nodiscard]] Result<void> order_withdrawal(Transaction& tx, const Item& item,
                                              const ChannelLine& line, const std::string& reason,
                                              const Decider& by);
  [[nodiscard]] const ChannelLine* line_named(const std::string& name) const;

  Queue& queue_;
  Ledger& ledger_;
  const Clock& clock_;
  const Calendar& calendar_;
  std::vector<RouteSettings> routes_;
  std::map<std::string, int> approvers_;
  Screener screener_;
  std::vector<std::shared_ptr<const ChannelLine>> lines_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_PLANNER_H_
