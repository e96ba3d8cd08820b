#include "daemon/console/hall.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/screen_time.h"
#include "daemon/console/hall_orders.h"
#include "daemon/console/screens.h"
#include "daemon/platform/text.h"

#include "tests/unit/console/console_store.h"

namespace liandong {
namespace {

const std::string kKey(64, 'a');

struct DeliveryDay {
  std::int64_t day = 0;
  std::string group;
  std::int64_t shows = 0;
  std::int64_t millis = 0;
};

class HallTest : public testing::Test {
 protected:
  HallTest() : hall_(options(), *store_.database, store_.ledger, store_.clock) {
    hall_.add_routes(router_);
  }

  static HallOptions options() {
    HallOptions options;
    options.site_name = "示范县人民政府";
    options.channels = {"hall", "hall-2"};
    options.approve_loopback_screens = true;
    return options;
  }

  WebResponse ask(const std::string& method, const std::string& path, const std::string& body,
                  const std::string& token = "", const std::string& tag = "") {
    WebRequest request;
    request.method = method;
    request.path = "/display/v1/" + path;
    request.body = body;
    request.peer = "10.0.0.7";
    request.peer_is_loopback = loopback_;
    if (!token.empty()) request.headers["authorization"] = "Bearer " + token;
    if (!tag.empty()) request.headers["if-none-match"] = tag;
    return store_.ask(router_, std::move(request));
  }
  WebResponse register_screen(const std::string& key, const std::string& name) {
    boost::json::object body{{"screen_key", key}, {"name", name}, {"model", "test"}};
    return ask("POST", "register", boost::json::serialize(body));
  }
  std::string ready_token() {
    const WebResponse response = register_screen(kKey, "一楼大厅");
    return std::string(boost::json::parse(response.body).at("token").as_string());
  }
  boost::json::object list(const std::string& token) {
    const WebResponse response = ask("GET", "list", "", token);
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body).as_object();
  }
  void deliver(std::int64_t item, const std::string& title, const std::string& purpose = "publish",
               int revision = 1, std::map<std::string, std::string> fields = {}) {
    DeliveryFacts facts;
    facts.item = item;
    facts.revision = revision;
    facts.purpose = purpose;
    facts.rendition.title = title;
    facts.rendition.text = "第一页\f第二页";
    fields.emplace("dwell", "19,14");
    fields.emplace("qr_url", "https://example.gov.cn/a?p=1");
    facts.rendition.fields = std::move(fields);
    store_.add_delivery(facts);
  }
  std::vector<std::string> titles(const std::string& token) {
    std::vector<std::string> result;
    const boost::json::object body = list(token);
    for (const auto& slide : body.at("slides").as_array())
      result.emplace_back(slide.at("title").as_string());
    return result;
  }
  template <typename Work>
  auto in_store(Work work) {
    return store_.database->write_now(std::move(work));
  }
  void owe_on_the_hall(std::int64_t item) {
    in_store([&](Transaction& tx) {
      tx.sql() << "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, reason) "
                  "VALUES (:item, 'hall', 'all', 1, 1, 9000000000000, '')",
          soci::use(item, "item");
      Entry entry{"obligation.made", "system:planner", {}};
      entry.facts["item"] = item;
      entry.facts["channel"] = "hall";
      store_.ledger.append(tx, entry);
    });
  }
  std::int64_t met() {
    return in_store([](Transaction& tx) {
      std::int64_t number = 0;
      tx.sql() << "SELECT count(*) FROM obligation WHERE met_at IS NOT NULL", soci::into(number);
      return number;
    });
  }
  bool pin(std::int64_t item) {
    return in_store([&](Transaction& tx) {
      const Decider by{"user:u000002", store_.clock.now()};
      return pin_item(tx, store_.ledger, item, {"hall"}, by.now + std::chrono::days(1), by)
          .has_value();
    });
  }

