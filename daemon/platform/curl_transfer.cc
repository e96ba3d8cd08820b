#include "daemon/platform/curl_transfer.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include "daemon/platform/address_policy.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t kMostHeaderBytes = 128U << 10U;
// A decoded body may be this many times what came over the wire, once it is larger than a page.
constexpr std::size_t kMostRatio = 100;
constexpr std::size_t kRatioCountsFrom = 256U << 10U;
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

}  // namespace

CurlTransfer::CurlTransfer(HttpRequest request, CurlUrl url, const CurlHttpClient::Options& options)
    : request_(std::move(request)),
      url_(std::move(url)),
      options_(options),
      easy_(curl_easy_init()) {
  if (!easy_) throw std::runtime_error("libcurl gives no handle");
  reply_.final_url = url_.text;
}

// A setting libcurl refuses is a bug of ours or a library built without it: never go on without.
template <typename T>
void CurlTransfer::set(CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
  if (code != CURLE_OK) {
    throw std::runtime_error("libcurl refuses option " + std::to_string(option) + ": " +
                             curl_easy_strerror(code));
  }
}

CURL* CurlTransfer::prepare(CURLSH* share, Duration left) {
  set(CURLOPT_SHARE, share);
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set_up_request();
  set_up_transport(left);
  set_up_callbacks();
  return easy_.get();
}

void CurlTransfer::set_up_request() {
  set(CURLOPT_URL, url_.text.c_str());
  for (const std::string& entry : options_.resolve) append(resolve_list_, entry);
  if (resolve_list_) set(CURLOPT_RESOLVE, resolve_list_.get());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);  // CurlHttpClient follows, and looks at every hop
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.max_bytes));
  set_up_body();
  set_up_headers();
  if (!reuses()) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }
}

void CurlTransfer::set_up_body() {
  if (!request_.form.empty()) {
    mime_.reset(curl_mime_init(easy_.get()));
    for (const FormPart& part : request_.form) {
      curl_mimepart* piece = curl_mime_addpart(mime_.get());
      curl_mime_name(piece, part.name.c_str());
      curl_mime_data(piece, part.content.data(), part.content.size());
      if (!part.file_name.empty()) curl_mime_filename(piece, part.file_name.c_str());
      if (!part.content_type.empty()) curl_mime_type(piece, part.content_type.c_str());
    }
    set(CURLOPT_MIMEPOST, mime_.get());
  } else if (!request_.body.empty() || request_.method == "POST") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());
  } else if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  }
  const bool is_natural = request_.method == "HEAD" ||
                          (request_.method == "GET" && request_.body.empty()) ||
                          request_.method == "POST";
  if (!is_natural) set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void CurlTransfer::set_up_headers() {
  append(header_list_, "Expect:");  // a 417 would make libcurl send again
  for (const auto& [name, value] : request_.headers) {
    append(header_list_, value.empty() ? name + ";" : name + ": " + value);
  }
  set(CURLOPT_HTTPHEADER, header_list_.get());
}

void CurlTransfer::set_up_transport(Duration left) {
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a name server that is silent must not hold up the loop
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(left, kConnectTimeout).count()));
  set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options_.low_speed_bytes));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.low_speed_time.count()));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CAINFO, request_.ca_file.empty() ? kSystemAuthorities : request_.ca_file.c_str());
  // The folder of single certificates costs 22 ms of CPU a connection, the one bundle 0.8.
  set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

void CurlTransfer::set_up_callbacks() {
  void* self = this;
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::open_socket);
  set(CURLOPT_OPENSOCKETDATA, self);
  set(CURLOPT_PREREQFUNCTION, &CurlTransfer::before_request);
  set(CURLOPT_PREREQDATA, self);
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(CURLOPT_HEADERDATA, self);
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(CURLOPT_WRITEDATA, self);
}

bool CurlTransfer::may_talk_to(const char* address) {
  static const AddressPolicy any_public{AddressPolicy::Options{}};
  const AddressPolicy& policy = request_.policy ? *request_.policy : any_public;
  if (policy.allows_address(address)) return true;
  denied_ = true;
  return false;
}

