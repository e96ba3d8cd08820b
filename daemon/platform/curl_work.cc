#include "daemon/platform/curl_work.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <new>
#include <sys/socket.h>

#include "daemon/platform/address_policy.h"

namespace liandong {
namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr Duration kConnectTimeout = std::chrono::seconds(15);

std::string address_text(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  } else {
    return {};
  }
  inet_ntop(address->sa_family, bytes, text.data(), text.size());
  return text.data();
}

}  // namespace

void append(CurlList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

bool is_untrusted(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH;
}

CurlWork::CurlWork(std::shared_ptr<const AddressPolicy> policy, const std::string& ca_file)
    : policy_(std::move(policy)), ca_file_(ca_file.empty() ? kSystemAuthorities : ca_file) {}

void CurlWork::prepare(CurlEasy easy, CURLSH* share, Duration left) {
  easy_ = std::move(easy);
  set(CURLOPT_SHARE, share);
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a name server that is silent must not hold up the loop
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(left, kConnectTimeout).count()));
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlWork::open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set_up_tls();
  set_up();
}

CurlEasy CurlWork::release() {
  curl_easy_reset(easy_.get());
  return std::move(easy_);
}

void CurlWork::set_up_tls() {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CAINFO, ca_file_.c_str());
  // The folder of single certificates costs 22 ms of CPU a connection, the one bundle 0.8.
  set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

bool CurlWork::may_talk_to(const std::string& address) {
  static const AddressPolicy any_public{AddressPolicy::Options{}};
  const AddressPolicy& policy = policy_ ? *policy_ : any_public;
  if (policy.allows_address(address)) return true;
  denied_ = true;
  return false;
}

std::string CurlWork::words(CURLcode code) const {
  return error_text_.front() != '\0' ? error_text_.data() : curl_easy_strerror(code);
}

curl_socket_t CurlWork::open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  if (!static_cast<CurlWork*>(self)->may_talk_to(address_text(&address->addr))) {
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace liandong
