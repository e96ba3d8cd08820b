// Each rule with its golden cases.

#include "daemon/audit/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/audit/rules_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

using Rules = RulesFixture;

TEST_F(Rules, OfAnIdleAccount) {
  struct Case {
    std::string now;
    Severity severity;
    std::string worsens;  // empty: not
  };
  const std::vector<Case> cases = {
      {"2026-03-01 10:00", Severity::Good, "2026-03-08 10:00"},
      {"2026-03-08 09:59", Severity::Good, "2026-03-08 10:00"},
      {"2026-03-08 10:00", Severity::Warn, "2026-03-11 10:00"},
      {"2026-03-11 10:00", Severity::Alarm, "2026-03-15 10:00"},
      {"2026-03-15 09:59", Severity::Alarm, "2026-03-15 10:00"},
      {"2026-03-15 10:00", Severity::Fail, ""},
  };
  for (const Case& one : cases) {
    const Judgement judged =
        judge_account_idle(rule("account_idle"), at("2026-03-01 10:00"), at(one.now));
    EXPECT_EQ(judged.severity, one.severity) << one.now;
    EXPECT_EQ(judged.worsens ? beijing_time(*judged.worsens) : "", one.worsens) << one.now;
    EXPECT_THAT(judged.words, HasSubstr("2026-03-15 10:00 起不合格"));
  }
  EXPECT_EQ(judge_account_idle(rule("account_idle"), std::nullopt, at("2026-03-01")).severity,
            Severity::Unknown);
}

TEST_F(Rules, OfALatePush) {
  struct Case {
    std::string now;
    Severity severity;
  };
  const Timestamp due = at("2026-03-06 00:00");
  for (const Case& one :
       {Case{"2026-03-02 11:00", Severity::Good}, Case{"2026-03-03 09:59", Severity::Good},
        Case{"2026-03-03 10:00", Severity::Warn}, Case{"2026-03-05 23:59", Severity::Warn},
        Case{"2026-03-06 00:00", Severity::Fail}})
    EXPECT_EQ(
        judge_push_latency(rule("push_latency"), at("2026-03-02 10:00"), due, at(one.now)).severity,
        one.severity)
        << one.now;
  const Judgement unknown = judge_push_latency(rule("push_latency"), at("2026-12-31 10:00"),
                                               std::nullopt, at("2027-02-01"));
  EXPECT_EQ(unknown.severity, Severity::Unknown);
  EXPECT_THAT(unknown.words, HasSubstr("工作日历"));
}

TEST_F(Rules, OfAnInterpretation) {
  struct Case {
    std::string policy;
    std::string interpreted;  // empty: none
    std::string now;
    Severity severity;
  };
  // The limit days are the golden cases of the calendar (standards 6).
  const std::vector<Case> cases = {
      {"2026-09-18 09:00", "2026-09-18 18:00", "2026-10-01", Severity::Good},
      {"2026-09-18 09:00", "2026-09-15 09:00", "2026-10-01", Severity::Good},
      {"2026-09-18 09:00", "2026-09-19 09:00", "2026-10-01", Severity::Warn},
      {"2026-09-18 09:00", "2026-09-22 23:59", "2026-10-01", Severity::Warn},
      {"2026-09-18 09:00", "2026-09-23 00:00", "2026-10-01", Severity::Fail},
      {"2026-09-18 09:00", "", "2026-09-18 20:00", Severity::Good},
      {"2026-09-18 09:00", "", "2026-09-20 20:00", Severity::Warn},
      {"2026-09-18 09:00", "", "2026-09-23 00:00", Severity::Fail},
      {"2026-09-30 09:00", "2026-10-10 23:00", "2026-11-01", Severity::Warn},
      {"2026-09-30 09:00", "2026-10-11 00:00", "2026-11-01", Severity::Fail},
      {"2026-12-31 09:00", "", "2027-02-01", Severity::Unknown},
  };
  for (const Case& one : cases) {
    std::optional<Timestamp> interpreted;
    if (!one.interpreted.empty()) interpreted = at(one.interpreted);
    EXPECT_EQ(judge_interpretation(rule("interpretation_pairing"), at(one.policy), interpreted,
                                   at(one.now), calendar_)
                  .severity,
              one.severity)
        << one.policy << " " << one.interpreted << " " << one.now;
  }
}

TEST_F(Rules, OfDisclosureWithinTwentyWorkingDays) {
  struct Case {
    std::string made;
    std::string published;
    Severity severity;
  };
  const std::vector<Case> cases = {
      {"2024-09-30", "2024-11-01 23:59", Severity::Good},
      {"2024-09-30", "2024-11-02 00:00", Severity::Fail},
      {"2025-09-26", "2025-10-30 12:00", Severity::Good},
      {"2025-09-26", "2025-10-31 00:00", Severity::Fail},
      {"2026-02-14", "2026-03-20 12:00", Severity::Good},
      {"2026-02-14", "2026-03-21 12:00", Severity::Fail},
      {"2026-12-20", "2026-12-21", Severity::Unknown},  // its limit lies in 2027
      {"2019-05-01", "2026-01-04", Severity::Unknown},  // a year without a calendar
  };
  for (const Case& one : cases)
    EXPECT_EQ(
        judge_disclosure(rule("disclosure"), at(one.made), at(one.published), calendar_).severity,
        one.severity)
        << one.made << " " << one.published;
}

