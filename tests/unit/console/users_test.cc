#include "daemon/console/users.h"

#include <gtest/gtest.h>

#include "daemon/console/sessions.h"

#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

class UsersTest : public testing::Test {
 protected:
  template <typename Work>
  auto write(Work work) {
    return world_.database->write_now(std::move(work));
  }
  Decider by() { return {"operator:cli", world_.clock.now()}; }

  ConsoleWorld world_;
};

TEST_F(UsersTest, AreNamedInTheLedgerByNumberOnly) {
  world_.person("张三", Role::Operator);

  const auto entries = world_.newest_entries(3);
  EXPECT_EQ(entries[2].at("event").as_string(), "user.changed");
  EXPECT_EQ(entries[2].at("change").as_string(), "invited");
  EXPECT_EQ(entries[2].at("actor").as_string(), "operator:cli");
  EXPECT_EQ(entries[1].at("event").as_string(), "role.changed");
  EXPECT_EQ(entries[1].at("role").as_string(), "operator");
  EXPECT_EQ(entries[0].at("change").as_string(), "activated");
  EXPECT_EQ(entries[0].at("actor").as_string(), "user:u000001");
  for (const auto& entry : entries)
    EXPECT_EQ(boost::json::serialize(entry).find("张三"), std::string::npos);
}

TEST_F(UsersTest, ATokenWorksOnceAndForADay) {
  const std::string token = world_.invite("li", Role::Viewer);
  const std::string other = world_.invite("wang", Role::Viewer);
  EXPECT_EQ(world_.post("/api/v1/setup", {{"token", token}}).status, 200);
  world_.clock.advance(kInvitationLasts);

  EXPECT_EQ(kind_of(world_.post("/api/v1/setup", {{"token", token}})), "bad-token");
  EXPECT_EQ(kind_of(world_.post("/api/v1/setup", {{"token", "token-of-nobody"}})), "bad-token");
  const WebResponse late = world_.post(
      "/api/v1/setup/finish", {{"token", other}, {"password", kPassword}, {"code", "123456"}});
  EXPECT_EQ(kind_of(late), "bad-token");

  world_.person("zhao", Role::Viewer);
  EXPECT_EQ(kind_of(world_.post("/api/v1/setup", {{"token", "token-of-zhao"}})), "bad-token");
}

TEST_F(UsersTest, TheSetupSaysWhatIsWrongAtItsField) {
  const std::string token = world_.invite("li", Role::Viewer);
  (void)world_.post("/api/v1/setup", {{"token", token}});

  const auto fault = [&](const std::string& password, const std::string& code) {
    const WebResponse response = world_.post(
        "/api/v1/setup/finish", {{"token", token}, {"password", password}, {"code", code}});
    EXPECT_EQ(response.status, 422) << response.body;
    const auto body = boost::json::parse(response.body);
    const auto& first = body.at("errors").at(0);
    return std::string(first.at("pointer").as_string()) + " " +
           std::string(first.at("kind").as_string());
  };

  EXPECT_EQ(fault("", "123456"), "#/password required");
  EXPECT_EQ(fault("Short-1", "123456"), "#/password too-short");
  EXPECT_EQ(fault("winter heating works", "123456"), "#/password too-simple");
  EXPECT_EQ(fault("P@ssw0rd-2026", "123456"), "#/password too-common");
  EXPECT_EQ(fault(kPassword, ""), "#/code required");
  EXPECT_EQ(fault(kPassword, "12345"), "#/code wrong-code");
}

TEST(PasswordFault, AsksForLengthAndKindsAndNoName) {
  EXPECT_EQ(password_fault("Winter-Heating-26", "li"), "");
  EXPECT_EQ(password_fault("冬季清洁取暖保障工作好Aa1", "li"), "");
  EXPECT_EQ(password_fault("冬季清洁取暖保障工作好工作", "li"), "too-simple");
  EXPECT_EQ(password_fault("Zhangsan-heats-1", "zhangsan"), "too-common");
  EXPECT_EQ(password_fault("Qwerty-Qwerty-1", "li"), "too-common");
  EXPECT_EQ(password_fault(std::string(201, 'a') + "A1", "li"), "too-long");
}

TEST(UserName, IsOneLineOfFewCharactersWithoutCapitals) {
  EXPECT_EQ(user_name("  Zhang San "), "zhang san");
  EXPECT_EQ(user_name("张三"), "张三");
  for (const std::string bad : {"", "a", " a ", "\x01\x02"}) EXPECT_EQ(user_name(bad), "") << bad;
  EXPECT_EQ(user_name(std::string(41, 'a')), "");
}

TEST_F(UsersTest, ANameIsTakenOnce) {
  world_.invite("li", Role::Viewer);

  const auto again = write([&](Transaction& tx) {
    return invite_user(tx, world_.ledger, {" LI ", Role::Admin, "t"}, by());
  });

  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message().find("there is a user 'li' already"), std::string::npos);
}

TEST_F(UsersTest, WhoIsDisabledOrResetIsOutAtOnce) {
  const auto li = world_.person("li", Role::Viewer);
  const auto wang = world_.person("wang", Role::Viewer);
  EXPECT_EQ(world_.get_as(li, "/api/v1/status").status, 200);

  write([&](Transaction& tx) { (void)disable_user(tx, world_.ledger, "li", by()).value(); });
  write([&](Transaction& tx) { (void)reset_user(tx, world_.ledger, "wang", "new", by()).value(); });

  for (const auto& one : {li, wang}) {
    EXPECT_EQ(world_.get_as(one, "/api/v1/status").status, 401);
    EXPECT_EQ(world_.log_in(one, kPassword, world_.code_of(one)).status, 401);
  }
  EXPECT_EQ(world_.post("/api/v1/setup", {{"token", "new"}}).status, 200);
}

TEST_F(UsersTest, TheLastAdministratorStays) {
  world_.person("zhang", Role::Admin);
  world_.invite("li", Role::Admin);  // not at work yet
  const auto disable = [&](const std::string& name) {
    return write([&](Transaction& tx) { return disable_user(tx, world_.ledger, name, by()); });
  };
  const auto refused = disable("zhang");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("the last active administrator"), std::string::npos);
  EXPECT_FALSE(write([&](Transaction& tx) {
    return change_role(tx, world_.ledger, "zhang", Role::Viewer, by());
  }));

  world_.person("wang", Role::Admin);
  EXPECT_TRUE(disable("zhang"));
  EXPECT_FALSE(disable("wang"));
}

TEST_F(UsersTest, ANewRoleWantsANewLogIn) {
  const auto li = world_.person("li", Role::Viewer);

  write([&](Transaction& tx) {
    (void)change_role(tx, world_.ledger, "li", Role::Operator, by()).value();
  });

  EXPECT_EQ(world_.get_as(li, "/api/v1/status").status, 401);
  const auto again = world_.log_in(li, kPassword, world_.code_of(li));
  EXPECT_EQ(boost::json::parse(again.body).at("role").as_string(), "operator");
}

TEST_F(UsersTest, UnknownNamesAreErrorsForPeople) {
  const auto refused =
      write([&](Transaction& tx) { return disable_user(tx, world_.ledger, "nobody", by()); });

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "there is no user 'nobody'; `liandong user list` names them");
}

}  // namespace
}  // namespace liandong
