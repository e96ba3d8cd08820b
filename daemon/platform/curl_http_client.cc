#include "daemon/platform/curl_http_client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/platform/address_policy.h"
#include "daemon/platform/curl_await.h"
#include "daemon/platform/curl_loop.h"
#include "daemon/platform/curl_transfer.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

HttpFailure refused(std::string code, std::string message) {
  HttpFailure failure;
  failure.code = std::move(code);
  failure.message = std::move(message);
  return failure;
}

HttpFailure denied(const CurlUrl& url, const Error& error) {
  HttpFailure failure = refused("policy", url.without_query() + ": " + error.message());
  failure.denied = true;
  return failure;
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7f &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

// What could not be written as one HTTP request (T17). The values may be secret: never repeated.
std::optional<HttpFailure> malformed(const HttpRequest& request) {
  if (!is_token(request.method)) return refused("request", "the method is no token");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return refused("request", "a header's name is no token");
    if (!is_one_line(value)) return refused("request", "header " + name + " holds a line break");
  }
  for (const FormPart& part : request.form) {
    if (!is_one_line(part.name) || !is_one_line(part.file_name) ||
        !is_one_line(part.content_type)) {
      return refused("request", "a form part's name holds a line break");
    }
  }
  return std::nullopt;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// A site that is read by https also writes http:// into its links and redirects; such an address is
// asked by https, and the plain one never.
Result<CurlUrl> by_https(CurlUrl url) {
  if (url.scheme != "http") return url;
  Result<CurlUrl> twin = parse_url("https" + url.text.substr(4));
  if (twin && url.port == 80 && twin->port == 443) return twin;
  return url;
}

// Where a redirect leads. From https to http only for a policy that allows http in plain words.
Result<CurlUrl> next_hop(const HttpRequest& request, const CurlUrl& from,
                         std::string_view location) {
  Result<CurlUrl> next = resolve_url(from, location);
  if (next.has_error()) return std::move(next.error()).during("redirected");
  const bool goes_down = from.scheme == "https" && next->scheme != "https";
  if (!goes_down || (request.policy && request.policy->allows_http())) return next;
  Result<CurlUrl> twin = by_https(std::move(*next));
  if (twin->scheme != "https" || twin->text == from.text) {
    return Error(ErrorKind::Permanent, "redirected from https to http");
  }
  return twin;
}

// The request for the next hop: what a browser does with the method, and no credential for another
// origin.
void follow(HttpRequest& request, int status, const CurlUrl& from, const CurlUrl& to) {
  const bool becomes_get =
      request.method != "GET" && request.method != "HEAD" && (status == 303 || status < 303);
  if (becomes_get) {
    request.method = "GET";
    request.body.clear();
    request.form.clear();
    std::erase_if(request.headers, [](const auto& header) {
      return lower_ascii(header.first).starts_with("content-");
    });
  }
  if (from.origin() == to.origin()) return;
  std::erase_if(request.headers, [](const auto& header) {
    const std::string name = lower_ascii(header.first);
    return name == "authorization" || name == "cookie" || name.find("token") != std::string::npos;
  });
}

}  // namespace

CurlHttpClient::CurlHttpClient(Options options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      loop_(std::make_shared<CurlLoop>(options_.max_in_flight)) {}

// A cancellation that comes later finds the loop stopped, or gone.
CurlHttpClient::~CurlHttpClient() {
  loop_->stop();
}

asio::awaitable<HttpResult> CurlHttpClient::send(HttpRequest request) {
  if (const auto failure = malformed(request)) co_return *failure;
  Result<CurlUrl> url = parse_url(request.url);
  if (url.has_error()) co_return refused("url", url.error().message());
  const bool upgrades =
      request.use == HttpUse::Read && request.policy && !request.policy->allows_http();
  if (upgrades) url = by_https(std::move(*url));
  int hops_left = request.use == HttpUse::Read ? request.redirects : 0;
  const bool follows = hops_left > 0;
  for (;;) {
    if (request.policy) {
      const Result<void> allowed = request.policy->check_url(url->text);
      if (allowed.has_error()) co_return denied(*url, allowed.error());
    }
    const Duration left = request.deadline - clock_.tick();
    if (left <= Duration(0)) {
      co_return refused("deadline", url->without_query() + ": no time left");
    }
    HttpResult result = co_await exchange(request, *url, left);
    const auto* reply = std::get_if<HttpReply>(&result);
    if (!follows || reply == nullptr || !is_redirect(reply->status) ||
        reply->header("location").empty()) {
      co_return result;
    }
    if (hops_left-- == 0) {
      co_return refused("redirects", url->without_query() + ": redirected too often");
    }
    Result<CurlUrl> next = next_hop(request, *url, reply->header("location"));
    if (next.has_error()) co_return denied(*url, next.error());
    follow(request, reply->status, *url, *next);
    url = std::move(next);
  }
}

asio::awaitable<HttpResult> CurlHttpClient::exchange(HttpRequest request, CurlUrl url,
                                                     Duration left) {
  const bool droppable = request.use == HttpUse::Read;
  std::unique_ptr<CurlWorkFor<HttpResult>> transfer =
      std::make_unique<CurlTransfer>(std::move(request), std::move(url), options_);
  HttpResult result = co_await await_work(loop_, std::move(transfer), left, droppable);
  co_return result;
}

}  // namespace liandong
