#include "adapters/channels/anthias/anthias_channel.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/crypto.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view kMarker = "0123456789ab";
constexpr std::string_view kAddress = "base_url = \"https://hall-1.example.cn\"\n";

class AnthiasChannelTest : public testing::Test {
 protected:
  void SetUp() override { rebuild(std::string(kAddress)); }

  void rebuild(const std::string& keys) {
    const auto file = folder_.path() / "password";
    std::ofstream(file) << "pass word\n";
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const std::string with_file = keys.find("user") == std::string::npos
                                      ? keys
                                      : keys + "password_file = \"" + file.string() + "\"\n";
    problems_ = Problems();
    Table table = Table::parse(with_file, "test.toml", problems_);
    channel_ =
        make_anthias_channel(table, ChannelSetup{"hall-1", "示例市", nullptr, clock_, http_});
    table.reject_unknown();
  }

  static Item item() {
    Item made;
    made.id = 7;
    made.first_seen = FakeClock::kStart;
    made.revision.article.url = "https://www.example.gov.cn/zc/1.html";
    made.revision.article.title = "关于印发<办法>的\n通知";
    return made;
  }

  Attempt attempt(Purpose purpose = Purpose::Publish) {
    Attempt made;
    made.delivery = "42";
    made.marker = kMarker;
    made.purpose = purpose;
    made.rendition = channel_->render(item(), kMarker).value();
    if (purpose != Purpose::Publish) made.published.remote_id = "a1";
    made.first_intent = clock_.now();
    made.deadline = clock_.after(30s);
    return made;
  }
  Outcome perform(Attempt made) {
    const Step step = channel_->steps(made.purpose).front();
    return run(clock_, channel_->perform(step, std::move(made), {}));
  }
  Finding find(Attempt made) {
    const Step step = channel_->steps(made.purpose).front();
    return run(clock_, channel_->find(step, std::move(made), {}));
  }
  std::string problem(const std::string& keys) {
    rebuild(keys);
    return problems_.list().empty() ? "" : problems_.list().front().to_string();
  }

  TempDir folder_;
  FakeClock clock_;
  FakeHttp http_;
  Problems problems_;
  std::unique_ptr<Channel> channel_;
};

constexpr std::string_view kOurs =
    R"([{"asset_id":"b","name":"Welcome"},{"asset_id":"a1","name":"[liandong:0123456789ab] 关于",)"
    R"("uri":"https://www.example.gov.cn/zc/1.html?p=0123456789ab"}])";

TEST_F(AnthiasChannelTest, CreatesAPageThatShowsTheItem) {
  http_.expect("GET", "https://hall-1.example.cn/api/v2/assets").reply(200, "[]");
  http_.expect("POST", "https://hall-1.example.cn/api/v2/assets")
      .reply(201, R"({"asset_id":"a1","name":"x"})");

  const Outcome outcome = perform(attempt());

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "a1");
  const HttpRequest& sent = http_.requests().back();
  EXPECT_EQ(request_header(sent, "authorization"), "");
  const auto asset = boost::json::parse(sent.body).as_object();
  EXPECT_EQ(asset.at("name"), "[liandong:0123456789ab] 关于印发＜办法＞的 通知");
  EXPECT_EQ(asset.at("uri"), "https://www.example.gov.cn/zc/1.html?p=0123456789ab");
  EXPECT_EQ(asset.at("mimetype"), "webpage");
  EXPECT_EQ(asset.at("start_date"), "2026-11-22T08:00:00.000Z");
  EXPECT_EQ(asset.at("end_date"), "2026-12-22T08:00:00.000Z");
  EXPECT_EQ(asset.at("duration"), 20);
  EXPECT_EQ(asset.at("is_enabled"), true);
}

TEST_F(AnthiasChannelTest, NeverPostsWhatIsThere) {
  http_.expect("GET", "/api/v2/assets").reply(200, std::string(kOurs));

  const Outcome outcome = perform(attempt());

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "a1");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.evidence, "read-back");
}

TEST_F(AnthiasChannelTest, PostsNothingWhenItCannotLook) {
  http_.expect("GET", "/api/v2/assets").fail(timed_out());
  EXPECT_EQ(name_of(perform(attempt())), "deferred");
  http_.expect("GET", "/api/v2/assets").reply(500, "");
  EXPECT_EQ(name_of(perform(attempt())), "deferred");
  http_.expect("GET", "/api/v2/assets").reply(200, "<html>log in</html>");
  EXPECT_EQ(name_of(perform(attempt())), "deferred");
  http_.expect("GET", "/api/v2/assets").reply(429, "", {{"Retry-After", "30"}});
  EXPECT_EQ(name_of(perform(attempt())), "rate_limited");
}

