#include "daemon/console/actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/decisions.h"

#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ActionsTest : public testing::Test {
 protected:
  ActionsTest() {
    world_.add_item("关于公布清理结果的公告");
    for (const char* state : {"held", "queued", "failed", "delivered"}) {
      DeliveryFacts facts;
      facts.state = state;
      facts.revision = ++revision_;
      facts.rendition.title = "公告";
      world_.add_delivery(facts);
    }
    operator_ = world_.person("operator", Role::Operator);
    approver_ = world_.person("approver", Role::Approver);
  }

  static constexpr const char* kHeld = "/api/v1/deliveries/1/";
  static constexpr const char* kQueued = "/api/v1/deliveries/2/";
  static constexpr const char* kFailed = "/api/v1/deliveries/3/";

  std::string post(const ConsoleWorld::Person& person, const std::string& path,
                   const boost::json::object& body = {}) {
    const WebResponse response = world_.post_as(person, path, body);
    if (response.status == 200) return "done";
    const auto answer = boost::json::parse(response.body).as_object();
    std::string words = std::to_string(response.status) + " " + kind_of(response);
    if (const auto* errors = answer.if_contains("errors")) {
      for (const auto& error : errors->as_array())
        words += " " + std::string(error.at("pointer").as_string()) + ":" +
                 std::string(error.at("kind").as_string());
    }
    return words;
  }

  ConsoleWorld world_;
  int revision_ = 0;
  ConsoleWorld::Person operator_;
  ConsoleWorld::Person approver_;
};

TEST_F(ActionsTest, WhatScreeningHeldGoesOutWithAReasonOnly) {
  world_.execute("UPDATE delivery SET reason = 'screening: 手机号（第1段）' WHERE id = 1");
  const std::string path = std::string(kHeld) + "release";

  EXPECT_EQ(post(approver_, path), "409 not-possible");
  EXPECT_EQ(world_.state_of(1), "held");
  EXPECT_EQ(post(approver_, path, {{"reason", "公开的咨询电话"}}), "done");

  EXPECT_EQ(world_.state_of(1), "queued");
  const auto entry = world_.newest_entries(1)[0];
  EXPECT_EQ(entry.at("event").as_string(), "delivery.released");
  EXPECT_EQ(entry.at("reason").as_string(), "公开的咨询电话");
}

TEST_F(ActionsTest, AnApproverLetsOutWhatIsHeld) {
  EXPECT_EQ(post(approver_, std::string(kHeld) + "release"), "done");

  EXPECT_EQ(world_.state_of(1), "queued");
  EXPECT_EQ(world_.decided, 1);
  const auto entry = world_.newest_entries(1)[0];
  EXPECT_EQ(entry.at("event").as_string(), "delivery.released");
  EXPECT_EQ(entry.at("actor").as_string(), "user:u000002");
  EXPECT_EQ(entry.at("delivery").as_int64(), 1);
}

TEST_F(ActionsTest, AnApproverLetsAMassChangeGoWithAReason) {
  world_.execute(
      "UPDATE delivery SET reason = 'mass change: 40 new items in one look, more than 15' WHERE "
      "state = 'held'");
  world_.execute("INSERT INTO mass_hold (delivery, source, reason) VALUES (1, 'notices', '')");
  world_.execute(
      "INSERT INTO source_state (source, baseline, looked_at, read_at, next_look, failures, fault, "
      "message, advice, rows_seen) VALUES ('notices', 1, 1, 1, 1, 0, '', '', '', 40)");
  const std::string path = "/api/v1/sources/notices/release";
  const auto sources = boost::json::parse(world_.get_as(approver_, "/api/v1/sources").body);
  const auto& look = sources.at("sources").at(0).at("held_look");
  EXPECT_EQ(look.at("why").at("zh").as_string(), "大批变化：一次出现 40 条新信息，超过 15 条");
  EXPECT_EQ(look.at("parts").at(0).at("deliveries").as_int64(), 1);
  EXPECT_EQ(look.at("titles").at(0).as_string(), "关于公布清理结果的公告");
  const boost::json::object body{{"seen", look.at("seen")}, {"reason", "已核对"}};

  EXPECT_EQ(post(operator_, path, body), "403 forbidden");
  EXPECT_EQ(post(approver_, path), "422 invalid-fields #/seen:required #/reason:required");
  // One more is held since.
  world_.execute("UPDATE delivery SET state = 'held', reason = 'mass change: 41' WHERE id = 2");
  world_.execute("INSERT INTO mass_hold (delivery, source, reason) VALUES (2, 'notices', '')");
  EXPECT_EQ(post(approver_, path, body), "409 changed");
  EXPECT_EQ(world_.state_of(1), "held");
  world_.execute("DELETE FROM mass_hold WHERE delivery = 2");
  EXPECT_EQ(post(approver_, path, body), "done");

  EXPECT_EQ(world_.state_of(1), "queued");
  const auto entry = world_.newest_entries(1)[0];
  EXPECT_EQ(entry.at("event").as_string(), "source.released");
  EXPECT_EQ(entry.at("reason").as_string(), "已核对");
  EXPECT_EQ(entry.at("actor").as_string(), "user:u000002");
  EXPECT_EQ(post(approver_, path, body), "409 not-possible");
}

