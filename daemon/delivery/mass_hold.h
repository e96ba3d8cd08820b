// What a suspicious look at a source brought is held as a whole and released as a whole, by one
// decision of a person (`release --source NAME`). Runs inside the caller's transaction.
//
// A delivery held so may have a reason of its own (screening, approval, a withdrawal to be
// confirmed): after the release it stays held for that one.

#ifndef LIANDONG_DAEMON_DELIVERY_MASS_HOLD_H_
#define LIANDONG_DAEMON_DELIVERY_MASS_HOLD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/delivery/decisions.h"

namespace liandong {

// How every reason for such a hold begins.
inline constexpr std::string_view kMassChange = "mass change: ";

// Notes that `delivery`, just planned and held, came with a suspicious look at `source`.
// `own_reason`: why it would have been held anyway, or empty.
void hold_with_look(Transaction& tx, DeliveryId delivery, const std::string& source,
                    const std::string& own_reason);

// Empty when there is none.
[[nodiscard]] std::string own_reason(Transaction& tx, DeliveryId delivery);

// How many deliveries wait so, by source.
[[nodiscard]] std::map<std::string, std::int64_t> held_by_source(Transaction& tx);

// What waits so of one source, for whoever must look at it.
struct HeldLook {
  Timestamp since;
  std::string why;  // the limit that was broken
  struct Part {
    std::string purpose;
    std::int64_t items = 0;
    std::int64_t deliveries = 0;
  };
  std::vector<Part> parts;
  std::vector<std::string> titles;  // of the first items, at most kShownTitles
  std::string seen;                 // the hash of all that is held: names what a person saw
};
inline constexpr int kShownTitles = 10;
// Empty when nothing does.
[[nodiscard]] std::optional<HeldLook> held_look(Transaction& tx, const std::string& source);

// One of them leaves its look: released, or held for its own reason from now on.
[[nodiscard]] Result<void> leave_look(Transaction& tx, Ledger& ledger, DeliveryId delivery,
                                      const Decider& by);

struct LookRelease {
  int released = 0;
  int still_held = 0;  // for a reason of their own
};
// Lets everything of the source go, with a `source.released` entry. `seen`: of the HeldLook the
// person saw, whole or its first 8 digits. Errors: nothing is held (Permanent); something else than
// was seen is (Transient).
[[nodiscard]] Result<LookRelease> release_look(Transaction& tx, Ledger& ledger,
                                               const std::string& source, std::string_view seen,
                                               const Decider& by, const std::string& reason = "");

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_MASS_HOLD_H_
