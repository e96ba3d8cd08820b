// Where a signed webhook goes and with which key: the keys of every table that calls one, and the
// signature of Standard Webhooks.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_TARGET_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_TARGET_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/platform/address_policy.h"
#include "daemon/platform/http.h"
#include "daemon/settings/secret.h"
#include "daemon/settings/table.h"

namespace liandong {

struct WebhookTarget {
  std::string url;
  std::shared_ptr<const AddressPolicy> policy;  // reaches that host and port only
  std::string ca_file;
  Secret key;  // the bytes behind whsec_
};

// Keys: url, secret_file (whsec_…), internal, ca_file. Empty when something is wrong, which is
// recorded.
[[nodiscard]] std::optional<WebhookTarget> read_webhook_target(Table& table);

// `v1,` and the base64 of the HMAC-SHA256 over "id.timestamp.body".
[[nodiscard]] std::string webhook_signature(std::string_view key, std::string_view id,
                                            std::string_view timestamp, std::string_view body);

// The POST of `body`; its deadline is the caller's.
[[nodiscard]] HttpRequest signed_request(const WebhookTarget& target, const std::string& id,
                                         Timestamp now, std::string body);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_TARGET_H_