  ConsoleStore store_;
  Hall hall_;
  Router router_;
  bool loopback_ = true;
};

TEST_F(HallTest, AScreenWaitsUntilAPersonApprovesIt) {
  loopback_ = false;
  EXPECT_EQ(boost::json::parse(register_screen(kKey, "一楼大厅").body).at("state").as_string(),
            "waiting");
  EXPECT_EQ(boost::json::parse(register_screen(kKey, "一楼大厅").body).at("state").as_string(),
            "waiting");

  const auto approved = in_store([this](Transaction& tx) {
    return approve_screen(tx, store_.ledger, "一楼大厅", "operator:cli");
  });
  const auto again = in_store([this](Transaction& tx) {
    return approve_screen(tx, store_.ledger, "一楼大厅", "operator:cli");
  });

  EXPECT_TRUE(approved);
  EXPECT_FALSE(again);
  const boost::json::value answer = boost::json::parse(register_screen(kKey, "一楼大厅").body);
  EXPECT_EQ(answer.at("state").as_string(), "ready");
  EXPECT_EQ(ask("GET", "list", "", std::string(answer.at("token").as_string())).status, 200);
}

TEST_F(HallTest, AScreenOnThisMachineNeedsNoPersonWhenConfiguredSo) {
  EXPECT_EQ(ask("GET", "list", "", ready_token()).status, 200);
}

TEST_F(HallTest, RegisteringAgainEndsTheOldToken) {
  const std::string first = ready_token();
  const std::string second = ready_token();

  EXPECT_EQ(ask("GET", "list", "", first).status, 401);
  EXPECT_EQ(ask("GET", "list", "", second).status, 200);
}

TEST_F(HallTest, TwoScreensCannotHaveOneName) {
  (void)ready_token();

  EXPECT_EQ(register_screen(std::string(64, 'b'), "一楼大厅").status, 409);
}

TEST_F(HallTest, RefusesARegistrationWithoutARealKey) {
  for (const char* body :
       {"", "[]", "{}", "{\"screen_key\":\"short\",\"name\":\"x\"}",
        "{\"screen_key\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
        "{\"screen_key\":\"' OR 1=1 --aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"name\":\"x\"}",
        "[[[[[[[[]]]]]]]]"})
    EXPECT_EQ(ask("POST", "register", body).status, 400) << body;
}

TEST_F(HallTest, SlowsDownOneThatRegistersAllTheTime) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("POST", "register", "{}").status, 400);
  EXPECT_EQ(ask("POST", "register", "{}").status, 429);

  store_.clock.advance(Duration(60'001));
  EXPECT_EQ(ask("POST", "register", "{}").status, 400);
}

TEST_F(HallTest, WithoutAGoodTokenThereIsNoList) {
  EXPECT_EQ(ask("GET", "list", "").status, 401);
  EXPECT_EQ(ask("GET", "list", "", "guess").status, 401);
  EXPECT_EQ(ask("POST", "heartbeat", "{}", "guess").status, 401);
  EXPECT_EQ(ask("POST", "plays", "[]", "guess").status, 401);
}

TEST_F(HallTest, ARevokedScreenGetsNothing) {
  const std::string token = ready_token();
  (void)in_store([this](Transaction& tx) {
    return revoke_screen(tx, store_.ledger, "一楼大厅", "operator:cli");
  });

  EXPECT_EQ(ask("GET", "list", "", token).status, 403);
  EXPECT_EQ(register_screen(kKey, "一楼大厅").status, 403);
}

TEST_F(HallTest, EveryChangeOfAScreenStandsInTheLedger) {
  (void)ready_token();

  std::int64_t entries = 0;
  in_store([&entries](Transaction& tx) {
    tx.sql() << "SELECT count(*) FROM ledger_index WHERE event IN ('screen.registered', "
                "'screen.approved')",
        soci::into(entries);
  });
  EXPECT_EQ(entries, 2);
}

TEST_F(HallTest, ListsWhatWasDeliveredAndNothingElse) {
  store_.add_item("one");
  store_.add_item("two");
  store_.add_item("three");
  deliver(1, "delivered");
  DeliveryFacts held;
  held.item = 2;
  held.state = "held";
  store_.add_delivery(held);
  DeliveryFacts elsewhere;
  elsewhere.item = 3;
  elsewhere.channel = "weibo";
  store_.add_delivery(elsewhere);

  const boost::json::object body = list(ready_token());

  ASSERT_EQ(body.at("slides").as_array().size(), 1U);
  const boost::json::object& slide = body.at("slides").at(0).as_object();
  EXPECT_EQ(slide.at("title").as_string(), "delivered");
  EXPECT_EQ(boost::json::serialize(slide.at("body")), "[\"第一页\",\"第二页\"]");
  EXPECT_EQ(boost::json::serialize(slide.at("dwell")), "[19,14]");
  EXPECT_EQ(slide.at("qr").at("size").as_int64(), 29);
  EXPECT_TRUE(parse_rfc3339(std::string(slide.at("from").as_string())).has_value());
  EXPECT_TRUE(slide.contains("published_at"));
  EXPECT_TRUE(body.at("emergency").is_null());
  EXPECT_EQ(body.at("site").as_string(), "示范县人民政府");
  EXPECT_EQ(body.at("server_time").as_string(), rfc3339(store_.clock.now()));
}

TEST_F(HallTest, ACorrectionReplacesAndAWithdrawalRemoves) {
  store_.add_item("one");
  const std::string token = ready_token();
  deliver(1, "first text");
  EXPECT_THAT(titles(token), testing::ElementsAre("first text"));

  deliver(1, "corrected text", "correct", 2);
  EXPECT_THAT(titles(token), testing::ElementsAre("corrected text"));

  deliver(1, "", "withdraw", 2);
  EXPECT_THAT(titles(token), testing::IsEmpty());
  EXPECT_EQ(list(token).at("tombstones").at(0).at("item").as_int64(), 1);

  deliver(1, "published again", "publish", 3);
  EXPECT_THAT(titles(token), testing::ElementsAre("published again"));
}

TEST_F(HallTest, AScreenOfAGroupSeesItsChannelOnly) {
  store_.add_item("one");
  store_.add_item("two");
  deliver(1, "for hall");
  DeliveryFacts other;
  other.item = 2;
  other.channel = "hall-2";
  other.rendition.title = "for hall-2";
  store_.add_delivery(other);
  const std::string token = ready_token();
  EXPECT_EQ(titles(token).size(), 2U);

  store_.execute("UPDATE screen SET screen_group = 'hall-2'");
  EXPECT_THAT(titles(token), testing::ElementsAre("for hall-2"));
  store_.execute("UPDATE screen SET screen_group = 'weibo'");
  EXPECT_THAT(titles(token), testing::IsEmpty());
}

TEST_F(HallTest, ASlideVanishesWhenItsTimeIsOver) {
  store_.add_item("one");
  const Timestamp end = store_.clock.now() + std::chrono::hours(1);
  deliver(1, "short-lived", "publish", 1, {{"to", rfc3339(end)}});
  const std::string token = ready_token();
  const boost::json::object before = list(token);
  EXPECT_EQ(before.at("next_change_at").as_string(), rfc3339(end));

  store_.clock.advance(std::chrono::hours(1));

  EXPECT_THAT(titles(token), testing::IsEmpty());
  EXPECT_NE(list(token).at("version"), before.at("version"));
}

TEST_F(HallTest, ARaisedPriorityLastsUntilItsTime) {
  store_.add_item("one");
  const Timestamp end = store_.clock.now() + std::chrono::hours(2);
  deliver(1, "important", "publish", 1, {{"priority", "1"}, {"priority_to", rfc3339(end)}});
  const std::string token = ready_token();
  EXPECT_EQ(list(token).at("slides").at(0).at("priority").as_int64(), 1);

  store_.clock.advance(std::chrono::hours(2));

  EXPECT_EQ(list(token).at("slides").at(0).at("priority").as_int64(), 0);
}

TEST_F(HallTest, Answers304WhileNothingChanged) {
  store_.add_item("one");
  store_.add_item("two");
  deliver(1, "one");
  const std::string token = ready_token();
  const std::string tag = "\"" + std::string(list(token).at("version").as_string()) + "\"";
  store_.clock.advance(Duration(60'000));

  const WebResponse same = ask("GET", "list", "", token, tag);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");

  deliver(2, "two");
  EXPECT_EQ(ask("GET", "list", "", token, tag).status, 200);
}

TEST_F(HallTest, AHeartbeatSaysWhatIsShownAndLearnsThePageVersion) {
  const std::string token = ready_token();

  const WebResponse response = ask(
      "POST", "heartbeat",
      R"({"list_version":"v1","current":"7","uptime_s":60,"evil":"x","last_error":"a\nb"})", token);

  EXPECT_EQ(response.status, 204);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].second, hall_.page_version());
  const std::vector<Screen> screens = in_store([](Transaction& tx) { return read_screens(tx); });
  ASSERT_EQ(screens.size(), 1U);
  EXPECT_EQ(screens[0].list_version, "v1");
  EXPECT_EQ(screens[0].seen_at, store_.clock.now());
  EXPECT_THAT(screens[0].report, testing::HasSubstr("\"uptime_s\":60"));
  EXPECT_THAT(screens[0].report, testing::HasSubstr("\"last_error\":\"a b\""));
  EXPECT_THAT(screens[0].report, testing::Not(testing::HasSubstr("evil")));
}

std::string play(const std::string& id, const std::string& start, const std::string& end) {
  return R"({"play_id":")" + id + R"(","id":1,"title":"t","start":")" + start + R"(","end":")" +
         end + R"(","clock":"server"})";
}

