// Whose turn it is to be looked at.
//
// Columns are grouped by host, for one connection serves a host's columns one after another: a host
// is visited when its first column is due, and the visitor goes on to those that are due with it.
// The host whose column has waited longest comes first, so nobody is passed over for ever. A second
// and a third visitor come to a host only where the one that is there keeps a column waiting.
//
// Holds no more than a time and two numbers a column. Knows no clock.

#ifndef LIANDONG_DAEMON_SOURCE_ROTA_H_
#define LIANDONG_DAEMON_SOURCE_ROTA_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/platform/clock.h"

namespace liandong {

class Rota {
 public:
  using Place = std::uint32_t;  // of a column, in the order of add()
  struct Turn {
    Place place;
    Timestamp due;
  };

  // Due at once.
  Place add(const std::string& host);
  // When to look at a column that nobody looks at now.
  void set_due(Place place, Timestamp due);
  // None while somebody looks at it.
  [[nodiscard]] std::optional<Timestamp> due(Place place) const;

  // A visit begins at the column that has waited longest; none is due: nothing.
  [[nodiscard]] std::optional<Turn> visit(Timestamp now);
  // The visit goes on with the next column of that host that is due by `until`.
  [[nodiscard]] std::optional<Turn> go_on(Place last, Timestamp until);
  // The look is over: when to look again.
  void put_back(Place place, Timestamp due);
  // The visit ends.
  void leave(Place last);

  // When the next visit may begin.
  [[nodiscard]] std::optional<Timestamp> next_visit() const;

 private:
  static constexpr Timestamp kAway = Timestamp::max();
  struct Column {
    Timestamp due;  // kAway: being looked at
    std::uint32_t host;
  };
  struct Host {
    std::vector<Place> columns;
    int visitors = 0;
    Timestamp queued = kAway;  // as in queue_; kAway: not there
  };

  [[nodiscard]] Place first_of(const Host& host) const;
  Turn take(Place place);
  void queue(std::uint32_t number);

  std::map<std::string, std::uint32_t> numbers_;
  std::vector<Host> hosts_;
  std::vector<Column> columns_;
  std::set<std::pair<Timestamp, std::uint32_t>> queue_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_ROTA_H_
