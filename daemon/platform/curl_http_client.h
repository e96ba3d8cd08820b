// HttpClient by libcurl: one thread owns a multi handle, completions are posted to the executor of
// the awaiting coroutine.
//
// Publishing calls follow domain/delivery.md 0.1 and 2.2: FRESH_CONNECT, FORBID_REUSE, HTTP/1.1, no
// Expect, and a fence in the PREREQ callback that stops a second send of one transfer, because
// libcurl 7.88 silently repeats a POST whose reused connection closes before it answers.

#ifndef LIANDONG_DAEMON_PLATFORM_CURL_HTTP_CLIENT_H_
#define LIANDONG_DAEMON_PLATFORM_CURL_HTTP_CLIENT_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/platform/http.h"

namespace liandong {

class CurlLoop;
struct CurlUrl;

class CurlHttpClient final : public HttpClient {
 public:
  struct Options {
    std::string user_agent = "Liandong/" LIANDONG_VERSION;
    std::size_t max_in_flight = 64;
    // A transfer slower than so many bytes a second for so long is given up.
    int low_speed_bytes = 16;
    std::chrono::seconds low_speed_time{60};
    // Names not to be looked up: "host:port:address,address", as curl's --resolve. The addresses
    // are checked like any others.
    std::vector<std::string> resolve;
    // Asked on the client's thread just before a publishing request leaves; false: it does not.
    std::function<bool()> may_publish;
    // Negative control of the fault suite: publishing calls reuse connections like any client.
    bool reuse_for_publish = false;
  };

  // REQUIRES: `clock`, and the contexts whose coroutines call send(), outlive the client.
  CurlHttpClient(Options options, const Clock& clock);
  ~CurlHttpClient() override;  // abandons what is in flight; its coroutines see a failure

  // A request without time left, or one that could not be written as HTTP (CR, LF or NUL in a
  // header), fails before anything is opened.
  asio::awaitable<HttpResult> send(HttpRequest request) override;

 private:
  asio::awaitable<HttpResult> exchange(HttpRequest request, CurlUrl url, Duration left);

  Options options_;
  const Clock& clock_;
  std::shared_ptr<CurlLoop> loop_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CURL_HTTP_CLIENT_H_
