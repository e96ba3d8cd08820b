// An obligation: this item must be on this channel by then. Made by a route when the item is first
// seen, met by a receipt, or waived by a person with a reason.
//
// No national rule puts a clock on these pushes; 24 hours and three working days are the project's
// own figures, nearest to the rules there are (domain/standards.md 3, T17 and T19).

#ifndef LIANDONG_DAEMON_DELIVERY_OBLIGATION_H_
#define LIANDONG_DAEMON_DELIVERY_OBLIGATION_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/delivery/outcome.h"
#include "daemon/item/item.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/settings/calendar.h"
#include "daemon/settings/settings.h"

namespace liandong {

struct Obligation {
  std::string channel;
  std::string route;
  Timestamp warn_at;
  // Empty while the calendar of that year is missing: never guessed, filled in by fill_due_times().
  std::optional<Timestamp> due_at;
  int working_days = 0;  // the limit as the route stated it
  friend bool operator==(const Obligation&, const Obligation&) = default;
};

// When the clock of an item starts. The stated time of publication, or the moment it was first seen
// when that is earlier or nothing is stated. A date without a time may mean any moment of that day:
// the latest one counts.
[[nodiscard]] Timestamp clock_start(const std::optional<StatedTime>& published,
                                    Timestamp first_seen);

// The day a limit of working days counts from.
[[nodiscard]] Calendar::Day event_day(const std::optional<StatedTime>& published,
                                      Timestamp first_seen);

// What a route asks of an item.
struct Routable {
  Kind kind = Kind::News;
  std::string_view source;
  std::string_view organisation{};
};

// Every channel the routes send such an item to, required or not, each once, in the routes' order.
[[nodiscard]] std::vector<std::string> routed_channels(std::span<const RouteSettings> routes,
                                                       const Routable& item);

// What the required routes demand of such an item: one obligation a channel, the strictest when
// several routes name it. Pure.
[[nodiscard]] std::vector<Obligation> obligations_of(std::span<const RouteSettings> routes,
                                                     const Routable& item,
                                                     const std::optional<StatedTime>& published,
                                                     Timestamp first_seen,
                                                     const Calendar& calendar);

// Stores them with an `obligation.made` entry each. Those that exist already stay as they are.
// Returns the new ones.
std::vector<Obligation> make_obligations(Transaction& tx, Ledger& ledger, const Item& item,
                                         std::span<const RouteSettings> routes,
                                         const Calendar& calendar, Timestamp now);

// The item is on the channel since `at`. Does nothing when there is no obligation or it was met
// before. The receipt's own entry explains it.
void meet_obligation(Transaction& tx, ItemId item, std::string_view channel, Timestamp at);
// By this receipt. One that says "listed" meets nothing: what stands in a list for screens is there
// with the `delivery.fetched` of the first approved one (console/screens.h).
void meet_obligation(Transaction& tx, ItemId item, std::string_view channel,
                     const Receipt& receipt);

// A person lets it go, with a reason, in an `obligation.waived` entry. False when there is nothing
// open to waive. REQUIRES: a reason that is not empty.
bool waive_obligation(Transaction& tx, Ledger& ledger, ItemId item, std::string_view channel,
                      std::string_view reason, std::string_view actor, Timestamp now);

// Gives the obligations whose calendar was missing their limit, of the working days that were asked
// for when they were made, as the ledger says: a route that was changed since changes nothing that
// was due. Returns how many still have none.
int fill_due_times(Transaction& tx, const Calendar& calendar);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_OBLIGATION_H_
