// The page of users, and recovery codes, as a browser asks for them.

#include "daemon/console/people.h"

#include <cctype>
#include <set>

#include <boost/json/value_to.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/recovery_codes.h"

#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class PeopleTest : public testing::Test {
 protected:
  PeopleTest() : admin_(world_.person("zhang", Role::Admin)) {}

  boost::json::object get(const std::string& path,
                          const std::map<std::string, std::string>& query = {}) {
    const WebResponse response = world_.get_as(admin_, path, query);
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body).as_object();
  }
  WebResponse post(const std::string& path, const boost::json::object& body = {}) {
    return world_.post_as(admin_, path, body);
  }
  static std::string text_of(const WebResponse& response, const char* member) {
    return std::string(boost::json::parse(response.body).at(member).as_string());
  }
  std::string newest_change() {
    return std::string(world_.newest_entries(1)[0].at("change").as_string());
  }

  ConsoleWorld world_;
  ConsoleWorld::Person admin_;
};

TEST_F(PeopleTest, AnAdministratorInvitesWithATokenShownOnce) {
  const WebResponse invited = post("/api/v1/users", {{"name", "Li"}, {"role", "operator"}});

  ASSERT_EQ(invited.status, 200) << invited.body;
  EXPECT_EQ(text_of(invited, "state"), "invited");
  const auto entries = world_.newest_entries(2);
  EXPECT_EQ(entries[1].at("change").as_string(), "invited");
  EXPECT_EQ(entries[1].at("actor").as_string(), "user:u000001");
  const WebResponse setup = world_.post("/api/v1/setup", {{"token", text_of(invited, "secret")}});
  EXPECT_EQ(text_of(setup, "name"), "li");
  const auto users = get("/api/v1/users").at("users").as_array();
  ASSERT_EQ(users.size(), 2U);
  EXPECT_EQ(users[1].at("role").as_string(), "operator");
  EXPECT_FALSE(users[1].as_object().contains("secret"));
  EXPECT_EQ(post("/api/v1/users", {{"name", "li"}, {"role", "viewer"}}).status, 409);
}

TEST_F(PeopleTest, SaysWhatIsWrongAtItsField) {
  const WebResponse response = post("/api/v1/users", {{"name", "l"}, {"role", "king"}});

  EXPECT_EQ(response.status, 422);
  EXPECT_THAT(response.body, HasSubstr("#/name"));
  EXPECT_THAT(response.body, HasSubstr("#/role"));
  for (const char* days : {"0", "3651", "many", "1.5", ""})
    EXPECT_EQ(
        post("/api/v1/tokens", {{"name", "robot"}, {"role", "viewer"}, {"days", days}}).status, 422)
        << days;
}

TEST_F(PeopleTest, OthersAreChangedAndAreOutAtOnce) {
  const auto li = world_.person("li", Role::Viewer);
  EXPECT_EQ(get("/api/v1/users").at("users").at(1).at("sessions").as_int64(), 1);

  EXPECT_EQ(post("/api/v1/users/2/log_out").status, 200);
  EXPECT_EQ(newest_change(), "logged_out");
  EXPECT_EQ(world_.get_as(li, "/api/v1/status").status, 401);
  EXPECT_EQ(get("/api/v1/users").at("users").at(1).at("sessions").as_int64(), 0);
  EXPECT_EQ(text_of(post("/api/v1/users/2/role", {{"role", "operator"}}), "role"), "operator");
  EXPECT_EQ(post("/api/v1/users/2/role", {{"role", "operator"}}).status, 409);
  EXPECT_EQ(text_of(post("/api/v1/users/2/disable"), "state"), "disabled");
  EXPECT_EQ(world_.log_in(li, kPassword, world_.code_of(li)).status, 401);
  const WebResponse reset = post("/api/v1/users/2/reset");
  EXPECT_EQ(newest_change(), "reset");
  EXPECT_EQ(world_.post("/api/v1/setup", {{"token", text_of(reset, "secret")}}).status, 200);
  EXPECT_EQ(post("/api/v1/users/99/disable").status, 404);
}

