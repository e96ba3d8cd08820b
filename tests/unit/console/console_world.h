// The console's listener whole: guard, gate, log-in, decisions and reading, on a store of its own,
// and people who ask it as their browsers would.

#ifndef LIANDONG_TESTS_UNIT_CONSOLE_CONSOLE_WORLD_H_
#define LIANDONG_TESTS_UNIT_CONSOLE_CONSOLE_WORLD_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "daemon/console/actions.h"
#include "daemon/console/api.h"
#include "daemon/console/audit_desk.h"
#include "daemon/console/gate.h"
#include "daemon/console/hall_desk.h"
#include "daemon/console/ledger_desk.h"
#include "daemon/console/login.h"
#include "daemon/console/people.h"
#include "daemon/console/screens.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/totp.h"

#include "tests/unit/console/console_store.h"

namespace liandong {

inline const std::string kPassword = "Winter-Heating-26";

class ConsoleWorld : public ConsoleStore {
 public:
  explicit ConsoleWorld(const std::string& public_url = "")
      : at(public_origin(public_url)),
        health_(clock),
        queue_(ledger, clock),
        planner_(std::make_shared<Planner>(queue_, ledger, clock, calendar_)),
        gate_(at, *database, clock),
        login_(login_options(), *database, ledger, clock),
        actions_(actions_options(), *database, ledger, clock),
        people_(*database, ledger, clock),
        hall_desk_({"hall"}, *database, ledger, clock),
        api_(api_options(), *database, clock, health_),
        audit_desk_([this] { return basis_; }, store.url(), *database, clock),
        ledger_desk_(store.url(), *database, clock) {
    router.guard([this](const WebRequest& request) { return console_guard(request, at); });
    router.gate([this](std::string_view method, std::string_view pattern, WebRequest& request) {
      return gate_.judge(method, pattern, request);
    });
    login_.add_routes(router);
    actions_.add_routes(router);
    people_.add_routes(router);
    hall_desk_.add_routes(router);
    api_.add_routes(router);
    audit_desk_.add_routes(router);
    ledger_desk_.add_routes(router);
  }

  // A page's own request; what a test changes in it is what it is about.
  [[nodiscard]] WebRequest page_request(const std::string& method, const std::string& path,
                                        const boost::json::object& body = {}) const {
    WebRequest request;
    request.method = method;
    request.path = path;
    request.peer = "127.0.0.1";
    request.peer_is_loopback = true;
    request.headers["host"] = "127.0.0.1:8460";
    if (method == "GET") return request;
    request.headers["origin"] = "http://127.0.0.1:8460";
    request.headers["sec-fetch-site"] = "same-origin";
    request.headers["content-type"] = "application/json";
    request.body = boost::json::serialize(body);
    return request;
  }
  WebResponse send(WebRequest request) { return ask(router, std::move(request)); }
  WebResponse post(const std::string& path, const boost::json::object& body = {}) {
    return send(page_request("POST", path, body));
  }

  // The one-time token.
  std::string invite(const std::string& name, Role role, const std::string& organisation = "") {
    const std::string token = "token-of-" + name;
    const Decider by{"operator:cli", clock.now()};
    database->write_now([&](Transaction& tx) {
      (void)invite_user(tx, ledger, {name, role, token, organisation}, by).value();
    });
    return token;
  }

  // A hall screen that waits for approval.
  void add_screen() {
    database->write_now([&](Transaction& tx) {
      Registration screen;
      screen.key = std::string(64, 'a');
      screen.name = "一楼大厅";
      screen.report = R"({"resolution": "1920x1080"})";
      screen.now = clock.now();
      (void)register_screen(tx, ledger, screen);
    });
  }

  struct Person {
    std::string name;
    std::string secret;  // of the app
    std::string cookie;
    std::string csrf;
  };

