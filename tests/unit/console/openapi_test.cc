// The API's description against the API: every route with its roles and members, and every answer.

#include <algorithm>
#include <set>

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/access.h"
#include "daemon/console/tokens.h"
#include "daemon/delivery/decisions.h"
#include "daemon/platform/text.h"

#include "tests/unit/console/console_world.h"
#include "tests/unit/console/openapi_schema.h"

namespace liandong {
namespace {

namespace json = boost::json;

class OpenApiTest : public testing::Test {
 protected:
  OpenApiTest()
      : admin_(world_.person("zhang", Role::Admin)),
        approver_(world_.person("wang", Role::Approver)) {
    world_.add_item("关于公布清理结果的公告");
    world_.add_announcements({"held", "delivered"});
    world_.execute("UPDATE delivery SET reason = 'mass change: 40' WHERE state = 'held'");
    world_.execute("INSERT INTO mass_hold (delivery, source, reason) VALUES (1, 'notices', '')");
    world_.execute(
        "INSERT INTO source_state (source, baseline, looked_at, read_at, next_look, failures, "
        "fault, message, advice, rows_seen) VALUES ('notices', 1, 1, 1, 1, 0, '', '', '', 40)");
    world_.execute(
        "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, "
        "met_at, waived_at, reason) VALUES (1, 'weibo', 'all', 1, 1, 1, NULL, NULL, "
        "'')");
    world_.execute("UPDATE delivery SET sha256 = '0123456789abcdef' WHERE id = 1");
    world_.database->write_now([&](Transaction& tx) {
      submit_for_review(tx, world_.ledger, 1, 1, {"system:planner", world_.clock.now()});
    });
  }

  const json::object& operation(const std::string& method, const std::string& pattern) {
    return description_.operation(method, pattern);
  }
  std::string fault(const std::string& method, const std::string& pattern,
                    const WebResponse& response) {
    return description_.fault(method, pattern, response);
  }
  static std::string path_of(std::string pattern, const char* id) {
    pattern = replace_all(std::move(pattern), "{id}", id);
    return replace_all(std::move(pattern), "{name}", "hall");
  }

