// URLs as libcurl will understand them.
//
// Every decision about an outgoing URL is made on the parse of the library that opens the
// connection, so there is no second parser to disagree with it (domain/security.md T1).

#ifndef LIANDONG_DAEMON_PLATFORM_CURL_URL_H_
#define LIANDONG_DAEMON_PLATFORM_CURL_URL_H_

#include <string>
#include <string_view>

#include "daemon/platform/result.h"

namespace liandong {

struct CurlUrl {
  std::string text;    // ASCII: host in Punycode, path and query percent-encoded, no fragment
  std::string scheme;  // "http", "https", …, lower case
  std::string host;    // lower case, Punycode, numeric forms as an address, IPv6 without brackets
  int port = 0;        // the scheme's own when none is stated

  [[nodiscard]] std::string origin() const;         // "https://host:443"
  [[nodiscard]] std::string without_query() const;  // for messages: no query, no fragment
  [[nodiscard]] std::string_view path() const;      // begins with a slash
  [[nodiscard]] std::string_view query() const;     // without the question mark
};

// A host name in lower case and Punycode; empty when it is none.
[[nodiscard]] std::string ascii_host(const std::string& host);

// localhost, 127.0.0.0/8 or ::1 by name: this machine, whatever a resolver says.
[[nodiscard]] bool is_loopback_host(const std::string& host);

// Refused: relative URLs, userinfo, control characters, blanks, backslashes, zone ids, hosts that
// are no host. The message never repeats the URL.
[[nodiscard]] Result<CurlUrl> parse_url(std::string_view url);
// An address as a person writes it into a configuration: http or https, ASCII, with a host where a
// host belongs. parse_url() forgives `https:///host`.
[[nodiscard]] bool is_web_url(std::string_view text);
// What a page or a person writes, as browsers read it: line ends inside vanish, `\` is `/`, what
// RFC 3986 does not allow (blanks, a lone `%`) is percent-encoded. Raw Chinese stays: in a host it
// means another thing than in a path.
[[nodiscard]] std::string as_browsers_read(std::string_view reference);
// One spelling for every percent-encoded byte: `%7e` is `~`, `%e6` is `%E6`.
[[nodiscard]] std::string normal_escapes(std::string_view text);
// `reference` (a Location header) against `base`.
[[nodiscard]] Result<CurlUrl> resolve_url(const CurlUrl& base, std::string_view reference);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CURL_URL_H_
