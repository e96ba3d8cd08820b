#include "daemon/console/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/access.h"
#include "daemon/platform/text.h"

#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

using testing::HasSubstr;
using testing::Not;

class TokensTest : public testing::Test {
 protected:
  TokensTest() { world_.invite("zhang", Role::Admin); }

  // Empty: it was made. `token` is what the program shows.
  std::string make(const std::string& name, Role role, int days = 30,
                   const std::string& token = "") {
    return world_.database->write_now([&](Transaction& tx) {
      const TokenOrder order{name, role, days, token.empty() ? "secret-of-" + name : token};
      const auto made = make_token(tx, world_.ledger, order, {"operator:cli", world_.clock.now()});
      return made ? std::string() : made.error().message();
    });
  }
  void revoke(const std::string& name) {
    world_.database->write_now([&](Transaction& tx) {
      (void)revoke_token(tx, world_.ledger, name, {"operator:cli", world_.clock.now()}).value();
    });
  }
  ApiToken newest() {
    return world_.database->read_now([](Transaction& tx) { return read_tokens(tx).at(0); });
  }
  // As a program asks: no Origin, no cookie, no page.
  static WebRequest request_of(const std::string& token, const std::string& method,
                               const std::string& path) {
    WebRequest request;
    request.method = method;
    request.path = path;
    request.peer = "192.0.2.7";
    request.headers["host"] = "127.0.0.1:8460";
    request.headers["authorization"] = "Bearer " + token;
    if (method == "GET") return request;
    request.headers["content-type"] = "application/json";
    request.body = "{}";
    return request;
  }
  WebResponse send(const std::string& token, const std::string& path) {
    return world_.send(request_of(token, "GET", path));
  }

  ConsoleWorld world_;
};

TEST_F(TokensTest, OpenWhatTheirRoleReads) {
  EXPECT_EQ(make("prometheus", Role::Viewer), "");

  EXPECT_EQ(send("secret-of-prometheus", "/metrics").status, 200);
  EXPECT_EQ(send("secret-of-prometheus", "/api/v1/status").status, 200);
  const auto me = boost::json::parse(send("secret-of-prometheus", "/api/v1/session").body);
  EXPECT_EQ(me.at("name").as_string(), "prometheus");
  EXPECT_EQ(me.at("role").as_string(), "viewer");
  EXPECT_FALSE(me.as_object().contains("csrf"));
  WebRequest lower = request_of("secret-of-prometheus", "GET", "/metrics");
  lower.headers["authorization"] = "bearer secret-of-prometheus";
  EXPECT_EQ(world_.send(lower).status, 200);
}

TEST_F(TokensTest, AreJudgedByTheSameTableAsPeople) {
  for (const Role role : kTokenRoles) {
    const std::string name(to_string(role));
    ASSERT_EQ(make(name, role), "");
    for (const auto& [method, pattern] : world_.router.routes()) {
      const Access* access = access_to(method, pattern);
      if (access->open) continue;
      std::string path = replace_all(pattern, "{id}", "999");
      path = replace_all(std::move(path), "{name}", "nowhere");
      const int status = world_.send(request_of("secret-of-" + name, method, path)).status;
      EXPECT_EQ(status != 403, access->allows(role) && access->is_for_programs())
          << name << " " << method << " " << pattern << ": " << status;
      EXPECT_NE(status, 401) << pattern;
    }
  }
}

TEST_F(TokensTest, AreNoPersonsAndNeedUsers) {
  EXPECT_THAT(make("robot", Role::Approver), HasSubstr("a person must"));
  EXPECT_THAT(make("robot", Role::Admin), HasSubstr("a person must"));
  EXPECT_THAT(make("robot", Role::Viewer, 0), HasSubstr("1 to 3650 days"));
  EXPECT_THAT(make("r", Role::Viewer), HasSubstr("2 to 40 characters"));
  EXPECT_EQ(make("robot", Role::Viewer), "");
  EXPECT_THAT(make("Robot", Role::Viewer), HasSubstr("there is a token 'robot' already"));

  ConsoleWorld empty;
  const auto made = empty.database->write_now([&](Transaction& tx) {
    return make_token(tx, empty.ledger, {"robot", Role::Viewer, 1, "t"}, {"operator:cli", {}});
  });
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message(), HasSubstr("there is no user yet"));
}

