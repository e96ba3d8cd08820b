#include "daemon/audit/yearly_report.h"

#include <set>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/report_document.h"
#include "daemon/delivery/figures.h"

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Yearly : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    settings_.site.name = "某省教育厅";
    settings_.report.accounts = {{"weibo", "某省教育厅"}};
    for (const auto& [name, type] :
         {std::pair("hall", "hall"), std::pair("weibo", "weibo"), std::pair("wechat", "wechat")}) {
      ChannelSettings channel;
      channel.name = name;
      channel.type = type;
      settings_.channels.push_back(channel);
    }
    settings_.routes = routes_;
  }

  // 2025: one item on weibo in December, on wechat in January (carried over). 2026: one complete,
  // one waived on wechat and missing on weibo.
  void live_through_two_years() {
    go_to("2025-12-30T10:00");
    const ItemId old_item = find("旧办法", Kind::Policy, "2025-12-30T09:00:00+08:00");
    push(old_item, "weibo", Kind::Policy);
    go_to("2026-01-04T10:00");
    push(old_item, "wechat", Kind::Policy);
    go_to("2026-03-02T10:00");
    const ItemId good = find("新办法", Kind::Policy);
    push(good, "weibo", Kind::Policy);
    push(good, "wechat", Kind::Policy);
    const ItemId bad = find("=名单,“甲”", Kind::NoticeImportant);
    plan(bad, "weibo", Kind::NoticeImportant, Purpose::Publish, "screening: identity number");
    database_->write_now([&](Transaction& tx) {
      waive_obligation(tx, ledger_, bad, "wechat", "含个人信息", "user:u000007", clock_.now());
    });
    go_to("2026-12-31T23:00");
  }

  YearlyReport report(int year = 2026, std::int64_t most = 100) {
    return report_of(Period::of_year(year), {}, most);
  }

  YearlyReport report_of(const Period& period, const ManualValues& manual = {},
                         std::int64_t most = 100) {
    const ReportQuery query{period, clock_.now(), manual, most};
    return read([&](Transaction& tx) { return yearly_report(tx, settings_, query); });
  }

  static std::string text(const YearlyReport& report) { return to_text(make_document(report)); }
  static std::string csv(const YearlyReport& report, const std::string& part) {
    const ReportDocument document = make_document(report);
    const Grid* grid = grid_named(document, part);
    return grid == nullptr ? "" : to_csv(*grid);
  }

  Settings settings_;
};

TEST_F(Yearly, CountsInTheYearOfThePushAndTellsWhatWasCarriedOver) {
  live_through_two_years();
  const YearlyReport now = report(2026);
  ASSERT_THAT(now.channels, SizeIs(3));
  EXPECT_EQ(now.channels[0].total(&KindFigures::deliveries), 0);
  EXPECT_EQ(now.channels[1].total(&KindFigures::deliveries), 1);
  EXPECT_EQ(now.channels[2].total(&KindFigures::deliveries), 2);
  EXPECT_EQ(now.channels[2].total(&KindFigures::carried), 1);
  EXPECT_EQ(now.channels[2].kinds[0].deliveries.of[0], 1);
  EXPECT_EQ(now.channels[2].kinds[0].deliveries.of[2], 1);
  const YearlyReport before = report(2025);
  EXPECT_EQ(before.channels[1].total(&KindFigures::deliveries), 1);
  EXPECT_EQ(before.channels[2].total(&KindFigures::deliveries), 0);
}

TEST_F(Yearly, AccountsForEveryObligation) {
  live_through_two_years();
  const YearlyReport now = report();
  ASSERT_THAT(now.fulfilment, SizeIs(2));
  for (const ChannelFulfilment& one : now.fulfilment) {
    EXPECT_EQ(one.owed(), 2);
  }
  EXPECT_EQ(now.fulfilment[0].channel, "wechat");
  EXPECT_EQ(now.fulfilment[0].of(Fulfilment::Waived), 1);
  EXPECT_EQ(now.fulfilment[1].of(Fulfilment::Missing), 1);
  EXPECT_EQ(now.items_owed, 2);
  EXPECT_EQ(now.items_complete, 1);
  EXPECT_EQ(now.open, 2);
  EXPECT_THAT(now.open_cells, SizeIs(2));
}

