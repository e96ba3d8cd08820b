// The organisations that are configured, as the database knows them: beside what they own, so that
// every list is narrowed where it is read (item/scope.h), and what the console shows follows a
// reload.

#ifndef LIANDONG_DAEMON_CONSOLE_ORGANISATIONS_H_
#define LIANDONG_DAEMON_CONSOLE_ORGANISATIONS_H_

#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "daemon/item/scope.h"
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
[[nodiscard]] std::vector<OrganisationRow> read_organisations(Transaction& tx,
                                                              const Scope& scope = {});
[[nodiscard]] boost::json::array to_json(const std::vector<OrganisationRow>& organisations);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_ORGANISATIONS_H_
