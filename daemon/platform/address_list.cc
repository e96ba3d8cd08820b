#include "daemon/platform/address_list.h"

#include <algorithm>
#include <optional>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kMostEntries = 50;
constexpr std::uint16_t kBitsOfV4 = 32;
constexpr std::uint16_t kBitsOfV6 = 128;

// "::ffff:192.0.2.7" is 192.0.2.7.
ip::address plain(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

// A network's own address, not that of a host in it.
template <typename Network>
Result<Network> whole(const Network& network) {
  if (network == network.canonical()) return network;
  return Error(ErrorKind::Permanent,
               fmt::format("{} is a host in a network: {} is the network", network.to_string(),
                           network.canonical().to_string()));
}

template <typename Network, typename Address>
bool holds(const Network& network, const Address& address) {
  return Network(address, network.prefix_length()).canonical() == network;
}

template <typename Network>
std::string written(const Network& network, std::uint16_t bits) {
  return network.prefix_length() == bits ? network.address().to_string() : network.to_string();
}

}  // namespace

Result<AddressList> AddressList::parse(std::string_view typed) {
  AddressList list;
  for (const std::string& part : split(replace_all(std::string(typed), ",", " "), ' ')) {
    const std::string one(trim(part));
    if (one.empty()) continue;
    if (list.v4_.size() + list.v6_.size() >= kMostEntries)
      return Error(ErrorKind::Permanent, fmt::format("more than {} addresses", kMostEntries));
    boost::system::error_code code;
    if (const ip::address address = ip::make_address(one, code); !code) {
      const ip::address meant = plain(address);
      if (meant.is_v4()) {
        list.v4_.emplace_back(meant.to_v4(), kBitsOfV4);
      } else {
        list.v6_.emplace_back(meant.to_v6(), kBitsOfV6);
      }
      continue;
    }
    if (const ip::network_v4 network = ip::make_network_v4(one, code); !code) {
      const Result<ip::network_v4> found = whole(network);
      if (!found) return found.error();
      list.v4_.push_back(*found);
      continue;
    }
    const ip::network_v6 network = ip::make_network_v6(one, code);
    if (code)
      return Error(
          ErrorKind::Permanent,
          fmt::format("'{}' is no address: expected such as 192.0.2.7 or 10.0.0.0/8", one));
    const Result<ip::network_v6> found = whole(network);
    if (!found) return found.error();
    list.v6_.push_back(*found);
  }
  return list;
}

bool AddressList::contains(std::string_view address) const {
  if (v4_.empty() && v6_.empty()) return true;
  boost::system::error_code code;
  const ip::address asked = plain(ip::make_address(std::string(address), code));
  if (code) return false;
  if (asked.is_v4())
    return std::any_of(v4_.begin(), v4_.end(), [v4 = asked.to_v4()](const ip::network_v4& network) {
      return holds(network, v4);
    });
  return std::any_of(v6_.begin(), v6_.end(), [v6 = asked.to_v6()](const ip::network_v6& network) {
    return holds(network, v6);
  });
}

std::string AddressList::text() const {
  std::string all;
  const auto add = [&all](const std::string& one) { all += (all.empty() ? "" : ", ") + one; };
  for (const auto& network : v4_) add(written(network, kBitsOfV4));
  for (const auto& network : v6_) add(written(network, kBitsOfV6));
  return all;
}

}  // namespace liandong
