// The urgent lane (应急): what a person marks urgent, with a reason, and two others approve goes
// out at once: before the item has settled, in quiet hours and on holidays, ahead of what else is
// due, alone where the channel collects, and although its source's mass change is held. What pacing
// owes the platform (gaps, the budgets of hour, day and month) it keeps, a paused channel stays
// paused, and a finding of screening still wants its own `release`.
//
// Until both have approved, the delivery goes its usual way. An edit on the website makes another
// delivery, which is marked anew: the approvals were for the text (review/approval.h).

#ifndef LIANDONG_DAEMON_DELIVERY_URGENT_H_
#define LIANDONG_DAEMON_DELIVERY_URGENT_H_

#include <string>

#include "daemon/delivery/decisions.h"
#include "daemon/review/approval.h"

namespace liandong {

// Marks all that waits of the item to be published or corrected: `delivery.urged` for each. How
// many; an error (Permanent) when nothing waits that is not marked.
[[nodiscard]] Result<int> mark_urgent(Transaction& tx, Ledger& ledger, ItemId item,
                                      const std::string& reason, const Decider& by);

// Both have approved: `delivery.hurried`. Called by approve_delivery().
[[nodiscard]] Result<void> hurry_delivery(Transaction& tx, Ledger& ledger, DeliveryId id,
                                          const Approvals& approvals, const Decider& by);

// Is any urgent one due on the channel?
[[nodiscard]] bool has_urgent(Transaction& tx, const std::string& channel, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_URGENT_H_
