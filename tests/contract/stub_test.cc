// The channels against the stand-ins of their platforms, over real connections that fail.

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/channels/anthias/anthias_channel.h"
#include "adapters/channels/mastodon/mastodon_channel.h"
#include "adapters/channels/weibo/weibo_channel.h"
#include "adapters/channels/weibo/weibo_errors.h"
#include "adapters/channels/xibo/xibo_channel.h"
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
  std::string secret_key = "access_token_file";
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
    Table table = Table::parse(fmt::format("base_url = \"{}\"\n{} = \"{}\"\n{}", stub_->url(),
                                           GetParam().secret_key, file.string(), GetParam().config),
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
    stub_control(http_, clock_, *stub_, "fault",
                 fmt::format(R"({{"method":"POST","path":"{}","when":"{}","do":"{}","bytes":20}})",
                             GetParam().path, when, what));
  }

  std::size_t published() {
    return boost::json::parse(stub_control(http_, clock_, *stub_, "journal")).as_array().size();
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

// --- every row of the error table, over the wire ---

class WeiboErrorsStub : public StubTest {};

TEST_P(WeiboErrorsStub, EndEachInTheOutcomeOfTheTable) {
  for (const WeiboError& error : kWeiboErrors) {
    stub_control(
        http_, clock_, *stub_, "options",
        fmt::format(R"({{"next_error":{},"string_codes":{}}})", error.code, error.code % 2 == 0));
    const std::string code = std::to_string(error.code);
    const Outcome wanted = outcome_of_weibo(error.code, {code, "", 400}, {}, clock_.now());

    const Outcome outcome = publish(attempt(error.code));

    EXPECT_EQ(name_of(outcome), name_of(wanted)) << error.code;
    if (const Diagnostic* why = diagnostic_of(outcome)) {
      EXPECT_EQ(why->code, code);
    }
    EXPECT_EQ(published(), 0U) << error.code;
  }
}

// --- 头条文章: an absence proves nothing, and only a person takes one down ---

class WeiboArticleStub : public StubTest {
 protected:
  std::size_t made(std::string_view op) {
    std::size_t count = 0;
    const auto all = boost::json::parse(stub_control(http_, clock_, *stub_, "journal"));
    for (const auto& entry : all.as_array()) count += entry.at("op").as_string() == op ? 1U : 0U;
    return count;
  }
};

TEST_P(WeiboArticleStub, IsFoundByItsPost) {
  ASSERT_EQ(name_of(publish(attempt(1))), "delivered");
  int number = 2;
  for (const std::string_view what : {"cut", "reset", "close", "http"}) {
    const Attempt lost = attempt(number++);
    fault("after_commit", what);
    EXPECT_EQ(name_of(publish(lost)), "unconfirmed") << what;
    EXPECT_TRUE(std::holds_alternative<Found>(find(lost))) << what;
  }
  EXPECT_EQ(made("article"), 5U);
  EXPECT_EQ(made("publish"), 5U);
}

TEST_P(WeiboArticleStub, IsNeverCalledAbsent) {
  const Attempt lost = attempt(1);
  fault("before", "close");
  EXPECT_EQ(name_of(publish(lost)), "unconfirmed");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(find(lost)));
}

TEST_P(WeiboArticleStub, IsAPersonsWhenItStandsWithoutItsPost) {
  for (const int code : {11002, 11003}) {
    stub_control(http_, clock_, *stub_, "options", fmt::format(R"({{"article_code":{}}})", code));
    EXPECT_EQ(name_of(publish(attempt(code))), "refused");
  }
  EXPECT_EQ(made("article"), 2U);
  EXPECT_EQ(made("publish"), 0U);
  stub_control(http_, clock_, *stub_, "options", R"({"articles":false})");
  EXPECT_EQ(name_of(publish(attempt(1))), "unauthorized");
}

// --- what Mastodon's families do differently ---

class BoostStub : public StubTest {};

TEST_P(BoostStub, IsNotTakenForThePostItself) {
  ASSERT_EQ(name_of(publish(attempt(1))), "done");
  stub_control(http_, clock_, *stub_, "options", R"({"boosted":true})");

  const Finding finding = find(attempt(1));

  ASSERT_TRUE(std::holds_alternative<Found>(finding));
  const std::string id = std::get<Delivered>(std::get<Found>(finding).what).receipt.remote_id;
  EXPECT_FALSE(id.starts_with("boost-")) << id;
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

Platform weibo_articles() {
  Platform platform = weibo();
  platform.name = "weibo_articles";
  platform.config +=
      "article_kinds = [\"policy\"]\narticle_from = 0\n"
      "article_cover = \"https://www.example.gov.cn/cover.jpg\"\n";
  platform.path = "/proxy/article/publish.json";
  return platform;
}

Platform mastodon(const std::string& family) {
  return {family, "mastodon.py", {"family=" + family}, &make_mastodon_channel,
          "",     "post",        "/api/v1/statuses"};
}

Platform xibo() {
  return {"xibo",
          "xibo.py",
          {},
          &make_xibo_channel,
          "client_id = \"liandong\"\ndata_set = 7\n",
          "import",
          "/api/dataset/importjson/7",
          "client_secret_file"};
}

Platform anthias() {
  return {
      "anthias", "anthias.py",     {"auth=true"},  &make_anthias_channel, "user = \"liandong\"\n",
      "create",  "/api/v2/assets", "password_file"};
}

INSTANTIATE_TEST_SUITE_P(Platforms, StubTest,
                         testing::Values(weibo(), xibo(), anthias(), mastodon("mastodon"),
                                         mastodon("gotosocial"), mastodon("pleroma"),
                                         mastodon("snac")),
                         [](const auto& each) { return each.param.name; });
INSTANTIATE_TEST_SUITE_P(Weibo, WeiboErrorsStub, testing::Values(weibo()),
                         [](const auto& each) { return each.param.name; });
INSTANTIATE_TEST_SUITE_P(Weibo, WeiboArticleStub, testing::Values(weibo_articles()),
                         [](const auto& each) { return each.param.name; });
INSTANTIATE_TEST_SUITE_P(Families, BoostStub,
                         testing::Values(mastodon("mastodon"), mastodon("gotosocial"),
                                         mastodon("pleroma"), mastodon("snac")),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace liandong
