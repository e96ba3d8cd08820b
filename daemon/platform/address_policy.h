// Which hosts and addresses an outgoing request may reach (domain/security.md T1–T3).
//
// Two questions at two moments: may this URL be asked at all (scheme, userinfo, host, port), and,
// after the name was resolved and the connection made, may this address be talked to. The second
// decides on the address really connected, so a name that changes its answer gains nothing.

#ifndef LIANDONG_DAEMON_PLATFORM_ADDRESS_POLICY_H_
#define LIANDONG_DAEMON_PLATFORM_ADDRESS_POLICY_H_

#include <set>
#include <string>
#include <string_view>

#include "daemon/platform/result.h"

namespace liandong {

class AddressPolicy {
 public:
  struct Options {
    std::set<std::string> hosts;  // empty: any host; "*.gov.cn" matches below gov.cn
    std::set<int> ports;          // empty: 80 and 443
    bool allow_http = false;      // otherwise https only
    bool allow_private = false;  // loopback, private, link-local …: for a source declared internal
    // Government sites mix `www.a.gov.cn` and `a.gov.cn` in links and redirects: both are the site.
    bool with_www = false;
  };

  explicit AddressPolicy(Options options);

  // Why the URL may not be asked, or success.
  [[nodiscard]] Result<void> check_url(std::string_view url) const;
  [[nodiscard]] bool allows_http() const { return options_.allow_http; }
  // `address` as inet_ntop writes it, IPv4 or IPv6. Denies loopback, private, link-local, CGNAT,
  // v4-mapped, 6to4, NAT64 and unique-local unless allow_private; the unspecified address,
  // multicast and reserved ones always.
  [[nodiscard]] bool allows_address(std::string_view address) const;

 private:
  Options options_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_ADDRESS_POLICY_H_