TEST_F(TokensTest, BoundToAddressesOpenNothingFromElsewhere) {
  world_.database->write_now([&](Transaction& tx) {
    TokenOrder order{"prometheus", Role::Viewer, 30, "secret"};
    order.addresses = AddressList::parse("198.51.100.0/24, 2001:db8::7").value();
    (void)make_token(tx, world_.ledger, order, {"operator:cli", world_.clock.now()}).value();
  });
  EXPECT_EQ(newest().addresses.text(), "198.51.100.0/24, 2001:db8::7");
  EXPECT_EQ(world_.newest_entries(1)[0].at("addresses").as_string(),
            "198.51.100.0/24, 2001:db8::7");
  const auto from = [&](const std::string& peer) {
    WebRequest request = request_of("secret", "GET", "/metrics");
    request.peer = peer;
    return world_.send(request);
  };

  EXPECT_EQ(from("198.51.100.9").status, 200);
  EXPECT_EQ(from("::ffff:198.51.100.9").status, 200);
  EXPECT_EQ(from("2001:db8::7").status, 200);
  const WebResponse elsewhere = from("192.0.2.7");
  EXPECT_EQ(elsewhere.status, 403);
  EXPECT_EQ(kind_of(elsewhere), "wrong-address");
  EXPECT_EQ(newest().used_from, "198.51.100.9");
  // Whoever has it elsewhere may try no more often than with a wrong one.
  int refused = 0;
  while (from("192.0.2.7").status == 403) ASSERT_LT(++refused, 100);
  EXPECT_EQ(from("192.0.2.7").status, 429);
  EXPECT_EQ(from("198.51.100.9").status, 200);
}

// The server in front names the program's address; what the program claims itself counts nothing.
TEST(BoundTokensTest, AreJudgedByTheAddressTheServerInFrontNames) {
  ConsoleWorld world("https://liandong.example.gov.cn/");
  world.invite("zhang", Role::Admin);
  world.database->write_now([&](Transaction& tx) {
    TokenOrder order{"prometheus", Role::Viewer, 30, "secret"};
    order.addresses = AddressList::parse("198.51.100.9").value();
    (void)make_token(tx, world.ledger, order, {"operator:cli", world.clock.now()}).value();
  });
  WebRequest request = world.page_request("GET", "/metrics");
  request.headers["authorization"] = "Bearer secret";
  request.headers["x-forwarded-for"] = "198.51.100.9, 192.0.2.7";
  EXPECT_EQ(world.send(request).status, 403);
  request.headers["x-forwarded-for"] = "192.0.2.7, 198.51.100.9";
  EXPECT_EQ(world.send(request).status, 200);
}

TEST_F(TokensTest, EndWithTheirTimeAndWhenRevoked) {
  ASSERT_EQ(make("prometheus", Role::Viewer, 2), "");
  ASSERT_EQ(make("audit", Role::Auditor, 30), "");
  world_.clock.advance(std::chrono::hours(47));
  EXPECT_EQ(send("secret-of-prometheus", "/metrics").status, 200);
  world_.clock.advance(std::chrono::hours(1));

  const WebResponse late = send("secret-of-prometheus", "/metrics");
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(late.headers.at(0).first, "WWW-Authenticate");
  EXPECT_EQ(send("secret-of-audit", "/metrics").status, 200);
  revoke("audit");
  EXPECT_EQ(kind_of(send("secret-of-audit", "/metrics")), "bad-token");
  EXPECT_EQ(make("audit", Role::Auditor, 30, "another"), "");
  EXPECT_EQ(send("another", "/metrics").status, 200);
}