TEST_F(Yearly, DoesNotCallDoneWhatAPersonTookDown) {
  go_to("2026-03-02T10:00");
  const ItemId item = find("办法", Kind::Policy);
  push(item, "weibo", Kind::Policy);
  push(item, "wechat", Kind::Policy);
  const ItemId gone = find("撤下的办法", Kind::Policy);
  database_->write_now([&](Transaction& tx) { ItemStore::set_withdrawn(tx, gone, clock_.now()); });
  EXPECT_EQ(report().items_complete, 1);
  take_down(item, "weibo", Kind::Policy, "表述有误");
  const YearlyReport now = report();
  EXPECT_EQ(now.items_owed, 1);  // the website itself took the other one down
  EXPECT_EQ(now.items_complete, 0);
  EXPECT_EQ(now.fulfilment[1].of(Fulfilment::TakenDown), 1);
  EXPECT_EQ(now.fulfilment[1].of(Fulfilment::Gone), 1);
  EXPECT_EQ(now.fulfilment[1].there(), 0);
  const std::string shown = text(now);
  EXPECT_THAT(shown, HasSubstr("清理失效、撤下信息2条"));
  EXPECT_THAT(shown, HasSubstr("从渠道撤回：表述有误（user:u000007）"));
  EXPECT_THAT(shown, HasSubstr("已决定从渠道撤回：表述有误（user:u000007）"));
  EXPECT_THAT(shown, HasSubstr("网站已撤下"));
}

TEST_F(Yearly, SpeaksOfImportantItemsOnlyAndListsWhatItCallsOpen) {
  routes_[0].kinds.insert("news");
  go_to("2026-03-02T10:00");
  const ItemId policy = find("办法", Kind::Policy);
  push(policy, "weibo", Kind::Policy);
  plan(policy, "wechat", Kind::Policy, Purpose::Publish, "waits for approval");
  find("新闻", Kind::News);
  const YearlyReport now = report();
  EXPECT_EQ(now.items_owed, 2);
  EXPECT_EQ(now.important_owed, 1);
  const std::string shown = text(now);
  EXPECT_THAT(shown, HasSubstr("重要通知等应推送1条，已在全部应推渠道完成0条（0.00%），其余1条"));
  // Nothing is late yet, and the list holds them all the same.
  EXPECT_THAT(shown, HasSubstr("等待人工处理：等待审核"));
  EXPECT_EQ(now.open, 3);
  EXPECT_THAT(now.open_cells, SizeIs(3));
}

TEST_F(Yearly, StatesNoZeroForATimeNobodyCounted) {
  go_to("2024-11-28T10:00");
  find("办法", Kind::Policy, "2023-12-30T09:00:00+08:00");
  const YearlyReport before = report(2023);
  for (const FormCell& cell : before.form.cells) {
    if (!cell.key.starts_with("publication.") && !cell.key.starts_with("interpretation.")) continue;
    EXPECT_FALSE(cell.number) << cell.key;
    EXPECT_EQ(cell.origin, Origin::ToFill) << cell.key;
    EXPECT_EQ(cell.note, "联动自 2024-06-01 起统计") << cell.key;
  }
  EXPECT_THAT(text(before), HasSubstr("联动自 2024-06-01 起统计，此前的不在数内"));
  const YearlyReport now = report(2024);
  const auto total =
      std::find_if(now.form.cells.begin(), now.form.cells.end(),
                   [](const FormCell& cell) { return cell.key == "publication.total"; });
  ASSERT_NE(total, now.form.cells.end());
  EXPECT_EQ(total->number, 1);
  EXPECT_EQ(total->note, "联动自 2024-06-01 起统计");
  EXPECT_THAT(text(now), HasSubstr("1 条的网页标注在本期以前发布"));
  go_to("2025-12-31T10:00");
  find("次年", Kind::Policy);
  EXPECT_THAT(text(report(2025)), Not(HasSubstr("起统计")));
}

TEST_F(Yearly, SaysThatADayOfThePastCutsNoFact) {
  go_to("2026-03-02T10:00");
  find("办法", Kind::Policy);
  go_to("2026-03-09T10:00");
  find("新办法", Kind::Policy);
  const ReportQuery query{
      Period::of_year(2026), *parse_rfc3339("2026-03-04T00:00:00+08:00"), {}, 9};
  const YearlyReport then =
      read([&](Transaction& tx) { return yearly_report(tx, settings_, query); });
  EXPECT_THAT(text(then),
              HasSubstr("数据截至 2026-03-09 10:00（北京时间），是否到期按 2026-03-04 00:00 判定"));
}