TEST_F(HallTest, APlayCountsOnceHoweverOftenItIsSent) {
  const std::string token = ready_token();
  const std::string first =
      play("11111111-1111-4111-8111-111111111111", "2026-11-22T07:59:00Z", "2026-11-22T07:59:20Z");
  const std::string second =
      play("22222222-2222-4222-8222-222222222222", "2026-11-22T07:59:20Z", "2026-11-22T07:59:40Z");

  EXPECT_EQ(ask("POST", "plays", "[" + first + "]", token).body,
            R"({"accepted":1,"duplicates":0,"rejected":[]})");
  EXPECT_EQ(ask("POST", "plays", "[" + first + "," + second + "," + second + "]", token).body,
            R"({"accepted":1,"duplicates":2,"rejected":[]})");
}

TEST_F(HallTest, PlaysAreCountedByDayGroupAndItem) {
  store_.add_item("one");
  deliver(1, "one");
  const std::string token = ready_token();
  // The first begins at 23:59:50 of Beijing, on the day before.
  const std::string first =
      play("11111111-1111-4111-8111-111111111111", "2026-11-21T15:59:50Z", "2026-11-21T16:00:10Z");
  const std::string second =
      play("22222222-2222-4222-8222-222222222222", "2026-11-21T16:00:10Z", "2026-11-21T16:00:25Z");
  ask("POST", "plays", "[" + first + "," + second + "," + first + "]", token);
  store_.execute("UPDATE screen SET screen_group = 'hall-2'");
  const std::string third =
      play("33333333-3333-4333-8333-333333333333", "2026-11-01T00:00:00Z", "2026-11-01T00:00:01Z");
  const std::string of_nothing = R"({"play_id":"44444444-4444-4444-8444-444444444444","id":99,)"
                                 R"("start":"2026-11-01T00:00:00Z","end":"2026-11-01T00:00:01Z"})";
  ask("POST", "plays", "[" + third + "," + second + "," + of_nothing + "]", token);

  const auto item = in_store([](Transaction& tx) { return shown_of_item(tx, 1); });
  ASSERT_EQ(item.size(), 2U);
  EXPECT_EQ(item[0].group, "");
  EXPECT_EQ(item[0].shows, 2);
  EXPECT_EQ(item[0].time, std::chrono::seconds(35));
  EXPECT_EQ(item[0].last_at, parse_rfc3339("2026-11-21T16:00:10Z"));
  EXPECT_EQ(item[1].group, "hall-2");
  EXPECT_EQ(item[1].shows, 1);
  const auto days = in_store([](Transaction& tx) {
    std::string text;
    DeliveryDay day;
    soci::statement rows =
        (tx.sql().prepare << "SELECT day, screen_group, shows, millis FROM shown_day ORDER BY "
                             "screen_group, day",
         soci::into(day.day), soci::into(day.group), soci::into(day.shows), soci::into(day.millis));
    rows.execute();
    while (rows.fetch())
      text += fmt::format("{}:{}:{}:{} ", day.day, day.group, day.shows, day.millis);
    return text;
  });
  EXPECT_EQ(days, "20778::1:20000 20779::1:15000 20758:hall-2:1:1000 ");
  // Taken before such were refused.
  store_.execute(
      "INSERT INTO play (play_id, screen, screen_group, delivery, title, started_at, ended_at, "
      "clock) SELECT 'long', screen, screen_group, delivery, title, started_at, started_at + "
      "50400000, clock FROM play WHERE play_id LIKE '1111%'");
  const auto counted = in_store(
      [](Transaction& tx) { return compare(read_screen_counters(tx), recount_plays(tx)); });
  EXPECT_TRUE(counted.empty());
  store_.execute("UPDATE shown_day SET shows = shows + 1 WHERE day = 20779");
  const auto wrong = in_store(
      [](Transaction& tx) { return compare(read_screen_counters(tx), recount_plays(tx)); });
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_EQ(wrong[0].key.measure, "shows");
  EXPECT_EQ(wrong[0].stored, wrong[0].recounted + 1);
}