curl_socket_t CurlTransfer::open_socket(void* self, curlsocktype /*purpose*/,
                                        curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.may_talk_to(address_text(&address->addr).c_str())) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Called before each time the request is sent on a connection, new or reused. A reused one may have
// been opened under another policy; a second call means libcurl is about to repeat the request.
int CurlTransfer::before_request(void* self, char* remote, char* /*local*/, int /*remote_port*/,
                                 int /*local_port*/) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.may_talk_to(remote)) return CURL_PREREQFUNC_ABORT;
  transfer.repeats_ = transfer.has_begun_ && !transfer.reuses();
  if (transfer.repeats_) return CURL_PREREQFUNC_ABORT;
  transfer.has_begun_ = true;
  if (transfer.is_publish()) LIANDONG_FAULT_POINT(15);
  return CURL_PREREQFUNC_OK;
}

std::size_t CurlTransfer::on_header(char* text, std::size_t /*one*/, std::size_t count,
                                    void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.header_bytes_ += count;
  if (transfer.header_bytes_ > kMostHeaderBytes) {
    transfer.too_large_ = true;
    return 0;
  }
  transfer.take_header({text, count});
  return count;
}

void CurlTransfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // of an interim or the final reply
    reply_.headers.clear();
    headers_ended_ = false;
    return;
  }
  if (trim(line).empty()) headers_ended_ = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.front() == ' ' || line.front() == '\t') return;
  reply_.headers.emplace_back(lower_ascii(trim(line.substr(0, colon))),
                              std::string(trim(line.substr(colon + 1))));
}

std::size_t CurlTransfer::on_body(char* bytes, std::size_t /*one*/, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  std::string& body = transfer.reply_.body;
  curl_off_t received = 0;
  curl_easy_getinfo(transfer.easy_.get(), CURLINFO_SIZE_DOWNLOAD_T, &received);
  const std::size_t size = body.size() + count;
  const bool is_bomb =
      size > kRatioCountsFrom && size / kMostRatio > static_cast<std::size_t>(received);
  if (size > transfer.request_.max_bytes || is_bomb) {
    transfer.too_large_ = true;
    return 0;
  }
  body.append(bytes, count);
  return count;
}

bool CurlTransfer::request_left() const {
  long sent = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &sent);
  return sent > 0 || repeats_;
}

std::string CurlTransfer::explain(CURLcode code) const {
  if (repeats_) return "the connection closed before the reply, and the request is not sent twice";
  if (denied_) return "the address it leads to is not allowed";
  if (too_large_ || code == CURLE_FILESIZE_EXCEEDED) return "the reply is too large";
  std::string words = error_text_.data();
  const std::size_t query = url_.text.find('?');
  const bool may_tell =
      query == std::string::npos || words.find(url_.text.substr(query)) == std::string::npos;
  if (words.empty() || !may_tell) words = curl_easy_strerror(code);
  return words;
}

HttpResult CurlTransfer::result(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  // A connection that closes inside the headers is no error to libcurl.
  if (code == CURLE_OK && !headers_ended_) code = CURLE_PARTIAL_FILE;
  if (code == CURLE_OK && status >= 200) {
    reply_.status = static_cast<int>(status);
    return std::move(reply_);
  }
  HttpFailure failure;
  failure.request_left = request_left();
  failure.untrusted = is_untrusted(code);
  failure.denied = denied_ && !failure.request_left;
  failure.too_large = too_large_ || code == CURLE_FILESIZE_EXCEEDED;
  failure.code = failure.denied ? "policy" : "curl-" + std::to_string(code);
  failure.message = url_.without_query() + ": " + explain(code);
  return failure;
}

HttpFailure CurlTransfer::abandoned(std::string code, std::string_view why) const {
  HttpFailure failure;
  failure.request_left = request_left();
  failure.code = std::move(code);
  failure.message = url_.without_query() + ": " + std::string(why);
  return failure;
}

}  // namespace liandong