TEST_F(ActionsTest, WhatAnOperatorMarksUrgentTwoApproversSend) {
  const auto second = world_.person("second", Role::Approver);
  const std::string path = "/api/v1/items/1/urgent";
  world_.execute("UPDATE delivery SET sha256 = '0123456789abcdef' WHERE id = 2");
  const boost::json::object why{{"reason", "防汛应急"}};
  const auto delivery = [&] {
    const auto item = boost::json::parse(world_.get_as(operator_, "/api/v1/items/1").body);
    for (const auto& one : item.at("deliveries").as_array()) {
      if (one.at("id").as_int64() == 2) return one.as_object();
    }
    return boost::json::object();
  };
  EXPECT_THAT(boost::json::serialize(delivery().at("can")), HasSubstr("\"urgent\""));
  EXPECT_EQ(post(approver_, path, why), "403 forbidden");
  EXPECT_EQ(post(operator_, path), "422 invalid-fields #/reason:required");
  EXPECT_EQ(post(operator_, "/api/v1/items/99/urgent", why), "404 not-found");
  EXPECT_EQ(post(operator_, path, why), "done");
  EXPECT_EQ(post(operator_, path, why), "409 not-possible");

  EXPECT_EQ(delivery().at("urgency").at("reason").as_string(), "防汛应急");
  EXPECT_EQ(delivery().at("approvals_missing").as_int64(), 2);
  EXPECT_THAT(boost::json::serialize(delivery().at("can")), HasSubstr("\"approve\""));
  const auto text = boost::json::parse(world_.get_as(second, "/api/v1/deliveries/2").body);
  const boost::json::object read{{"text", text.at("text")}};
  EXPECT_EQ(post(operator_, std::string(kQueued) + "approve", read), "403 forbidden");
  EXPECT_EQ(post(approver_, std::string(kQueued) + "approve", read), "done");
  EXPECT_TRUE(delivery().at("urgency").at("granted_at").is_null());
  EXPECT_EQ(post(second, std::string(kQueued) + "approve", read), "done");
  EXPECT_FALSE(delivery().at("urgency").at("granted_at").is_null());
  EXPECT_EQ(world_.newest_entries(1)[0].at("event").as_string(), "delivery.hurried");
}

TEST_F(ActionsTest, AnOperatorDoesNotGetItOutByAnotherName) {
  EXPECT_EQ(post(operator_, std::string(kHeld) + "release"), "403 forbidden");
  EXPECT_EQ(post(operator_, std::string(kHeld) + "retry"), "409 not-possible");

  EXPECT_EQ(world_.state_of(1), "held");
  EXPECT_EQ(world_.decided, 0);
}

TEST_F(ActionsTest, WhoeverHeldItDoesNotReleaseIt) {
  EXPECT_EQ(post(approver_, std::string(kQueued) + "hold", {{"reason", "核实中"}}), "done");
  const WebResponse own = world_.post_as(approver_, std::string(kQueued) + "release");
  EXPECT_EQ(own.status, 409);
  EXPECT_THAT(own.body, HasSubstr("held by you"));
  EXPECT_EQ(world_.state_of(2), "held");

  const auto second = world_.person("second", Role::Approver);
  EXPECT_EQ(post(second, std::string(kQueued) + "release"), "done");
  EXPECT_EQ(world_.state_of(2), "queued");
}

