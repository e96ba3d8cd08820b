#include "daemon/audit/yearly_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

std::string problems_of(const std::string& text, int year = 2026) {
  Problems problems;
  Table table = Table::parse(text, "form.toml", problems);
  (void)read_manual_values(table, {year, {"weibo"}});
  std::string all;
  for (const Problem& problem : problems.list()) all += problem.to_string() + "\n";
  return all;
}

const FormCell& cell(const YearlyForm& form, const std::string& label) {
  for (const FormCell& one : form.cells) {
    if (one.label == label) return one;
  }
  throw std::logic_error("no such field: " + label);
}

const FormCheck& check(const YearlyForm& form, const std::string& part) {
  for (const FormCheck& one : form.checks) {
    if (one.rule.find(part) != std::string::npos) return one;
  }
  throw std::logic_error("no such check: " + part);
}

ManualValues manual_of(const std::string& text) {
  Problems problems;
  Table table = Table::parse(text, "form.toml", problems);
  ManualValues values = read_manual_values(table, {2026, {"weibo"}});
  EXPECT_TRUE(problems.list().empty());
  return values;
}

KnownValue counted(std::int64_t number) {
  return {"", number, Origin::Counted};
}

TEST(YearlyForm, MarksWhatNobodyKnows) {
  const YearlyForm form = yearly_form({}, {}, {});
  EXPECT_EQ(cell(form, "网站总访问量").origin, Origin::ToFill);
  EXPECT_EQ(cell(form, "网站总访问量").value, "");
  EXPECT_FALSE(check(form, "空白").holds);
  EXPECT_THAT(check(form, "空白").detail, HasSubstr("项待填"));
}

TEST(YearlyForm, TakesZeroForAnAnswer) {
  const YearlyForm form = yearly_form({}, manual_of("year = 2026\n[services]\ncases = 0\n"), {});
  EXPECT_EQ(cell(form, "办件量总数").value, "0");
  EXPECT_EQ(cell(form, "办件量总数").origin, Origin::ByHand);
}

TEST(YearlyForm, ShowsWhatWasCountedBesideWhatAPersonStates) {
  const KnownValues known = {{"publication.news", counted(10)}};
  const YearlyForm form =
      yearly_form(known, manual_of("year = 2026\n[publication]\nnews = 12\n"), {});
  EXPECT_EQ(cell(form, "政务动态信息更新量").value, "12");
  EXPECT_EQ(cell(form, "政务动态信息更新量").note, "联动统计为 10");
}

TEST(YearlyForm, ChecksSumsOverWhatWasCountedAndStated) {
  const KnownValues known = {{"publication.total", counted(30)},
                             {"publication.overview", counted(0)},
                             {"publication.news", counted(10)},
                             {"publication.catalogue", counted(20)}};
  EXPECT_TRUE(check(yearly_form(known, {}, {}), "信息发布总数").holds);
  const YearlyForm form =
      yearly_form(known, manual_of("year = 2026\n[publication]\nnews = 12\n"), {});
  EXPECT_FALSE(check(form, "信息发布总数").holds);
  EXPECT_EQ(check(form, "信息发布总数").detail, "30 ≠ 0 + 12 + 20 = 32");
}

TEST(YearlyForm, PutsTheAccountsWhereTheyBelong) {
  FormCell account;
  account.label = "微博（weibo）：信息发布量";
  const YearlyForm form = yearly_form({}, {}, {account});
  std::size_t at = 0;
  while (form.cells[at].label != "是否有移动新媒体") ++at;
  EXPECT_EQ(form.cells[at + 1].label, account.label);
  EXPECT_EQ(form.cells[at + 1].section, "移动新媒体");
}

TEST(ManualValues, NameFileLineAndColumnOfAMistake) {
  EXPECT_THAT(problems_of("year = 2026\n[services]\ncases = -1\n"), HasSubstr("form.toml:3:9"));
  EXPECT_THAT(problems_of("year = 2026\n[servics]\ncases = 1\n"),
              HasSubstr("did you mean \"services\""));
  EXPECT_THAT(problems_of("year = 2026\n[head]\nsite_kind = \"学校\"\n"), HasSubstr("部门网站"));
  EXPECT_THAT(problems_of("year = 2025\n"),
              HasSubstr("expected 2026, the year of the report, got 2025"));
  EXPECT_THAT(problems_of("year = 2026\n[followers.weibo]\ncount = 3\ntaken_on = \"年底\"\n"),
              HasSubstr("expected a date"));
}

TEST(ManualValues, AreRefusedWhenTheirOwnSumsDisagree) {
  EXPECT_THAT(
      problems_of("year = 2026\n[services]\ncases = 10\ncases_persons = 3\ncases_bodies = 4\n"),
      HasSubstr("form.toml:3:9: services.cases: 办件量总数 = 自然人 + 法人: 10 ≠ 3 + 4 = 7"));
  EXPECT_THAT(problems_of("year = 2026\n[security]\nfound = 1\nsolved = 2\n"), HasSubstr("2 > 1"));
  EXPECT_EQ(
      problems_of("year = 2026\n[services]\ncases = 7\ncases_persons = 3\ncases_bodies = 4\n"), "");
}

TEST(ManualValues, AreWhatTheTemplateAsksFor) {
  const std::string text = manual_template(2026);
  EXPECT_EQ(problems_of(text), "");
  std::string filled;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    std::string line = text.substr(start, end - start);
    if (line.starts_with("#") && !line.starts_with("# ")) line.erase(0, 1);
    filled += line + "\n";
    start = end + 1;
  }
  EXPECT_EQ(problems_of(filled), "");
  const ManualValues values = manual_of(filled);
  EXPECT_EQ(values.texts.at("head.site_kind"), "部门网站");
  EXPECT_EQ(values.numbers.at("services.cases"), 0);
  EXPECT_EQ(values.followers.at("weibo").taken_on, "2026-12-31");
  EXPECT_EQ(values.in_force_before, 0);
}

}  // namespace
}  // namespace liandong
