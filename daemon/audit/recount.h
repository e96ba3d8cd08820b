// The counters once more, from the ledger alone. They must agree; a difference means that a counter
// or the ledger was changed behind Liandong's back, or a bug.

#ifndef LIANDONG_DAEMON_AUDIT_RECOUNT_H_
#define LIANDONG_DAEMON_AUDIT_RECOUNT_H_

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/delivery/counters.h"
#include "daemon/item/scope.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

struct CounterKey {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::string channel;  // empty for items
  std::string kind;
  std::string measure;
  std::string organisation{};  // of the item; empty: there was one office
  friend auto operator<=>(const CounterKey&, const CounterKey&) = default;
};
using Counters = std::map<CounterKey, std::int64_t>;

// What is stored, of one year or, with 0, of all; of the scope's organisations.
[[nodiscard]] Counters read_counters(Transaction& tx, int year = 0, const Scope& scope = {});

// Counts what ledger lines say, fed in their order.
class Recount {
 public:
  // The counters this line raises by one; none for most lines. An error names what the line lacks.
  [[nodiscard]] Result<std::vector<CounterKey>> counted(std::string_view line);
  [[nodiscard]] Result<void> take(std::string_view line);
  [[nodiscard]] const Counters& counters() const { return counters_; }

  // What counts of an item.
  struct Known {
    std::string kind;
    std::string organisation;
    std::int64_t published_year = 0;
  };

 private:
  static std::vector<CounterKey> delivered_keys(const boost::json::object& entry, Timestamp at,
                                                const Known& item);

  std::map<ItemId, Known> items_;
  Counters counters_;
};

struct CounterDifference {
  CounterKey key;
  std::int64_t stored = 0;
  std::int64_t recounted = 0;
  friend bool operator==(const CounterDifference&, const CounterDifference&) = default;
};
[[nodiscard]] std::vector<CounterDifference> compare(const Counters& stored,
                                                     const Counters& recounted);

using RecountProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Reads the whole ledger, page by page; the counters as they stand at its end. What screens showed
// is counted once more from their plays, which are no entries of the ledger.
[[nodiscard]] Result<std::vector<CounterDifference>> recount(Database& database,
                                                             const RecountProgress& progress = {});

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_RECOUNT_H_
