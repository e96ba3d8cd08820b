// HttpClient by libcurl: one thread owns a multi handle, completions are posted to the executor of
// the awaiting coroutine.
//
// Publishing calls follow domain/delivery.md 0.1 and 2.2: FRESH_CONNECT, FORBID_REUSE, HTTP/1.1, no
// Expect, and a fence in the PREREQ callback that stops a second send of one transfer, because
// libcurl 7.88 silently repeats a POST whose reused connection closes before it answers.

#ifndef LIANDONG_DAEMON_PLATFORM_CURL_HTTP_CLIENT_H_
#define LIANDONG_DAEMON_PLATFORM_CURL_HTTP_CLIENT_H_

#include <memory>
#include <string>

#include "daemon/platform/http.h"

namespace liandong {

class CurlHttpClient final : public HttpClient {
 public:
  struct Options {
    std::string user_agent = "Liandong/" LIANDONG_VERSION;
    std::size_t max_in_flight = 64;
    // Negative control of the fault suite: publishing calls reuse connections like any client.
    bool reuse_for_publish = false;
  };

  CurlHttpClient(Options options, const Clock& clock);
  ~CurlHttpClient() override;  // abandons what is in flight; its coroutines see a failure

  asio::awaitable<HttpResult> send(HttpRequest request) override;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CURL_HTTP_CLIENT_H_
