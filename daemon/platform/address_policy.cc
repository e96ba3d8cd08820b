#include "daemon/platform/address_policy.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <span>

#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

enum class Reach : std::uint8_t { Public, Internal, Never };

struct Block4 {
  std::uint32_t network;
  int bits;
  Reach reach;
};

constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24U | b << 16U | c << 8U | d;
}

// The IANA registry of special-purpose addresses (RFC 6890 and successors).
constexpr std::array kBlocks4 = {
    Block4{ip4(0, 0, 0, 0), 8, Reach::Never},           // "this host": connects to loopback
    Block4{ip4(10, 0, 0, 0), 8, Reach::Internal},       // private
    Block4{ip4(100, 64, 0, 0), 10, Reach::Internal},    // CGNAT
    Block4{ip4(127, 0, 0, 0), 8, Reach::Internal},      // loopback
    Block4{ip4(169, 254, 0, 0), 16, Reach::Internal},   // link-local, cloud metadata
    Block4{ip4(172, 16, 0, 0), 12, Reach::Internal},    // private
    Block4{ip4(192, 0, 0, 0), 24, Reach::Internal},     // protocol assignments
    Block4{ip4(192, 0, 2, 0), 24, Reach::Internal},     // documentation
    Block4{ip4(192, 88, 99, 0), 24, Reach::Internal},   // 6to4 relay
    Block4{ip4(192, 168, 0, 0), 16, Reach::Internal},   // private
    Block4{ip4(198, 18, 0, 0), 15, Reach::Internal},    // benchmarking
    Block4{ip4(198, 51, 100, 0), 24, Reach::Internal},  // documentation
    Block4{ip4(203, 0, 113, 0), 24, Reach::Internal},   // documentation
    Block4{ip4(224, 0, 0, 0), 4, Reach::Never},         // multicast
    Block4{ip4(240, 0, 0, 0), 4, Reach::Never},         // reserved, broadcast
};

struct Block6 {
  std::array<std::uint8_t, 16> network;
  int bits;
  Reach reach;
};

// First match wins; what matches nothing is not global unicast and internal at best.
constexpr std::array kBlocks6 = {
    Block6{{}, 128, Reach::Never},                          // ::
    Block6{{0xff}, 8, Reach::Never},                        // multicast
    Block6{{0x20, 0x01}, 23, Reach::Internal},              // Teredo, ORCHID, assignments
    Block6{{0x20, 0x01, 0x0d, 0xb8}, 32, Reach::Internal},  // documentation
    Block6{{0x20, 0x02}, 16, Reach::Internal},              // 6to4
    Block6{{0x3f, 0xff}, 20, Reach::Internal},              // documentation
    Block6{{0x20}, 3, Reach::Public},                       // global unicast
};

Reach reach_of4(std::uint32_t address) {
  for (const Block4& block : kBlocks4) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - block.bits);
    if ((address & mask) == block.network) return block.reach;
  }
  return Reach::Public;
}

bool matches(const Block6& block, std::span<const std::uint8_t, 16> address) {
  int left = block.bits;
  for (std::size_t i = 0; i < 16 && left > 0; ++i, left -= 8) {
    const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xff : 0xff << (8 - left));
    if ((address[i] & mask) != (block.network[i] & mask)) return false;
  }
  return true;
}

Reach reach_of6(std::span<const std::uint8_t, 16> address) {
  // A v4-mapped address is never public, and is what it maps to when internal ones are allowed.
  static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0,    0,
                                                           0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), address.begin())) {
    const bool never =
        reach_of4(ip4(address[12], address[13], address[14], address[15])) == Reach::Never;
    return never ? Reach::Never : Reach::Internal;
  }
  for (const Block6& block : kBlocks6) {
    if (matches(block, address)) return block.reach;
  }
  return Reach::Internal;
}

std::optional<Reach> reach_of(const std::string& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return reach_of4(ntohl(v4.s_addr));
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, address.c_str(), v6.data()) == 1) return reach_of6(v6);
  return std::nullopt;
}

Error denied(const std::string& why) {
  return {ErrorKind::Permanent, why};
}

bool host_matches(const std::set<std::string>& hosts, const std::string& host) {
  if (hosts.contains(host)) return true;
  for (std::size_t dot = host.find('.'); dot != std::string::npos; dot = host.find('.', dot + 1)) {
    if (hosts.contains("*" + host.substr(dot))) return true;
  }
  return false;
}

// `www.a.gov.cn` for `a.gov.cn` and the other way round; empty for an address, or a name of one
// part.
std::string www_twin(const std::string& host) {
  if (reach_of(host).has_value() || host.find(':') != std::string::npos) return {};
  const std::string bare = host.starts_with("www.") ? host.substr(4) : host;
  if (bare.find('.') == std::string::npos) return {};
  return bare == host ? "www." + host : bare;
}

}  // namespace

AddressPolicy::AddressPolicy(Options options) : options_(std::move(options)) {
  std::set<std::string> hosts;
  for (const std::string& host : options_.hosts) {
    if (host.starts_with("*.")) {
      hosts.insert("*." + ascii_host(host.substr(2)));
    } else if (host.starts_with('[') && host.ends_with(']')) {
      hosts.insert(lower_ascii(host.substr(1, host.size() - 2)));
    } else {
      const std::string name = ascii_host(host);
      hosts.insert(name);
      const std::string twin = options_.with_www ? www_twin(name) : std::string();
      if (!twin.empty()) hosts.insert(twin);
    }
  }
  options_.hosts = std::move(hosts);
}

Result<void> AddressPolicy::check_url(std::string_view url) const {
  const Result<CurlUrl> parsed = parse_url(url);
  if (parsed.has_error()) return parsed.error();
  if (parsed->scheme != "https" && !(parsed->scheme == "http" && options_.allow_http)) {
    return denied("the scheme " + parsed->scheme + " is not allowed here");
  }
  std::string host = parsed->host;
  if (host.ends_with('.')) host.pop_back();
  if (!options_.hosts.empty() && !host_matches(options_.hosts, host)) {
    return denied("the host " + host + " is not among those allowed");
  }
  const bool port_allowed = options_.ports.empty() ? parsed->port == 80 || parsed->port == 443
                                                   : options_.ports.contains(parsed->port);
  if (!port_allowed) {
    return denied("port " + std::to_string(parsed->port) + " of " + host + " is not allowed");
  }
  const bool is_loopback_name = host == "localhost" || host.ends_with(".localhost");
  const bool is_denied_address = reach_of(host).has_value() && !allows_address(host);
  if (is_denied_address || (is_loopback_name && !options_.allow_private)) {
    return denied("the address " + host + " is not a public one");
  }
  return {};
}

bool AddressPolicy::allows_address(std::string_view address) const {
  const std::optional<Reach> reach = reach_of(std::string(address));
  if (!reach) return false;
  return *reach == Reach::Public || (*reach == Reach::Internal && options_.allow_private);
}

}  // namespace liandong
