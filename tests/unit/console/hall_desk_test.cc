#include "daemon/console/hall_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/screens.h"

#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

using testing::HasSubstr;

class HallDeskTest : public testing::Test {
 protected:
  HallDeskTest()
      : admin_(world_.person("zhang", Role::Admin)),
        approver_(world_.person("wang", Role::Approver)),
        operator_(world_.person("li", Role::Operator)) {
    world_.add_screen();
  }

  boost::json::object screens() {
    return boost::json::parse(world_.get_as(operator_, "/api/v1/screens").body).as_object();
  }
  int post(const ConsoleWorld::Person& person, const std::string& path,
           const boost::json::object& body = {}) {
    return world_.post_as(person, path, body).status;
  }

  ConsoleWorld world_;
  ConsoleWorld::Person admin_;
  ConsoleWorld::Person approver_;
  ConsoleWorld::Person operator_;
};

TEST_F(HallDeskTest, AnAdministratorLetsScreensInGroupsAndRevokesThem) {
  EXPECT_EQ(screens().at("screens").at(0).at("state").as_string(), "waiting");

  EXPECT_EQ(post(operator_, "/api/v1/screens/1/approve"), 403);
  EXPECT_EQ(post(admin_, "/api/v1/screens/1/approve"), 200);
  EXPECT_EQ(post(admin_, "/api/v1/screens/1/approve"), 409);
  EXPECT_EQ(post(admin_, "/api/v1/screens/1/group", {{"group", "lobby"}}), 422);
  EXPECT_EQ(post(admin_, "/api/v1/screens/1/group", {{"group", "hall"}}), 200);
  const auto screen = screens().at("screens").at(0);
  EXPECT_EQ(screen.at("group").as_string(), "hall");
  EXPECT_EQ(screen.at("report").at("resolution").as_string(), "1920x1080");
  EXPECT_EQ(post(admin_, "/api/v1/screens/1/revoke"), 200);
  EXPECT_EQ(world_.newest_entries(1)[0].at("event").as_string(), "screen.revoked");
  EXPECT_EQ(world_.newest_entries(1)[0].at("actor").as_string(), "user:u000001");
  EXPECT_EQ(post(admin_, "/api/v1/screens/9/revoke"), 404);
}

TEST_F(HallDeskTest, AnApproverShowsAnEmergencyMessageAndAnOperatorMayEndIt) {
  const boost::json::object message{{"title", "请有序撤离"}, {"text", ""}, {"minutes", 10}};
  EXPECT_EQ(post(operator_, "/api/v1/emergencies", message), 403);
  EXPECT_EQ(post(approver_, "/api/v1/emergencies", {{"title", ""}, {"minutes", 0}}), 422);
  EXPECT_THAT(
      world_.post_as(approver_, "/api/v1/emergencies", {{"title", std::string(41, 'a')}}).body,
      HasSubstr("#/title"));
  EXPECT_EQ(post(approver_, "/api/v1/emergencies", message), 200);

  EXPECT_EQ(world_.newest_entries(1)[0].at("title").as_string(), "请有序撤离");
  const auto shown = screens().at("emergencies").at(0);
  EXPECT_EQ(shown.at("made_by").as_string(), "user:u000002");
  EXPECT_EQ(post(operator_, "/api/v1/emergencies/1/end"), 200);
  EXPECT_EQ(post(operator_, "/api/v1/emergencies/1/end"), 409);
  EXPECT_TRUE(screens().at("emergencies").as_array().empty());
}

TEST_F(HallDeskTest, WhatAHallShowsIsPinned) {
  world_.add_item("公告");
  EXPECT_EQ(post(operator_, "/api/v1/items/1/pin", {{"days", 3}}), 409);
  world_.add_delivery({});

  EXPECT_EQ(post(operator_, "/api/v1/items/1/pin", {{"days", 91}}), 422);
  EXPECT_EQ(post(operator_, "/api/v1/items/1/pin", {{"days", "3"}}), 200);
  EXPECT_EQ(screens().at("pins").at(0).at("title").as_string(), "公告");
  EXPECT_EQ(post(operator_, "/api/v1/items/1/unpin"), 200);
  EXPECT_EQ(post(operator_, "/api/v1/items/1/unpin"), 409);
}

}  // namespace
}  // namespace liandong