// He would see their one-time tokens, and be the two persons who approve.
TEST_F(PeopleTest, AnAdministratorMakesAndResetsNoApprover) {
  world_.person("wang", Role::Approver);
  world_.person("li", Role::Viewer);

  EXPECT_EQ(post("/api/v1/users", {{"name", "sun"}, {"role", "approver"}}).status, 422);
  EXPECT_EQ(post("/api/v1/users/3/role", {{"role", "approver"}}).status, 422);
  const WebResponse reset = post("/api/v1/users/2/reset");
  EXPECT_EQ(reset.status, 409);
  EXPECT_THAT(reset.body, HasSubstr("liandong user reset"));
  EXPECT_EQ(post("/api/v1/users/2/disable").status, 200);
}

TEST_F(PeopleTest, NobodyChangesHisOwnAccount) {
  for (const char* what : {"disable", "reset", "log_out"})
    EXPECT_EQ(kind_of(post(std::string("/api/v1/users/1/") + what)), "own-account") << what;
  EXPECT_EQ(kind_of(post("/api/v1/users/1/role", {{"role", "viewer"}})), "own-account");

  EXPECT_EQ(get("/api/v1/users").at("users").at(0).at("role").as_string(), "admin");
}

// Both pages had passed the gate before either decision was done.
TEST_F(PeopleTest, OfTwoWhoDisableEachOtherOneRemains) {
  world_.person("li", Role::Admin);
  People people(*world_.database, world_.ledger, world_.clock);
  Router admitted;
  people.add_routes(admitted);
  admitted.gate([](std::string_view, std::string_view,
                   WebRequest& request) -> asio::awaitable<std::optional<WebResponse>> {
    request.actor = "user:u000002";
    co_return std::nullopt;
  });
  const auto as_li = [&](const std::string& path, const boost::json::object& body = {}) {
    return world_.ask(admitted, world_.page_request("POST", path, body)).status;
  };
  ASSERT_EQ(as_li("/api/v1/users", {{"name", "wang"}, {"role", "viewer"}}), 200);
  ASSERT_EQ(post("/api/v1/users/2/disable").status, 200);

  EXPECT_EQ(as_li("/api/v1/users/1/disable"), 403);
  EXPECT_EQ(as_li("/api/v1/users", {{"name", "sun"}, {"role", "admin"}}), 403);
  EXPECT_EQ(as_li("/api/v1/tokens", {{"name", "robot"}, {"role", "viewer"}, {"days", 1}}), 403);
  EXPECT_EQ(get("/api/v1/users").at("users").at(0).at("state").as_string(), "active");
  EXPECT_EQ(get("/api/v1/users").at("users").as_array().size(), 3U);
}

TEST_F(PeopleTest, TokensEndWithTheOfficeOfWhoMadeThem) {
  const auto li = world_.person("li", Role::Admin);
  const boost::json::object order{{"name", "robot"}, {"role", "operator"}, {"days", 30}};
  const auto is_revoked = [&] {
    return !get("/api/v1/tokens").at("tokens").at(0).at("revoked_at").is_null();
  };
  ASSERT_EQ(world_.post_as(li, "/api/v1/tokens", order).status, 200);
  EXPECT_FALSE(is_revoked());
  EXPECT_EQ(post("/api/v1/users/2/role", {{"role", "viewer"}}).status, 200);
  EXPECT_TRUE(is_revoked());
}

TEST_F(PeopleTest, TokensAreMadeListedAndRevoked) {
  const WebResponse made =
      post("/api/v1/tokens", {{"name", "prometheus"}, {"role", "viewer"}, {"days", 30}});
  ASSERT_EQ(made.status, 200) << made.body;
  WebRequest request;
  request.method = "GET";
  request.path = "/metrics";
  request.headers["host"] = "127.0.0.1:8460";
  request.headers["authorization"] = "Bearer " + text_of(made, "secret");

  EXPECT_EQ(world_.send(request).status, 200);
  const WebResponse listed = world_.get_as(admin_, "/api/v1/tokens");
  EXPECT_THAT(listed.body, HasSubstr("prometheus"));
  EXPECT_THAT(listed.body, Not(HasSubstr(text_of(made, "secret"))));
  EXPECT_EQ(post("/api/v1/tokens/1/revoke").status, 200);
  EXPECT_EQ(world_.send(request).status, 401);
  EXPECT_EQ(post("/api/v1/tokens/1/revoke").status, 409);
  EXPECT_EQ(post("/api/v1/tokens/7/revoke").status, 404);
  EXPECT_EQ(post("/api/v1/tokens", {{"name", "robot"}, {"role", "approver"}, {"days", 1}}).status,
            422);
}

