// A report over a tree of organisations: what it adds up, and that each of its figures can be told.

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/organisation_figures.h"
#include "daemon/audit/report_document.h"
#include "daemon/audit/why.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/console/organisations.h"

#include "tests/support/organisations.h"
#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kCity = R"(
[[organisation]]
name = "city"
title = "某市"
[[organisation]]
name = "jyj"
title = "教育局"
within = "city"
[[organisation]]
name = "wjw"
title = "卫健委"
within = "city"
[[organisation]]
name = "cdc"
title = "疾控中心"
within = "wjw"
)";

class OrganisationReport : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    settings_.site.name = "某市人民政府";
    settings_.routes = routes_;
    configure(kCity);
    for (const auto& [name, owner] : {std::pair("weibo", "city"), std::pair("wechat", "wjw")}) {
      ChannelSettings channel;
      channel.name = name;
      channel.type = name;
      channel.organisation = settings_.organisations.find(owner);
      settings_.channels.push_back(channel);
    }
    live();
  }

  // As the service does it at its start.
  void configure(const std::string& text) {
    settings_.organisations = organisations_of(text);
    database_->write_now([this](Transaction& tx) { store_organisations(tx, settings_); });
  }

  // Of each two obligations. jyj: one item whole, one with nothing. cdc: one on one of two
  // channels. One is older than the organisations, one of an organisation that is gone.
  void live() {
    go_to("2026-03-02T10:00");
    const ItemId whole = find("教育一", Kind::Policy, "", "jyj");
    push(whole, "weibo", Kind::Policy);
    push(whole, "wechat", Kind::Policy);
    find("教育二", Kind::NoticeImportant, "", "jyj");
    const ItemId half = find("疾控一", Kind::Policy, "", "cdc");
    push(half, "weibo", Kind::Policy);
    push(half, "weibo", Kind::Policy, Purpose::Correct);
    const ItemId older = find("旧的", Kind::Policy);
    push(older, "weibo", Kind::Policy);
    const ItemId gone = find("撤并的", Kind::Interpretation, "", "gone");
    push(gone, "wechat", Kind::Interpretation);
    go_to("2026-12-31T23:00");
  }

  YearlyReport report(const std::string& organisation = "") {
    ReportQuery query{Period::of_year(2026), clock_.now(), manual_, 100, {}};
    query.scope.organisation = organisation;
    return read([&](Transaction& tx) { return yearly_report(tx, settings_, query); });
  }
  Explanation why(const std::string& figure) {
    const WhyQuery query{settings_, manual_, clock_.now(), 1000};
    return read([&](Transaction& tx) {
             return explain_figure(tx, ReportFigure::parse(figure).value(), query);
           })
        .value();
  }

  // Every figure of the document is what its address explains.
  int expect_explained(const ReportDocument& document) {
    int asked = 0;
    for (const Section& section : document.sections) {
      for (const Grid& grid : section.grids) {
        for (const auto& row : grid.rows) {
          for (const GridCell& cell : row) {
            if (cell.figure.empty()) continue;
            ++asked;
            const Explanation told = why(cell.figure);
            if (told.is_share) {
              const auto all = static_cast<std::int64_t>(told.parts_in_all);
              EXPECT_EQ(GridCell::percent(told.value, all).shown(), cell.shown()) << cell.figure;
            } else {
              EXPECT_EQ(told.value, cell.value) << cell.figure;
            }
          }
        }
      }
    }
    return asked;
  }

  Settings settings_;
  ManualValues manual_;
};

TEST_F(OrganisationReport, AddsUpOverTheTree) {
  const YearlyReport made = report();
  using Line = std::tuple<std::string, int, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;
  std::vector<Line> lines;
  OrganisationFigures::Sum total;
  for (const OrganisationFigures& one : made.organisations) {
    lines.emplace_back(one.name, one.depth, one.own.items, one.with_below.items,
                       one.with_below.deliveries, one.with_below.owed.of(Fulfilment::Missing));
    total.add(one.own);
  }
  const std::vector<Line> expected = {{"city", 0, 1, 4, 4, 4},
                                      {"jyj", 1, 2, 2, 2, 2},
                                      {"wjw", 1, 0, 1, 1, 1},
                                      {"cdc", 2, 1, 1, 1, 1},
                                      {"gone", 0, 1, 1, 1, 1}};
  EXPECT_EQ(lines, expected);
  std::int64_t items = 0;
  for (const KindFigures& kind : made.items) items += kind.items.total();
  EXPECT_EQ(total.items, items);
  std::int64_t owed = 0;
  for (const ChannelFulfilment& channel : made.fulfilment) owed += channel.owed();
  EXPECT_EQ(total.owed.owed(), owed);
}