TEST_F(Yearly, CallsNothingInTimeWithoutACalendar) {
  calendar_ = Calendar();
  go_to("2026-03-02T10:00");
  const ItemId item = find("办法", Kind::Policy);
  go_to("2026-03-14T10:00");
  push(item, "weibo", Kind::Policy);
  const YearlyReport now = report();
  EXPECT_EQ(now.fulfilment[1].of(Fulfilment::Pushed), 0);
  EXPECT_EQ(now.fulfilment[1].of(Fulfilment::PushedUnjudged), 1);
  EXPECT_EQ(now.fulfilment[0].of(Fulfilment::Unjudged), 1);
  EXPECT_EQ(now.timeliness[0].within, 0);
  EXPECT_EQ(now.timeliness[0].judged, 0);
  EXPECT_THAT(text(now), HasSubstr("1 条次的期限所在年份没有工作日历，未评定"));
}

TEST_F(Yearly, FillsTheNewMediaLinesAndLeavesFollowersToPeople) {
  live_through_two_years();
  const YearlyReport now = report();
  ASSERT_THAT(now.new_media, SizeIs(2));  // the hall's screens are none
  EXPECT_EQ(now.new_media[0].label, "微博");
  EXPECT_EQ(now.new_media[0].name, "某省教育厅");
  EXPECT_EQ(now.new_media[0].published, 1);
  EXPECT_EQ(now.new_media[1].label, "微信");
  EXPECT_EQ(now.new_media[1].published, 2);
}

TEST_F(Yearly, NeverDropsAChannelThatIsNoLongerConfigured) {
  live_through_two_years();
  settings_.channels.pop_back();  // wechat
  const YearlyReport now = report();
  ASSERT_THAT(now.new_media, SizeIs(2));
  EXPECT_EQ(now.new_media[1].label, "其他");
  EXPECT_EQ(now.new_media[1].channel, "wechat");
  EXPECT_EQ(now.new_media[1].published, 2);
  EXPECT_THAT(text(now), HasSubstr("wechat（已停用）"));
}

TEST_F(Yearly, CountsArticlesOrDeliveriesAsTheSettingsSay) {
  go_to("2026-03-02T10:00");
  const ItemId item = find("办法", Kind::Policy);
  push(item, "weibo", Kind::Policy);
  database_->write_now([&](Transaction& tx) {
    count(tx, clock_.now(), {"weibo", Kind::Policy, ""}, Measure::Articles, 2);
  });
  EXPECT_EQ(report().new_media[0].published, 3);
  settings_.report.count_articles = false;
  EXPECT_EQ(report().new_media[0].published, 1);
}

