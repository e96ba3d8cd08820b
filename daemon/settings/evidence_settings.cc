#include "daemon/settings/evidence_settings.h"

#include <algorithm>

#include "daemon/platform/crypto.h"
#include "daemon/platform/curl_url.h"

namespace liandong {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kLongestName = 200;

Endpoint read_endpoint(Table& table) {
  Endpoint endpoint;
  const bool internal = table.boolean("internal", false);
  if (const std::string file = table.string("ca_file"); !file.empty())
    endpoint.ca_file = (table.folder() / file).string();
  const std::string text = table.url("url");
  if (text.empty()) {
    if (!table.has("url")) table.problem("url", "is required");
    return endpoint;
  }
  const Result<CurlUrl> url = parse_url(text);
  if (!url) {
    table.problem("url", url.error().message());
    return endpoint;
  }
  const bool loopback = is_loopback_host(url->host);
  AddressPolicy::Options reach;
  reach.hosts = {url->host};
  reach.ports = {url->port};
  reach.allow_http = true;  // what is sent is public, what comes back is signed
  reach.allow_private = loopback || internal;
  endpoint.policy = std::make_shared<const AddressPolicy>(std::move(reach));
  endpoint.url = url->text;
  while (endpoint.url.ends_with('/')) endpoint.url.pop_back();
  return endpoint;
}

bool is_key_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '+'; });
}

}  // namespace

std::vector<WitnessSettings> read_witnesses(std::vector<Table> tables) {
  std::vector<WitnessSettings> witnesses;
  for (Table& table : tables) {
    WitnessSettings witness;
    witness.name = table.required_string("name");
    const std::string key = table.required_string("public_key");
    witness.public_raw = from_base64(key).value_or("");
    witness.endpoint = read_endpoint(table);
    if (!witness.name.empty() && !is_key_name(witness.name))
      table.problem("name", "expected the witness's key name, visible ASCII without blank and +");
    if (!key.empty() && witness.public_raw.size() != kKeyBytes)
      table.problem("public_key", "expected the 32 bytes in base64 that `liandong witness` prints");
    const bool twice =
        std::any_of(witnesses.begin(), witnesses.end(),
                    [&witness](const WitnessSettings& one) { return one.name == witness.name; });
    if (twice) table.problem("name", "is another witness's already");
    witnesses.push_back(std::move(witness));
  }
  return witnesses;
}

TimestampSettings read_timestamp(Table table) {
  TimestampSettings timestamp;
  if (!table.has("url")) {
    for (const char* key : {"internal", "ca_file", "tsa_file"}) {
      if (table.has(key)) table.problem("url", "is required");
    }
    return timestamp;
  }
  timestamp.endpoint = read_endpoint(table);
  const std::string file = table.required_string("tsa_file");
  if (!file.empty()) timestamp.ca_file = (table.folder() / file).string();
  return timestamp;
}

}  // namespace liandong