TEST_F(PeopleTest, ATokenIsBoundToAddresses) {
  const auto order = [](const char* addresses) {
    return boost::json::object{
        {"name", "robot"}, {"role", "viewer"}, {"days", 1}, {"addresses", addresses}};
  };
  const WebResponse wrong = post("/api/v1/tokens", order("192.0.2.0/24, nowhere"));
  EXPECT_EQ(wrong.status, 422);
  EXPECT_THAT(wrong.body, HasSubstr("#/addresses"));
  EXPECT_THAT(wrong.body, HasSubstr("'nowhere' is no address"));
  EXPECT_EQ(text_of(post("/api/v1/tokens", order("192.0.2.0/24,10.0.0.7")), "addresses"),
            "192.0.2.0/24, 10.0.0.7");
  EXPECT_EQ(get("/api/v1/tokens").at("tokens").at(0).at("addresses").as_string(),
            "192.0.2.0/24, 10.0.0.7");
}

// Every row once, and no page after the last one.
TEST_F(PeopleTest, ListsAreReadAPageATime) {
  for (int i = 0; i < 6; ++i) {
    world_.invite("person" + std::to_string(i), Role::Viewer);
    const boost::json::object order{
        {"name", "robot" + std::to_string(i)}, {"role", "viewer"}, {"days", 1}};
    ASSERT_EQ(post("/api/v1/tokens", order).status, 200);
  }
  const auto numbers = [&](const std::string& list, const std::string& cursor) {
    std::vector<std::int64_t> all;
    std::map<std::string, std::string> query{{"limit", "3"}};
    for (int page = 0; page < 4; ++page) {
      const auto answer = get("/api/v1/" + list, query);
      for (const auto& row : answer.at(list).as_array()) all.push_back(row.at("id").as_int64());
      if (answer.at("next").is_null()) return all;
      query[cursor] = std::to_string(answer.at("next").as_int64());
    }
    ADD_FAILURE() << list << " does not end";
    return all;
  };
  EXPECT_THAT(numbers("users", "after"), testing::ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(numbers("tokens", "before"), testing::ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_EQ(world_.get_as(admin_, "/api/v1/users", {{"limit", "201"}}).status, 400);
  EXPECT_EQ(world_.get_as(admin_, "/api/v1/tokens", {{"before", "x"}}).status, 400);
}

class RecoveryTest : public testing::Test {
 protected:
  // Of an active user who is logged in, with what the setup showed.
  void take_over() {
    const std::string token = world_.invite("li", Role::Viewer);
    li_.name = "li";
    (void)world_.post("/api/v1/setup", {{"token", token}});
    li_.secret = world_.database->read_now([&](Transaction& tx) {
      std::string text;
      tx.sql() << "SELECT totp_secret FROM console_user", soci::into(text);
      return from_base64(text).value();
    });
    const WebResponse done =
        world_.post("/api/v1/setup/finish",
                    {{"token", token}, {"password", kPassword}, {"code", world_.code_of(li_)}});
    ConsoleWorld::take_session(li_, done);
    codes_ = codes_in(done);
  }
  static std::vector<std::string> codes_in(const WebResponse& response) {
    return boost::json::value_to<std::vector<std::string>>(
        boost::json::parse(response.body).at("recovery_codes"));
  }
  std::int64_t left() {
    return boost::json::parse(world_.get_as(li_, "/api/v1/session").body)
        .at("recovery_codes_left")
        .as_int64();
  }

  ConsoleWorld world_;
  ConsoleWorld::Person li_;
  std::vector<std::string> codes_;
};

TEST_F(RecoveryTest, TenAreShownOnceAndKeptAsHashes) {
  take_over();

  EXPECT_EQ(codes_.size(), 10U);
  EXPECT_EQ(std::set<std::string>(codes_.begin(), codes_.end()).size(), 10U);
  EXPECT_THAT(codes_[0], testing::MatchesRegex("[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}"));
  EXPECT_EQ(left(), 10);
  EXPECT_EQ(world_.newest_entries(1)[0].at("recovery_codes").as_int64(), 10);
  const std::string kept = world_.database->read_now([](Transaction& tx) {
    std::string all;
    std::string one;
    auto rows = tx.sql().rows("SELECT code_sha256 FROM recovery_code");
    rows, soci::into(one);
    while (rows.next()) all += one;
    return all;
  });
  EXPECT_EQ(kept.size(), 640U);
  EXPECT_THAT(kept, Not(HasSubstr(recovery_code(codes_[0]))));
}

TEST_F(RecoveryTest, EachReplacesTheAppOnce) {
  take_over();
  std::string typed = codes_[3];
  for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::tolower(c));

  EXPECT_EQ(world_.log_in(li_, "Wrong-Wrong-1", codes_[3]).status, 401);
  EXPECT_EQ(world_.log_in(li_, kPassword, typed).status, 200);
  const auto entries = world_.newest_entries(2);
  EXPECT_EQ(entries[1].at("change").as_string(), "recovery_code_used");
  EXPECT_EQ(entries[1].at("left").as_int64(), 9);
  EXPECT_EQ(entries[0].at("event").as_string(), "login.succeeded");
  EXPECT_EQ(left(), 9);

  EXPECT_EQ(world_.log_in(li_, kPassword, codes_[3]).status, 401);
  EXPECT_EQ(world_.newest_entries(1)[0].at("reason").as_string(), "recovery code");
  EXPECT_EQ(world_.log_in(li_, kPassword, "AAAA-BBBB-CCCC-DDDD").status, 401);
  EXPECT_EQ(world_.log_in(li_, kPassword, codes_[4]).status, 200);
}

TEST_F(RecoveryTest, NewOnesWantTheAppsCodeAndEndTheOld) {
  take_over();
  const auto renew = [&](const std::string& code) {
    return world_.post_as(li_, "/api/v1/recovery_codes", {{"code", code}});
  };
  EXPECT_THAT(renew("000000").body, HasSubstr("wrong-code"));
  EXPECT_EQ(world_.newest_entries(1)[0].at("event").as_string(), "login.failed");
  EXPECT_THAT(renew(codes_[0]).body, HasSubstr("wrong-code"));

  const WebResponse done = renew(world_.code_of(li_));

  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(world_.newest_entries(1)[0].at("change").as_string(), "recovery_codes_made");
  EXPECT_EQ(world_.log_in(li_, kPassword, codes_[0]).status, 401);
  EXPECT_EQ(world_.log_in(li_, kPassword, codes_in(done)[0]).status, 200);
}

TEST_F(RecoveryTest, GuessesLockTheAccountAsWrongLogInsDo) {
  take_over();
  for (int i = 0; i < kMostFailures; ++i)
    EXPECT_EQ(world_.post_as(li_, "/api/v1/recovery_codes", {{"code", "000000"}}).status, 422);

  EXPECT_EQ(world_.post_as(li_, "/api/v1/recovery_codes", {{"code", world_.code_of(li_)}}).status,
            422);
  EXPECT_EQ(world_.log_in(li_, kPassword, codes_[0]).status, 401);
  EXPECT_EQ(world_.newest_entries(1)[0].at("reason").as_string(), "locked");
}

TEST_F(RecoveryTest, EndWithAReset) {
  take_over();
  world_.database->write_now([&](Transaction& tx) {
    (void)reset_user(tx, world_.ledger, "li", "new", {"operator:cli", world_.clock.now()}).value();
  });

  EXPECT_EQ(world_.database->read_now([](Transaction& tx) { return recovery_codes_left(tx, 1); }),
            0);
}

}  // namespace
}  // namespace liandong
