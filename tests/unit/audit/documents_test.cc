#include "daemon/audit/documents.h"

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/columns.h"
#include "daemon/audit/timeliness.h"

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Documents : public Office {
 protected:
  ItemId add(const std::string& title, const Stated& stated) {
    Item item;
    item.kind = Kind::Policy;
    item.source = "policies";
    item.first_seen = clock_.now();
    item.revision.article = stated_article(title, stated);
    return database_->write_now([&](Transaction& tx) { return ItemStore::insert(tx, item, {}); });
  }

  void revise(ItemId id, const std::string& title, const Stated& stated) {
    database_->write_now([&](Transaction& tx) {
      return ItemStore::add_revision(tx, id, stated_article(title, stated), clock_.now());
    });
  }

  NormativeFigures figures(const Period& period) {
    return read([&](Transaction& tx) { return normative_documents(tx, period, ReportSettings{}); });
  }
  NormativeFigures figures(int year) { return figures(Period::of_year(year)); }

  static void expect_identity(const NormativeFigures& figures) {
    EXPECT_EQ(figures.in_force_after.size(),
              figures.in_force_before.size() + figures.issued.size() - figures.repealed.size());
  }
};

TEST_F(Documents, CountIssuedRepealedAndInForce) {
  go_to("2025-03-01T10:00");
  const ItemId old_one = add("旧规定", {"皖教规〔2025〕1号", "2025-02-20", "有效", ""});
  add("另一规定", {"皖教规〔2025〕2号", "2025-02-21", "有效", ""});
  add("普通通知", {"皖教函〔2025〕9号", "2025-02-22", "有效", ""});
  go_to("2026-05-01T10:00");
  add("新规定", {"皖教规〔2026〕1号", "2026-04-30", "现行有效", ""});
  revise(old_one, "旧规定", {"皖教规〔2025〕1号", "2025-02-20", "已废止", ""});
  const NormativeFigures now = figures(2026);
  EXPECT_THAT(now.in_force_before, SizeIs(2));
  ASSERT_THAT(now.issued, SizeIs(1));
  EXPECT_EQ(now.issued[0].doc_no, "皖教规〔2026〕1号");
  ASSERT_THAT(now.repealed, SizeIs(1));
  EXPECT_EQ(now.repealed[0].item, old_one);
  EXPECT_THAT(now.in_force_after, SizeIs(2));
  expect_identity(now);
  const NormativeFigures before = figures(2025);
  EXPECT_THAT(before.in_force_before, SizeIs(0));
  EXPECT_THAT(before.issued, SizeIs(2));
  EXPECT_THAT(before.repealed, IsEmpty());
  EXPECT_THAT(before.in_force_after, SizeIs(2));
}

TEST_F(Documents, BelongToTheMonthTheyWereMadeInThoughTheirPageCameLater) {
  go_to("2026-11-28T10:00");
  add("新规定", {"皖教规〔2026〕7号", "2026-10-28", "有效", ""});
  EXPECT_THAT(figures(Period::of_month(2026, 10)).issued, SizeIs(1));
  EXPECT_THAT(figures(Period::of_month(2026, 11)).in_force_before, SizeIs(1));
  EXPECT_THAT(figures(Period::of_month(2026, 11)).issued, IsEmpty());
}

// Whatever documents there are, and whenever their pages came and changed.
TEST_F(Documents, GoFromOnePeriodToTheNextWithoutAGap) {
  std::mt19937 chance(20261128);
  const auto any = [&chance](int most) {
    return std::uniform_int_distribution<int>(0, most)(chance);
  };
  const auto day = [&any] {
    return fmt::format("{}-{:02}-{:02}", 2024 + any(2), 1 + any(11), 1 + any(27));
  };
  for (int i = 0; i < 120; ++i) {
    const std::string number = fmt::format("皖教规〔2025〕{}号", i + 1);
    const std::string title = fmt::format("规定{}", i);
    const std::string made = any(3) == 0 ? "" : day();
    go_to(day() + "T10:00");
    const bool ended_from_the_first = any(4) == 0;
    const std::string lapses = any(2) == 0 ? day() : "";
    const ItemId id = add(title, {number, made, ended_from_the_first ? "已废止" : "有效", lapses});
    if (any(2) == 0) {
      go_to(day() + "T11:00");
      revise(id, title, {number, made, "已废止", any(1) == 0 ? day() : ""});
    }
  }
  std::size_t before = figures(Period::of_month(2024, 1)).in_force_before.size();
  std::size_t issued = 0;
  for (int month = 0; month < 48; ++month) {
    const NormativeFigures now = figures(Period::of_month(2024 + month / 12, month % 12 + 1));
    expect_identity(now);
    EXPECT_EQ(now.in_force_before.size(), before) << month;
    before = now.in_force_after.size();
    issued += now.issued.size();
  }
  EXPECT_GT(issued, 0U);
  EXPECT_EQ(figures(2026).in_force_before, figures(2025).in_force_after);
}

TEST_F(Documents, GoByTheStatedDayOfLapse) {
  go_to("2026-02-01T10:00");
  add("到期规定", {"教规〔2021〕1号", "2021-01-01", "失效", "2025-12-31"});
  EXPECT_THAT(figures(2026).in_force_before, SizeIs(0));
  EXPECT_THAT(figures(2026).repealed, IsEmpty());
}

