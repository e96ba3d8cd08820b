#include "daemon/source/schedule.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace liandong {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using testing::ElementsAre;
using testing::IsEmpty;

// A website that takes two seconds for each answer and notes when it was asked what.
class SlowSite final : public HttpClient {
 public:
  explicit SlowSite(FakeClock& clock) : clock_(clock), start_(clock.tick()) {}

  asio::awaitable<HttpResult> send(HttpRequest request) override {
    asked_.push_back(name_of(request.url) + "@" + std::to_string(seconds()));
    ++under_way_;
    most_ = std::max(most_, under_way_);
    co_await clock_.sleep_until(clock_.after(2s));
    --under_way_;
    if (request.url == throws_at) throw std::runtime_error("broken");
    HttpReply reply;
    reply.status = pause_of.contains(request.url) ? 503 : 200;
    if (reply.status == 503) reply.headers = {{"retry-after", pause_of[request.url]}};
    co_return reply;
  }

  [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }
  [[nodiscard]] int most() const { return most_; }

  std::map<std::string, std::string> pause_of;  // url -> Retry-After of its 503
  std::string throws_at;

 private:
  static std::string name_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }
  [[nodiscard]] std::int64_t seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.tick() - start_).count();
  }

  FakeClock& clock_;
  Instant start_;
  std::vector<std::string> asked_;
  int under_way_ = 0;
  int most_ = 0;
};

class PoliteHttpClientTest : public testing::Test {
 protected:
  void ask(const std::string& url, Duration patience = 1h) {
    asio::co_spawn(context_, polite_.send(request(url, patience)),
                   [this](std::exception_ptr, const HttpResult& result) { keep(result); });
  }
  void ask_cancellably(const std::string& url, asio::cancellation_signal& signal) {
    asio::co_spawn(
        context_, polite_.send(request(url, 1h)),
        asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr, const HttpResult&) {}));
  }
  HttpRequest request(const std::string& url, Duration patience) {
    HttpRequest made;
    made.url = url;
    made.deadline = clock_.after(patience);
    return made;
  }
  void keep(const HttpResult& result) {
    if (const auto* failure = std::get_if<HttpFailure>(&result)) failures_.push_back(*failure);
  }

  FakeClock clock_;
  SlowSite site_{clock_};
  PoliteHttpClient polite_{site_, clock_, {.gap = 3s, .at_once = 1}};
  asio::io_context context_;
  std::vector<HttpFailure> failures_;
};

TEST_F(PoliteHttpClientTest, AsksOneHostOneAfterTheOtherWithAGap) {
  ask("http://a.cn/1");
  ask("http://a.cn/2");
  ask("http://www.a.cn:8080/3");

  clock_.advance(context_, 60s);

  EXPECT_THAT(site_.asked(), ElementsAre("1@0", "2@5", "3@10"));
  EXPECT_EQ(site_.most(), 1);
}

TEST_F(PoliteHttpClientTest, DoesNotHoldUpOtherHosts) {
  ask("http://a.cn/1");
  ask("http://a.cn/2");
  ask("http://b.cn/3");

  clock_.advance(context_, 60s);

  EXPECT_THAT(site_.asked(), ElementsAre("1@0", "3@0", "2@5"));
}

TEST_F(PoliteHttpClientTest, KeepsTheGapWhenNobodyWaited) {
  ask("http://a.cn/1");
  clock_.advance(context_, 4s);
  ask("http://a.cn/2");
  clock_.advance(context_, 60s);
  ask("http://a.cn/3");
  clock_.advance(context_, 0s);

  EXPECT_THAT(site_.asked(), ElementsAre("1@0", "2@5", "3@64"));
}

TEST_F(PoliteHttpClientTest, AllowsAsManyAtOnceAsConfigured) {
  PoliteHttpClient wide(site_, clock_, {.gap = 0s, .at_once = 2});
  for (const std::string url : {"http://a.cn/1", "http://a.cn/2", "http://a.cn/3"}) {
    asio::co_spawn(context_, wide.send(request(url, 1h)),
                   [](std::exception_ptr, const HttpResult&) {});
  }

  clock_.advance(context_, 60s);

  EXPECT_THAT(site_.asked(), ElementsAre("1@0", "2@0", "3@2"));
}

TEST_F(PoliteHttpClientTest, LeavesAHostAloneForAsLongAsItAsked) {
  site_.pause_of["http://a.cn/1"] = "120";
  ask("http://a.cn/1");
  ask("http://a.cn/2");
  ask("http://b.cn/3");

  clock_.advance(context_, 1h);

  EXPECT_THAT(site_.asked(), ElementsAre("1@0", "3@0", "2@122"));
  EXPECT_THAT(failures_, IsEmpty());
}

TEST_F(PoliteHttpClientTest, FailsAtOnceWhatCannotWaitThatLong) {
  site_.pause_of["http://a.cn/1"] = "120";
  ask("http://a.cn/1");
  ask("http://a.cn/2", 60s);
  ask("http://a.cn/3", 60s);

  clock_.advance(context_, 2s);

  ASSERT_EQ(failures_.size(), 2u);
  EXPECT_EQ(failures_[0].code, "paused");
  EXPECT_EQ(failures_[0].retry_after, 120s);
  EXPECT_FALSE(failures_[0].request_left);
  EXPECT_THAT(site_.asked(), ElementsAre("1@0"));
}

TEST_F(PoliteHttpClientTest, FailsWhatHasNoTimeLeftWhenItsTurnComes) {
  ask("http://a.cn/1");
  ask("http://a.cn/2", 4s);
  ask("http://a.cn/3");

  clock_.advance(context_, 60s);

  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_EQ(failures_[0].code, "deadline");
  EXPECT_THAT(site_.asked(), ElementsAre("1@0", "3@5"));
}

TEST_F(PoliteHttpClientTest, ACancelledWaiterBlocksNobody) {
  asio::cancellation_signal second;
  asio::cancellation_signal third;
  ask("http://a.cn/1");
  ask_cancellably("http://a.cn/2", second);
  ask_cancellably("http://a.cn/3", third);
  ask("http://a.cn/4");
  clock_.advance(context_, 3s);  // the second waits for the gap, the third for its turn

  second.emit(asio::cancellation_type::terminal);
  third.emit(asio::cancellation_type::terminal);
  clock_.advance(context_, 60s);

  EXPECT_THAT(site_.asked(), ElementsAre("1@0", "4@5"));
}

TEST_F(PoliteHttpClientTest, ARequestThatThrowsGivesItsTurnBack) {
  site_.throws_at = "http://a.cn/1";
  ask("http://a.cn/1");
  ask("http://a.cn/2");

  clock_.advance(context_, 60s);

  EXPECT_THAT(site_.asked(), ElementsAre("1@0", "2@5"));
}

TEST_F(PoliteHttpClientTest, RefusesWhatIsNoUrl) {
  ask("a.cn/1");

  clock_.advance(context_, 0s);

  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_EQ(failures_[0].code, "url");
}

}  // namespace
}  // namespace liandong