TEST_F(TokensTest, AreKeptAsHashesWithTheirLastUse) {
  ASSERT_EQ(make("prometheus", Role::Viewer), "");
  EXPECT_EQ(newest().used_at, std::nullopt);

  (void)send("secret-of-prometheus", "/metrics");
  const Timestamp first = world_.clock.now();
  EXPECT_EQ(newest().used_at, first);
  EXPECT_EQ(newest().used_from, "192.0.2.7");
  world_.clock.advance(std::chrono::seconds(30));
  (void)send("secret-of-prometheus", "/metrics");
  EXPECT_EQ(newest().used_at, first);
  world_.clock.advance(std::chrono::seconds(31));
  (void)send("secret-of-prometheus", "/metrics");
  EXPECT_EQ(newest().used_at, world_.clock.now());

  const std::string kept = world_.database->read_now([](Transaction& tx) {
    std::string text;
    tx.sql() << "SELECT name || token_sha256 || made_by FROM api_token", soci::into(text);
    return text;
  });
  EXPECT_THAT(kept, Not(HasSubstr("secret-of")));
  EXPECT_GE(new_token().size(), 64U);
  EXPECT_NE(new_token(), new_token());
}

TEST_F(TokensTest, StandInTheLedgerByNumber) {
  ASSERT_EQ(make("prometheus", Role::Viewer), "");
  revoke("prometheus");

  const auto entries = world_.newest_entries(2);
  EXPECT_EQ(entries[1].at("event").as_string(), "token.made");
  EXPECT_EQ(entries[1].at("token").as_string(), "token:t000001");
  EXPECT_EQ(entries[0].at("event").as_string(), "token.revoked");
  EXPECT_EQ(entries[0].at("actor").as_string(), "operator:cli");
}

TEST_F(TokensTest, DecideUnderTheirNumberAndOnlyInJson) {
  ASSERT_EQ(make("robot", Role::Operator), "");
  world_.add_item("公告");
  DeliveryFacts facts;
  facts.state = "queued";
  world_.add_delivery(facts);
  WebRequest request = request_of("secret-of-robot", "POST", "/api/v1/deliveries/1/hold");
  request.body = R"({"reason": "核实中"})";
  WebRequest form = request;
  form.headers["content-type"] = "application/x-www-form-urlencoded";

  EXPECT_EQ(world_.send(form).status, 415);
  EXPECT_EQ(world_.send(request).status, 200);

  EXPECT_EQ(world_.newest_entries(1)[0].at("actor").as_string(), "token:t000001");
  EXPECT_EQ(world_.state_of(1), "held");
}

TEST_F(TokensTest, WrongOnesAreLimitedAndDoNotLockOutRightOnes) {
  ASSERT_EQ(make("prometheus", Role::Viewer), "");
  for (int i = 0; i < AttemptLimit::kMost; ++i)
    EXPECT_EQ(send("wrong", "/metrics").status, 401) << i;

  EXPECT_EQ(send("wrong", "/metrics").status, 429);
  EXPECT_EQ(send("secret-of-prometheus", "/metrics").status, 200);
}

TEST_F(TokensTest, AreUsedSoOftenAndNoOftener) {
  ASSERT_EQ(make("prometheus", Role::Viewer), "");
  for (int i = 0; i < Gate::kMostUses; ++i)
    ASSERT_EQ(send("secret-of-prometheus", "/api/v1/session").status, 200) << i;

  const WebResponse more = send("secret-of-prometheus", "/api/v1/session");
  EXPECT_EQ(kind_of(more), "too-many-requests");
  world_.clock.advance(Gate::kUsesWindow);
  EXPECT_EQ(send("secret-of-prometheus", "/api/v1/session").status, 200);
}

}  // namespace
}  // namespace liandong
