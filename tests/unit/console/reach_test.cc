// Two offices below one: what a person of one sees of the other, on every route the console has and
// in every role.

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/alert_store.h"
#include "daemon/console/access.h"
#include "daemon/console/organisations.h"
#include "daemon/console/tokens.h"
#include "daemon/delivery/decisions.h"
#include "daemon/platform/text.h"
#include "daemon/review/approval.h"

#include "tests/support/organisations.h"
#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kTree = R"(
[[organisation]]
name = "city"
title = "某市"
[[organisation]]
name = "jyj"
title = "某市教育局"
within = "city"
[[organisation]]
name = "wjw"
title = "某市卫健委"
within = "city"
)";

// Of everything there is one of jyj and one of wjw: items and deliveries 1 are those of wjw, 2
// those of jyj. What is wjw's says 卫健 or wjw wherever it stands.
class ReachTest : public testing::Test {
 protected:
  ReachTest() {
    settings_.organisations = organisations_of(kTree);
    for (const char* name : {"wjw", "jyj"}) {
      const auto organisation = settings_.organisations.find(name);
      SourceSettings source;
      source.name = name + std::string("_notices");
      source.organisation = organisation;
      settings_.sources.push_back(source);
      ChannelSettings channel;
      channel.name = name == std::string("wjw") ? "weibo" : "hall";
      channel.organisation = organisation;
      settings_.channels.push_back(channel);
    }
    world_.database->write_now([&](Transaction& tx) { store_organisations(tx, settings_); });
    world_.put_in_force(settings_);
    add("wjw", "卫健通知", "weibo");
    add("jyj", "教育通知", "hall");
    everywhere_ = world_.person("everywhere_wjw", Role::Admin);
    world_.invite("somebody_of_wjw", Role::Viewer, "wjw");  // user 2
    world_.invite("somebody_of_jyj", Role::Viewer, "jyj");  // user 3
    add_token("wjw");
    add_token("jyj");
  }

  void add(const std::string& organisation, const std::string& title, const std::string& channel) {
    world_.add_item(title);
    const std::string item = std::to_string(++items_);
    const std::string source = organisation + "_notices";
    world_.execute("UPDATE item SET organisation = '" + organisation + "', source = '" + source +
                   "', url = 'https://" + organisation + ".example.gov.cn/" + item +
                   "' WHERE id = " + item);
    DeliveryFacts facts;
    facts.item = items_;
    facts.channel = channel;
    facts.state = "held";
    facts.rendition.title = title;
    world_.add_delivery(facts);
    world_.execute("UPDATE delivery SET sha256 = '0123456789abcdef', reason = '" +
                   std::string(kWaitsForApproval) + "' WHERE id = " + item);
    const Decider by{"operator:cli", world_.clock.now()};
    world_.database->write_now([&](Transaction& tx) {
      submit_for_review(tx, world_.ledger, items_, 1, {"system:planner", by.now});
      pause_channel(tx, world_.ledger, channel, {by.now, title, false}, by.actor);
      for (const char* event : {"source.faulted", "service.started"}) {
        Entry entry{event, "system:watcher", {{"source", source}, {"reason", title}}};
        world_.ledger.append(tx, entry);
      }
      const std::vector<Alarm> alarms = alarms_of(source, channel, item, title);
      told_.insert(told_.end(), alarms.begin(), alarms.end());
      (void)update_alerts(tx, world_.ledger, told_, {}, by.now);
    });
    world_.execute(
        "INSERT INTO source_state (source, baseline, looked_at, read_at, next_look, failures, "
        "fault, message, advice, rows_seen) VALUES ('" +
        source + "', 1, 1, 1, 1, 1, 'drifted', '" + title + "', '', 40)");
    world_.execute(
        "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, met_at, "
        "waived_at, reason) VALUES (" +
        item + ", '" + channel + "', 'all', 1, 1, 1, NULL, NULL, '')");
  }

  static std::vector<Alarm> alarms_of(const std::string& source, const std::string& channel,
                                      const std::string& item, const std::string& title) {
    std::vector<Alarm> alarms;
    for (const std::string& key : {"source|" + source, "paused|" + channel,
                                   "late|item " + item + " " + channel, "screening|信息 " + item})
      alarms.push_back({key, Severity::Warn, title, title, std::nullopt});
    return alarms;
  }

