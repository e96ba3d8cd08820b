// Where the ledger's checkpoints are anchored outside of this machine: [[witness]] and [timestamp].

#ifndef LIANDONG_DAEMON_SETTINGS_EVIDENCE_SETTINGS_H_
#define LIANDONG_DAEMON_SETTINGS_EVIDENCE_SETTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "daemon/platform/address_policy.h"
#include "daemon/settings/table.h"

namespace liandong {

// A place outside that is asked by HTTP.
struct Endpoint {
  std::string url;
  std::shared_ptr<const AddressPolicy> policy;  // reaches that host and port only
  std::string ca_file;
};

struct WitnessSettings {
  std::string name;        // its key name: "audit.example.gov.cn/witness"
  std::string public_raw;  // its Ed25519 key, 32 bytes
  Endpoint endpoint;
};

struct TimestampSettings {
  Endpoint endpoint;    // url empty: none
  std::string ca_file;  // the authority's certificates, PEM, absolute
};

[[nodiscard]] std::vector<WitnessSettings> read_witnesses(std::vector<Table> tables);
[[nodiscard]] TimestampSettings read_timestamp(Table table);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_EVIDENCE_SETTINGS_H_
