// The policy before its interpretation on the same channel (先政策、后解读).
//
// An interpretation that names a policy whose push is still on its way there is put off until that
// push is final or held, but no longer than `longest`: then it goes, with a note in the ledger.
// Nothing waits for a policy that has no delivery on the channel. What a person releases goes at
// once.
//
// DIAGNOSTICS
//   delivery.postponed INFO  an interpretation begins to wait, or has waited long enough

#ifndef LIANDONG_DAEMON_DELIVERY_ORDER_H_
#define LIANDONG_DAEMON_DELIVERY_ORDER_H_

#include <string>
#include <vector>

#include "daemon/delivery/delivery.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/database.h"

namespace liandong {

// Puts off what is due on `channel` and must wait. REQUIRES: the transaction that claims next.
void keep_order(Transaction& tx, Ledger& ledger, const std::string& channel, Duration longest,
                Timestamp now);

// The same for deliveries that may go out together: `due` without those that must wait, and each
// interpretation behind its policy where that goes along.
[[nodiscard]] std::vector<Delivery> in_order(Transaction& tx, Ledger& ledger,
                                             std::vector<Delivery> due, Duration longest,
                                             Timestamp now);

// A person wants this one sent: it waits for no policy any more.
void end_waiting(Transaction& tx, DeliveryId delivery);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_ORDER_H_