  void add_token(const std::string& organisation) {
    TokenOrder order;
    order.name = "token_of_" + organisation;
    order.token = "secret_of_" + organisation;
    order.organisation = organisation;
    world_.database->write_now([&](Transaction& tx) {
      (void)make_token(tx, world_.ledger, order, {"operator:cli", world_.clock.now()}).value();
    });
  }

  // The one of wjw (1), or of jyj (2).
  static std::string path_of(std::string pattern, int which) {
    const bool is_foreign = which == 1;
    const int user = is_foreign ? 2 : 3;
    const std::string id =
        std::to_string(pattern.find("/users/") == std::string::npos ? which : user);
    const bool is_source = pattern.find("/sources/") != std::string::npos;
    const std::string name =
        is_source ? (is_foreign ? "wjw_notices" : "jyj_notices") : (is_foreign ? "weibo" : "hall");
    pattern = replace_all(std::move(pattern), "{id}", id);
    return replace_all(std::move(pattern), "{name}", name);
  }
  static bool names_one(const std::string& pattern) {
    return pattern.find('{') != std::string::npos;
  }
  // What a person may read of data, not the page's own files.
  static bool is_data(const std::string& method, const std::string& pattern) {
    return method == "GET" && !names_one(pattern) &&
           (pattern.starts_with("/api/v1/") || pattern == "/metrics") &&
           pattern != "/api/v1/events";
  }
  static void expect_nothing_foreign(const std::string& text, const std::string& where) {
    for (const char* mark : {"卫健", "wjw", "weibo"})
      EXPECT_EQ(text.find(mark), std::string::npos)
          << where << " tells of " << mark << ": " << text;
  }

  ConsoleWorld world_;
  Settings settings_;
  ConsoleWorld::Person everywhere_;
  std::vector<Alarm> told_;
  std::int64_t items_ = 0;
};

TEST_F(ReachTest, OfAnotherOrganisationThereIsNothingOnAnyRouteInAnyRole) {
  for (const Role role : kAllRoles) {
    const std::string name = std::string(to_string(role)) + "-person";
    const auto person = world_.person(name, role, "jyj");
    for (const auto& [method, pattern] : world_.router.routes()) {
      if (pattern == "/api/v1/session/end" || pattern == "/api/v1/events") continue;
      const Access& access = *access_to(method, pattern);
      const WebResponse response =
          world_.send(world_.request_of(person, method, path_of(pattern, 1)));
      const std::string where = name + " " + method + " " + pattern;
      if (!access.open && (access.whole || !access.allows(role))) {
        EXPECT_EQ(response.status, 403) << where;
      } else if (names_one(pattern)) {
        EXPECT_EQ(response.status, 404) << where << response.body;
      }
      // What it refuses tells as little as what it shows.
      if (names_one(pattern) || is_data(method, pattern))
        expect_nothing_foreign(response.body, where);
    }
  }
}

// Else the test above would be green where nobody sees anything.
TEST_F(ReachTest, OfTheOwnOrganisationThereIsEverythingTheRoleAllows) {
  for (const Role role : kAllRoles) {
    const std::string name = std::string(to_string(role)) + "-person";
    const auto person = world_.person(name, role, "jyj");
    for (const auto& [method, pattern] : world_.router.routes()) {
      const Access& access = *access_to(method, pattern);
      if (access.whole || !access.allows(role) || !names_one(pattern)) continue;
      // Whether there is a finding is not what this is about.
      if (pattern == "/api/v1/items/{id}/finding") continue;
      const WebResponse response =
          world_.send(world_.request_of(person, method, path_of(pattern, 2)));
      EXPECT_NE(response.status, 404) << name << " " << method << " " << pattern << response.body;
      EXPECT_NE(response.status, 403) << name << " " << method << " " << pattern << response.body;
    }
  }
}

