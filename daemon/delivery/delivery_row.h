// A delivery as a row of its table, and as what its channel is given of it.

#ifndef LIANDONG_DAEMON_DELIVERY_DELIVERY_ROW_H_
#define LIANDONG_DAEMON_DELIVERY_DELIVERY_ROW_H_

#include <optional>
#include <string>
#include <vector>

#include "daemon/delivery/delivery.h"
#include "daemon/platform/database.h"

namespace liandong {

// `tail`: "WHERE … ORDER BY … LIMIT …" with at most one text and one integer value, named :text and
// :number.
[[nodiscard]] std::vector<Delivery> select_deliveries(Transaction& tx, const std::string& tail,
                                                      const std::string* text,
                                                      const std::int64_t* number);

// Writes every changeable member, if the row still is in `before` with the delivery's epoch less
// `new_epoch`. False: it is not.
[[nodiscard]] bool store_delivery(Transaction& tx, const Delivery& delivery, State before,
                                  std::int64_t epoch_before, Timestamp lease_until);

// Without its deadline and what others left on the channel.
[[nodiscard]] Attempt attempt_of(const Delivery& delivery);

[[nodiscard]] std::string progress_text(const Progress& progress);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_DELIVERY_ROW_H_
