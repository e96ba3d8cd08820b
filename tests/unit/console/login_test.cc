#include "daemon/console/login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/access.h"
#include "daemon/console/attempt_limit.h"
#include "daemon/console/login_limit.h"
#include "daemon/console/sessions.h"
#include "daemon/platform/text.h"

#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

using testing::HasSubstr;
using testing::Not;

class LoginTest : public testing::Test {
 protected:
  static std::string cookie_of(const WebResponse& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "Set-Cookie") return value;
    }
    return "";
  }
  bool is_in(const ConsoleWorld::Person& person) {
    return world_.get_as(person, "/api/v1/status").status == 200;
  }

  ConsoleWorld world_;
};

TEST_F(LoginTest, GivesASessionToWhoKnowsPasswordAndCode) {
  auto li = world_.person("li", Role::Approver);

  const WebResponse response = world_.log_in(li, kPassword, world_.code_of(li));

  ASSERT_EQ(response.status, 200) << response.body;
  const std::string cookie = cookie_of(response);
  EXPECT_THAT(cookie, HasSubstr("; HttpOnly"));
  EXPECT_THAT(cookie, HasSubstr("; SameSite=Strict"));
  EXPECT_THAT(cookie, HasSubstr("; Path=/"));
  EXPECT_THAT(cookie, Not(HasSubstr("Secure")));
  const auto before = li;
  ConsoleWorld::take_session(li, response);
  EXPECT_NE(li.cookie, before.cookie);
  EXPECT_TRUE(is_in(li));
  const auto me = boost::json::parse(world_.get_as(li, "/api/v1/session").body);
  EXPECT_EQ(me.at("name").as_string(), "li");
  EXPECT_EQ(me.at("role").as_string(), "approver");
  EXPECT_EQ(me.at("csrf").as_string(), li.csrf);
  EXPECT_EQ(world_.newest_entries(1)[0].at("event").as_string(), "login.succeeded");
}

TEST_F(LoginTest, KeepsNoTokenAndNoPassword) {
  const auto li = world_.person("li", Role::Viewer);
  const std::string token = li.cookie.substr(li.cookie.find('=') + 1);

  const std::string kept = world_.database->read_now([](Transaction& tx) {
    std::string all;
    std::string one;
    tx.sql() << "SELECT token_sha256 FROM console_session", soci::into(one);
    all += one;
    tx.sql() << "SELECT password || token_sha256 FROM console_user", soci::into(one);
    return all + one;
  });

  EXPECT_EQ(token.size(), 64U);
  EXPECT_THAT(kept, Not(HasSubstr(token)));
  EXPECT_THAT(kept, Not(HasSubstr(kPassword)));
  EXPECT_THAT(kept, HasSubstr(sha256_hex(token)));
  EXPECT_THAT(kept, HasSubstr("$argon2id$"));
}

TEST_F(LoginTest, BehindTlsTheCookieIsSecureAndOfThisHostOnly) {
  ConsoleWorld world("https://liandong.example.gov.cn");
  const std::string token = world.invite("li", Role::Viewer);
  (void)world.post("/api/v1/setup", {{"token", token}});
  const auto li = world.person("wang", Role::Viewer);

  WebRequest request = world.request_of(li, "GET", "/api/v1/status");
  request.headers["host"] = "liandong.example.gov.cn";
  EXPECT_EQ(world.send(request).status, 200);
  EXPECT_THAT(li.cookie, testing::StartsWith("__Host-liandong="));
  const WebResponse again = world.log_in(li, kPassword, world.code_of(li));
  EXPECT_THAT(cookie_of(again), HasSubstr("; Secure"));
  request.headers["host"] = "other.example.gov.cn";
  EXPECT_EQ(world.send(request).status, 421);
}

TEST_F(LoginTest, EndsTheOldSessionOfTheBrowser) {
  auto li = world_.person("li", Role::Viewer);
  WebRequest request =
      world_.page_request("POST", "/api/v1/session",
                          {{"name", "li"}, {"password", kPassword}, {"code", world_.code_of(li)}});
  request.headers["cookie"] = li.cookie;

  EXPECT_EQ(world_.send(request).status, 200);

  EXPECT_FALSE(is_in(li));
}

