// Who sees what where several organisations share one installation.
//
// A person or a program is bound to one organisation, and then sees and acts on what is its own or
// stands below it; or to none, and sees everything. What is configured stands in the database
// beside what it is about, so that every list is narrowed where it is read, by one condition, and
// what the console shows follows a reload. An item is whose it was when it was first seen; a source
// or a channel is whose the configuration says.

#ifndef LIANDONG_DAEMON_CONSOLE_SCOPE_H_
#define LIANDONG_DAEMON_CONSOLE_SCOPE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/database.h"
#include "daemon/settings/settings.h"

namespace liandong {

struct OrganisationRow {
  std::string name;
  std::string title;
  std::string within;
};

// What is configured now. In the transaction that records that it is in force.
void store_organisations(Transaction& tx, const Settings& settings);
// In the order of the configuration.
[[nodiscard]] std::vector<OrganisationRow> read_organisations(Transaction& tx);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_SCOPE_H_
