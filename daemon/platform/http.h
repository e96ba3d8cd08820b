// Outgoing HTTP as the adapters see it.
//
// The one question an adapter must be able to answer after a failed call is "may the other side
// have acted on it?"; HttpFailure::request_left answers it (domain/delivery.md 0.1 and 2.2).

#ifndef LIANDONG_DAEMON_PLATFORM_HTTP_H_
#define LIANDONG_DAEMON_PLATFORM_HTTP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/platform/clock.h"

namespace liandong {

class AddressPolicy;

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct FormPart {
  std::string name;
  std::string content;
  std::string file_name;     // empty: a plain field
  std::string content_type;  // empty: none stated
};

enum class HttpUse : std::uint8_t {
  Read,     // may reuse connections; a transport error may simply be asked again
  Publish,  // fresh connection, never reused, sent at most once, HTTP/1.1, no redirect
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  HttpHeaders headers;
  std::string body;
  std::vector<FormPart> form;  // not empty: multipart/form-data, `body` is ignored
  HttpUse use = HttpUse::Read;
  int redirects = 0;                  // followed only for Read, every hop checked by the policy
  std::size_t max_bytes = 8U << 20U;  // of the decoded body
  Instant deadline;
  // Which addresses may be reached (domain/security.md T1, T2); null: any public one.
  std::shared_ptr<const AddressPolicy> policy;
  std::string ca_file;  // empty: the system's
};

struct HttpReply {
  int status = 0;
  HttpHeaders headers;  // names in lower case
  std::string body;
  std::string final_url;  // after redirects

  // The first header of that (lower-case) name, or empty.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct HttpFailure {
  bool request_left = false;  // at least one byte of the request went out
  bool untrusted = false;     // the certificate was not accepted
  bool denied = false;        // the address policy refused
  bool too_large = false;     // the body passed max_bytes
  std::string code;           // "curl-28", "policy"
  std::string message;        // without URL query or credential
  // Not asked, because the host wants a pause for so long (source/schedule).
  std::optional<Duration> retry_after{};
};

using HttpResult = std::variant<HttpReply, HttpFailure>;

// Sends one request. Never retries by itself. Cancelling the coroutine lets a Publish call finish
// and settle; a Read call is dropped.
class HttpClient {
 public:
  HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  virtual ~HttpClient() = default;

  virtual asio::awaitable<HttpResult> send(HttpRequest request) = 0;
};

// Retry-After in seconds or as a date (against the reply's own Date), capped at a day.
[[nodiscard]] std::optional<Duration> retry_after(const HttpReply& reply, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_HTTP_H_