TEST_F(LoginTest, SaysTheSameWhateverWasWrong) {
  const auto li = world_.person("li", Role::Viewer);
  world_.invite("invited", Role::Viewer);
  ConsoleWorld::Person nobody = li;
  nobody.name = "nobody";
  ConsoleWorld::Person invited = li;
  invited.name = "invited";

  const std::vector<WebResponse> answers = {
      world_.log_in(li, "Winter-Heating-27", world_.code_of(li)),
      world_.log_in(li, kPassword, "000000"),
      world_.log_in(nobody, kPassword, world_.code_of(li)),
      world_.log_in(invited, kPassword, world_.code_of(li)),
  };

  for (const WebResponse& answer : answers) {
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body, answers[0].body);
    EXPECT_EQ(cookie_of(answer), "");
  }
  const auto entries = world_.newest_entries(4);
  const std::vector<std::string> reasons = {"invited", "unknown name", "code", "password"};
  const std::vector<std::string> actors = {"user:u000002", "user:unknown", "user:u000001",
                                           "user:u000001"};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].at("event").as_string(), "login.failed");
    EXPECT_EQ(entries[i].at("reason").as_string(), reasons[i]);
    EXPECT_EQ(entries[i].at("actor").as_string(), actors[i]);
    EXPECT_EQ(entries[i].at("peer").as_string(), "127.0.0.1");
  }
}

TEST_F(LoginTest, TakesACodeOnce) {
  const auto li = world_.person("li", Role::Viewer);
  const std::string code = world_.code_of(li);

  EXPECT_EQ(world_.log_in(li, kPassword, code.substr(0, 3) + " " + code.substr(3)).status, 200);
  EXPECT_EQ(world_.log_in(li, kPassword, code).status, 401);
}

TEST_F(LoginTest, FiveWrongOnesLockTheAccountForAQuarterOfAnHour) {
  const auto li = world_.person("li", Role::Viewer);
  for (int i = 0; i < kMostFailures; ++i)
    EXPECT_EQ(world_.log_in(li, "Wrong-Wrong-1", world_.code_of(li)).status, 401);

  EXPECT_EQ(world_.log_in(li, kPassword, world_.code_of(li)).status, 401);
  EXPECT_EQ(world_.newest_entries(1)[0].at("reason").as_string(), "locked");
  world_.clock.advance(kLockLasts);
  EXPECT_EQ(world_.log_in(li, kPassword, world_.code_of(li)).status, 200);
}

TEST_F(LoginTest, TheFifthIsStillJudged) {
  const auto li = world_.person("li", Role::Viewer);
  for (int i = 1; i < kMostFailures; ++i)
    EXPECT_EQ(world_.log_in(li, "Wrong-Wrong-1", world_.code_of(li)).status, 401);

  EXPECT_EQ(world_.log_in(li, kPassword, world_.code_of(li)).status, 200);
  EXPECT_EQ(world_.log_in(li, kPassword, world_.code_of(li)).status, 200);
}

// A guess is counted before it is judged.
TEST_F(LoginTest, ManyGuessesAtOnceAreCountedEach) {
  const auto li = world_.person("li", Role::Viewer);
  int judged = 0;

  for (int i = 0; i < 100; ++i) {
    const LoginTry attempt = world_.database->write_now(
        [&](Transaction& tx) { return begin_login(tx, "li", world_.clock.now()); });
    if (attempt.refused.empty()) ++judged;
  }

  EXPECT_EQ(judged, kMostFailures);
  EXPECT_TRUE(is_in(li));
}

TEST_F(LoginTest, AnAddressMayTryTwentyTimes) {
  world_.invite("li", Role::Viewer);
  ConsoleWorld::Person nobody;
  int refused = 0;

  for (int i = 0; i < AttemptLimit::kMost + 5; ++i) {
    nobody.name = "nobody" + std::to_string(i);
    const WebResponse response = world_.log_in(nobody, kPassword, "000000");
    if (response.status == 429) ++refused;
  }

  EXPECT_EQ(refused, 5);
  WebRequest elsewhere = world_.page_request(
      "POST", "/api/v1/session", {{"name", "nobody"}, {"password", "x"}, {"code", "1"}});
  elsewhere.peer = "192.0.2.7";
  EXPECT_EQ(world_.send(elsewhere).status, 401);
  world_.clock.advance(AttemptLimit::kWindow);
  EXPECT_EQ(world_.log_in(nobody, kPassword, "000000").status, 401);
}