TEST_F(HallTest, WhatIsListedIsThereWhenAnApprovedScreenHasFetchedIt) {
  store_.add_item("one");
  store_.add_item("two");
  deliver(1, "one");
  for (const int item : {1, 2}) owe_on_the_hall(item);
  loopback_ = false;
  (void)register_screen(kKey, "一楼大厅");
  EXPECT_EQ(ask("GET", "list", "", "guess").status, 401);
  EXPECT_EQ(met(), 0);

  (void)in_store([this](Transaction& tx) {
    return approve_screen(tx, store_.ledger, "一楼大厅", "operator:cli");
  });
  const boost::json::value answer = boost::json::parse(register_screen(kKey, "一楼大厅").body);
  const std::string token(answer.at("token").as_string());
  EXPECT_EQ(met(), 0);
  EXPECT_THAT(titles(token), testing::ElementsAre("one"));
  EXPECT_EQ(met(), 1);
  EXPECT_THAT(titles(token), testing::ElementsAre("one"));  // and no second entry

  std::string line;
  std::int64_t entries = 0;
  in_store([&](Transaction& tx) {
    tx.sql() << "SELECT count(*), max(l.line) FROM ledger_index x JOIN ledger l ON l.seq = x.seq "
                "WHERE x.event = 'delivery.fetched' AND x.item = 1",
        soci::into(entries), soci::into(line);
  });
  EXPECT_EQ(entries, 1);
  EXPECT_THAT(line, testing::HasSubstr("一楼大厅"));

  deliver(2, "two");
  EXPECT_EQ(titles(token).size(), 2U);
  EXPECT_EQ(met(), 2);
}

