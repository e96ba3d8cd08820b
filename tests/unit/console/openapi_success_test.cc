// Every operation of the API, done with success once: its answer is the one that is described.

#include <set>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/screens.h"
#include "daemon/delivery/mass_hold.h"
#include "daemon/item/item_store.h"

#include "tests/unit/console/console_world.h"
#include "tests/unit/console/openapi_schema.h"
#include "tests/unit/delivery/edits_fixture.h"

namespace liandong {
namespace {

class EverySuccess : public testing::Test {
 protected:
  EverySuccess()
      : admin_(world_.person("zhang", Role::Admin)),
        approver_(world_.person("wang", Role::Approver)),
        operator_(world_.person("li", Role::Operator)) {
    Item item;
    item.source = "notices";
    item.first_seen = world_.clock.now();
    item.revision.article.title = "联系人电话13912345678的公告";
    item.revision.article.url = "https://example.gov.cn/a";
    world_.database->write_now([&](Transaction& tx) { (void)ItemStore::insert(tx, item, {}); });
    world_.add_announcements({"delivered", "held", "held", "queued", "failed", "queued", "held"});
    world_.execute("UPDATE delivery SET channel = 'weibo', revision = 1 WHERE id = 5");
    world_.execute("UPDATE delivery SET sha256 = '0123456789abcdef'");
    auto line = std::make_shared<ChannelLine>();
    line->name = "hall";
    line->channel = std::make_shared<ObedientChannel>(world_.clock);
    world_.planner().configure({}, {}, {line});
  }

  static std::string path_of(std::string pattern, const std::string& which) {
    pattern = replace_all(std::move(pattern), "{id}", which);
    return replace_all(std::move(pattern), "{name}", which);
  }
  boost::json::object note(const std::string& method, const std::string& pattern,
                           const WebResponse& response) {
    EXPECT_EQ(response.status, 200) << pattern << " " << response.body;
    EXPECT_EQ(described_.fault(method, pattern, response), "") << method << " " << pattern;
    succeeded_.emplace(method, pattern);
    if (!response.type.starts_with("application/json")) return {};
    return boost::json::parse(response.body).as_object();
  }
  boost::json::object get(const ConsoleWorld::Person& person, const std::string& pattern,
                          const std::string& which = "1") {
    return note("GET", pattern, world_.get_as(person, path_of(pattern, which)));
  }
  boost::json::object post(const ConsoleWorld::Person& person, const std::string& pattern,
                           const std::string& which, const boost::json::object& body = {}) {
    return note("POST", pattern, world_.post_as(person, path_of(pattern, which), body));
  }

  void decide_deliveries() {
    const boost::json::object why{{"reason", "核实"}};
    world_.database->write_now([&](Transaction& tx) {
      for (const DeliveryId id : {2, 3})
        submit_for_review(tx, world_.ledger, id, 1, {"system:planner", world_.clock.now()});
    });
    get(approver_, "/api/v1/review");
    const auto text = get(approver_, "/api/v1/deliveries/{id}", "2").at("text");
    post(approver_, "/api/v1/deliveries/{id}/approve", "2", {{"text", text}});
    post(approver_, "/api/v1/deliveries/{id}/deny", "3", why);
    post(operator_, "/api/v1/items/{id}/urgent", "1", why);
    post(operator_, "/api/v1/deliveries/{id}/hold", "4", why);
    post(approver_, "/api/v1/deliveries/{id}/release", "4");
    post(operator_, "/api/v1/deliveries/{id}/retry", "5", why);
    post(operator_, "/api/v1/deliveries/{id}/cancel", "6", why);
    post(operator_, "/api/v1/deliveries/{id}/record", "4",
         {{"url", "https://weibo.com/1/a"}, {"at", ""}});
    post(operator_, "/api/v1/channels/{name}/pause", "hall", why);
    post(operator_, "/api/v1/channels/{name}/resume", "hall", why);
  }

  void decide_items() {
    world_.execute("UPDATE delivery SET reason = 'mass change: 40' WHERE id = 7");
    world_.database->write_now([](Transaction& tx) { hold_with_look(tx, 7, "notices", ""); });
    world_.execute(
        "INSERT INTO source_state (source, baseline, looked_at, read_at, next_look, failures, "
        "fault, message, advice, rows_seen) VALUES ('notices', 1, 1, 1, 1, 1, 'drifted', 'the site "
        "answered 404', 'check the URL of this source in a browser', 40)");
    const auto look =
        get(approver_, "/api/v1/sources").at("sources").at(0).at("held_look").as_object();
    post(approver_, "/api/v1/sources/{name}/release", "notices",
         {{"seen", look.at("seen")}, {"reason", "已核对"}});
    world_.execute(
        "INSERT INTO screening_finding (item, revision, words, found_at, accepted_at) VALUES (1, "
        "1, '手机号', 1, 0)");
    const auto finding = get(approver_, "/api/v1/items/{id}/finding");
    post(approver_, "/api/v1/items/{id}/accept", "1",
         {{"seen", finding.at("seen")}, {"reason", "公开电话"}});
    world_.execute(
        "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, met_at, "
        "waived_at, reason) VALUES (1, 'weibo', 'all', 1, 1, 1, NULL, NULL, '')");
    get(operator_, "/api/v1/items/{id}");
    post(operator_, "/api/v1/items/{id}/waive", "1", {{"channel", "weibo"}, {"reason", "不必"}});
    post(operator_, "/api/v1/items/{id}/pin", "1", {{"days", 3}});
    get(operator_, "/api/v1/screens");
    post(operator_, "/api/v1/items/{id}/unpin", "1");
    post(approver_, "/api/v1/items/{id}/withdraw", "1", {{"channel", "hall"}, {"reason", "有误"}});
  }

