// The console's audit: what it shows to whom, page by page, and that its files are those of the
// command.

#include "daemon/console/audit_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/report_form.h"
#include "daemon/console/organisations.h"
#include "daemon/delivery/figures.h"
#include "daemon/platform/text.h"

#include "tests/support/organisations.h"
#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

using testing::HasSubstr;

constexpr const char* kTwoOffices = R"(
[[organisation]]
name = "jyj"
title = "某市教育局"
[[organisation]]
name = "wjw"
title = "某市卫健委"
)";

class AuditDeskTest : public testing::Test {
 protected:
  AuditDeskTest() {
    settings_.site.name = "示范县人民政府";
    settings_.organisations = organisations_of(kTwoOffices);
    world_.database->write_now([&](Transaction& tx) { store_organisations(tx, settings_); });
    world_.put_in_force(settings_);
    admin_ = world_.person("zhang", Role::Admin);
  }

  // An item of that office, owed on both channels: late by now, unless it is met.
  void owe(const std::string& organisation, const std::string& met_at = "NULL") {
    world_.add_item("关于第" + std::to_string(++items_) + "号事项的通知");
    const std::string item = std::to_string(items_);
    world_.execute("UPDATE item SET organisation = '" + organisation + "' WHERE id = " + item);
    for (const char* channel : {"hall", "weibo"})
      world_.execute(
          "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, met_at, "
          "waived_at, reason) VALUES (" +
          item + ", '" + channel + "', 'all', 1, 1, 1, " + met_at + ", NULL, '')");
  }

  boost::json::object get(const ConsoleWorld::Person& person, const std::string& path,
                          std::map<std::string, std::string> query = {}) {
    const WebResponse response = world_.get_as(person, path, std::move(query));
    EXPECT_EQ(response.status, 200) << path << response.body;
    return boost::json::parse(response.body).as_object();
  }
  // "missing 1 hall" and so on, of every page.
  std::vector<std::string> coverage(const ConsoleWorld::Person& person,
                                    std::map<std::string, std::string> query) {
    std::vector<std::string> all;
    for (int page = 0; page < 20; ++page) {
      const auto body = get(person, "/api/v1/coverage", query);
      for (const auto& cell : body.at("cells").as_array())
        all.push_back(std::string(cell.at("fulfilment").as_string()) + " " +
                      std::to_string(cell.at("item").as_int64()) + " " +
                      std::string(cell.at("channel").as_string()));
      if (body.at("next").is_null()) break;
      query["after"] = std::string(body.at("next").as_string());
    }
    return all;
  }

  // The status of each when they come at once, the lowest first.
  std::vector<int> answers_to(const std::vector<WebRequest>& requests) {
    std::vector<int> answers;
    for (const WebRequest& request : requests) {
      asio::co_spawn(world_.context, world_.router.route(request),
                     [&answers](const std::exception_ptr& thrown, const WebResponse& response) {
                       EXPECT_FALSE(thrown);
                       answers.push_back(response.status);
                     });
    }
    world_.context.restart();
    world_.context.run();
    std::sort(answers.begin(), answers.end());
    return answers;
  }

  ConsoleWorld world_;
  Settings settings_;
  ConsoleWorld::Person admin_;
  int items_ = 0;
};

TEST_F(AuditDeskTest, WhatIsMissingComesFirstPageByPage) {
  owe("jyj", "1");
  owe("jyj");
  const std::vector<std::string> all{"missing 2 hall", "missing 2 weibo", "pushed 1 hall",
                                     "pushed 1 weibo"};

  EXPECT_EQ(coverage(admin_, {}), all);
  for (const char* limit : {"1", "2", "3"})
    EXPECT_EQ(coverage(admin_, {{"limit", limit}}), all) << limit;
  EXPECT_EQ(coverage(admin_, {{"channel", "weibo"}, {"limit", "1"}}),
            (std::vector<std::string>{"missing 2 weibo", "pushed 1 weibo"}));
  EXPECT_EQ(coverage(admin_, {{"fulfilment", "pushed"}, {"limit", "1"}}),
            (std::vector<std::string>{"pushed 1 hall", "pushed 1 weibo"}));
  EXPECT_EQ(coverage(admin_, {{"fulfilment", "missing"}, {"limit", "1"}}),
            (std::vector<std::string>{"missing 2 hall", "missing 2 weibo"}));
  EXPECT_TRUE(coverage(admin_, {{"fulfilment", "not_yet_due"}}).empty());
  EXPECT_EQ(coverage(admin_, {{"year", "2026"}, {"month", "11"}}), all);
  EXPECT_TRUE(coverage(admin_, {{"year", "2026"}, {"quarter", "1"}}).empty());
}