  ApiDescription description_;
  ConsoleWorld world_;
  int people_ = 0;
  ConsoleWorld::Person admin_;
  ConsoleWorld::Person approver_;
};

TEST_F(OpenApiTest, DescribesEveryRouteAndNoOther) {
  std::set<std::string> described;
  for (const auto& [pattern, methods] : description_.document().at("paths").as_object()) {
    for (const auto& [method, operation] : methods.as_object())
      described.insert(std::string(method) + " " + std::string(pattern));
  }
  std::set<std::string> served;
  for (const auto& [method, pattern] : world_.router.routes())
    served.insert(lower_ascii(method) + " " + pattern);

  EXPECT_EQ(described, served);
}

TEST_F(OpenApiTest, DescribesWhoMay) {
  for (const Access& access : access_table()) {
    const auto& described = operation(std::string(access.method), std::string(access.pattern));
    json::array roles;
    for (const Role role : kAllRoles) {
      if (access.allows(role)) roles.emplace_back(to_string(role));
    }
    EXPECT_EQ(described.at("x-roles"), json::value(roles)) << access.pattern;
    EXPECT_EQ(described.contains("x-whole"), access.whole) << access.pattern;
    const json::value* security = described.if_contains("security");
    const bool is_open = security != nullptr && security->as_array().empty();
    EXPECT_EQ(is_open, access.open) << access.pattern;
    const bool is_for_tokens = access.is_for_programs() &&
                               std::any_of(kTokenRoles.begin(), kTokenRoles.end(),
                                           [&access](Role role) { return access.allows(role); });
    if (!is_open) {
      EXPECT_EQ(security == nullptr, is_for_tokens) << access.method << " " << access.pattern;
    }
  }
}

TEST_F(OpenApiTest, WhatIsReadIsAsDescribed) {
  int read = 0;
  for (const auto& [method, pattern] : world_.router.routes()) {
    if (method != "GET" || !pattern.starts_with("/api/v1/") || pattern == "/api/v1/events")
      continue;
    for (const char* id : {"1", "999"}) {
      const WebResponse response = world_.get_as(admin_, path_of(pattern, id));
      EXPECT_EQ(fault(method, pattern, response), "") << pattern << " " << id;
      if (response.status != 200) continue;
      ++read;
      const bool is_tagged = std::any_of(response.headers.begin(), response.headers.end(),
                                         [](const auto& header) { return header.first == "ETag"; });
      const auto& answers = operation(method, pattern).at("responses").as_object();
      EXPECT_EQ(answers.contains("304"), is_tagged) << pattern;
    }
  }
  EXPECT_GE(read, 20);
  EXPECT_EQ(fault("GET", "/healthz", world_.get_as(admin_, "/healthz")), "");
}

TEST_F(OpenApiTest, WhatIsDecidedAndRefusedIsAsDescribed) {
  const std::string text(
      json::parse(world_.get_as(approver_, "/api/v1/deliveries/1").body).at("text").as_string());
  const auto as_described = [&](const ConsoleWorld::Person& person, const std::string& pattern,
                                const json::object& body, int status) {
    const WebResponse response = world_.post_as(person, path_of(pattern, "1"), body);
    EXPECT_EQ(response.status, status) << pattern << response.body;
    EXPECT_EQ(fault("POST", pattern, response), "") << pattern;
  };
  as_described(approver_, "/api/v1/deliveries/{id}/approve", {}, 422);
  as_described(approver_, "/api/v1/deliveries/{id}/approve", {{"text", text}}, 200);
  as_described(approver_, "/api/v1/deliveries/{id}/hold", {{"reason", "误"}}, 409);
  as_described(approver_, "/api/v1/channels/{name}/pause", {{"reason", "误"}}, 200);
  as_described(admin_, "/api/v1/users", {{"name", "li"}, {"role", "viewer"}}, 200);
  as_described(admin_, "/api/v1/users/{id}/disable", {}, 409);
  as_described(admin_, "/api/v1/tokens", {{"name", "robot"}, {"role", "viewer"}, {"days", 1}}, 200);
  as_described(admin_, "/api/v1/tokens/{id}/revoke", {}, 200);
  as_described(admin_, "/api/v1/recovery_codes", {{"code", world_.code_of(admin_)}}, 200);
  for (const auto& [method, pattern] : world_.router.routes()) {
    if (method != "POST" || pattern == "/api/v1/session/end") continue;
    const WebResponse response =
        world_.post_as(admin_, path_of(pattern, "1"), {{"no_such_member", 1}});
    EXPECT_GE(response.status, 400) << pattern;
    EXPECT_EQ(fault(method, pattern, response), "") << pattern;
  }
}

TEST_F(OpenApiTest, TheMembersOfABodyAreThoseItTakes) {
  for (const auto& [method, pattern] : world_.router.routes()) {
    if (method != "POST" || pattern == "/api/v1/session/end") continue;
    json::object body;
    const auto& schema = operation(method, pattern)
                             .at("requestBody")
                             .at("content")
                             .at("application/json")
                             .at("schema");
    for (const auto& member : schema.at("properties").as_object()) body[member.key()] = "";
    for (const Role role : kAllRoles) {
      if (!access_to(method, pattern)->allows(role)) continue;
      const auto person = world_.person(fmt::format("{}{}", to_string(role), ++people_), role);
      const WebResponse response = world_.post_as(person, path_of(pattern, "999"), body);
      EXPECT_EQ(response.body.find("there is no such member"), std::string::npos)
          << pattern << response.body;
      if (response.status != 422 || !schema.as_object().contains("required")) break;
      for (const auto& name : schema.at("required").as_array())
        EXPECT_NE(response.body.find("#/" + std::string(name.as_string())), std::string::npos)
            << pattern << " " << name << response.body;
      break;
    }
  }
}

TEST_F(OpenApiTest, WhatTheCallerHasIsNotSentAgain) {
  const auto ask = [&](const std::string& known) {
    WebRequest request = world_.request_of(admin_, "GET", "/api/v1/items");
    if (!known.empty()) request.headers["if-none-match"] = known;
    return world_.send(request);
  };
  const WebResponse first = ask("");
  ASSERT_EQ(first.headers.at(0).first, "ETag");
  const std::string known = first.headers.at(0).second;

  EXPECT_EQ(ask(known).status, 304);
  EXPECT_EQ(ask(known).body, "");
  world_.add_item("另一个公告");
  EXPECT_EQ(ask(known).status, 200);
}

}  // namespace
}  // namespace liandong
