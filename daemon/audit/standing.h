// How an obligation stands: one definition, for the matrix, the sums and the list of what is open.

#ifndef LIANDONG_DAEMON_AUDIT_STANDING_H_
#define LIANDONG_DAEMON_AUDIT_STANDING_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/item/scope.h"

namespace liandong {

// In the order of the lists: what a person has to look at goes first.
enum class Fulfilment : std::uint8_t {
  Missing,         // its limit has passed
  Unjudged,        // not pushed, and the calendar that gives its limit is not there
  TakenDown,       // it was pushed, and a person had it taken off the channel
  Waived,          // a person let it go
  NotYetDue,       //
  Gone,            // the website took it down before: no longer owed
  PushedLate,      // after its limit
  PushedUnjudged,  // pushed, and the calendar that says whether in time is not there
  Pushed,          // in time
};
inline constexpr std::array kAllFulfilments = {
    Fulfilment::Missing,    Fulfilment::Unjudged,       Fulfilment::TakenDown,
    Fulfilment::Waived,     Fulfilment::NotYetDue,      Fulfilment::Gone,
    Fulfilment::PushedLate, Fulfilment::PushedUnjudged, Fulfilment::Pushed};
[[nodiscard]] std::string_view to_string(Fulfilment fulfilment);  // missing unjudged taken_down …
[[nodiscard]] std::string_view chinese(Fulfilment fulfilment);  // 缺失 期限未知 已撤回 豁免 …

// Is it on the channel, and still there (domain/standards.md 5b.7)?
[[nodiscard]] bool is_there(Fulfilment fulfilment);

// SQL for the number of the Fulfilment of a row of `item i JOIN obligation o`, at :now.
[[nodiscard]] std::string fulfilment_sql();
// SQL for a table of what was owed of the items first seen from :begin to :end: `columns` of i and
// o, and the number as `standing`, at :now. :scope is to be bound (narrowed() in item/scope.h).
[[nodiscard]] std::string standings_sql(std::string_view columns, const Scope& scope);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_STANDING_H_