// As when a route begins to demand what is on the screens already.
TEST_F(HallTest, WhatIsOwedLaterIsThereWhenAScreenFetchesTheSameListAgain) {
  store_.add_item("one");
  deliver(1, "one");
  const std::string token = ready_token();
  const std::string version(list(token).at("version").as_string());
  owe_on_the_hall(1);

  EXPECT_EQ(list(token).at("version").as_string(), version);
  EXPECT_EQ(met(), 1);
}

TEST_F(HallTest, AScreenGetsItsListWhereNothingCanBeWritten) {
  store_.add_item("one");
  deliver(1, "one");
  owe_on_the_hall(1);
  const std::string token = ready_token();
  store_.execute("ALTER TABLE ledger_head RENAME TO lost_head");
  EXPECT_THAT(titles(token), testing::ElementsAre("one"));
  EXPECT_EQ(met(), 0);

  store_.execute("ALTER TABLE lost_head RENAME TO ledger_head");
  EXPECT_THAT(titles(token), testing::ElementsAre("one"));
  EXPECT_EQ(met(), 1);
}

TEST_F(HallTest, RejectsPlaysThatCannotBeTrue) {
  const std::string token = ready_token();
  const std::string id = "11111111-1111-4111-8111-111111111111";
  for (const std::string& record :
       {play(id, "2026-11-22T07:59:20Z", "2026-11-22T07:59:20Z"),
        play(id, "2026-11-22T07:59:20Z", "2026-11-22T07:59:00Z"),
        play(id, "2025-11-21T07:59:20Z", "2025-11-21T07:59:40Z"),
        play(id, "2026-11-24T07:59:20Z", "2026-11-24T07:59:40Z"), play(id, "soon", "later"),
        play(id, "2026-11-22T06:00:00Z", "2026-11-22T07:00:01Z"),
        play("not-a-uuid", "2026-11-22T07:59:00Z", "2026-11-22T07:59:20Z"), std::string("7")}) {
    const boost::json::value answer =
        boost::json::parse(ask("POST", "plays", "[" + record + "]", token).body);
    EXPECT_EQ(answer.at("accepted").as_int64(), 0) << record;
    ASSERT_EQ(answer.at("rejected").as_array().size(), 1U) << record;
    EXPECT_FALSE(answer.at("rejected").at(0).at("reason").as_string().empty()) << record;
  }
}

TEST_F(HallTest, TakesAtMostFiveHundredPlaysAtOnce) {
  std::string many = "[0";
  for (int i = 0; i < 500; ++i) many += ",0";

  EXPECT_EQ(ask("POST", "plays", many + "]", ready_token()).status, 413);
}

