#include "daemon/delivery/urgent.h"

#include <fmt/format.h>

#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/order.h"
#include "daemon/delivery/queue.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

bool may_be_urgent(const Delivery& delivery) {
  const bool waits = delivery.state == State::Queued || delivery.state == State::Deferred ||
                     delivery.state == State::Held;
  return waits && delivery.purpose != Purpose::Withdraw && !delivery.rendition.empty();
}

Entry entry_of(const Delivery& delivery, const char* event, const Urgency& urgency,
               const Decider& by) {
  Entry entry{event, by.actor, {}};
  entry.facts["item"] = delivery.item;
  entry.facts["rev"] = delivery.revision;
  entry.facts["delivery"] = delivery.id;
  entry.facts["channel"] = delivery.channel;
  entry.facts["body_sha256"] = delivery.sha256;
  entry.facts["reason"] = urgency.reason;
  return entry;
}

}  // namespace

Result<int> mark_urgent(Transaction& tx, Ledger& ledger, ItemId item, const std::string& reason,
                        const Decider& by) {
  int marked = 0;
  for (const Delivery& delivery : Queue::of_item(tx, item)) {
    if (!may_be_urgent(delivery)) continue;
    const auto known = approvals_of(tx, delivery.id);
    if (known && known->urgency) continue;
    const Urgency urgency{reason, by.actor, by.now, std::nullopt};
    request_urgency(tx, delivery.id, delivery.sha256, urgency);
    Entry entry = entry_of(delivery, "delivery.urged", urgency, by);
    entry.facts["approvals"] = fmt::format("0/{}", kApproversOfUrgent);
    ledger.append(tx, entry);
    ++marked;
  }
  if (marked > 0) return marked;
  return Error(ErrorKind::Permanent,
               fmt::format("nothing of item {} waits to be sent that is not marked urgent", item));
}

Result<void> hurry_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                            const Approvals& approvals, const Decider& by) {
  const Delivery before = Queue::load(tx, id).value();  // it was read in this transaction
  grant_urgency(tx, id, by.now);
  Entry entry = entry_of(before, "delivery.hurried", *approvals.urgency, by);
  entry.facts["approvals"] = fmt::format("{}/{}", kApproversOfUrgent, kApproversOfUrgent);
  ledger.append(tx, entry);
  if (before.state == State::Held && before.reason.starts_with(kMassChange)) {
    const auto left = leave_look(tx, ledger, id, by);
    if (!left) return left.error();
    const Delivery after = Queue::load(tx, id).value();
    if (after.state == State::Held && after.reason == kWaitsForApproval) {
      const auto released = release_delivery(tx, ledger, id, by);
      if (!released) return released.error();
    }
  }
  const std::int64_t now = to_millis(by.now);
  tx.sql() << "UPDATE delivery SET urgent = 1, due_at = CASE WHEN due_at > :now THEN :now ELSE "
              "due_at END WHERE id = :id",
      use(now, "now"), use(id, "id");
  end_waiting(tx, id);
  return {};
}

bool has_urgent(Transaction& tx, const std::string& channel, Timestamp now) {
  const std::int64_t at = to_millis(now);
  int any = 0;
  tx.sql() << "SELECT 1 FROM delivery WHERE channel = :channel AND urgent = 1 AND state IN "
              "('queued', 'deferred') AND due_at <= :now LIMIT 1",
      use(channel), use(at), into(any);
  return tx.sql().got_data();
}

}  // namespace liandong