  // An active user who is logged in.
  Person person(const std::string& name, Role role, const std::string& organisation = "") {
    const std::string token = invite(name, role, organisation);
    Person made;
    made.name = name;
    const auto setup = boost::json::parse(post("/api/v1/setup", {{"token", token}}).body);
    made.secret = database->read_now([&](Transaction& tx) {
      std::string text;
      tx.sql() << "SELECT totp_secret FROM console_user WHERE name = :name", soci::use(name),
          soci::into(text);
      return from_base64(text).value();
    });
    EXPECT_EQ(setup.at("secret").as_string(), base32(made.secret));
    const WebResponse response =
        post("/api/v1/setup/finish",
             {{"token", token}, {"password", kPassword}, {"code", code_of(made)}});
    EXPECT_EQ(response.status, 200) << response.body;
    take_session(made, response);
    return made;
  }
  // The app's next code.
  std::string code_of(const Person& person) {
    clock.advance(std::chrono::seconds(30));
    return totp_code(person.secret, totp_step(clock.now()));
  }
  static void take_session(Person& person, const WebResponse& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "Set-Cookie") person.cookie = value.substr(0, value.find(';'));
    }
    person.csrf = std::string(boost::json::parse(response.body).at("csrf").as_string());
  }
  WebResponse log_in(const Person& person, const std::string& password, const std::string& code) {
    return post("/api/v1/session", {{"name", person.name}, {"password", password}, {"code", code}});
  }

  [[nodiscard]] WebRequest request_of(const Person& person, const std::string& method,
                                      const std::string& path,
                                      const boost::json::object& body = {}) const {
    WebRequest request = page_request(method, path, body);
    request.headers["cookie"] = person.cookie;
    if (method != "GET") request.headers["x-csrf-token"] = person.csrf;
    return request;
  }
  WebResponse get_as(const Person& person, const std::string& path,
                     std::map<std::string, std::string> query = {}) {
    WebRequest request = request_of(person, "GET", path);
    request.query = std::move(query);
    return send(std::move(request));
  }
  WebResponse post_as(const Person& person, const std::string& path,
                      const boost::json::object& body = {}) {
    return send(request_of(person, "POST", path, body));
  }

  // The newest entries of the ledger, the last one first.
  std::vector<boost::json::object> newest_entries(std::size_t count) {
    const auto lines =
        database->read_now([](Transaction& tx) { return read_lines(tx, 0, 1'000'000); });
    std::vector<boost::json::object> entries;
    for (std::size_t i = 0; i < count && i < lines.size(); ++i)
      entries.push_back(boost::json::parse(lines[lines.size() - 1 - i].line).as_object());
    return entries;
  }
  std::string state_of(std::int64_t delivery) {
    return database->read_now([delivery](Transaction& tx) {
      return std::string(to_string(Queue::load(tx, delivery)->state));
    });
  }

  // Every part of the daemon has just moved.
  void be_well() {
    for (const Health::Part part : Health::kParts) health_.moved(part);
  }
  // As the daemon configures it; no channel yet.
  Planner& planner() { return *planner_; }

  // What is in force for the audit.
  void put_in_force(Settings settings) {
    basis_ = std::make_shared<const AuditBasis>(
        AuditBasis{std::move(settings), RuleSet::built_in(), Calendar()});
  }

  PublicOrigin at;
  Router router;
  int decided = 0;

 private:
  Login::Options login_options() const {
    Login::Options options;
    options.site_name = "示范县人民政府";
    options.at = at;
    options.cost = {64, 1};
    return options;
  }
  Actions::Options actions_options() {
    Actions::Options options;
    options.channels = {"weibo", "hall"};
    options.planner = [this] { return planner_; };
    options.decided = [this] { ++decided; };
    return options;
  }
  static ApiOptions api_options() {
    ApiOptions options;
    options.site_name = "示范县人民政府";
    options.channels = {{"weibo", "weibo"}, {"hall", "hall"}};
    return options;
  }

  Health health_;
  Calendar calendar_;
  Queue queue_;
  std::shared_ptr<Planner> planner_;
  Gate gate_;
  Login login_;
  Actions actions_;
  People people_;
  HallDesk hall_desk_;
  Api api_;
  std::shared_ptr<const AuditBasis> basis_ =
      std::make_shared<const AuditBasis>(AuditBasis{Settings(), RuleSet::built_in(), Calendar()});
  AuditDesk audit_desk_;
  LedgerDesk ledger_desk_;
};

// The last part of the problem's type.
inline std::string kind_of(const WebResponse& response) {
  const std::string type(boost::json::parse(response.body).at("type").as_string());
  return type.substr(type.rfind(':') + 1);
}

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_CONSOLE_CONSOLE_WORLD_H_