// Each node counts in memory only what it was asked itself.
TEST_F(LoginTest, AnAddressMayTryTwentyTimesAtAllNodesTogether) {
  world_.invite("li", Role::Viewer);
  ConsoleWorld::Person nobody;
  nobody.name = "nobody";
  auto admit = [this](const std::string& peer) {
    return world_.database->write_now(
        [&](Transaction& tx) { return admit_login(tx, peer, world_.clock.now()); });
  };
  const std::string own = world_.page_request("POST", "/api/v1/session", {}).peer;
  for (int i = 0; i < AttemptLimit::kMost - 1; ++i) EXPECT_TRUE(admit(own));  // at another node

  EXPECT_EQ(world_.log_in(nobody, kPassword, "000000").status, 401);
  EXPECT_EQ(world_.log_in(nobody, kPassword, "000000").status, 429);
  EXPECT_TRUE(admit("192.0.2.7"));
  world_.database->write_now([&own](Transaction& tx) { forgive_login(tx, own); });
  EXPECT_EQ(world_.log_in(nobody, kPassword, "000000").status, 401);
  world_.clock.advance(AttemptLimit::kWindow);
  EXPECT_EQ(world_.log_in(nobody, kPassword, "000000").status, 401);
}

TEST_F(LoginTest, TheServerInFrontNamesTheAddress) {
  ConsoleWorld world("https://liandong.example.gov.cn");
  world.invite("li", Role::Viewer);
  WebRequest request = world.page_request("POST", "/api/v1/session",
                                          {{"name", "nobody"}, {"password", "x"}, {"code", "1"}});
  request.headers["x-forwarded-for"] = "203.0.113.9, 192.0.2.7";

  EXPECT_EQ(world.send(request).status, 401);

  EXPECT_EQ(world.newest_entries(1)[0].at("peer").as_string(), "192.0.2.7");
}

TEST_F(LoginTest, WithoutAServerInFrontNobodyElseNamesIt) {
  world_.invite("li", Role::Viewer);
  WebRequest request = world_.page_request("POST", "/api/v1/session",
                                           {{"name", "nobody"}, {"password", "x"}, {"code", "1"}});
  request.headers["x-forwarded-for"] = "192.0.2.7";

  EXPECT_EQ(world_.send(request).status, 401);

  EXPECT_EQ(world_.newest_entries(1)[0].at("peer").as_string(), "127.0.0.1");
}

TEST_F(LoginTest, APasswordHashedAtAnotherCostIsHashedAnew) {
  const auto li = world_.person("li", Role::Viewer);
  const std::string old = hash_password(kPassword, {128, 1});
  world_.database->write_now([&](Transaction& tx) {
    tx.sql() << "UPDATE console_user SET password = :hash", soci::use(old, "hash");
  });

  EXPECT_EQ(world_.log_in(li, kPassword, world_.code_of(li)).status, 200);

  const std::string kept = world_.database->read_now([](Transaction& tx) {
    std::string hash;
    tx.sql() << "SELECT password FROM console_user", soci::into(hash);
    return hash;
  });
  EXPECT_FALSE(is_outdated(kept, {64, 1}));
  EXPECT_EQ(world_.log_in(li, kPassword, world_.code_of(li)).status, 200);
}

// --- sessions ---

TEST_F(LoginTest, ASessionEndsAfterAQuarterOfAnHourWithoutAPerson) {
  const auto li = world_.person("li", Role::Viewer);

  // The page asks by itself.
  for (int i = 0; i < 14; ++i) {
    world_.clock.advance(std::chrono::minutes(1));
    EXPECT_TRUE(is_in(li));
  }
  world_.clock.advance(std::chrono::minutes(1));

  EXPECT_FALSE(is_in(li));
  const WebResponse page = world_.get_as(li, "/");
  EXPECT_EQ(page.status, 303);
}

TEST_F(LoginTest, ASessionLivesEightHoursAtMost) {
  const auto li = world_.person("li", Role::Viewer);
  WebRequest asked = world_.request_of(li, "GET", "/api/v1/session");
  asked.headers["x-person"] = "yes";

  for (int i = 0; i < 8 * 6 - 1; ++i) {
    world_.clock.advance(std::chrono::minutes(10));
    ASSERT_EQ(world_.send(asked).status, 200) << i;
  }
  world_.clock.advance(std::chrono::minutes(10));

  EXPECT_EQ(world_.send(asked).status, 401);
}

TEST_F(LoginTest, AClockThatIsSetBackDoesNotLengthenIt) {
  const auto li = world_.person("li", Role::Viewer);

  world_.clock.jump_wall(-std::chrono::hours(5));

  EXPECT_FALSE(is_in(li));
}

TEST_F(LoginTest, LoggingOutEndsItHereOrEverywhere) {
  auto desk = world_.person("li", Role::Viewer);
  auto phone = desk;
  ConsoleWorld::take_session(phone, world_.log_in(desk, kPassword, world_.code_of(desk)));
  auto home = desk;
  ConsoleWorld::take_session(home, world_.log_in(desk, kPassword, world_.code_of(desk)));

  const WebResponse out = world_.post_as(desk, "/api/v1/session/end");
  EXPECT_THAT(cookie_of(out), HasSubstr("Max-Age=0"));
  EXPECT_FALSE(is_in(desk));
  EXPECT_TRUE(is_in(phone));
  EXPECT_TRUE(is_in(home));

  EXPECT_EQ(world_.post_as(phone, "/api/v1/session/end", {{"everywhere", "yes"}}).status, 200);
  EXPECT_FALSE(is_in(phone));
  EXPECT_FALSE(is_in(home));
}