TEST_F(AuditDeskTest, EachOfficeSeesWhatItOwesAndWhatWasFoundThere) {
  owe("jyj");
  owe("wjw");
  const auto viewer = world_.person("li", Role::Viewer, "wjw");

  EXPECT_EQ(coverage(viewer, {}), (std::vector<std::string>{"missing 2 hall", "missing 2 weibo"}));
  const auto rules = get(viewer, "/api/v1/rules");
  for (const auto& finding : rules.at("findings").as_array())
    EXPECT_THAT(std::string(finding.at("subject").as_string()), HasSubstr("item 2"));
  EXPECT_FALSE(rules.at("findings").as_array().empty());
  EXPECT_TRUE(rules.at("rules").at(0).at("judged").is_null()) << "how many others have";
  const auto report = get(viewer, "/api/v1/report", {{"year", "2026"}});
  EXPECT_EQ(report.at("organisation"), "wjw");
  EXPECT_EQ(world_.get_as(viewer, "/api/v1/report", {{"organisation", "jyj"}}).status, 404);
  EXPECT_EQ(world_.get_as(viewer, "/api/v1/report/why", {{"figure", "items/-/-/2026@jyj"}}).status,
            404);
  EXPECT_EQ(world_.get_as(viewer, "/api/v1/report/why", {{"figure", "items/-/-/2026@="}}).status,
            404);
  EXPECT_EQ(get(admin_, "/api/v1/report", {{"organisation", "jyj"}}).at("organisation"), "jyj");
}

TEST_F(AuditDeskTest, AnAccountIsExplainedToThoseWhoHaveItsChannel) {
  for (const auto& [name, owner] : {std::pair("weibo_jyj", "jyj"), std::pair("weibo_wjw", "wjw")}) {
    ChannelSettings channel;
    channel.name = name;
    channel.type = "weibo";
    channel.organisation = settings_.organisations.find(owner);
    settings_.channels.push_back(channel);
    world_.database->write_now([&, name = std::string(name)](Transaction& tx) {
      const std::vector<Figure> told = {{"2026-11-20", "followers", 900},
                                        {"2026-11-20", "reads", 10}};
      record_figures(tx, world_.ledger, name, told, world_.clock.now());
    });
  }
  world_.put_in_force(settings_);
  const auto viewer = world_.person("li", Role::Viewer, "wjw");
  const auto why = [&](const ConsoleWorld::Person& person, const std::string& figure) {
    return get(person, "/api/v1/report/why", {{"figure", figure}});
  };
  for (const std::string measure : {"followers", "reads", "reads_days"}) {
    const auto own = why(viewer, measure + "/weibo_wjw/-/2026");
    EXPECT_GT(own.at("value").to_number<int>(), 0) << measure;
    EXPECT_EQ(own.at("parts").at(0).at("entries").as_array().size(), 1U) << measure;
    for (const char* suffix : {"", "@wjw"}) {
      const auto others = why(viewer, measure + "/weibo_jyj/-/2026" + suffix);
      EXPECT_EQ(others.at("value").to_number<int>(), 0) << measure;
      EXPECT_TRUE(others.at("parts").as_array().empty()) << measure;
    }
    EXPECT_GT(why(admin_, measure + "/weibo_jyj/-/2026").at("value").to_number<int>(), 0);
  }
}

TEST_F(AuditDeskTest, WhoseTheFindingsAreIsLookedAtSoManyAPage) {
  for (int i = 0; i < 200; ++i) owe("jyj");
  owe("wjw");
  const auto viewer = world_.person("li", Role::Viewer, "wjw");
  std::map<std::string, std::string> query;
  std::size_t pages = 0;
  std::size_t found = 0;
  for (bool more = true; more && pages < 20; ++pages) {
    const auto body = get(viewer, "/api/v1/rules", query);
    for (const auto& one : body.at("findings").as_array()) {
      EXPECT_THAT(std::string(one.at("subject").as_string()), HasSubstr("item 201"));
      ++found;
    }
    more = !body.at("next").is_null();
    if (more) query["after"] = std::to_string(body.at("next").to_number<std::int64_t>());
  }
  EXPECT_GT(pages, 1U);
  EXPECT_GT(found, 0U);
}

TEST_F(AuditDeskTest, FindingsComeWithTheirBasisPageByPage) {
  owe("jyj");
  const auto all = get(admin_, "/api/v1/rules").at("findings").as_array();
  ASSERT_GT(all.size(), 1U);
  boost::json::array paged;
  std::map<std::string, std::string> query{{"limit", "1"}};
  for (std::size_t page = 0; page < all.size(); ++page) {
    const auto body = get(admin_, "/api/v1/rules", query);
    for (const auto& one : body.at("findings").as_array()) paged.push_back(one);
    if (body.at("next").is_null()) break;
    query["after"] = std::to_string(body.at("next").to_number<std::int64_t>());
  }
  EXPECT_EQ(paged, all);
  const auto named = get(admin_, "/api/v1/rules");
  for (const auto& rule : named.at("rules").as_array())
    EXPECT_FALSE(rule.at("basis").as_string().empty());
  const std::string rule(all.at(0).at("rule").as_string());
  const auto narrowed = get(admin_, "/api/v1/rules", {{"rule", rule}});
  for (const auto& one : narrowed.at("findings").as_array())
    EXPECT_EQ(std::string(one.at("rule").as_string()), rule);
}