TEST_F(Rules, OfAnIdleColumn) {
  struct Case {
    Kind kind;
    std::string now;
    Severity severity;
  };
  const std::vector<Case> cases = {
      {Kind::News, "2026-03-07 00:00", Severity::Good},
      {Kind::News, "2026-03-08 00:00", Severity::Warn},
      {Kind::News, "2026-03-15 00:00", Severity::Fail},
      {Kind::Policy, "2026-05-01 00:00", Severity::Good},
      {Kind::Notice, "2026-06-01 00:00", Severity::Warn},
      {Kind::Policy, "2026-08-31 23:59", Severity::Warn},  // 183 days, and not six months
      {Kind::Policy, "2026-09-01 00:00", Severity::Fail},
  };
  for (const Case& one : cases)
    EXPECT_EQ(
        judge_column_idle(rule("column_idle"), one.kind, at("2026-03-01"), at(one.now)).severity,
        one.severity)
        << one.now;
  EXPECT_EQ(
      judge_column_idle(rule("column_idle"), Kind::News, std::nullopt, at("2026-03-01")).severity,
      Severity::Unknown);
}

TEST_F(Rules, OfAccountsThatPostEveryWeek) {
  Problems problems;
  EXPECT_EQ(judge_posts_of_week(rule("account_idle"), 0).severity, Severity::Good);  // not asked
  set_.change(Table::parse("[rule.account_idle]\nleast_per_week = 3\n", "own.toml", problems));
  EXPECT_EQ(judge_posts_of_week(rule("account_idle"), 2).severity, Severity::Warn);
  EXPECT_EQ(judge_posts_of_week(rule("account_idle"), 3).severity, Severity::Good);
}

TEST_F(Rules, OfAnInterpretationOnAChannel) {
  struct Case {
    std::string policy;
    std::string pushed;  // empty: not yet
    std::string now;
    Severity severity;
  };
  const std::vector<Case> cases = {
      {"2026-09-18 09:00", "2026-09-22 23:59", "2026-10-01", Severity::Good},
      {"2026-09-18 09:00", "2026-09-23 00:00", "2026-10-01", Severity::Warn},
      {"2026-09-18 09:00", "", "2026-09-22 23:59", Severity::Good},
      {"2026-09-18 09:00", "", "2026-09-23 00:00", Severity::Warn},
      {"2025-12-31 09:00", "2026-01-06 12:00", "2026-02-01", Severity::Good},
      {"2026-12-31 09:00", "", "2027-02-01", Severity::Unknown},  // a year without a calendar
  };
  for (const Case& one : cases) {
    const auto pushed = one.pushed.empty() ? std::nullopt : std::optional(at(one.pushed));
    EXPECT_EQ(judge_interpretation_push(rule("interpretation_push"), at(one.policy), pushed,
                                        at(one.now), calendar_)
                  .severity,
              one.severity)
        << one.policy << " " << one.pushed << " " << one.now;
  }
}

TEST_F(Rules, OfTheHomePageAndEmptyColumns) {
  const Rule& idle = rule("column_idle");
  EXPECT_EQ(judge_home_idle(idle, at("2026-03-01"), at("2026-03-14 23:59")).severity,
            Severity::Good);
  EXPECT_EQ(judge_home_idle(idle, at("2026-03-01"), at("2026-03-15")).severity, Severity::Warn);
  EXPECT_EQ(judge_home_idle(idle, std::nullopt, at("2026-03-15")).severity, Severity::Unknown);
  EXPECT_EQ(judge_empty_columns(idle, 4).severity, Severity::Good);
  EXPECT_EQ(judge_empty_columns(idle, 5).severity, Severity::Fail);
}

TEST_F(Rules, OfATermThatEnds) {
  struct Case {
    std::string made;
    std::string lapses;  // empty: not stated
    std::string now;
    Severity severity;
  };
  const std::vector<Case> cases = {
      {"2021-03-02", "", "2026-01-30", Severity::Good},
      {"2021-03-02", "", "2026-01-31", Severity::Warn},  // 30 days before 2026-03-02
      {"2024-02-29", "", "2029-01-28", Severity::Good},  // its day ends with February 2029
      {"2024-02-29", "", "2029-01-29", Severity::Warn},
      {"2024-03-02", "2026-06-30", "2026-05-30", Severity::Good},
      {"2024-03-02", "2026-06-30", "2026-05-31", Severity::Warn},
      {"2015-01-01", "2030-01-01", "2026-01-01", Severity::Good},  // its own word goes first
  };
  for (const Case& one : cases) {
    const auto lapses = one.lapses.empty() ? std::nullopt : std::optional(at(one.lapses));
    EXPECT_EQ(judge_validity(rule("validity"), at(one.made), lapses, at(one.now)).severity,
              one.severity)
        << one.made << " " << one.now;
  }
}