TEST_F(ReachTest, ListsHoldTheOwnAndCountTheOwn) {
  const auto person = world_.person("li", Role::Viewer, "jyj");
  const auto read = [&](const std::string& path, std::map<std::string, std::string> query = {}) {
    return boost::json::parse(world_.get_as(person, path, std::move(query)).body).as_object();
  };
  const auto status = read("/api/v1/status");
  EXPECT_EQ(status.at("items"), 1);
  EXPECT_EQ(status.at("items_today"), 1);
  EXPECT_EQ(status.at("states"), (boost::json::object{{"held", 1}}));
  EXPECT_EQ(status.at("obligations"), (boost::json::object{{"open", 1}, {"late", 1}}));
  EXPECT_EQ(status.at("channels").as_array().size(), 1U);
  EXPECT_EQ(status.at("sources").as_array().size(), 1U);
  EXPECT_EQ(status.at("alerts").as_array().size(), 4U) << "of each kind its own";
  EXPECT_EQ(status.at("organisations").as_array().size(), 1U);
  EXPECT_EQ(read("/api/v1/items").at("items").as_array().size(), 1U);
  EXPECT_EQ(read("/api/v1/items", {{"text", "通知"}}).at("items").as_array().size(), 1U);
  EXPECT_EQ(read("/api/v1/review").at("waiting").as_array().size(), 1U);
  std::set<std::string> events;
  const auto log = read("/api/v1/log", {{"text", "通知"}});
  for (const auto& entry : log.at("entries").as_array())
    events.emplace(entry.at("event").as_string());
  EXPECT_THAT(events, Contains("channel.paused"));
  EXPECT_THAT(events, Contains("source.faulted"));
  EXPECT_THAT(events, Contains("delivery.settled"));
  EXPECT_THAT(events, Not(Contains("service.started"))) << "of nothing that is theirs";
}

TEST_F(ReachTest, WhoIsAboveSeesWhatIsBelowAndWhatIsOlder) {
  world_.add_item("机构设立之前的通知");  // of no organisation: the only root's
  const auto above = world_.person("above", Role::Approver, "city");
  const auto below = world_.person("below", Role::Approver, "jyj");
  const auto count = [&](const ConsoleWorld::Person& person) {
    return boost::json::parse(world_.get_as(person, "/api/v1/items").body)
        .at("items")
        .as_array()
        .size();
  };
  EXPECT_EQ(count(above), 3U);
  EXPECT_EQ(count(below), 1U);
  EXPECT_EQ(world_.get_as(above, "/api/v1/items/3").status, 200);
  EXPECT_EQ(world_.get_as(below, "/api/v1/items/3").status, 404);
}

TEST_F(ReachTest, AnApproverOfAnotherOrganisationApprovesNothing) {
  const auto stranger = world_.person("stranger", Role::Approver, "wjw");
  const auto own = world_.person("own", Role::Approver, "jyj");
  const boost::json::object text{{"text", "0123456789abcdef"}};
  EXPECT_EQ(world_.post_as(stranger, "/api/v1/deliveries/2/approve", text).status, 404);
  EXPECT_EQ(world_.state_of(2), "held");
  const WebResponse approved = world_.post_as(own, "/api/v1/deliveries/2/approve", text);
  EXPECT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(world_.state_of(2), "queued");
}

TEST_F(ReachTest, AProgramIsBoundLikeAPerson) {
  WebRequest request = world_.page_request("GET", "/metrics");
  request.headers["authorization"] = "Bearer secret_of_jyj";
  const WebResponse metrics = world_.send(request);
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(metrics.body, HasSubstr("liandong_items 1"));
  EXPECT_THAT(metrics.body, HasSubstr("channel=\"hall\""));
  expect_nothing_foreign(metrics.body, "/metrics");
  request.path = "/api/v1/items/1";
  EXPECT_EQ(world_.send(request).status, 404);
  request.path = "/api/v1/screens";
  EXPECT_EQ(world_.send(request).status, 403);
}

TEST_F(ReachTest, AnAdministratorOfAnOrganisationKeepsItsPeopleOnly) {
  const auto admin = world_.person("head_of_jyj", Role::Admin, "jyj");
  const auto names = [&] {
    std::vector<std::string> all;
    const auto users = boost::json::parse(world_.get_as(admin, "/api/v1/users").body);
    for (const auto& user : users.at("users").as_array())
      all.emplace_back(user.at("name").as_string());
    return all;
  };
  EXPECT_THAT(names(), ElementsAre("somebody_of_jyj", "head_of_jyj"));
  EXPECT_EQ(world_.post_as(admin, "/api/v1/users/1/disable").status, 404) << "bound to none";
  EXPECT_EQ(world_.post_as(admin, "/api/v1/users/2/disable").status, 404) << "of another";
  EXPECT_EQ(world_.post_as(admin, "/api/v1/users/3/disable").status, 200);

  const auto invited = [&](const std::string& name, const std::string& organisation) {
    return world_.post_as(admin, "/api/v1/users",
                          {{"name", name}, {"role", "viewer"}, {"organisation", organisation}});
  };
  EXPECT_EQ(boost::json::parse(invited("neu", "").body).at("organisation"), "jyj")
      << "not bound to none";
  for (const char* elsewhere : {"wjw", "city", "nowhere"})
    EXPECT_EQ(invited("another", elsewhere).status, 409) << elsewhere;
  const WebResponse token =
      world_.post_as(admin, "/api/v1/tokens", {{"name", "neu"}, {"role", "viewer"}, {"days", 1}});
  EXPECT_EQ(boost::json::parse(token.body).at("organisation"), "jyj");
  EXPECT_EQ(
      world_
          .post_as(admin, "/api/v1/tokens",
                   {{"name", "other"}, {"role", "viewer"}, {"days", 1}, {"organisation", "wjw"}})
          .status,
      409);
}