// The function that the command prints the result of.
TEST_F(AuditDeskTest, AFileIsWhatTheCommandWrites) {
  owe("jyj");
  const Timestamp as_of = world_.clock.now();
  ReportQuery query;
  query.period = Period::of_quarter(2026, 4);
  query.as_of = as_of;
  const YearlyReport report = world_.database->read_now(
      [&](Transaction& tx) { return yearly_report(tx, settings_, query); });
  for (const ReportFormat& format : kReportFormats) {
    const std::string name(format.name);
    const WebResponse response = world_.get_as(
        admin_, "/api/v1/report/file",
        {{"year", "2026"}, {"quarter", "4"}, {"format", name}, {"as_of", rfc3339(as_of)}});
    EXPECT_EQ(response.status, 200) << name << response.body;
    EXPECT_EQ(response.type, format.media_type);
    EXPECT_EQ(response.body, in_form(report, {name}).value()) << name;
    const auto disposition =
        std::find_if(response.headers.begin(), response.headers.end(),
                     [](const auto& header) { return header.first == "Content-Disposition"; });
    ASSERT_NE(disposition, response.headers.end());
    EXPECT_THAT(disposition->second, HasSubstr("attachment; filename=\"liandong-2026-Q4"));
  }
  EXPECT_EQ(
      world_.get_as(admin_, "/api/v1/report/file", {{"format", "csv"}, {"part", "nowhere"}}).status,
      422);
}

TEST_F(AuditDeskTest, AFigureIsExplainedByTheEntriesItCounts) {
  owe("jyj");
  const auto report = get(admin_, "/api/v1/report", {{"year", "2026"}});
  std::string figure;
  for (const auto& section : report.at("sections").as_array()) {
    for (const auto& grid : section.at("grids").as_array()) {
      if (grid.at("name") != "completeness") continue;
      for (const auto& cell : grid.at("rows").at(0).as_array()) {
        const std::string address(cell.at("figure").as_string());
        if (address.starts_with("missing/")) figure = address;
      }
    }
  }
  ASSERT_FALSE(figure.empty());
  const auto why =
      get(admin_, "/api/v1/report/why",
          {{"figure", figure}, {"as_of", std::string(report.at("as_of").as_string())}});
  EXPECT_EQ(why.at("value"), 1);
  EXPECT_EQ(why.at("parts").at(0).at("item"), 1);
}

TEST_F(AuditDeskTest, WhatCannotBeReadIsRefusedWithTheReason) {
  const auto status = [&](const std::string& path, std::map<std::string, std::string> query) {
    const WebResponse response = world_.get_as(admin_, path, std::move(query));
    EXPECT_EQ(response.type, "application/problem+json") << path;
    return response.status;
  };
  EXPECT_EQ(status("/api/v1/coverage", {{"year", "1999"}}), 400);
  EXPECT_EQ(status("/api/v1/coverage", {{"fulfilment", "lost"}}), 400);
  for (const char* after : {"1", "missing-x-hall", "lost-1-hall", "missing-1"})
    EXPECT_EQ(status("/api/v1/coverage", {{"after", after}}), 400) << after;
  EXPECT_EQ(status("/api/v1/rules", {{"days", "0"}}), 400);
  EXPECT_EQ(status("/api/v1/report", {{"quarter", "5"}}), 400);
  EXPECT_EQ(status("/api/v1/report", {{"quarter", "1"}, {"month", "2"}}), 400);
  EXPECT_EQ(status("/api/v1/report", {{"as_of", "soon"}}), 400);
  EXPECT_EQ(status("/api/v1/report/file", {{"format", "pdf"}}), 400);
  EXPECT_EQ(status("/api/v1/report/why", {}), 400);
  EXPECT_EQ(status("/api/v1/report", {{"organisation", "nowhere"}}), 404);
}

TEST_F(AuditDeskTest, OneReportAtATimeIsMade) {
  const WebRequest report = world_.request_of(admin_, "GET", "/api/v1/report");
  const std::vector<int> answers = answers_to({report, report, report});
  EXPECT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers.front(), 200);
  for (const int answer : answers) EXPECT_TRUE(answer == 200 || answer == 503) << answer;
  EXPECT_EQ(world_.get_as(admin_, "/api/v1/report").status, 200) << "and then the next";
}

// All that was ever owed is read beside the pages' own reads; what is open is not much.
TEST_F(AuditDeskTest, WhatIsNotOpenIsReadOneAtATime) {
  owe("jyj");
  const auto answers_beside_a_report = [&](const std::string& fulfilment) {
    WebRequest request = world_.request_of(admin_, "GET", "/api/v1/coverage");
    if (!fulfilment.empty()) request.query["fulfilment"] = fulfilment;
    return answers_to({world_.request_of(admin_, "GET", "/api/v1/report"), request});
  };
  for (const char* open : {"missing", "unjudged", "not_yet_due"})
    EXPECT_EQ(answers_beside_a_report(open), (std::vector<int>{200, 200})) << open;
  // Which of the two comes first is not told.
  for (const char* all : {"", "pushed"})
    EXPECT_EQ(answers_beside_a_report(all), (std::vector<int>{200, 503})) << all;
}

}  // namespace
}  // namespace liandong
