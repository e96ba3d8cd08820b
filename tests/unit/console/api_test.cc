#include "daemon/console/api.h"

#include <boost/json/object.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/console.h"
#include "daemon/item/item_store.h"

#include "tests/unit/console/console_store.h"

namespace liandong {
namespace {

using testing::HasSubstr;

class ApiTest : public testing::Test {
 protected:
  ApiTest() : health_(store_.clock), api_(options(), *store_.database, store_.clock, health_) {
    router_.guard([](const WebRequest& request) { return console_guard(request, {}); });
    api_.add_routes(router_);
  }

  ApiOptions options() {
    ApiOptions options;
    options.site_name = "示范县人民政府";
    options.channels = {{"weibo", "weibo"}, {"hall", "hall"}};
    options.screening = [this] { return screening_; };
    return options;
  }

  boost::json::object get(const std::string& path, std::map<std::string, std::string> query = {}) {
    const WebResponse response = store_.get(router_, path, std::move(query));
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body).as_object();
  }

  ScreeningRules screening_{{}, {}, {{"攻府", "政府", true, ""}}};
  ConsoleStore store_;
  Health health_;
  Api api_;
  Router router_;
};

TEST_F(ApiTest, StatusNamesTheSiteAndItsChannels) {
  const boost::json::object status = get("/api/v1/status");

  EXPECT_EQ(status.at("site").as_string(), "示范县人民政府");
  EXPECT_EQ(status.at("channels").as_array().size(), 2U);
  EXPECT_EQ(status.at("channel_types").at("hall").as_string(), "hall");
  EXPECT_EQ(status.at("ledger").at("size").as_int64(), 1);
}

TEST_F(ApiTest, ItemsShowTheNewestDeliveryOfEveryChannel) {
  store_.add_item("关于<script>的通知");
  DeliveryFacts facts;
  store_.add_delivery(facts);
  facts.purpose = "withdraw";
  facts.state = "queued";
  store_.add_delivery(facts);

  const boost::json::object page = get("/api/v1/items");

  const boost::json::object& item = page.at("items").at(0).as_object();
  EXPECT_EQ(item.at("title").as_string(), "关于<script>的通知");
  EXPECT_EQ(item.at("channels").at("hall").at("purpose").as_string(), "withdraw");
  EXPECT_TRUE(page.at("next").is_null());
}

TEST_F(ApiTest, ItemsSayWhereTheNextPageBegins) {
  for (int i = 0; i < 3; ++i) store_.add_item("item");

  const boost::json::object page = get("/api/v1/items", {{"limit", "2"}});

  EXPECT_EQ(page.at("next").as_int64(), 2);
  EXPECT_EQ(get("/api/v1/items", {{"limit", "2"}, {"before", "2"}}).at("items").as_array().size(),
            1U);
}

TEST_F(ApiTest, OneItemComesWithItsDeliveriesAndItsLog) {
  store_.add_item("one");
  store_.add_delivery({});

  const boost::json::object item = get("/api/v1/items/1");

  EXPECT_EQ(item.at("deliveries").at(0).at("evidence").as_string(), "listed");
  EXPECT_EQ(item.at("log").at(0).at("entry").at("result").as_string(), "delivered");
}

TEST_F(ApiTest, AnItemSaysWhatScreeningFindsInIt) {
  Item item;
  item.source = "notices";
  item.first_seen = store_.clock.now();
  item.revision.article.title = "市攻府公告";
  item.revision.article.url = "https://example.gov.cn/b";
  item.revision.article.body.blocks = {Paragraph{{{"车牌皖A12345", "", false}}}};
  const ItemId id =
      store_.database->write_now([&](Transaction& tx) { return ItemStore::insert(tx, item, {}); });

  const boost::json::array found =
      get("/api/v1/items/" + std::to_string(id)).at("screening").as_array();

  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found.at(0).at("holds").as_bool());
  EXPECT_EQ(found.at(0).at("words").as_string(), "用语错误（标题）：“攻府”应为“政府”");
  EXPECT_FALSE(found.at(1).at("holds").as_bool());

  screening_.wording.clear();  // as a reload does
  EXPECT_EQ(get("/api/v1/items/" + std::to_string(id)).at("screening").as_array().size(), 1U);
}

TEST_F(ApiTest, RefusesWhatItCannotRead) {
  EXPECT_EQ(store_.get(router_, "/api/v1/items/7").status, 404);
  EXPECT_EQ(store_.get(router_, "/api/v1/items/x").status, 404);
  EXPECT_EQ(store_.get(router_, "/api/v1/items/99999999999999999999").status, 404);
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"limit", "0"}, {"since", "yesterday"}, {"before", "-1"}, {"after", "1x"}}) {
    const WebResponse response = store_.get(router_, "/api/v1/log", {{name, value}});
    EXPECT_EQ(response.status, 400) << name;
    EXPECT_THAT(response.body, HasSubstr(name)) << name;
  }
  for (const char* name : {"kind", "state", "since", "until"})
    EXPECT_EQ(store_.get(router_, "/api/v1/items", {{name, "nonsense"}}).status, 400) << name;
}

