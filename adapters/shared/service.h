// What every adapter of an HTTP API needs: where the service is, what its JSON says, and words
// about a failure that hold no credential.

#ifndef LIANDONG_ADAPTERS_SHARED_SERVICE_H_
#define LIANDONG_ADAPTERS_SHARED_SERVICE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "daemon/delivery/outcome.h"
#include "daemon/platform/address_policy.h"
#include "daemon/platform/http.h"
#include "daemon/settings/secret.h"
#include "daemon/settings/table.h"

namespace liandong {

struct Service {
  std::string base;  // without a slash at its end: "https://api.weibo.com"
  std::shared_ptr<const AddressPolicy> policy;  // reaches this host and port only
  std::string ca_file = {};                     // who may vouch for it; empty: the system's
};

// `path` begins with a slash. Without headers, and as large a reply as HttpRequest takes.
[[nodiscard]] HttpRequest request_to(const Service& service, std::string method,
                                     std::string_view path, Instant deadline);

// Where http is accepted beside https.
enum class PlainHttp : std::uint8_t { Loopback, Inside };  // Inside: and with `internal = true`

// Reads `base_url` and `internal` (the service may live on a private address). Empty when the key
// is wrong or missing without a fallback; the problem is recorded.
[[nodiscard]] std::optional<Service> read_service(Table& table, std::string fallback = "",
                                                  PlainHttp plain = PlainHttp::Loopback);

// Reads `ca_file`, relative to the configuration: who may vouch for the service; empty: the
// system's.
[[nodiscard]] std::string read_ca_file(Table& table);

// One line of at most 200 characters in which `secret` does not occur.
[[nodiscard]] Diagnostic diagnostic(std::string_view code, std::string_view message, int http,
                                    const Secret& secret);

// A look that failed on the way.
[[nodiscard]] CannotTell cannot_tell(const HttpFailure& failure);

// application/x-www-form-urlencoded; also the query of a URL.
[[nodiscard]] std::string form_encoded(const HttpHeaders& values);

// The body as a JSON object or array, parsed within limits of depth and size; empty when it is
// anything else. Numbers beyond 2^53 keep every digit.
[[nodiscard]] std::optional<boost::json::object> json_object(const HttpReply& reply);
[[nodiscard]] std::optional<boost::json::array> json_array(const HttpReply& reply);

// The member as text, whether it is a string or an integer; empty when absent or neither.
[[nodiscard]] std::string text_member(const boost::json::object& object, std::string_view name);
// The member as an integer, whether it is one or is written as a string.
[[nodiscard]] std::optional<std::int64_t> integer_member(const boost::json::object& object,
                                                         std::string_view name);

// The address as ASCII: the host in Punycode, what else is not ASCII percent-encoded, or platforms
// lose the end of it; and so is every # but the first.
[[nodiscard]] std::string ascii_url(std::string_view url);

// The host that a request for this URL would reach, in lower case and Punycode; empty when it is no
// URL. `is_under("www.a.cn", "a.cn")` is true.
[[nodiscard]] std::string host_of(std::string_view url);
[[nodiscard]] bool is_under(std::string_view host, std::string_view domain);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_SERVICE_H_
