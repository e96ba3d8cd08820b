#include "adapters/channels/xibo/xibo_channel.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view kMarker = "0123456789ab";
constexpr std::string_view kKeys =
    "base_url = \"https://cms.example.cn\"\nclient_id = \"c\"\ndata_set = 7\n";

class XiboChannelTest : public testing::Test {
 protected:
  void SetUp() override { rebuild(std::string(kKeys)); }

  void rebuild(const std::string& keys) {
    const auto file = folder_.path() / "xibo.secret";
    std::ofstream(file) << "the-secret\n";
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    problems_ = Problems();
    Table table = Table::parse(keys + "client_secret_file = \"" + file.string() + "\"\n",
                               "test.toml", problems_);
    channel_ =
        make_xibo_channel(table, ChannelSetup{"hall-xibo", "示例市", nullptr, clock_, http_});
    table.reject_unknown();
    has_token_ = false;
  }

  static Item item() {
    Item made;
    made.id = 7;
    made.kind = Kind::Policy;
    made.first_seen = FakeClock::kStart;
    Article& article = made.revision.article;
    article.url = "https://www.example.gov.cn/zc/1.html";
    article.title = "关于印发<办法>&细则的通知";
    article.meta.content_source = "市教育局";
    liandong::Run text;
    text.text = "各县<b>：";
    article.body.blocks.push_back(Paragraph{{text}});
    return made;
  }

  Attempt attempt(Purpose purpose = Purpose::Publish) {
    Attempt made;
    made.delivery = "42";
    made.marker = kMarker;
    made.purpose = purpose;
    made.rendition = channel_->render(item(), kMarker).value();
    if (purpose != Purpose::Publish) made.published.remote_id = "aaaaaaaaaaaa";
    made.first_intent = clock_.now();
    made.deadline = clock_.after(30s);
    return made;
  }

  FakeHttp::Step& expect(const std::string& method, const std::string& path) {
    if (!std::exchange(has_token_, true)) {
      http_.expect("POST", "/api/authorize/access_token")
          .reply(200, R"({"access_token":"t1","expires_in":3600})");
    }
    return http_.expect(method, path);
  }

  Outcome perform(std::string_view name, Attempt made, Progress progress = {}) {
    for (const Step& step : channel_->steps(made.purpose)) {
      if (step.name == name)
        return run(clock_, channel_->perform(step, std::move(made), std::move(progress)));
    }
    throw std::logic_error("no such step");
  }
  Finding find(Attempt made) {
    const Step step = channel_->steps(made.purpose).front();
    return run(clock_, channel_->find(step, std::move(made), {}));
  }
  boost::json::object last_body() const {
    return boost::json::parse(http_.requests().back().body).as_object();
  }

  TempDir folder_;
  FakeClock clock_;
  FakeHttp http_;
  Problems problems_;
  std::unique_ptr<Channel> channel_;
  bool has_token_ = false;
};

TEST_F(XiboChannelTest, WritesARowByItsKey) {
  expect("POST", "https://cms.example.cn/api/dataset/importjson/7").reply(204);

  const Outcome outcome = perform("import", attempt());

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, kMarker);
  EXPECT_EQ(request_header(http_.requests().back(), "authorization"), "Bearer t1");
  const auto body = last_body();
  EXPECT_EQ(boost::json::serialize(body.at("uniqueKeys")), R"(["liandong_id"])");
  EXPECT_EQ(body.at("truncate"), false);
  const auto& row = body.at("rows").at(0);
  EXPECT_EQ(row.at("liandong_id").as_string(), kMarker);
  EXPECT_EQ(row.at("title"), "关于印发＜办法＞＆细则的通知");
  EXPECT_EQ(row.at("text"), "各县＜b＞：");
  EXPECT_EQ(row.at("link"), "https://www.example.gov.cn/zc/1.html?p=0123456789ab");
  EXPECT_EQ(row.at("source"), "市教育局");
  EXPECT_EQ(row.at("until"), "2026-12-22 16:00:00");
}

TEST_F(XiboChannelTest, CorrectsTheRowThatWasPublished) {
  expect("POST", "/importjson/7").reply(204);

  const Outcome outcome = perform("update", attempt(Purpose::Correct));

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(last_body().at("rows").at(0).at("liandong_id"), "aaaaaaaaaaaa");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "aaaaaaaaaaaa");
}

TEST_F(XiboChannelTest, DeletesEveryRowOfTheKeyAndIsDoneWhenThereIsNone) {
  expect("GET", "/data/7?liandong_id=aaaaaaaaaaaa")
      .reply(200, R"([{"id":"4","liandong_id":"aaaaaaaaaaaa"},{"id":5,"liandong_id":"aaaaaaaaaaaa"},
                      {"id":6,"liandong_id":"xaaaaaaaaaaaa"}])");
  expect("DELETE", "/api/dataset/data/7/4").reply(204);
  expect("DELETE", "/api/dataset/data/7/5").reply(204);
  EXPECT_EQ(name_of(perform("remove", attempt(Purpose::Withdraw))), "delivered");

  expect("GET", "/data/7").reply(200, "[]");
  EXPECT_EQ(name_of(perform("remove", attempt(Purpose::Withdraw))), "delivered");
  expect("GET", "/data/7").reply(500, "");
  EXPECT_EQ(name_of(perform("remove", attempt(Purpose::Withdraw))), "deferred");
  expect("GET", "/data/7").reply(200, R"([{"id":"4","liandong_id":"aaaaaaaaaaaa"}])");
  expect("DELETE", "/api/dataset/data/7/4").fail(answer_lost());
  EXPECT_EQ(name_of(perform("remove", attempt(Purpose::Withdraw))), "unconfirmed");
}