TEST_F(Documents, AreInNoFigureWhenTheirEndIsUnknown) {
  go_to("2026-02-01T10:00");
  add("早已废止", {"教规〔2015〕1号", "2015-01-01", "废止", ""});
  const NormativeFigures now = figures(2026);
  EXPECT_THAT(now.undated, SizeIs(1));
  EXPECT_THAT(now.in_force_before, SizeIs(0));
  EXPECT_THAT(now.in_force_after, SizeIs(0));
}

TEST_F(Documents, AreInterpretedInForms) {
  go_to("2026-02-01T10:00");
  for (const char* title : {"《办法》政策解读", "图解：《办法》", "一图读懂《办法》", "视频解读",
                            "厅负责人就《办法》答记者问", "媒体评论：好政策"})
    find(title, Kind::Interpretation);
  find("图解新闻", Kind::News);
  const auto forms = read([](Transaction& tx) {
    return interpretation_forms(tx, Period::of_year(2026), ReportSettings{});
  });
  std::map<std::string, std::int64_t> by_form;
  for (const FormCount& form : forms) by_form[form.form] = form.items;
  EXPECT_EQ(by_form["text"], 1);
  EXPECT_EQ(by_form["chart"], 2);
  EXPECT_EQ(by_form["video"], 1);
  EXPECT_EQ(by_form["head"], 1);
  EXPECT_EQ(by_form["media"], 1);
}

TEST_F(Documents, FallIntoOneLineOfTheYearlyFormEach) {
  go_to("2026-02-01T10:00");
  find("动态", Kind::News);
  find("办法", Kind::Policy);
  find("通知", Kind::Notice);
  ReportSettings settings;
  const auto by_kind = read(
      [&](Transaction& tx) { return publication_figures(tx, Period::of_year(2026), settings); });
  EXPECT_EQ(by_kind.news, 1);
  EXPECT_EQ(by_kind.catalogue, 2);
  EXPECT_EQ(by_kind.overview, 0);
  settings.overview = {"policies"};
  const auto mapped = read(
      [&](Transaction& tx) { return publication_figures(tx, Period::of_year(2026), settings); });
  EXPECT_EQ(mapped.overview, 3);
  EXPECT_EQ(mapped.total(), by_kind.total());
}

TEST_F(Documents, AreCountedByKeyField) {
  go_to("2026-03-10T10:00");
  const ItemId item = find("2026年招生简章", Kind::Notice);
  find("其他", Kind::Notice);
  push(item, "weibo", Kind::Notice);
  ReportSettings settings;
  settings.fields = {{"招生", {}, {"招生", "录取"}}, {"全部政策", {"policies"}, {}}};
  const auto fields =
      read([&](Transaction& tx) { return field_figures(tx, Period::of_year(2026), settings); });
  ASSERT_THAT(fields, SizeIs(2));
  EXPECT_EQ(fields[0].items[2], 1);
  EXPECT_EQ(fields[0].total(), 1);
  EXPECT_EQ(fields[0].deliveries.at("weibo"), 1);
  EXPECT_EQ(fields[1].total(), 2);
}

TEST_F(Documents, ThatWereTakenDownSayWhereTheyStillAre) {
  go_to("2026-03-10T10:00");
  const ItemId item = find("办法", Kind::Policy);
  push(item, "weibo", Kind::Policy);
  push(item, "wechat", Kind::Policy);
  go_to("2026-04-10T10:00");
  push(item, "weibo", Kind::Policy, Purpose::Withdraw);
  database_->write_now([&](Transaction& tx) { ItemStore::set_withdrawn(tx, item, clock_.now()); });
  const auto all = read([](Transaction& tx) { return clean_ups(tx, Period::of_month(2026, 4)); });
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_THAT(all[0].taken_off, ElementsAre("weibo"));
  EXPECT_THAT(all[0].still_on, ElementsAre("wechat"));
  EXPECT_THAT(read([](Transaction& tx) { return clean_ups(tx, Period::of_month(2026, 3)); }),
              IsEmpty());
}

TEST_F(Documents, ArePushedInSoMuchTime) {
  using std::chrono::hours;
  go_to("2026-03-02T10:00");
  const ItemId quick = find("甲", Kind::Policy, "2026-03-02T09:00:00+08:00");
  push(quick, "weibo", Kind::Policy);  // an hour
  const ItemId slow = find("乙", Kind::Policy);
  go_to("2026-03-12T10:00");
  push(slow, "weibo", Kind::Policy);  // ten days
  const auto lines = read([](Transaction& tx) { return timeliness(tx, Period::of_year(2026)); });
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].channel, "weibo");
  EXPECT_EQ(lines[0].pushed, 2);
  EXPECT_EQ(lines[0].within, 1);
  EXPECT_EQ(lines[0].median, hours(1));
  EXPECT_EQ(lines[0].longest, hours(240));
  EXPECT_EQ(lines[1].channel, "");
  EXPECT_EQ(lines[1].pushed, 2);
  EXPECT_THAT(read([](Transaction& tx) { return timeliness(tx, Period::of_year(2025)); }),
              IsEmpty());
}

TEST(Percentile, IsTheSmallestThatSoManyDoNotExceed) {
  std::vector<Duration> ten;
  for (int i = 10; i >= 1; --i) ten.emplace_back(i);
  EXPECT_EQ(percentile(ten, 50), Duration(5));
  EXPECT_EQ(percentile(ten, 90), Duration(9));
  EXPECT_EQ(percentile(ten, 100), Duration(10));
  std::vector<Duration> one{Duration(7)};
  EXPECT_EQ(percentile(one, 50), Duration(7));
}

}  // namespace
}  // namespace liandong
