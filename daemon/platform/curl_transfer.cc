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

constexpr std::size_t kMostHeaderBytes = 128U << 10U;
// A decoded body may be this many times what came over the wire, once it is larger than a page.
constexpr std::size_t kMostRatio = 100;
constexpr std::size_t kRatioCountsFrom = 256U << 10U;

}  // namespace

CurlTransfer::CurlTransfer(HttpRequest request, CurlUrl url, const CurlHttpClient::Options& options)
    : CurlWorkFor(request.policy, request.ca_file),
      request_(std::move(request)),
      url_(std::move(url)),
      options_(options) {
  reply_.final_url = url_.text;
}

// What only reads.
bool CurlTransfer::shares_handle() const {
  return !is_publish() && request_.form.empty() && request_.body.empty() &&
         (request_.method == "GET" || request_.method == "HEAD");
}

void CurlTransfer::set_up() {
  set_up_request();
  set_up_callbacks();
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
  set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options_.low_speed_bytes));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.low_speed_time.count()));
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
    mime_.reset(curl_mime_init(easy()));
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

void CurlTransfer::set_up_callbacks() {
  void* self = this;
  set(CURLOPT_PREREQFUNCTION, &CurlTransfer::before_request);
  set(CURLOPT_PREREQDATA, self);
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(CURLOPT_HEADERDATA, self);
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(CURLOPT_WRITEDATA, self);
#ifdef LIANDONG_FAULT_POINTS
  set(CURLOPT_VERBOSE, 1L);
  set(CURLOPT_DEBUGFUNCTION, &CurlTransfer::on_progress);
  set(CURLOPT_DEBUGDATA, self);
#endif
}

// Called before each time the request is sent on a connection, new or reused. A reused one may have
// been opened under another policy; a second call means libcurl is about to repeat the request.
int CurlTransfer::before_request(void* self, char* remote, char* /*local*/, int /*remote_port*/,
                                 int /*local_port*/) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.may_talk_to(remote)) return CURL_PREREQFUNC_ABORT;
  transfer.repeats_ = transfer.has_begun_ && !transfer.reuses();
  if (transfer.repeats_) return CURL_PREREQFUNC_ABORT;
  const auto& may_publish = transfer.options_.may_publish;
  transfer.is_late_ = transfer.is_publish() && may_publish && !may_publish();
  if (transfer.is_late_) return CURL_PREREQFUNC_ABORT;
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
    if (is_publish()) LIANDONG_FAULT_POINT(18);
    LIANDONG_STEP_POINT(Answering, url_.text);
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
  if (transfer.is_publish()) LIANDONG_FAULT_POINT(19);
  std::string& body = transfer.reply_.body;
  curl_off_t received = 0;
  curl_easy_getinfo(transfer.easy(), CURLINFO_SIZE_DOWNLOAD_T, &received);
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

#ifdef LIANDONG_FAULT_POINTS
int CurlTransfer::on_progress(CURL* /*easy*/, curl_infotype what, char* /*bytes*/,
                              std::size_t /*count*/, void* self) {
  const auto& transfer = *static_cast<CurlTransfer*>(self);
  const bool head = what == CURLINFO_HEADER_OUT;
  if (head) LIANDONG_STEP_POINT(Leaving, transfer.url_.text);
  if (head && transfer.is_publish()) LIANDONG_FAULT_POINT(16);
  if (what == CURLINFO_DATA_OUT && transfer.is_publish()) LIANDONG_FAULT_POINT(17);
  return 0;
}
#endif

bool CurlTransfer::request_left() const {
  long sent = 0;
  if (easy() != nullptr) curl_easy_getinfo(easy(), CURLINFO_REQUEST_SIZE, &sent);
  return sent > 0 || repeats_;
}

std::string CurlTransfer::explain(CURLcode code) const {
  if (repeats_) return "the connection closed before the reply, and the request is not sent twice";
  if (is_late_) return "this process may no longer publish: its lease on the database is over";
  if (was_denied()) return "the address it leads to is not allowed";
  if (too_large_ || code == CURLE_FILESIZE_EXCEEDED) return "the reply is too large";
  std::string text = words(code);
  const std::size_t query = url_.text.find('?');
  const bool tells_query =
      query != std::string::npos && text.find(url_.text.substr(query)) != std::string::npos;
  return tells_query ? curl_easy_strerror(code) : text;
}

HttpResult CurlTransfer::result(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
  // A connection that closes inside the headers is no error to libcurl.
  if (code == CURLE_OK && !headers_ended_) code = CURLE_PARTIAL_FILE;
  if (code == CURLE_OK && status >= 200) {
    reply_.status = static_cast<int>(status);
    return std::move(reply_);
  }
  HttpFailure failure;
  failure.request_left = request_left();
  failure.untrusted = is_untrusted(code);
  failure.denied = was_denied() && !failure.request_left;
  failure.too_large = too_large_ || code == CURLE_FILESIZE_EXCEEDED;
  failure.code = failure.denied ? "policy" : "curl-" + std::to_string(code);
  failure.message = url_.without_query() + ": " + explain(code);
  return failure;
}

HttpResult CurlTransfer::abandoned(const char* code, const char* why) {
  HttpFailure failure;
  failure.request_left = request_left();
  failure.code = code;
  failure.message = url_.without_query() + ": " + why;
  return failure;
}

}  // namespace liandong