TEST_F(ActionsTest, AnApproverApprovesTheTextHeRead) {
  world_.database->write_now([&](Transaction& tx) {
    request_approval(tx, {1, 2, std::string(64, 'a'), "system:planner", world_.clock.now()});
  });
  const auto second = world_.person("second", Role::Approver);
  const boost::json::object read{{"text", std::string(64, 'a')}};
  const std::string path = std::string(kHeld) + "approve";

  EXPECT_EQ(post(operator_, path, read), "403 forbidden");
  EXPECT_EQ(post(approver_, path), "422 invalid-fields #/text:required");
  EXPECT_EQ(post(approver_, path, {{"text", std::string(64, 'b')}}), "409 not-possible");
  EXPECT_EQ(post(approver_, std::string(kHeld) + "release"), "409 not-possible");
  EXPECT_EQ(post(approver_, path, read), "done");
  EXPECT_EQ(post(approver_, path, read), "409 not-possible");
  const auto waiting = boost::json::parse(world_.get_as(second, "/api/v1/review").body);
  EXPECT_EQ(waiting.at("waiting").as_array().size(), 1U);
  EXPECT_EQ(waiting.at("waiting").at(0).at("missing").as_int64(), 1);
  EXPECT_EQ(post(second, path, read), "done");

  const auto text = boost::json::parse(world_.get_as(second, "/api/v1/deliveries/1").body);
  EXPECT_EQ(text.at("approvals").at("given").as_array().size(), 2U);
  EXPECT_EQ(text.at("approvals").at("missing").as_int64(), 0);
  EXPECT_EQ(text.at("shown").at("title").as_string(), "公告");
  EXPECT_EQ(post(second, std::string(kHeld) + "release"), "done");
  EXPECT_EQ(world_.state_of(1), "queued");
}

TEST_F(ActionsTest, WhatIsDeniedIsNotSent) {
  EXPECT_EQ(post(approver_, std::string(kHeld) + "deny", {{"reason", "有误"}}), "409 not-possible");
  world_.database->write_now([&](Transaction& tx) {
    request_approval(tx, {1, 1, std::string(64, 'a'), "system:planner", world_.clock.now()});
  });

  EXPECT_EQ(post(operator_, std::string(kHeld) + "deny", {{"reason", "有误"}}), "403 forbidden");
  EXPECT_EQ(post(approver_, std::string(kHeld) + "deny", {{"reason", "有误"}}), "done");
  EXPECT_EQ(world_.state_of(1), "cancelled");
}

TEST_F(ActionsTest, AReasonIsAskedForAndKept) {
  for (const char* action : {"hold", "cancel"}) {
    const std::string path = std::string(kQueued) + action;
    EXPECT_EQ(post(operator_, path), "422 invalid-fields #/reason:required");
    EXPECT_EQ(post(operator_, path, {{"reason", " \n "}}), "422 invalid-fields #/reason:required");
    EXPECT_EQ(post(operator_, path, {{"reason", std::string(501, 'a')}}),
              "422 invalid-fields #/reason:too-long");
  }
  EXPECT_EQ(world_.state_of(2), "queued");

  EXPECT_EQ(post(operator_, std::string(kQueued) + "cancel", {{"reason", "重复"}}), "done");
  EXPECT_EQ(world_.state_of(2), "cancelled");
  EXPECT_EQ(world_.newest_entries(1)[0].at("reason").as_string(), "重复");
}

TEST_F(ActionsTest, ARecordSaysWhereAndWhen) {
  const std::string path = std::string(kFailed) + "record";
  EXPECT_EQ(post(operator_, path), "422 invalid-fields #/url:required");
  EXPECT_EQ(post(operator_, path, {{"url", "javascript:alert(1)"}, {"at", "soon"}}),
            "422 invalid-fields #/url:not-url #/at:not-time");
  EXPECT_EQ(post(operator_, path, {{"url", "https://weibo.com/1/a"}, {"at", "2030-01-01"}}),
            "422 invalid-fields #/at:future");
  EXPECT_EQ(world_.state_of(3), "failed");

  EXPECT_EQ(post(operator_, path, {{"url", "https://weibo.com/1/a"}, {"at", "2026-11-20 09:00"}}),
            "done");

  EXPECT_EQ(world_.state_of(3), "delivered");
  const auto entry = world_.newest_entries(1)[0];
  EXPECT_EQ(entry.at("event").as_string(), "delivery.recorded");
  EXPECT_EQ(entry.at("accepted_at").as_string(), "2026-11-20T01:00:00.000Z");
}

