// Every route the console has, for every role, for nobody, and while there are no users.

#include "daemon/console/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/text.h"

#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;

class AccessTest : public testing::Test {
 protected:
  // A path the pattern fits; there is nothing of that number.
  static std::string path_of(std::string pattern) {
    pattern = replace_all(std::move(pattern), "{id}", "999");
    return replace_all(std::move(pattern), "{name}", "nowhere");
  }
  static bool is_let_in(const WebResponse& response) {
    return response.status != 401 && response.status != 403 && response.status != 303;
  }

  ConsoleWorld world_;
};

TEST_F(AccessTest, TheTableAndTheRoutesNameTheSame) {
  const auto routes = world_.router.routes();

  for (const auto& [method, pattern] : routes)
    EXPECT_NE(access_to(method, pattern), nullptr) << method << " " << pattern;
  for (const Access& access : access_table())
    EXPECT_THAT(routes,
                Contains(std::pair(std::string(access.method), std::string(access.pattern))));
}

TEST_F(AccessTest, EachRoleMayWhatTheTableSaysAndNothingElse) {
  for (const Role role : kAllRoles) {
    const auto person = world_.person(std::string(to_string(role)) + "-person", role);
    for (const auto& [method, pattern] : world_.router.routes()) {
      if (pattern == "/api/v1/session/end") continue;  // the last thing one does
      const WebResponse response = world_.send(world_.request_of(person, method, path_of(pattern)));
      EXPECT_EQ(is_let_in(response), access_to(method, pattern)->allows(role))
          << to_string(role) << " " << method << " " << pattern << ": " << response.status;
    }
    EXPECT_EQ(world_.post_as(person, "/api/v1/session/end").status, 200) << to_string(role);
  }
}

TEST_F(AccessTest, NobodyMayMoreThanLogIn) {
  world_.invite("zhang", Role::Admin);

  for (const auto& [method, pattern] : world_.router.routes()) {
    const WebResponse response = world_.send(world_.page_request(method, path_of(pattern)));
    EXPECT_EQ(is_let_in(response), access_to(method, pattern)->open)
        << method << " " << pattern << ": " << response.status;
  }
}

TEST_F(AccessTest, WithoutUsersTheConsoleIsReadAndNothingElse) {
  for (const auto& [method, pattern] : world_.router.routes()) {
    const WebResponse response = world_.send(world_.page_request(method, path_of(pattern)));
    EXPECT_EQ(is_let_in(response), method == "GET") << method << " " << pattern;
    if (method != "GET") {
      EXPECT_EQ(kind_of(response), "no-users") << pattern;
    }
  }
}

TEST_F(AccessTest, WhoeverAdministersDoesNotApproveAndAnAuditorChangesNothing) {
  using Words = std::vector<std::string_view>;
  EXPECT_THAT(actions_of(Role::Admin), Not(Contains("release")));
  EXPECT_THAT(actions_of(Role::Admin), Not(Contains("withdraw")));
  const Words only_themselves{"renew_codes", "log_out"};
  const Words and_computes_anew{"verify_ledger", "renew_codes", "log_out"};
  EXPECT_EQ(actions_of(Role::Auditor), and_computes_anew);
  EXPECT_EQ(actions_of(Role::Auditor, true), only_themselves) << "bound to an organisation";
  EXPECT_EQ(actions_of(Role::Viewer), only_themselves);
  EXPECT_THAT(actions_of(Role::Operator), Not(Contains("release")));
  EXPECT_THAT(actions_of(Role::Approver), IsSupersetOf(Words{"release", "withdraw", "hold"}));
}

TEST_F(AccessTest, ARouteNobodyIsNamedForIsClosed) {
  world_.router.add(
      "GET", "/forgotten",
      [](WebRequest /*request*/) -> asio::awaitable<WebResponse> { co_return WebResponse(); });
  const auto admin = world_.person("admin-person", Role::Admin);

  EXPECT_EQ(world_.get_as(admin, "/forgotten").status, 403);
}

TEST_F(AccessTest, WithoutUsersThePublicAddressShowsNothing) {
  ConsoleWorld world("https://liandong.example.gov.cn");
  WebRequest request = world.page_request("GET", "/api/v1/status");
  request.headers["host"] = "liandong.example.gov.cn";

  EXPECT_EQ(kind_of(world.send(request)), "no-users");
  EXPECT_EQ(world.send(world.page_request("GET", "/api/v1/status")).status, 200);
}

}  // namespace
}  // namespace liandong
