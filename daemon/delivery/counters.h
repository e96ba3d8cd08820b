// The figures of the reports, kept in the transaction of the facts they count, so that a report
// over ten million deliveries reads a few hundred rows. A recount from the ledger must agree
// (daemon/audit/recount).
//
// Three units that are never mixed (domain/standards.md 5): items (条), deliveries (条次), articles
// (篇). Year and month are those of Beijing. An item counts on a channel in the year of its
// publication there.

#ifndef LIANDONG_DAEMON_DELIVERY_COUNTERS_H_
#define LIANDONG_DAEMON_DELIVERY_COUNTERS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/channel/channel.h"
#include "daemon/item/item.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

enum class Measure : std::uint8_t {
  Items,        // first seen on the website; channel ""
  Deliveries,   // published on a channel
  Articles,     // articles in them
  Carried,      // of the deliveries, those of items the website published in an earlier year
  Corrections,  // corrected on a channel
  Withdrawals,  // taken off a channel
  Imported,     // of the deliveries, those a person listed afterwards (history.h)
  Recorded,     // of the deliveries, those a person made by hand and recorded (decisions.h)
};
inline constexpr std::array kAllMeasures = {
    Measure::Items,       Measure::Deliveries,  Measure::Articles, Measure::Carried,
    Measure::Corrections, Measure::Withdrawals, Measure::Imported, Measure::Recorded};
[[nodiscard]] std::string_view to_string(Measure measure);  // items deliveries articles …
[[nodiscard]] std::optional<Measure> measure_from(std::string_view name);

// Where a figure belongs beside its time and measure.
struct CountedAs {
  std::string channel;  // empty for items
  Kind kind = Kind::News;
  std::string organisation;  // of the item
  auto operator<=>(const CountedAs&) const = default;
};

// Adds `delta` to one figure.
void count(Transaction& tx, Timestamp at, const CountedAs& as, Measure measure,
           std::int64_t delta = 1);

// A new item: in the transaction of its item.found entry, with that entry's time.
void count_item(Transaction& tx, Timestamp at, const Item& item);

// A delivery became Delivered: in the transaction of the entry that says so. `at` is the receipt's
// time, which the entry must carry too.
void count_delivered(Transaction& tx, Timestamp at, ItemId item, std::string_view channel,
                     Kind kind, Purpose purpose);
// The same of what a person recorded: in the transaction of its delivery.recorded entry.
void count_recorded(Transaction& tx, Timestamp at, ItemId item, std::string_view channel, Kind kind,
                    Purpose purpose);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_COUNTERS_H_