TEST_F(Rules, OfLinksBothWays) {
  EXPECT_EQ(judge_links(true, true).severity, Severity::Good);
  EXPECT_EQ(judge_links(true, false).severity, Severity::Warn);
  EXPECT_EQ(judge_links(false, true).severity, Severity::Warn);
  EXPECT_EQ(judge_links(false, false).words, "政策页面没有链接到解读；解读页面没有链接到政策");
}

TEST_F(Rules, OfMetadata) {
  Article article;
  article.published = StatedTime{at("2026-03-02 10:00"), Precision::Minute};
  article.meta.index_no = "000014349/2026-00110";
  article.meta.doc_no = "国办发〔2026〕1号";
  article.meta.issuing_body = "国务院办公厅";
  article.meta.made_on = "2026-03-02";
  EXPECT_EQ(judge_metadata(article).severity, Severity::Good);
  article.meta.made_on = "2026-03-03";
  EXPECT_EQ(judge_metadata(article).words, "成文日期晚于发布日期");
  article.meta.made_on = "";
  article.meta.doc_no = "";
  EXPECT_EQ(judge_metadata(article).words, "缺发文字号、成文日期");
}

TEST_F(Rules, OfBackDating) {
  using std::chrono::minutes;
  struct Case {
    std::string published;
    Precision precision;
    std::string seen;
    Severity severity;
  };
  const std::vector<Case> cases = {
      {"2026-03-02 10:00", Precision::Minute, "2026-03-02 10:05", Severity::Good},
      {"2026-03-02 10:00", Precision::Minute, "2026-03-03 10:10", Severity::Good},
      {"2026-03-02 10:00", Precision::Minute, "2026-03-03 10:11", Severity::Warn},
      {"2026-03-02", Precision::Day, "2026-03-04 00:10", Severity::Good},
      {"2026-03-02", Precision::Day, "2026-03-04 00:11", Severity::Warn},
      {"2026-03-05", Precision::Day, "2026-03-02 00:00", Severity::Good},
  };
  for (const Case& one : cases)
    EXPECT_EQ(judge_back_dating(rule("back_dating"), StatedTime{at(one.published), one.precision},
                                at(one.seen), minutes(10))
                  .severity,
              one.severity)
        << one.published << " " << one.seen;
  EXPECT_EQ(
      judge_back_dating(rule("back_dating"), std::nullopt, at("2026-03-02"), minutes(10)).severity,
      Severity::Good);
}

TEST(RuleFiles, ShipTheValuesThatAreBuiltIn) {
  Problems problems;
  const RuleSet shipped = RuleSet::load(source_dir() + "/config/rules", problems);
  EXPECT_TRUE(problems.list().empty());
  const RuleSet built_in = RuleSet::built_in();
  ASSERT_EQ(shipped.all().size(), built_in.all().size());
  Problems ignored;
  const Table file =
      Table::parse_file(source_dir() + "/config/rules/rules.toml", ignored).table("rule");
  EXPECT_EQ(file.keys().size(), built_in.all().size());
  for (const Rule& rule : built_in.all()) {
    EXPECT_EQ(shipped.at(rule.name).limits, rule.limits) << rule.name;
    EXPECT_EQ(shipped.at(rule.name).basis, rule.basis) << rule.name;
    EXPECT_EQ(shipped.at(rule.name).enabled, rule.enabled) << rule.name;
    EXPECT_TRUE(file.has(rule.name)) << rule.name;
  }
}

TEST(RuleFiles, NameFileLineAndColumnOfAMistake) {
  const auto said = [](const std::string& text) {
    Problems problems;
    RuleSet set = RuleSet::built_in();
    set.change(Table::parse(text, "rules.toml", problems));
    std::string all;
    for (const Problem& problem : problems.list()) all += problem.to_string() + "\n";
    return all;
  };
  EXPECT_THAT(said("[rule.account_idel]\nwarn_days = 3\n"),
              HasSubstr("did you mean \"account_idle\""));
  EXPECT_THAT(said("[rule.account_idle]\nwarn_day = 3\n"), HasSubstr("did you mean \"warn_days\""));
  EXPECT_THAT(said("[rule.account_idle]\nwarn_days = \"3\"\n"), HasSubstr("rules.toml:2:13"));
  EXPECT_THAT(said("[rule.account_idle]\nbasis = \"\"\n"), HasSubstr("the text the rule rests on"));
  EXPECT_EQ(said("[rule.account_idle]\nwarn_days = 5\nenabled = false\n"), "");
}

}  // namespace
}  // namespace liandong