TEST_F(LoginTest, AStreamOfEventsEndsWithTheSession) {
  const auto li = world_.person("li", Role::Viewer);
  const WebResponse response = world_.get_as(li, "/api/v1/events");
  ASSERT_TRUE(response.stream);
  const auto first = run(world_.context, response.stream());
  ASSERT_TRUE(first);
  EXPECT_THAT(*first, HasSubstr("event: change"));

  (void)world_.post_as(li, "/api/v1/session/end");

  auto ended = asio::co_spawn(world_.context, response.stream(), asio::use_future);
  for (int i = 0; i < 1000 && ended.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
       ++i) {
    world_.context.restart();
    world_.context.run_for(std::chrono::milliseconds(10));
    world_.clock.advance(std::chrono::seconds(1));
  }
  ASSERT_EQ(ended.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_FALSE(ended.get());
}

// --- requests of other pages (T8) ---

struct Forged {
  const char* name;
  void (*change)(WebRequest&);
  int status;
};

TEST_F(LoginTest, WhatDoesNotComeFromThisPageChangesNothing) {
  const auto li = world_.person("li", Role::Operator);
  const auto wang = world_.person("wang", Role::Operator);
  static std::string other;
  other = wang.csrf;
  const std::vector<Forged> cases = {
      {"no token", [](WebRequest& request) { request.headers.erase("x-csrf-token"); }, 403},
      {"another session's token",
       [](WebRequest& request) { request.headers["x-csrf-token"] = other; }, 403},
      {"no origin", [](WebRequest& request) { request.headers.erase("origin"); }, 403},
      {"a foreign origin",
       [](WebRequest& request) { request.headers["origin"] = "https://evil.example"; }, 403},
      {"another port",
       [](WebRequest& request) { request.headers["origin"] = "http://127.0.0.1:1"; }, 403},
      {"no origin to speak of", [](WebRequest& request) { request.headers["origin"] = "null"; },
       403},
      {"another site",
       [](WebRequest& request) { request.headers["sec-fetch-site"] = "cross-site"; }, 403},
      {"another page of the site",
       [](WebRequest& request) { request.headers["sec-fetch-site"] = "same-site"; }, 403},
      {"a form",
       [](WebRequest& request) {
         request.headers["content-type"] = "application/x-www-form-urlencoded";
       },
       415},
      {"text", [](WebRequest& request) { request.headers["content-type"] = "text/plain"; }, 415},
      {"nothing said", [](WebRequest& request) { request.headers.erase("content-type"); }, 415},
      {"a rebound name",
       [](WebRequest& request) {
         request.headers["host"] = "rebound.example";
         request.headers["origin"] = "http://rebound.example";
       },
       421},
  };
  const std::size_t before = world_.newest_entries(1000).size();

  for (const auto& [method, pattern] : world_.router.routes()) {
    if (method == "GET") continue;
    const std::string path = replace_all(replace_all(pattern, "{id}", "1"), "{name}", "weibo");
    for (const Forged& one : cases) {
      const bool is_open = access_to(method, pattern)->open;
      if (is_open && std::string(one.name).find("token") != std::string::npos) continue;
      WebRequest request = world_.request_of(li, method, path, {{"reason", "forged"}});
      one.change(request);
      EXPECT_EQ(world_.send(request).status, one.status) << path << ": " << one.name;
    }
  }

  EXPECT_EQ(world_.newest_entries(1000).size(), before);
  EXPECT_TRUE(is_in(li));
}

TEST_F(LoginTest, ABodyIsOneObjectOfKnownMembers) {
  world_.invite("li", Role::Viewer);
  const auto answer = [&](const std::string& body) {
    WebRequest request = world_.page_request("POST", "/api/v1/session");
    request.body = body;
    return world_.send(request).status;
  };

  for (const char* body : {"", "[]", "1", "{", "{\"name\":\"a\"}x", "\"a\""})
    EXPECT_EQ(answer(body), 400) << body;
  for (const char* body : {"{}", R"({"name":1,"password":"x","code":"1"})",
                           R"({"name":"li","password":"x","code":"1","more":"x"})"})
    EXPECT_EQ(answer(body), 422) << body;
}

}  // namespace
}  // namespace liandong
