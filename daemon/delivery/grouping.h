// Deliveries that go out together, as one post with several articles: who they are, in which order,
// and when. Runs inside the caller's transaction.
//
// A group is formed when its channel may begin something, and never joined later. Its members do
// their own steps one by one (each picture, each cover), then the joint steps together: one
// transaction stores all their intents, one call does the step, one transaction stores what became
// of each. A member that ends or is held leaves; the others go on without it, and while nothing can
// be public yet they begin the joint steps anew, because what is prepared still contains it.

#ifndef LIANDONG_DAEMON_DELIVERY_GROUPING_H_
#define LIANDONG_DAEMON_DELIVERY_GROUPING_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/delivery/delivery.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/database.h"

namespace liandong {

struct Batching {
  int most = 1;                          // deliveries of one group; 1: each goes by itself
  std::vector<std::chrono::minutes> at;  // of the Beijing day; empty: whenever the pacing allows
};

// What was due by then goes with the batch that is on now: the last moment of `at`, or `now`.
[[nodiscard]] Timestamp batch_moment(const Batching& batching, Timestamp now);
// When the next batch is; empty: there is no schedule.
[[nodiscard]] std::optional<Timestamp> next_batch(const Batching& batching, Timestamp now);

// Stores the group, in this order, and says so in the ledger.
void form_group(Transaction& tx, Ledger& ledger, const std::vector<Delivery>& members,
                Timestamp now);
// Those of the channel that have members, oldest first.
[[nodiscard]] std::vector<std::string> open_groups(Transaction& tx, const std::string& channel);
[[nodiscard]] std::optional<std::string> group_of(Transaction& tx, DeliveryId delivery);
// In their order, whatever their state.
[[nodiscard]] std::vector<Delivery> members_of(Transaction& tx, const std::string& group);
[[nodiscard]] Timestamp formed_at(Transaction& tx, const std::string& group);
void leave_group(Transaction& tx, DeliveryId delivery);

[[nodiscard]] bool is_joint(const Channel& channel, const Delivery& delivery);
// The name of the first joint step of a publication; empty: there is none.
[[nodiscard]] std::string first_joint_step(const Channel& channel);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_GROUPING_H_