TEST_F(HallTest, ServesThePageWithItsVersionAndNothingOfTheConsole) {
  const WebResponse page = ask("GET", "page", "");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, testing::HasSubstr("data-version=\"" + hall_.page_version() + "\""));
  EXPECT_THAT(ask("GET", "sw.mjs", "").body, testing::HasSubstr("hall-" + hall_.page_version()));
  EXPECT_THAT(ask("GET", "hall.mjs", "").body, testing::Not(testing::HasSubstr("innerHTML")));
  EXPECT_EQ(store_.get(router_, "/api/v1/status").status, 404);
  EXPECT_EQ(store_.get(router_, "/").status, 302);
}

TEST_F(HallTest, AnEmergencyMessageIsForItsGroupUntilItEnds) {
  const std::string token = ready_token();
  const Decider by{"user:u000003", store_.clock.now()};
  const auto show = [&](const std::string& group, const std::string& title) {
    return in_store([&](Transaction& tx) {
      Emergency message;
      message.group = group;
      message.title = title;
      message.ends_at = by.now + std::chrono::minutes(10);
      return show_emergency(tx, store_.ledger, message, by).id;
    });
  };
  EXPECT_TRUE(list(token).at("emergency").is_null());

  (void)show("hall-2", "只给二号厅");
  EXPECT_TRUE(list(token).at("emergency").is_null());
  const std::int64_t id = show("", "请有序撤离");
  const boost::json::object shown = list(token);
  EXPECT_EQ(shown.at("emergency").at("title").as_string(), "请有序撤离");
  EXPECT_EQ(shown.at("next_change_at"), shown.at("emergency").at("to"));
  in_store([&](Transaction& tx) {
    return group_screen(tx, store_.ledger, "一楼大厅", "hall-2", "user:u000001").value();
  });
  in_store([&](Transaction& tx) {
    end_emergency(tx, store_.ledger, id, {"user:u000003", store_.clock.now()}).value();
  });
  EXPECT_EQ(list(token).at("emergency").at("title").as_string(), "只给二号厅");

  store_.clock.advance(std::chrono::minutes(10));
  EXPECT_TRUE(list(token).at("emergency").is_null());
  EXPECT_FALSE(in_store([&](Transaction& tx) {
    return end_emergency(tx, store_.ledger, id, {"user:u000003", store_.clock.now()}).has_value();
  }));
}

TEST_F(HallTest, WhatIsPinnedIsShownHoweverMuchIsNewer) {
  const std::string token = ready_token();
  for (int i = 1; i <= 70; ++i) {
    store_.add_item(fmt::format("公告{}", i));
    deliver(i, fmt::format("公告{}", i));
  }
  EXPECT_NE(list(token).at("slides").at(0).at("item").as_int64(), 1);

  EXPECT_TRUE(pin(1));

  EXPECT_EQ(list(token).at("slides").at(0).at("item").as_int64(), 1);
  EXPECT_EQ(list(token).at("slides").as_array().size(), 60U);
}

TEST_F(HallTest, WhatWasWithdrawnIsNotPinned) {
  store_.add_item("公告");
  deliver(1, "公告");
  deliver(1, "公告", "withdraw");
  EXPECT_FALSE(pin(1));
}

TEST_F(HallTest, WhatIsPinnedSaysSoUntilItsTimeIsOver) {
  const std::string token = ready_token();
  store_.add_item("公告");
  deliver(1, "公告");
  EXPECT_FALSE(pin(7));
  EXPECT_EQ(list(token).at("slides").at(0).at("pinned_to").as_string(), "");

  EXPECT_TRUE(pin(1));
  const boost::json::object pinned = list(token);
  EXPECT_EQ(pinned.at("slides").at(0).at("pinned_to"), pinned.at("next_change_at"));
  store_.clock.advance(std::chrono::days(1));
  EXPECT_EQ(list(token).at("slides").at(0).at("pinned_to").as_string(), "");
  EXPECT_TRUE(pin(1));
  in_store([&](Transaction& tx) {
    unpin_item(tx, store_.ledger, 1, {"user:u000002", store_.clock.now()}).value();
  });
  EXPECT_EQ(list(token).at("slides").at(0).at("pinned_to").as_string(), "");
}

}  // namespace
}  // namespace liandong
