#include "tests/support/fake_http.h"

#include <utility>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <gtest/gtest.h>

namespace liandong {

void FakeHttp::Step::reply(int status, std::string body, HttpHeaders headers) {
  reply_from("", status, std::move(body), std::move(headers));
}

void FakeHttp::Step::reply_from(std::string final_url, int status, std::string body,
                                HttpHeaders headers) {
  for (auto& [name, value] : headers) boost::algorithm::to_lower(name);
  HttpReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  reply.body = std::move(body);
  reply.final_url = std::move(final_url);
  answer_ = [reply = std::move(reply)](const HttpRequest& request) {
    HttpReply copy = reply;
    if (copy.final_url.empty()) copy.final_url = request.url;
    return HttpResult(std::move(copy));
  };
}

void FakeHttp::Step::fail(HttpFailure failure) {
  answer_ = [failure = std::move(failure)](const HttpRequest&) { return HttpResult(failure); };
}

void FakeHttp::Step::answer(Answer answer) {
  answer_ = std::move(answer);
}

FakeHttp::~FakeHttp() {
  for (const Step& step : script_) {
    ADD_FAILURE() << "never asked: " << step.method_ << " …" << step.url_part_;
  }
}

FakeHttp::Step& FakeHttp::expect(std::string method, std::string url_part) {
  Step& step = script_.emplace_back();
  step.method_ = std::move(method);
  step.url_part_ = std::move(url_part);
  step.reply(200);
  return step;
}

asio::awaitable<HttpResult> FakeHttp::send(HttpRequest request) {
  requests_.push_back(request);
  if (script_.empty() && otherwise_) co_return otherwise_(request);
  if (script_.empty() || script_.front().method_ != request.method ||
      request.url.find(script_.front().url_part_) == std::string::npos) {
    ADD_FAILURE() << "unexpected " << request.method << ' ' << request.url << ", the script "
                  << (script_.empty() ? std::string("is over")
                                      : "expects " + script_.front().method_ + " …" +
                                            script_.front().url_part_);
    HttpFailure failure;
    failure.code = "unexpected";
    failure.message = "the test's script does not know this request";
    co_return failure;
  }
  const Answer answer = std::move(script_.front().answer_);
  script_.pop_front();
  co_return answer(request);
}

HttpFailure unreachable() {
  HttpFailure failure;
  failure.code = "curl-7";
  failure.message = "connection refused";
  return failure;
}

HttpFailure answer_lost() {
  HttpFailure failure;
  failure.request_left = true;
  failure.code = "curl-56";
  failure.message = "connection reset";
  return failure;
}

HttpFailure timed_out() {
  HttpFailure failure;
  failure.request_left = true;
  failure.code = "curl-28";
  failure.message = "no answer in time";
  return failure;
}

HttpFailure denied_by_policy() {
  HttpFailure failure;
  failure.denied = true;
  failure.code = "policy";
  failure.message = "the address is not allowed";
  return failure;
}

HttpFailure untrusted_certificate() {
  HttpFailure failure;
  failure.untrusted = true;
  failure.code = "curl-60";
  failure.message = "the certificate is not trusted";
  return failure;
}

std::string request_header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (boost::algorithm::iequals(key, name)) return value;
  }
  return {};
}

}  // namespace liandong
