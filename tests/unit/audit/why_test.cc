#include "daemon/audit/why.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/report_document.h"
#include "daemon/audit/yearly_report.h"

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Why : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    for (const char* name : {"weibo", "wechat"}) {
      ChannelSettings channel;
      channel.name = name;
      channel.type = name;
      settings_.channels.push_back(channel);
    }
    go_to("2026-03-02T10:00");
    const ItemId good = find("新办法", Kind::Policy);
    push(good, "weibo", Kind::Policy);
    push(good, "wechat", Kind::Policy);
    const ItemId bad = find("名单", Kind::NoticeImportant);
    database_->write_now([&](Transaction& tx) {
      waive_obligation(tx, ledger_, bad, "wechat", "含个人信息", "user:u000007", clock_.now());
    });
    go_to("2026-04-01T10:00");
    push(good, "weibo", Kind::Policy, Purpose::Correct);
    go_to("2026-12-31T23:00");
  }

  Explanation why(const std::string& figure, std::size_t most = 100) {
    return explain_figure(*database_, ReportFigure::parse(figure).value(), clock_.now(), most)
        .value();
  }

  Settings settings_;
};

TEST_F(Why, EveryFigureOfTheReportIsWhatTheLedgerSays) {
  const ReportQuery query{Period::of_year(2026), clock_.now(), {}, 100};
  const ReportDocument document =
      make_document(read([&](Transaction& tx) { return yearly_report(tx, settings_, query); }));
  int asked = 0;
  for (const Section& section : document.sections) {
    for (const Grid& grid : section.grids) {
      for (const auto& row : grid.rows) {
        for (const GridCell& cell : row) {
          if (cell.figure.empty()) continue;
          EXPECT_EQ(why(cell.figure).value, cell.value) << cell.figure;
          ++asked;
        }
      }
    }
  }
  EXPECT_GT(asked, 100);
}

TEST_F(Why, ListsTheEntriesThatAreCounted) {
  const Explanation pushed = why("deliveries/weibo/policy/2026-03");
  EXPECT_EQ(pushed.value, 1);
  ASSERT_THAT(pushed.entries, SizeIs(1));
  EXPECT_THAT(pushed.entries[0].line, HasSubstr("\"event\":\"delivery.settled\""));
  EXPECT_EQ(why("deliveries/-/-/2026-Q1", 1).value, 2);
  EXPECT_THAT(why("deliveries/-/-/2026-Q1", 1).entries, SizeIs(1));
}

TEST_F(Why, TellsWhoWaivedAndWhatIsMissing) {
  const Explanation waived = why("waived/-/-/2026");
  ASSERT_THAT(waived.cells, SizeIs(1));
  EXPECT_EQ(waived.cells[0].actor, "user:u000007");
  ASSERT_THAT(waived.entries, SizeIs(2));
  EXPECT_THAT(waived.entries[0].line, HasSubstr("obligation.made"));
  EXPECT_THAT(waived.entries[1].line, HasSubstr("obligation.waived"));
  EXPECT_EQ(why("missing/weibo/notice_important/2026").value, 1);
}

TEST(FigureAddress, SaysWhatIsWrongWithIt) {
  for (const std::string wrong : {"", "deliveries", "deliveries/weibo/policy", "dels/-/-/2026",
                                  "deliveries/-/speech/2026", "deliveries/-/-/26", "a/b/c/d/e"}) {
    const auto figure = ReportFigure::parse(wrong);
    ASSERT_FALSE(figure.has_value()) << wrong;
    EXPECT_THAT(figure.error().message(), HasSubstr("MEASURE/CHANNEL/KIND/PERIOD"));
  }
}

}  // namespace
}  // namespace liandong