TEST_F(ApiTest, ItemsAreNarrowedByChannelStateAndDay) {
  store_.add_item("one");
  store_.add_delivery({});
  const auto count = [&](std::map<std::string, std::string> query) {
    return get("/api/v1/items", std::move(query)).at("items").as_array().size();
  };

  EXPECT_EQ(count({{"channel", "hall"}, {"state", "delivered"}}), 1U);
  EXPECT_EQ(count({{"channel", "weibo"}}), 0U);
  EXPECT_EQ(count({{"state", "failed"}}), 0U);
  EXPECT_EQ(count({{"since", "2026-11-22"}, {"until", "2026-11-22"}}), 1U) << "the whole day";
  EXPECT_EQ(count({{"until", "2026-11-21"}}), 0U);
}

TEST_F(ApiTest, TheLogTakesABeijingDate) {
  store_.add_item("one");
  store_.add_delivery({});

  EXPECT_EQ(get("/api/v1/log", {{"since", "2026-11-22"}}).at("entries").as_array().size(), 2U);
  EXPECT_EQ(get("/api/v1/log", {{"since", "2026-11-23"}}).at("entries").as_array().size(), 0U);
}

TEST_F(ApiTest, AnswersOnlyToNamesOfThisMachine) {
  WebRequest request;
  request.method = "GET";
  request.path = "/api/v1/status";
  request.headers["host"] = "rebound.example:8460";

  EXPECT_EQ(store_.ask(router_, request).status, 421);
}

TEST_F(ApiTest, IsHealthyOnlyWhileEveryPartMoves) {
  EXPECT_EQ(store_.get(router_, "/healthz").status, 200);
  store_.clock.advance(Duration(20'001));
  health_.moved(Health::Part::Loop);
  health_.moved(Health::Part::Store);

  const WebResponse stuck = store_.get(router_, "/healthz");
  EXPECT_EQ(stuck.status, 503);
  const boost::json::value body = boost::json::parse(stuck.body);
  EXPECT_FALSE(body.at("parts").at("scheduler").at("moving").as_bool());
  EXPECT_TRUE(body.at("parts").at("loop").at("moving").as_bool());

  health_.moved(Health::Part::Scheduler);
  EXPECT_EQ(store_.get(router_, "/healthz").status, 200);
}

TEST_F(ApiTest, MetricsCountDeliveriesByChannelAndState) {
  store_.add_item("one");
  store_.add_delivery({});

  const WebResponse response = store_.get(router_, "/metrics");

  EXPECT_TRUE(response.type.starts_with("text/plain; version=0.0.4"));
  EXPECT_THAT(response.body,
              HasSubstr("liandong_deliveries{channel=\"hall\",state=\"delivered\"} 1"));
  EXPECT_THAT(response.body, HasSubstr("liandong_queue_depth{channel=\"hall\"} 0"));
  EXPECT_THAT(response.body, HasSubstr("# TYPE liandong_commits_total counter"));
  EXPECT_THAT(response.body, HasSubstr("liandong_ledger_entries 2"));
}

TEST_F(ApiTest, EventsTellOfAChangeOnce) {
  WebResponse response = store_.get(router_, "/api/v1/events");
  ASSERT_TRUE(response.stream);
  EXPECT_EQ(response.type, "text/event-stream");
  const auto first = run(store_.context, response.stream());
  EXPECT_THAT(first.value_or(""), HasSubstr("{\"ledger_size\":1}"));

  auto second = asio::co_spawn(store_.context, response.stream(), asio::use_future);
  store_.context.restart();
  store_.context.poll();
  store_.add_item("one");
  store_.add_delivery({});
  store_.clock.advance(Duration(1000));
  while (second.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    store_.context.restart();
    store_.context.run_one();
  }
  EXPECT_THAT(second.get().value_or(""), HasSubstr("{\"ledger_size\":2}"));
}

TEST_F(ApiTest, ServesItsPageWithoutInlineCode) {
  const WebResponse page = store_.get(router_, "/");

  EXPECT_EQ(page.type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("/assets/console.mjs"));
  EXPECT_THAT(page.body, testing::Not(HasSubstr("style=")));
  EXPECT_THAT(page.body, testing::Not(HasSubstr("onclick=")));
  for (const char* name : {"console.css", "console.mjs", "console_words.mjs"}) {
    const WebResponse part = store_.get(router_, std::string("/assets/") + name);
    EXPECT_EQ(part.status, 200) << name;
    EXPECT_THAT(part.body, testing::Not(HasSubstr("innerHTML"))) << name;
  }
}

TEST(Console, ListensOnlyOnLoopback) {
  EXPECT_TRUE(check_console_listen("127.0.0.1:8460"));
  EXPECT_TRUE(check_console_listen("[::1]:8460"));
  for (const char* listen : {"0.0.0.0:8460", "192.168.1.5:8460", "[::]:8460"}) {
    const auto address = check_console_listen(listen);
    ASSERT_FALSE(address) << listen;
    EXPECT_THAT(address.error().message(), HasSubstr("loopback")) << listen;
  }
  EXPECT_TRUE(check_screens_listen("0.0.0.0:8461"));
}

}  // namespace
}  // namespace liandong
