// Where somebody may come from, as people write it: "192.0.2.7, 10.0.0.0/8 2001:db8::/32".

#ifndef LIANDONG_DAEMON_PLATFORM_ADDRESS_LIST_H_
#define LIANDONG_DAEMON_PLATFORM_ADDRESS_LIST_H_

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "daemon/platform/result.h"

namespace liandong {

class AddressList {
 public:
  // Addresses and networks, parted by commas or blanks. An error (Permanent) names the first that
  // is neither, and what would be right.
  [[nodiscard]] static Result<AddressList> parse(std::string_view typed);

  // An IPv4 address in the form of IPv6 is the IPv4 address. Without any entry: everything.
  [[nodiscard]] bool contains(std::string_view address) const;
  // Canonical, parted by ", "; parse() reads it.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_ADDRESS_LIST_H_
