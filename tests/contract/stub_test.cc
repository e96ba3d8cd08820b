// The channels against the stand-ins of their platforms, over real connections that fail.

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/channels/mastodon/mastodon_channel.h"
#include "adapters/channels/weibo/weibo_channel.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/platform/text.h"

#include "tests/contract/stub_process.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

struct Platform {
  std::string name;
  std::string script;
  std::vector<std::string> options;
  MakeChannel make;
  std::string config;
  std::string step;  // the publishing one
  std::string path;
};

void PrintTo(const Platform& platform, std::ostream* out) {
  *out << platform.name;
}

class StubTest : public testing::TestWithParam<Platform> {
 protected:
  void SetUp() override {
    const auto file = folder_.path() / "token";
    std::ofstream(file) << "stub-token\n";
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::vector<std::string> arguments = {"--journal", (folder_.path() / "journal").string()};
    for (const std::string& option : GetParam().options) {
      arguments.insert(arguments.end(), {"--set", option});
    }
    stub_ = std::make_unique<StubProcess>(GetParam().script, arguments);
    Problems problems;
    Table table = Table::parse(fmt::format("base_url = \"{}\"\naccess_token_file = \"{}\"\n{}",
                                           stub_->url(), file.string(), GetParam().config),
                               "stub.toml", problems);
    channel_ = GetParam().make(table, ChannelSetup{"stub", "示例网站", nullptr, clock_, http_});
    ASSERT_NE(channel_, nullptr);
  }

  // A delivery of an item of its own.
  Attempt attempt(int number) {
    Item item;
    item.id = number;
    item.kind = Kind::Policy;
    item.revision.article.url = fmt::format("https://www.example.gov.cn/{}.html", number);
    item.revision.article.title = fmt::format("第{}号通知", number);
    Attempt attempt;
    attempt.delivery = std::to_string(number);
    attempt.marker = fmt::format("{:012x}", number);
    attempt.rendition = channel_->render(item, attempt.marker).value();
    attempt.sha256 = attempt.marker;
    attempt.first_intent = clock_.now();
    return attempt;
  }

  Step step(Purpose purpose, std::string_view name) const {
    for (const Step& each : channel_->steps(purpose)) {
      if (each.name == name) return each;
    }
    throw std::logic_error("no such step");
  }

  Outcome publish(Attempt attempt, Duration patience = 5s) {
    attempt.deadline = clock_.after(patience);
    return run(context_, channel_->perform(step(Purpose::Publish, GetParam().step), attempt, {}));
  }

  Finding find(Attempt attempt) {
    attempt.deadline = clock_.after(5s);
    return run(context_, channel_->find(step(Purpose::Publish, GetParam().step), attempt, {}));
  }

  void fault(std::string_view when, std::string_view what) {
    HttpRequest request;
    request.method = "POST";
    request.body = fmt::format(R"({{"path":"{}","when":"{}","do":"{}","bytes":60}})",
                               GetParam().path, when, what);
    control("fault", std::move(request));
  }

  std::size_t published() {
    return boost::json::parse(control("journal", HttpRequest{})).as_array().size();
  }

  std::string control(const std::string& what, HttpRequest request) {
    AddressPolicy::Options options;
    options.allow_http = true;
    options.allow_private = true;
    options.ports = {std::stoi(stub_->url().substr(stub_->url().rfind(':') + 1))};
    request.url = stub_->url("/_stub/" + what);
    request.policy = std::make_shared<const AddressPolicy>(options);
    request.deadline = clock_.after(5s);
    const HttpResult result = run(context_, http_.send(std::move(request)));
    return std::get<HttpReply>(result).body;
  }

  TempDir folder_;
  asio::io_context context_;
  SystemClock clock_;
  CurlHttpClient http_{{}, clock_};
  std::unique_ptr<StubProcess> stub_;
  std::unique_ptr<Channel> channel_;
};

TEST_P(StubTest, AcceptsWhatTheChannelSends) {
  const std::string_view outcome = name_of(publish(attempt(1)));

  EXPECT_TRUE(outcome == "delivered" || outcome == "done") << outcome;
  EXPECT_EQ(published(), 1U);
  EXPECT_TRUE(std::holds_alternative<Found>(find(attempt(1))));
  EXPECT_TRUE(run(context_, channel_->probe(clock_.after(5s))).has_value());
}

TEST_P(StubTest, FindsAPostWhoseAnswerWasLost) {
  int number = 1;
  for (const std::string_view what : {"withhold", "cut", "reset", "close", "http"}) {
    const Attempt lost = attempt(number++);
    fault("after_commit", what);

    const Duration patience = what == "withhold" ? 1s : 5s;
    EXPECT_EQ(name_of(publish(lost, patience)), "unconfirmed") << what;
    EXPECT_TRUE(std::holds_alternative<Found>(find(lost))) << what;
  }
  EXPECT_EQ(published(), 5U);
}

TEST_P(StubTest, SeesThatASwallowedRequestPublishedNothing) {
  int number = 1;
  for (const std::string_view what : {"withhold", "reset", "close", "http"}) {
    const Attempt lost = attempt(number++);
    fault("before", what);

    const Duration patience = what == "withhold" ? 1s : 5s;
    EXPECT_EQ(name_of(publish(lost, patience)), "unconfirmed") << what;
    EXPECT_TRUE(std::holds_alternative<Absent>(find(lost))) << what;
  }
  EXPECT_EQ(published(), 0U);
}

TEST_P(StubTest, WithdrawsTwiceWithoutComplaint) {
  ASSERT_NE(name_of(publish(attempt(1))), "unconfirmed");
  const Finding finding = find(attempt(1));
  ASSERT_TRUE(std::holds_alternative<Found>(finding));
  Attempt withdraw = attempt(1);
  withdraw.purpose = Purpose::Withdraw;
  withdraw.published = std::get<Delivered>(std::get<Found>(finding).what).receipt;
  withdraw.deadline = clock_.after(5s);
  const Step only = channel_->steps(Purpose::Withdraw).front();

  EXPECT_EQ(name_of(run(context_, channel_->perform(only, withdraw, {}))), "delivered");
  EXPECT_EQ(name_of(run(context_, channel_->perform(only, withdraw, {}))), "delivered");
  EXPECT_EQ(published(), 2U);  // the post and its deletion
}

Platform weibo() {
  return {"weibo",
          "weibo.py",
          {"safe_domain=example.gov.cn"},
          &make_weibo_channel,
          "rip = \"211.156.0.1\"\nsafe_domains = [\"example.gov.cn\"]\n",
          "share",
          "/2/statuses/share.json"};
}

Platform mastodon(const std::string& family) {
  return {family, "mastodon.py", {"family=" + family}, &make_mastodon_channel,
          "",     "post",        "/api/v1/statuses"};
}

INSTANTIATE_TEST_SUITE_P(Platforms, StubTest,
                         testing::Values(weibo(), mastodon("mastodon"), mastodon("gotosocial"),
                                         mastodon("pleroma"), mastodon("snac")),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace liandong
