// What every source adapter is made from, beside its own [[source]] table.

#ifndef LIANDONG_DAEMON_SOURCE_SETUP_H_
#define LIANDONG_DAEMON_SOURCE_SETUP_H_

#include <memory>
#include <string>

#include "daemon/platform/address_policy.h"
#include "daemon/platform/http.h"
#include "daemon/settings/table.h"
#include "daemon/source/source.h"

namespace liandong {

struct SourceSetup {
  std::string name;  // of the [[source]]: "notices"
  std::string url;   // already checked to be http(s)
  std::shared_ptr<const AddressPolicy> policy;
  std::string ca_file;
  Clock& clock;
  HttpClient& http;  // polite: waits its turn for the host (source/schedule)
};

// Reads its own keys from `table`, records what is wrong there, null when it cannot be built.
using MakeSource = std::unique_ptr<Source> (*)(Table& table, const SourceSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_SETUP_H_