TEST_F(ActionsTest, WhatCannotBeDoneSaysWhyAndChangesNothing) {
  const std::size_t before = world_.newest_entries(1000).size();

  EXPECT_EQ(post(operator_, "/api/v1/deliveries/4/hold", {{"reason", "x"}}), "409 not-possible");
  EXPECT_EQ(post(approver_, "/api/v1/deliveries/4/release"), "409 not-possible");
  EXPECT_EQ(post(operator_, "/api/v1/deliveries/77/hold", {{"reason", "x"}}), "404 not-found");
  EXPECT_EQ(post(operator_, "/api/v1/deliveries/x/hold", {{"reason", "x"}}), "404 not-found");
  EXPECT_EQ(post(operator_, "/api/v1/items/1/waive", {{"channel", "weibo"}, {"reason", "x"}}),
            "409 not-possible");
  EXPECT_EQ(post(operator_, "/api/v1/items/1/waive"),
            "422 invalid-fields #/channel:required #/reason:required");
  EXPECT_EQ(post(approver_, "/api/v1/items/99/withdraw", {{"channel", "hall"}, {"reason", "x"}}),
            "404 not-found");
  EXPECT_EQ(post(approver_, "/api/v1/items/1/withdraw", {{"channel", "webo"}, {"reason", "x"}}),
            "422 invalid-fields #/channel:unknown");
  EXPECT_EQ(post(operator_, "/api/v1/channels/webo/pause", {{"reason", "x"}}), "404 not-found");
  EXPECT_EQ(post(operator_, "/api/v1/channels/weibo/resume", {{"reason", "x"}}),
            "409 not-possible");

  EXPECT_EQ(world_.newest_entries(1000).size(), before);
  EXPECT_EQ(world_.decided, 0);
}

TEST_F(ActionsTest, APushThatIsOwedIsWaived) {
  world_.execute(
      "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, reason) VALUES (1, "
      "'weibo', 'all', 0, 0, 0, '')");

  EXPECT_EQ(
      post(operator_, "/api/v1/items/1/waive", {{"channel", "weibo"}, {"reason", "含个人信息"}}),
      "done");

  const auto entry = world_.newest_entries(1)[0];
  EXPECT_EQ(entry.at("event").as_string(), "obligation.waived");
  EXPECT_EQ(entry.at("actor").as_string(), "user:u000001");
}

TEST_F(ActionsTest, AChannelIsPausedAndResumed) {
  const auto admin = world_.person("admin", Role::Admin);
  const auto pause = [&] {
    return world_.database->read_now([](Transaction& tx) { return channel_pause(tx, "weibo"); });
  };

  EXPECT_EQ(post(admin, "/api/v1/channels/weibo/pause", {{"reason", "换账号"}}), "done");
  ASSERT_TRUE(pause());
  EXPECT_FALSE(pause()->automatic);
  EXPECT_EQ(post(operator_, "/api/v1/channels/weibo/pause", {{"reason", "再停"}}),
            "409 not-possible");
  EXPECT_EQ(pause()->reason, "换账号");
  EXPECT_EQ(post(admin, "/api/v1/channels/weibo/resume"), "422 invalid-fields #/reason:required");
  EXPECT_TRUE(pause());
  EXPECT_EQ(post(admin, "/api/v1/channels/weibo/resume", {{"reason", "已换好"}}), "done");
  EXPECT_FALSE(pause());
  EXPECT_EQ(world_.newest_entries(1)[0].at("reason").as_string(), "已换好");
}

TEST_F(ActionsTest, AfterARestoredBackupNoChannelIsResumed) {
  EXPECT_EQ(post(operator_, "/api/v1/channels/weibo/pause", {{"reason", "x"}}), "done");
  world_.execute(
      "INSERT INTO restored (checkpoint_size, ledger_size, found_at) VALUES (90, 10, 1)");

  const WebResponse response =
      world_.post_as(operator_, "/api/v1/channels/weibo/resume", {{"reason", "x"}});

  EXPECT_EQ(response.status, 409);
  EXPECT_THAT(response.body, HasSubstr("liandong release --all"));
}

TEST_F(ActionsTest, TheItemSaysWhatCanBeDecided) {
  const auto item = boost::json::parse(world_.get_as(operator_, "/api/v1/items/1").body);
  std::map<std::string, std::vector<std::string>> can;
  for (const auto& delivery : item.at("deliveries").as_array()) {
    for (const auto& action : delivery.at("can").as_array())
      can[std::string(delivery.at("state").as_string())].emplace_back(action.as_string());
  }

  EXPECT_THAT(can["held"], ElementsAre("release", "urgent", "record", "cancel"));
  EXPECT_THAT(can["queued"], ElementsAre("urgent", "hold", "record", "cancel"));
  EXPECT_THAT(can["failed"], ElementsAre("retry", "record"));
  EXPECT_THAT(can["delivered"], ElementsAre("withdraw"));
}

}  // namespace
}  // namespace liandong
