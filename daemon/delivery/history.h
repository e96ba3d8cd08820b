// Pushes made before Liandong came, as a person lists them. They stand in the ledger as
// delivery.imported and in the counters as `imported`, beside deliveries and articles: every figure
// can tell them from what Liandong did and saw itself.

#ifndef LIANDONG_DAEMON_DELIVERY_HISTORY_H_
#define LIANDONG_DAEMON_DELIVERY_HISTORY_H_

#include <optional>
#include <string>
#include <string_view>

#include "daemon/delivery/decisions.h"
#include "daemon/item/item.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/database.h"
#include "daemon/settings/organisation_settings.h"

namespace liandong {

// What a delivery's evidence says of them.
inline constexpr std::string_view kImportedEvidence = "imported";

struct PushedBefore {
  std::string channel;
  Timestamp pushed_at;
  Kind kind = Kind::News;
  std::string title;
  std::string url;     // of the item; may be empty
  std::string doc_no;  // may be empty
  std::optional<StatedTime> published;
  std::string permalink;               // of the post; may be empty
  std::string remote_id;               // may be empty
  Organisations::Shared organisation;  // whose item it is; null: there is one office
};

// Why it cannot be imported: the item is on the channel already, or on its way there.
[[nodiscard]] Result<void> check_import(Transaction& tx, const PushedBefore& push);

// Writes item (when nobody knows it yet; it will never be pushed), delivery, entry and counters.
[[nodiscard]] Result<DeliveryId> import_push(Transaction& tx, Ledger& ledger,
                                             const PushedBefore& push, const Decider& by);

// Does only an import know the item? The website has not shown it yet.
[[nodiscard]] bool is_only_imported(Transaction& tx, ItemId item);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_HISTORY_H_
