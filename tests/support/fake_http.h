// An HttpClient that plays a script: expects requests in order, answers each as told, keeps them.
//
//   FakeHttp http;
//   http.expect("POST", "/cgi-bin/draft/add").reply(200, R"({"media_id":"M1"})");
//   http.expect("GET", "/list").fail(unreachable());
//   ...
//   EXPECT_EQ(http.requests()[0].body, "...");
//
// A request that is not the next of the script is a test failure (and answered as one that never
// left); so is a script not played to its end when the fake is destroyed.

#ifndef LIANDONG_TESTS_SUPPORT_FAKE_HTTP_H_
#define LIANDONG_TESTS_SUPPORT_FAKE_HTTP_H_

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/http.h"

namespace liandong {

class FakeHttp final : public HttpClient {
 public:
  using Answer = std::function<HttpResult(const HttpRequest&)>;

  // How the request just expected is answered; says nothing: 200 with an empty body.
  class Step {
   public:
    // Header names are put in lower case, as the real client does.
    void reply(int status, std::string body = "", HttpHeaders headers = {});
    // With the URL that redirects led to.
    void reply_from(std::string final_url, int status, std::string body, HttpHeaders headers = {});
    void fail(HttpFailure failure);
    void answer(Answer answer);

   private:
    friend class FakeHttp;
    std::string method_;
    std::string url_part_;
    Answer answer_;
  };

  FakeHttp() = default;
  ~FakeHttp() override;

  // The next request of the script: its method, and a part of its URL.
  Step& expect(std::string method, std::string url_part);
  // Answers every request that comes when the script is over (and ends the complaint about it).
  void otherwise(Answer answer) { otherwise_ = std::move(answer); }

  asio::awaitable<HttpResult> send(HttpRequest request) override;

  [[nodiscard]] const std::vector<HttpRequest>& requests() const { return requests_; }
  [[nodiscard]] bool finished() const { return script_.empty(); }

 private:
  std::deque<Step> script_;
  Answer otherwise_;
  std::vector<HttpRequest> requests_;
};

// The usual failures.
[[nodiscard]] HttpFailure unreachable();  // refused before a byte left
[[nodiscard]] HttpFailure answer_lost();  // sent, then the connection broke
[[nodiscard]] HttpFailure timed_out();    // sent, no answer by the deadline
[[nodiscard]] HttpFailure denied_by_policy();
[[nodiscard]] HttpFailure untrusted_certificate();

// The value of a request's header, whatever its case; empty when absent.
[[nodiscard]] std::string request_header(const HttpRequest& request, std::string_view name);

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_FAKE_HTTP_H_