  void decide_screens() {
    world_.add_screen();
    post(admin_, "/api/v1/screens/{id}/approve", "1");
    post(admin_, "/api/v1/screens/{id}/group", "1", {{"group", "hall"}});
    post(approver_, "/api/v1/emergencies", "", {{"title", "请撤离"}, {"minutes", 10}});
    get(operator_, "/api/v1/screens");
    post(operator_, "/api/v1/emergencies/{id}/end", "1");
    post(admin_, "/api/v1/screens/{id}/revoke", "1");
  }

  void keep_people() {
    const auto invited = post(admin_, "/api/v1/users", "", {{"name", "sun"}, {"role", "viewer"}});
    const std::string sun = std::to_string(invited.at("id").as_int64());
    const auto setup = note("POST", "/api/v1/setup",
                            world_.post("/api/v1/setup", {{"token", invited.at("secret")}}));
    ConsoleWorld::Person person{"sun", "", "", ""};
    person.secret = world_.database->read_now([](Transaction& tx) {
      std::string text;
      tx.sql() << "SELECT totp_secret FROM console_user WHERE name = 'sun'", soci::into(text);
      return from_base64(text).value();
    });
    note("POST", "/api/v1/setup/finish",
         world_.post("/api/v1/setup/finish", {{"token", invited.at("secret")},
                                              {"password", kPassword},
                                              {"code", world_.code_of(person)}}));
    const WebResponse logged_in = world_.log_in(person, kPassword, world_.code_of(person));
    note("POST", "/api/v1/session", logged_in);
    ConsoleWorld::take_session(person, logged_in);
    post(person, "/api/v1/recovery_codes", "", {{"code", world_.code_of(person)}});
    post(person, "/api/v1/session/end", "");
    post(admin_, "/api/v1/users/{id}/role", sun, {{"role", "auditor"}});
    post(admin_, "/api/v1/users/{id}/log_out", sun);
    post(admin_, "/api/v1/users/{id}/disable", sun);
    post(admin_, "/api/v1/users/{id}/reset", sun);
    post(admin_, "/api/v1/tokens", "",
         {{"name", "robot"}, {"role", "viewer"}, {"days", 1}, {"addresses", "10.0.0.0/8"}});
    get(admin_, "/api/v1/tokens");
    get(admin_, "/api/v1/users");
    post(admin_, "/api/v1/tokens/{id}/revoke", "1");
  }

  void read_the_record() {
    world_.sign_checkpoint();
    note("GET", "/api/v1/report/why",
         world_.get_as(admin_, "/api/v1/report/why", {{"figure", "items/-/-/2026"}}));
    note("GET", "/api/v1/ledger/proof",
         world_.get_as(admin_, "/api/v1/ledger/proof", {{"seq", "0"}}));
    for (const char* format : {"text", "html", "xlsx", "csv", "json"})
      note("GET", "/api/v1/report/file",
           world_.get_as(admin_, "/api/v1/report/file", {{"format", format}}));
    post(admin_, "/api/v1/ledger/verify", "");
  }

  ApiDescription described_;
  ConsoleWorld world_;
  ConsoleWorld::Person admin_;
  ConsoleWorld::Person approver_;
  ConsoleWorld::Person operator_;
  std::set<std::pair<std::string, std::string>> succeeded_;
};

TEST_F(EverySuccess, IsAsDescribed) {
  decide_items();
  decide_deliveries();
  decide_screens();
  keep_people();
  world_.be_well();
  read_the_record();
  // What was found is accepted; the other two want to be told what of.
  const std::set<std::string> done = {"/api/v1/items/{id}/finding", "/api/v1/report/why",
                                      "/api/v1/ledger/proof"};
  for (const auto& [method, pattern] : world_.router.routes()) {
    if (method == "GET" && !done.contains(pattern)) get(admin_, pattern);
  }

  std::set<std::pair<std::string, std::string>> all;
  for (const auto& [method, pattern] : world_.router.routes()) all.emplace(method, pattern);
  EXPECT_EQ(succeeded_, all);
}

// What is not described cannot slip in.
TEST_F(EverySuccess, EveryObjectSaysWhatMayBeInIt) {
  const auto& schemas = described_.document().at("components").at("schemas").as_object();
  EXPECT_GT(schemas.size(), 30U);
  for (const auto& [name, schema] : schemas) {
    const auto& object = schema.as_object();
    if (!object.contains("properties")) continue;
    EXPECT_TRUE(object.contains("additionalProperties")) << name;
    const auto* required = object.if_contains("required");
    if (required == nullptr) continue;
    for (const auto& member : required->as_array())
      EXPECT_TRUE(object.at("properties").as_object().contains(member.as_string()))
          << name << " " << member;
  }
}

}  // namespace
}  // namespace liandong