TEST_F(AnthiasChannelTest, EditsInPlace) {
  http_.expect("PATCH", "/api/v2/assets/a1").reply(200, R"({"asset_id":"a1"})");
  const Outcome outcome = perform(attempt(Purpose::Correct));
  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "a1");

  http_.expect("PATCH", "/api/v2/assets/a1").reply(404, R"({"detail":"no"})");
  EXPECT_EQ(name_of(perform(attempt(Purpose::Correct))), "refused");
  http_.expect("PATCH", "/api/v2/assets/a1").reply(200, "<html>");
  EXPECT_EQ(name_of(perform(attempt(Purpose::Correct))), "unconfirmed");
  http_.expect("GET", "/api/v2/assets").reply(200, std::string(kOurs));
  EXPECT_TRUE(std::holds_alternative<Found>(find(attempt(Purpose::Correct))));
}

TEST_F(AnthiasChannelTest, BelievesADeletionOnlyWhenTheAssetIsGone) {
  http_.expect("DELETE", "/api/v2/assets/a1").reply(204);
  EXPECT_EQ(name_of(perform(attempt(Purpose::Withdraw))), "delivered");
  http_.expect("DELETE", "/api/v2/assets/a1").reply(404, "");
  http_.expect("GET", "/api/v2/assets").reply(200, "[]");
  EXPECT_EQ(name_of(perform(attempt(Purpose::Withdraw))), "delivered");
  http_.expect("DELETE", "/api/v2/assets/a1").reply(404, "");
  http_.expect("GET", "/api/v2/assets").reply(200, std::string(kOurs));
  EXPECT_EQ(name_of(perform(attempt(Purpose::Withdraw))), "unconfirmed");
  http_.expect("GET", "/api/v2/assets").reply(200, std::string(kOurs));
  EXPECT_TRUE(std::holds_alternative<Absent>(find(attempt(Purpose::Withdraw))));
}

TEST_F(AnthiasChannelTest, LooksAgainLongAfterwards) {
  Attempt made = attempt();
  made.published.remote_id = "a1";
  made.rendition.title = "关于";
  http_.expect("GET", "/api/v2/assets").reply(200, std::string(kOurs));
  EXPECT_TRUE(std::holds_alternative<Verified>(run(clock_, channel_->inspect(made))));
  made.rendition.title = "别的";
  http_.expect("GET", "/api/v2/assets").reply(200, std::string(kOurs));
  EXPECT_TRUE(std::holds_alternative<Drifted>(run(clock_, channel_->inspect(made))));
  http_.expect("GET", "/api/v2/assets").reply(200, "[]");
  EXPECT_TRUE(std::holds_alternative<Vanished>(run(clock_, channel_->inspect(made))));
}

TEST_F(AnthiasChannelTest, SendsAPasswordOverHttpsOnly) {
  EXPECT_EQ(problem(std::string(kAddress) + "user = \"u\"\n"), "");
  http_.expect("GET", "/api/v2/assets").reply(200, "[]");
  EXPECT_TRUE(run(clock_, channel_->probe(clock_.after(5s))).has_value());
  EXPECT_EQ(request_header(http_.requests().back(), "authorization"),
            "Basic " + base64("u:pass word"));

  EXPECT_EQ(problem("base_url = \"http://10.1.2.3\"\ninternal = true\n"), "");
  EXPECT_THAT(problem("base_url = \"http://10.1.2.3\"\n"), HasSubstr("internal = true"));
  EXPECT_THAT(problem("base_url = \"http://10.1.2.3\"\ninternal = true\nuser = \"u\"\n"),
              HasSubstr("https only"));
}

TEST_F(AnthiasChannelTest, SaysWhatIsWrongWithItsConfiguration) {
  EXPECT_THAT(problem(""), HasSubstr("base_url"));
  EXPECT_THAT(problem(std::string(kAddress) + "shown_for = \"1s\"\n"), HasSubstr("shown_for"));
  EXPECT_THAT(problem(std::string(kAddress) + "title = \"{{nothing}}\"\n"), HasSubstr("title"));
  EXPECT_THAT(problem(std::string(kAddress) + "expiry_days = 0\n"), HasSubstr("expiry_days"));
}

}  // namespace
}  // namespace liandong