TEST_F(OrganisationReport, TellsEachOfItsFigures) {
  const ReportDocument document = make_document(report());
  const Grid* grid = grid_named(document, "organisations");
  ASSERT_NE(grid, nullptr);
  EXPECT_EQ(grid->rows.size(), 6U) << "a line each, and their sum";
  EXPECT_GT(expect_explained(document), 60);
  EXPECT_EQ(why("deliveries/-/-/2026@wjw").value, 1);
  EXPECT_EQ(why("deliveries/-/-/2026@=wjw").value, 0);
  EXPECT_EQ(why("items/-/-/2026@=city").value, 1) << "what is older is the root's own";
  EXPECT_FALSE(ReportFigure::parse("items/-/-/2026@").has_value());
}

TEST_F(OrganisationReport, OfOneHasNothingOfAnother) {
  const YearlyReport made = report("wjw");
  const ReportDocument document = make_document(made);
  EXPECT_THAT(document.title, HasSubstr("卫健委"));
  ASSERT_EQ(made.organisations.size(), 2U);
  EXPECT_GT(expect_explained(document), 40);
  for (const Section& section : document.sections) {
    for (const Grid& grid : section.grids) {
      for (const auto& row : grid.rows) {
        for (const GridCell& cell : row) {
          if (cell.figure.empty()) continue;
          EXPECT_THAT(cell.figure, testing::AnyOf(EndsWith("wjw"), EndsWith("cdc")));
        }
      }
    }
  }
  for (const std::string& text :
       {to_text(document), to_html(document), boost::json::serialize(to_json(made))}) {
    EXPECT_THAT(text, HasSubstr("疾控"));
    for (const char* other : {"教育", "旧的", "撤并的"}) EXPECT_THAT(text, Not(HasSubstr(other)));
  }
  ASSERT_EQ(made.open_cells.size(), 1U);
  EXPECT_EQ(made.open_cells[0].channel, "wechat");
  // One whose items another's channel carries has that channel.
  std::vector<std::string> channels;
  for (const ChannelFigures& channel : made.channels) channels.push_back(channel.channel);
  EXPECT_THAT(channels, ElementsAre("weibo", "wechat"));
  EXPECT_THAT(report("jyj").organisations, IsEmpty()) << "there is nothing to add up";
}

TEST_F(OrganisationReport, GivesTheSameBytesAgain) {
  const YearlyReport first = report();
  const YearlyReport second = report();
  EXPECT_EQ(boost::json::serialize(to_json(first)), boost::json::serialize(to_json(second)));
  EXPECT_EQ(to_html(make_document(first)), to_html(make_document(second)));
  EXPECT_EQ(to_xlsx(make_document(first)).value(), to_xlsx(make_document(second)).value());
}

TEST_F(OrganisationReport, OfASingleOfficeKnowsNoOrganisations) {
  configure("");
  const YearlyReport made = report();
  EXPECT_THAT(made.organisations, IsEmpty());
  EXPECT_EQ(grid_named(make_document(made), "organisations"), nullptr);
  EXPECT_EQ(to_json(made).if_contains("organisations"), nullptr);
}

// Where several stand at the top, what is older than they are is nobody's, and shown so.
TEST_F(OrganisationReport, ShowsWhatBelongsToNobody) {
  configure(std::string(kCity) + "[[organisation]]\nname = \"county\"\ntitle = \"某县\"\n");
  const YearlyReport made = report();
  ASSERT_FALSE(made.organisations.empty());
  std::map<std::string, std::int64_t> items;
  for (const OrganisationFigures& one : made.organisations) items[one.name] = one.own.items;
  EXPECT_EQ(items.at(""), 1);
  EXPECT_EQ(items.at("city"), 0);
  EXPECT_EQ(items.at("county"), 0);
  expect_explained(make_document(made));
  EXPECT_THAT(to_text(make_document(made)), HasSubstr("未归属"));
}

}  // namespace
}  // namespace liandong
