// One table: which role may do what on the console's listener. What is not in it nobody may do.
//
// An operator prepares and stops, an approver lets out and takes back, an auditor and a viewer
// read, an administrator keeps channels in order; nobody who administers approves
// (domain/security.md 4.2).

#ifndef LIANDONG_DAEMON_CONSOLE_ACCESS_H_
#define LIANDONG_DAEMON_CONSOLE_ACCESS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/console/users.h"

namespace liandong {

struct Access {
  std::string_view method;
  std::string_view pattern;  // as the Router was given it
  std::uint8_t roles = 0;    // a bit each, see allows()
  bool open = false;         // without a log-in: what one needs to log in
  std::string_view action;   // the page's word for it; empty: reading
  bool whole = false;        // of the installation: not for those bound to one organisation

  // Also with an API token (tokens.h), not only with a log-in.
  [[nodiscard]] bool is_for_programs() const;

  [[nodiscard]] bool allows(Role role) const {
    return (roles >> static_cast<unsigned>(role) & 1U) != 0;
  }
};

[[nodiscard]] std::span<const Access> access_table();
// Null: nobody.
[[nodiscard]] const Access* access_to(std::string_view method, std::string_view pattern);
// The actions a role has, for the page's buttons. `is_bound`: to one organisation.
[[nodiscard]] std::vector<std::string_view> actions_of(Role role, bool is_bound = false);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_ACCESS_H_