TEST_F(ReachTest, TheLastAdministratorIsOneOfTheWhole) {
  world_.person("head_of_jyj", Role::Admin, "jyj");
  const Decider by{"operator:cli", world_.clock.now()};
  world_.database->write_now([&](Transaction& tx) {
    EXPECT_FALSE(disable_user(tx, world_.ledger, everywhere_.name, by).has_value());
    EXPECT_FALSE(bind_user(tx, world_.ledger, everywhere_.name, "jyj", by).has_value());
    EXPECT_TRUE(bind_user(tx, world_.ledger, "head_of_jyj", "", by).has_value());
    EXPECT_TRUE(disable_user(tx, world_.ledger, everywhere_.name, by).has_value());
  });
}

TEST_F(ReachTest, WhoIsBoundToAnotherLogsInAnew) {
  const auto person = world_.person("li", Role::Viewer, "jyj");
  EXPECT_EQ(world_.get_as(person, "/api/v1/items/2").status, 200);
  world_.database->write_now([&](Transaction& tx) {
    (void)bind_user(tx, world_.ledger, "li", "wjw", {"operator:cli", world_.clock.now()}).value();
  });
  EXPECT_EQ(world_.get_as(person, "/api/v1/items/2").status, 401);
  const auto entry = world_.newest_entries(1).front();
  EXPECT_EQ(entry.at("event"), "role.changed");
  EXPECT_EQ(entry.at("organisation"), "wjw");
}

// An event says when something has happened: not of what is others'.
TEST_F(ReachTest, EventsTellOfTheOwnOnly) {
  const auto has_news = [&](const std::string& organisation, std::int64_t since) {
    return world_.database->read_now(
        [&](Transaction& tx) { return shows_any_since(tx, Scope{organisation}, since); });
  };
  const std::int64_t before =
      world_.database->read_now([](Transaction& tx) { return read_version(tx).ledger_size; });
  EXPECT_FALSE(has_news("jyj", before));
  DeliveryFacts facts;
  facts.item = 1;
  facts.channel = "weibo";
  facts.revision = 2;
  world_.add_delivery(facts);
  EXPECT_TRUE(has_news("", before));
  EXPECT_TRUE(has_news("wjw", before));
  EXPECT_TRUE(has_news("city", before));
  EXPECT_FALSE(has_news("jyj", before));
  world_.execute("UPDATE source_state SET looked_at = 99 WHERE source = 'wjw_notices'");
  const auto looked_at = [&](const std::string& organisation) {
    return world_.database->read_now(
        [&](Transaction& tx) { return read_version(tx, Scope{organisation}).looked_at; });
  };
  EXPECT_EQ(looked_at("wjw"), 99);
  EXPECT_EQ(looked_at("jyj"), 1);
}

TEST_F(ReachTest, WhatIsConfiguredIsReplacedAsAWhole) {
  settings_.sources.pop_back();
  settings_.channels[0].organisation = settings_.organisations.find("jyj");
  const auto sees = [&](const std::string& part, const std::string& name) {
    return world_.database->write_now(
        [&](Transaction& tx) { return sees_part(tx, Scope{"jyj"}, part, name); });
  };
  EXPECT_TRUE(sees("source", "jyj_notices"));
  EXPECT_FALSE(sees("channel", "weibo"));
  world_.database->write_now([&](Transaction& tx) { store_organisations(tx, settings_); });
  EXPECT_FALSE(sees("source", "jyj_notices"));
  EXPECT_TRUE(sees("channel", "weibo"));
  world_.database->write_now([](Transaction& tx) { store_organisations(tx, Settings{}); });
  EXPECT_FALSE(sees("channel", "weibo"));
  EXPECT_TRUE(
      world_.database->read_now([](Transaction& tx) { return read_organisations(tx).empty(); }));
}

}  // namespace
}  // namespace liandong
