// Who sees what where several organisations share one installation.
//
// A person or a program is bound to one organisation, and sees and acts on what is its own or
// stands below it; or to none, and sees everything. Lists are narrowed where they are read, by one
// condition. An item is whose it was when it was first seen, a delivery is its item's; a source or
// a channel is whose the configuration in force says.

#ifndef LIANDONG_DAEMON_ITEM_SCOPE_H_
#define LIANDONG_DAEMON_ITEM_SCOPE_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "daemon/platform/database.h"

namespace liandong {

struct Scope {
  std::string organisation{};  // empty: everything
  // Without what is below it; of the empty one, what belongs to no organisation. Only reports ask.
  bool only_own = false;
  [[nodiscard]] bool is_whole() const { return organisation.empty() && !only_own; }
};

// SQL: the organisation in `column` is one that :scope reaches. :scope is to be bound.
[[nodiscard]] std::string within_scope(std::string_view column);
// SQL: what the scope shows of rows whose `column` names an organisation. :scope is to be bound,
// whatever the scope.
[[nodiscard]] std::string narrowed(const Scope& scope, std::string_view column);
// SQL: the same of users and tokens, of whom '' says that they are bound to none, and not that they
// are older than organisations. Nobody who is bound sees those.
[[nodiscard]] std::string narrowed_bound(const Scope& scope, std::string_view column);
// SQL: the source or channel that `column` names is of one.
[[nodiscard]] std::string part_within_scope(std::string_view part, std::string_view column);

// "source" or "channel".
[[nodiscard]] bool sees_part(Transaction& tx, const Scope& scope, const std::string& part,
                             const std::string& name);
[[nodiscard]] bool sees_item(Transaction& tx, const Scope& scope, std::int64_t item);
[[nodiscard]] bool sees_delivery(Transaction& tx, const Scope& scope, std::int64_t delivery);
// The names under which what it shows is stored. REQUIRES: it is not whole.
[[nodiscard]] std::set<std::string> stored_names(Transaction& tx, const Scope& scope);
// That is configured. Nobody who is bound sees what is bound to none.
[[nodiscard]] bool sees_organisation(Transaction& tx, const Scope& scope,
                                     const std::string& organisation);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_SCOPE_H_