TEST_F(XiboChannelTest, AsksForANewTokenOnceWhenTheOldOneIsRefused) {
  expect("POST", "/importjson/7").reply(401, "{}");
  http_.expect("POST", "/access_token").reply(200, R"({"access_token":"t2","expires_in":3600})");
  expect("POST", "/importjson/7").reply(204);

  EXPECT_EQ(name_of(perform("import", attempt())), "delivered");
  EXPECT_EQ(request_header(http_.requests().back(), "authorization"), "Bearer t2");
}

TEST_F(XiboChannelTest, StopsWhenTheClientIsNotKnown) {
  http_.expect("POST", "/access_token").reply(401, R"({"error":"invalid_client"})");
  EXPECT_EQ(name_of(perform("import", attempt())), "unauthorized");
  http_.expect("POST", "/access_token").reply(502, "");
  EXPECT_EQ(name_of(perform("import", attempt())), "deferred");
  http_.expect("POST", "/access_token").fail(timed_out());
  EXPECT_EQ(name_of(perform("import", attempt())), "deferred");
}

// A CMS that shows all rows instead of those asked for proves no absence.
TEST_F(XiboChannelTest, DoesNotTakeAnUnfilteredListForAnAbsence) {
  expect("GET", "/data/7").reply(200, R"([{"id":"4","liandong_id":"ffffffffffff"}])");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(find(attempt())));
  expect("GET", "/data/7").reply(200, R"({"exception":"Error getting DataSet data"})");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(find(attempt())));
  expect("GET", "/data/7").reply(200, "[]");
  EXPECT_TRUE(std::holds_alternative<Absent>(find(attempt())));
}

TEST_F(XiboChannelTest, TellsThePlayersAndDoesNotFailForTheirSake) {
  rebuild(std::string(kKeys) + "display_group = 3\n");
  ASSERT_EQ(channel_->steps(Purpose::Publish).size(), 2U);
  expect("POST", "/importjson/7").reply(204);
  const Outcome imported = perform("import", attempt());
  ASSERT_EQ(name_of(imported), "done");
  const Progress progress = std::get<Done>(imported).progress;

  expect("POST", "/api/displaygroup/3/action/collectNow").reply(204);
  const Outcome told = perform("collect", attempt(), progress);
  ASSERT_EQ(name_of(told), "delivered");
  EXPECT_EQ(std::get<Delivered>(told).receipt.remote_id, kMarker);
  EXPECT_EQ(std::get<Delivered>(told).receipt.evidence, "reply");

  expect("POST", "/collectNow").reply(403, "");
  EXPECT_EQ(name_of(perform("collect", attempt(), progress)), "deferred");
  Attempt third = attempt();
  third.number = 3;
  expect("POST", "/collectNow").reply(403, "");
  EXPECT_EQ(name_of(perform("collect", third, progress)), "delivered");
}

TEST_F(XiboChannelTest, LooksAgainLongAfterwards) {
  Attempt made = attempt();
  made.published.remote_id = kMarker;
  const auto look = [&](const std::string& title, const std::string& link) {
    boost::json::array rows;
    rows.push_back({{"id", "4"}, {"liandong_id", kMarker}, {"title", title}, {"link", link}});
    expect("GET", "/data/7").reply(200, boost::json::serialize(rows));
    return run(clock_, channel_->inspect(made));
  };
  const std::string title = made.rendition.title;
  EXPECT_TRUE(std::holds_alternative<Verified>(look(title, made.rendition.link)));
  EXPECT_TRUE(std::holds_alternative<Drifted>(look("别的", made.rendition.link)));
  EXPECT_TRUE(std::holds_alternative<Drifted>(look(title, "https://www.example.gov.cn/")));
  expect("GET", "/data/7").reply(200, "[]");
  EXPECT_TRUE(std::holds_alternative<Vanished>(run(clock_, channel_->inspect(made))));
  expect("GET", "/data/7").reply(503, "");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(run(clock_, channel_->inspect(made))));
}

TEST_F(XiboChannelTest, ProbesTheColumnsItNeeds) {
  const auto probe = [&](const std::string& columns) {
    expect("GET", "/api/dataset/7/column").reply(200, columns);
    const auto traits = run(clock_, channel_->probe(clock_.after(5s)));
    return traits ? traits->note : traits.error().message();
  };
  EXPECT_THAT(probe(R"([{"heading":"liandong_id"},{"heading":"title"},{"heading":"link"}])"),
              HasSubstr("3 列"));
  EXPECT_THAT(probe(R"([{"heading":"title"},{"heading":"link"}])"),
              HasSubstr("no column liandong_id"));
}

TEST_F(XiboChannelTest, SaysWhatIsWrongWithItsConfiguration) {
  const auto problem = [this](const std::string& keys) {
    rebuild(keys);
    return problems_.list().empty() ? std::string() : problems_.list().front().to_string();
  };
  EXPECT_THAT(problem("base_url = \"https://c.cn\"\nclient_id = \"c\"\n"), HasSubstr("data_set"));
  EXPECT_EQ(channel_, nullptr);
  EXPECT_THAT(problem("base_url = \"http://c.cn\"\nclient_id = \"c\"\ndata_set = 7\n"),
              HasSubstr("must be https"));
  EXPECT_THAT(problem("base_url = \"https://c.cn\"\ndata_set = 7\n"), HasSubstr("client_id"));
  EXPECT_THAT(problem(std::string(kKeys) + "template = \"{{nothing}}\"\n"), HasSubstr("template"));
  EXPECT_EQ(problem(std::string(kKeys) + "display_group = 3\nexpiry_days = 0\n"), "");
}

}  // namespace
}  // namespace liandong