TEST_F(Yearly, IsTextForPeople) {
  live_through_two_years();
  const std::string shown = text(report());
  EXPECT_THAT(shown, StartsWith(R"(某省教育厅 2026 年推送统计
截至 2026-12-31 23:00（北京时间）

一、各渠道发布（条次 = 信息 × 渠道；条、条次、篇三种单位不相加）
  渠道    条次  篇  更正  撤回  其中上年及以前发布  其中启用前导入  其中人工登记
  hall       0   0     0     0                   0               0             0
  weibo      1   1     0     0                   0               0             0
  wechat     2   2     0     0                   1               0             0
  合计       3   3     0     0                   1               0             0

二、网站信息（条，按首次发现月份）
  类别      1月  2月  3月  4月  5月  6月  7月  8月  9月  10月  11月  12月  合计
  政策文件    0    0    1    0    0    0    0    0    0     0     0     0     1
)"));
  EXPECT_THAT(shown, HasSubstr(R"(四、完整性（本期首次发现的信息；完成率只舍不入）
  渠道    应推  按时  逾期  已推未评定  已撤回  豁免  未到期  期限未知  缺失  完成率  其中导入  不再应推
  wechat     2     1     0           0       0     1       0         0     0  50.00%         0         0
  weibo      2     1     0           0       0     0       0         0     1  50.00%         0         0
  应推信息 2 条，其中各渠道全部送达 1 条（50.00%）。
)"));
  EXPECT_THAT(shown, HasSubstr(R"(十一、应推未推清单
  信息  渠道    期限        原因                                     标题
  3     weibo   2026-03-05  等待人工处理：内容筛查：identity number  =名单,“甲”
  3     wechat  2026-03-05  已豁免：含个人信息（user:u000007）       =名单,“甲”
)"));
  EXPECT_THAT(shown, HasSubstr("政府网站标识码"));
  EXPECT_THAT(shown, HasSubstr("计数规则"));
}

TEST_F(Yearly, HasTheSameBytesTwice) {
  live_through_two_years();
  const ReportDocument once = make_document(report());
  const ReportDocument again = make_document(report());
  EXPECT_EQ(to_text(once), to_text(again));
  EXPECT_EQ(to_html(once), to_html(again));
  EXPECT_EQ(to_xlsx(once).value(), to_xlsx(again).value());
  EXPECT_EQ(boost::json::serialize(to_json(report())), boost::json::serialize(to_json(report())));
  EXPECT_EQ(figures_to_csv(report()), figures_to_csv(report()));
}

TEST_F(Yearly, IsCsvForPrograms) {
  live_through_two_years();
  EXPECT_EQ(figures_to_csv(report()),
            "year,month,channel,kind,measure,value\r\n"
            "2026,3,,policy,items,1\r\n"
            "2026,3,,notice_important,items,1\r\n"
            "2026,3,weibo,policy,deliveries,1\r\n"
            "2026,3,weibo,policy,articles,1\r\n"
            "2026,1,wechat,policy,deliveries,1\r\n"
            "2026,3,wechat,policy,deliveries,1\r\n"
            "2026,1,wechat,policy,articles,1\r\n"
            "2026,3,wechat,policy,articles,1\r\n"
            "2026,1,wechat,policy,carried,1\r\n");
}

TEST_F(Yearly, DisarmsFormulasAndQuotesCommasInTheList) {
  live_through_two_years();
  const std::string list = csv(report(), "missing");
  EXPECT_TRUE(list.starts_with("\xEF\xBB\xBF信息,渠道,"));
  EXPECT_THAT(list, HasSubstr("3,wechat,重要通知,,\"https://example.gov.cn/=名单,“甲”\","));
  EXPECT_THAT(list, HasSubstr("（user:u000007）,\"'=名单,“甲”\"\r\n"));
}

TEST_F(Yearly, PutsCompletenessAndNewMediaIntoSheetsOfTheirOwn) {
  live_through_two_years();
  ManualValues manual;
  manual.followers["weibo"] = {12345, "2026-12-31"};
  const YearlyReport now = report_of(Period::of_year(2026), manual);
  ASSERT_THAT(now.new_media, SizeIs(2));
  EXPECT_EQ(csv(now, "completeness"),
            "\xEF\xBB\xBF渠道,应推,按时,逾期,已推未评定,已撤回,豁免,未到期,期限未知,缺失,完成率,"
            "其中导入,不再应推\r\n"
            "wechat,2,1,0,0,0,1,0,0,0,50.00%,0,0\r\n"
            "weibo,2,1,0,0,0,0,0,0,1,50.00%,0,0\r\n");
  EXPECT_EQ(csv(now, "new_media"),
            "\xEF\xBB\xBF类型,渠道,名称,信息发布量（条）,关注量/"
            "订阅数（个）,取数日期,其中启用前导入（条次）,其中人工登记（条次）\r\n"
            "微博,weibo,某省教育厅,1,12345,2026-12-31,0,0\r\n"
            "微信,wechat,待填,2,待填,,0,0\r\n");
  EXPECT_EQ(to_json(now).at("new_media").at(0).at("followers"), 12345);
  EXPECT_TRUE(to_json(now).at("has_new_media").as_bool());
}

TEST_F(Yearly, TakesFollowersAndReadsFromWhatThePlatformsSaid) {
  live_through_two_years();
  const std::vector<Figure> told = {
      {"2026-03-31", "followers", 800}, {"2026-12-30", "followers", 900},
      {"2027-01-02", "followers", 950}, {"2026-03-30", "reads", 10},
      {"2026-12-30", "reads", 5},       {"2027-01-01", "reads", 7}};
  database_->write_now(
      [this, &told](Transaction& tx) { keep_figures(tx, "wechat", told, clock_.now()); });
  ManualValues manual;
  manual.followers["weibo"] = {12345, "2026-12-31"};

  const YearlyReport year = report_of(Period::of_year(2026), manual);

  ASSERT_THAT(year.new_media, SizeIs(2));
  EXPECT_TRUE(year.new_media[0].stated);
  EXPECT_EQ(year.new_media[0].reads_days, 0);
  EXPECT_EQ(year.new_media[1].followers, 900);
  EXPECT_EQ(year.new_media[1].taken_on, "2026-12-30");
  EXPECT_FALSE(year.new_media[1].stated);
  EXPECT_THAT(csv(year, "new_media"), HasSubstr("微信,wechat,待填,2,900,2026-12-30,0,0\r\n"));
  EXPECT_THAT(text(year), HasSubstr("微信（wechat）阅读 15 人次，平台给出其中 2 天的数据"));
  EXPECT_EQ(to_json(year).at("new_media").at(1).at("reads"), 15);
  EXPECT_TRUE(to_json(year).at("new_media").at(0).at("reads").is_null());
  const YearlyReport quarter = report_of(Period::of_quarter(2026, 1));
  EXPECT_EQ(quarter.new_media[1].followers, 800);
  manual.followers["wechat"] = {888, "2026-12-31"};
  EXPECT_EQ(report_of(Period::of_year(2026), manual).new_media[1].followers, 888);
}

TEST_F(Yearly, OfAQuarterOrMonthHoldsTheSameFiguresOfThatTime) {
  live_through_two_years();
  const YearlyReport first = report_of(Period::of_quarter(2026, 1));
  EXPECT_EQ(first.channels[2].total(&KindFigures::deliveries), 2);
  const YearlyReport january = report_of(Period::of_month(2026, 1));
  EXPECT_EQ(january.channels[2].total(&KindFigures::deliveries), 1);
  EXPECT_EQ(january.items_owed, 0);
  EXPECT_THAT(text(january), HasSubstr("某省教育厅 2026 年 1 月推送统计"));
  EXPECT_THAT(text(january), Not(HasSubstr("2月")));
  EXPECT_EQ(report_of(Period::of_quarter(2026, 2)).channels[2].total(&KindFigures::deliveries), 0);
}

TEST_F(Yearly, IsJsonForPrograms) {
  live_through_two_years();
  const boost::json::object json = to_json(report());
  EXPECT_EQ(json.at("as_of").as_string(), "2026-12-31T15:00:00.000Z");
  EXPECT_EQ(json.at("channels").at(2).at("deliveries").as_int64(), 2);
  EXPECT_EQ(json.at("channels").at(2).at("kinds").at(0).at("deliveries").at("months").at(0), 1);
  EXPECT_EQ(json.at("completeness").at("open_cells").at(1).at("actor").as_string(), "user:u000007");
  EXPECT_TRUE(json.at("new_media").at(0).at("followers").is_null());
}

TEST_F(Yearly, SaysWhenTheListIsCut) {
  live_through_two_years();
  EXPECT_THAT(text(report(2026, 1)), HasSubstr("共 2 项，以上为前 1 项"));
}

TEST_F(Yearly, OfAnEmptyYearIsAllZero) {
  const std::string shown = text(report(2024));
  EXPECT_THAT(shown, HasSubstr("本期没有推送"));
  EXPECT_THAT(shown, HasSubstr("本期没有应推任务"));
  EXPECT_THAT(shown, Not(HasSubstr("%）")));
  EXPECT_EQ(figures_to_csv(report(2024)), "year,month,channel,kind,measure,value\r\n");
}

TEST(Percent, IsNeverRoundedUp) {
  EXPECT_EQ(percent(9999, 10000), "99.99%");
  EXPECT_EQ(percent(99'999, 100'000), "99.99%");
  EXPECT_EQ(percent(1, 3), "33.33%");
  EXPECT_EQ(percent(2, 3), "66.66%");
  EXPECT_EQ(percent(5, 5), "100.00%");
  EXPECT_EQ(percent(0, 0), "—");
}

}  // namespace
}  // namespace liandong
