// Reads again, long afterwards, what was delivered: some minutes later, the next day, then weekly
// for a year.
//
// A look is worth an entry only when it changes what is known: `delivery.verified` when a post is
// found as it was sent, `delivery.drifted` when it was changed or is gone. What cannot be read
// tells nothing and is asked again later. Young deliveries come first when the day's budget of
// looks is short. A post that was corrected or taken down by a later delivery is that delivery's
// business; what a person recorded by hand, and drafts, are not read again, because only the
// platform's own id of a post can be asked for. What was imported has one when `reconcile` has
// found it on the platform; of a post a person made, only that it is there is asked.
//
// DIAGNOSTICS
//   delivery.drifted  ERROR  somebody must look there
//   delivery.verified INFO

#ifndef LIANDONG_DAEMON_DELIVERY_PATROL_H_
#define LIANDONG_DAEMON_DELIVERY_PATROL_H_

#include <optional>
#include <string>

#include "daemon/delivery/dispatcher.h"

namespace liandong {

// When a delivery is to be read next, after `now`; empty: never again.
[[nodiscard]] std::optional<Timestamp> next_patrol(Timestamp delivered, Timestamp now,
                                                   Duration first);

// What is known of a delivery: "verified", "drifted", "vanished", "replaced"; empty before the
// first look.
[[nodiscard]] std::string known_verdict(Transaction& tx, DeliveryId delivery);
void store_verdict(Transaction& tx, DeliveryId delivery, const std::string& channel,
                   const std::string& verdict, const std::string& note, Timestamp now);

class Patrol {
 public:
  Patrol(Database& database, Ledger& ledger, Clock& clock);

  // Does nothing for a channel that cannot be read again, or has no budget for it. The line must
  // outlive the task.
  void start(const ChannelLine& line, TaskGroup& tasks);
  void stop() { stopping_ = true; }

  // One look, when one is due and the budget allows it. False: there was none.
  asio::awaitable<bool> look(const ChannelLine& line);

 private:
  asio::awaitable<void> walk(const ChannelLine& line);
  asio::awaitable<void> rest(Duration pause);
  std::optional<Delivery> choose(Transaction& tx, const ChannelLine& line);
  void record(Transaction& tx, const ChannelLine& line, const Delivery& delivery,
              const LaterLook& inspection);
  void note_change(Transaction& tx, const Delivery& delivery, const std::string& verdict,
                   const std::string& how);

  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
  bool stopping_ = false;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_PATROL_H_
