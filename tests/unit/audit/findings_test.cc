#include "daemon/audit/findings.h"

#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FindingsOfAnOffice : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    ChannelSettings weibo;
    weibo.name = "weibo";
    weibo.type = "weibo";
    settings_.channels = {weibo};
    SourceSettings source;
    source.name = "policies";
    source.kind = "policy";
    settings_.sources = {source};
  }

  std::vector<RuleFinding> of(const std::string& rule) {
    const AuditSetting setting{settings_, rules_, calendar_, from_millis(0), clock_.now(), memory_};
    const RuleFindings all = read([&](Transaction& tx) { return audit(tx, setting); });
    std::vector<RuleFinding> some;
    for (const RuleFinding& one : all.bad) {
      if (one.rule == rule) some.push_back(one);
    }
    return some;
  }

  static Paragraph link_to(const std::string& url) {
    return Paragraph{{liandong::Run{"链接", url, false}}};
  }

  Settings settings_;
  RuleSet rules_ = RuleSet::built_in();
  AuditMemory* memory_ = nullptr;
};

TEST_F(FindingsOfAnOffice, WarnBeforeAPushIsLateAndFailAfterwards) {
  go_to("2026-03-02T10:00");
  find("办法", Kind::Policy);
  EXPECT_THAT(of("push_latency"), IsEmpty());
  go_to("2026-03-03T11:00");
  const auto warned = of("push_latency");
  ASSERT_THAT(warned, SizeIs(2));  // weibo and wechat
  EXPECT_EQ(warned[0].judgement.severity, Severity::Warn);
  EXPECT_EQ(beijing_time(*warned[0].judgement.worsens), "2026-03-06 00:00");
  EXPECT_THAT(of("push_complete"), IsEmpty());
  go_to("2026-03-06T00:00");
  EXPECT_THAT(of("push_latency"), IsEmpty());
  const auto missing = of("push_complete");
  ASSERT_THAT(missing, SizeIs(2));
  EXPECT_EQ(missing[0].judgement.severity, Severity::Fail);
  EXPECT_EQ(missing[0].key(), "push_complete|item 1 wechat");
}

TEST_F(FindingsOfAnOffice, TellWhatWentOutTooLate) {
  for (int i = 0; i < 20; ++i) {
    go_to("2026-03-02T10:00");
    const ItemId item = find(fmt::format("办法{}", i), Kind::Policy);
    go_to("2026-03-10T11:00");
    push(item, "weibo", Kind::Policy);
  }
  const auto late = of("push_latency");
  ASSERT_THAT(late, SizeIs(1));
  EXPECT_EQ(late[0].subject, "weibo");
  EXPECT_EQ(late[0].judgement.severity, Severity::Fail);
  EXPECT_EQ(late[0].judgement.words, "20 条次晚于 3 个工作日才推送，最长 8 天");
  Problems problems;
  rules_.change(
      Table::parse("[rule.push_latency]\nfail_working_days = 6\n", "mild.toml", problems));
  EXPECT_THAT(of("push_latency"), IsEmpty());
}

TEST_F(FindingsOfAnOffice, AccuseNobodyOfWhatNoLookCouldSeeBefore) {
  go_to("2026-03-10T10:00");
  find("首次查看时已在", Kind::Policy, "2026-02-01T09:00:00+08:00");
  looked_before_ = *parse_rfc3339("2026-03-05T10:00:00+08:00");  // an outage of five days
  find("中断期间发布", Kind::Policy, "2026-03-05T11:00:00+08:00");
  EXPECT_THAT(of("back_dating"), IsEmpty());
  find("倒填", Kind::Policy, "2026-03-03T11:00:00+08:00");
  const auto accused = of("back_dating");
  ASSERT_THAT(accused, SizeIs(1));
  EXPECT_EQ(accused[0].title, "倒填");
}

TEST_F(FindingsOfAnOffice, AreNotSilencedByADateThatIsToCome) {
  go_to("2025-06-02T10:00");
  find("写错年份", Kind::Policy, "2036-06-02T09:00:00+08:00");
  go_to("2026-06-02T10:00");
  const auto idle = of("column_idle");
  ASSERT_THAT(idle, SizeIs(2));
  EXPECT_EQ(idle[0].subject, "policies");
  EXPECT_EQ(idle[0].judgement.severity, Severity::Fail);
  EXPECT_EQ(idle[1].subject, "home");
  Problems problems;
  rules_.change(Table::parse("[rule.column_idle]\nstale_columns = 1\n", "one.toml", problems));
  EXPECT_THAT(of("column_idle"), SizeIs(3));
}

TEST_F(FindingsOfAnOffice, ForecastWhenAnAccountFails) {
  go_to("2026-03-02T10:00");
  push(find("办法", Kind::Policy), "weibo", Kind::Policy);
  go_to("2026-03-10T10:00");
  const auto idle = of("account_idle");
  ASSERT_THAT(idle, SizeIs(1));
  EXPECT_EQ(idle[0].judgement.severity, Severity::Warn);
  EXPECT_THAT(idle[0].judgement.words, HasSubstr("2026-03-16 10:00 起不合格"));
}

TEST_F(FindingsOfAnOffice, SayNothingOfARuleThatIsOff) {
  go_to("2026-03-02T10:00");
  find("办法", Kind::Policy);
  go_to("2026-05-02T10:00");
  EXPECT_THAT(of("push_complete"), SizeIs(2));
  Problems problems;
  rules_.change(Table::parse("[rule.push_complete]\nenabled = false\n", "off.toml", problems));
  EXPECT_THAT(of("push_complete"), IsEmpty());
}

TEST_F(FindingsOfAnOffice, FindTheTextThatIsTwiceOnAnAccount) {
  go_to("2026-03-02T10:00");
  const ItemId item = find("办法", Kind::Policy);
  push(item, "weibo", Kind::Policy);
  EXPECT_THAT(of("duplicates"), IsEmpty());
  database_->write_now([&](Transaction& tx) {
    tx.sql() << "UPDATE delivery SET revision = 2 WHERE item = :item", soci::use(item);
  });
  push(item, "weibo", Kind::Policy);
  ASSERT_THAT(of("duplicates"), SizeIs(1));
  EXPECT_THAT(of("duplicates")[0].judgement.words, HasSubstr("2 条"));
}

TEST_F(FindingsOfAnOffice, CountWhatNoCheckpointCovers) {
  Problems problems;
  rules_.change(Table::parse("[rule.evidence]\nmost_uncovered = 0\n", "strict.toml", problems));
  ASSERT_THAT(of("evidence"), SizeIs(1));
  EXPECT_EQ(of("evidence")[0].judgement.severity, Severity::Alarm);
}

TEST_F(FindingsOfAnOffice, FailAPolicyThatNobodyInterpretedInTime) {
  go_to("2026-03-02T10:00");
  find("关于加强示例工作的办法", Kind::Policy, "2026-03-02T09:00:00+08:00");
  find("《关于加强示例工作的办法》解读", Kind::Interpretation, "2026-03-02T09:30:00+08:00");
  find("无人解读的规定", Kind::Policy, "2026-03-02T09:00:00+08:00");
  go_to("2026-03-20T10:00");
  const auto late = of("interpretation_pairing");
  ASSERT_THAT(late, SizeIs(1));
  EXPECT_EQ(late[0].title, "无人解读的规定");
  EXPECT_EQ(late[0].judgement.severity, Severity::Fail);
  ASSERT_THAT(of("interpretation_links"), SizeIs(1));
}

TEST_F(FindingsOfAnOffice, PairByLinkNumberAndTitle) {
  Item policy;
  policy.id = 1;
  policy.revision.article.title = "关于加强示例工作的办法";
  policy.revision.article.url = "https://example.gov.cn/p/1.html";
  policy.revision.article.meta.doc_no = "皖教规〔2026〕1号";
  const auto interpretation = [](ItemId id, const std::string& title) {
    Item item;
    item.id = id;
    item.revision.article.title = title;
    item.revision.article.url = "https://example.gov.cn/i/" + std::to_string(id) + ".html";
    return item;
  };
  Item by_link = interpretation(2, "一图读懂");
  by_link.revision.article.body.blocks.emplace_back(link_to("https://example.gov.cn/p/1.html"));
  const Item by_number = interpretation(3, "皖教规[2026]1号 解读");
  const Item by_title = interpretation(4, "《关于加强示例工作的办法》解读");
  const Item none = interpretation(5, "其他解读");
  policy.revision.article.body.blocks.emplace_back(link_to("https://example.gov.cn/i/2.html"));
  AuditMemory::Documents interpretations;
  for (const Item& item : {by_link, by_number, by_title, none})
    interpretations.push_back(std::make_shared<const ReadDocument>(read_document(item)));
  const auto pairs =
      pair_up({std::make_shared<const ReadDocument>(read_document(policy))}, interpretations);
  ASSERT_THAT(pairs, SizeIs(3));
  EXPECT_EQ(pairs[0].by, "link");
  EXPECT_TRUE(pairs[0].policy_links);
  EXPECT_TRUE(pairs[0].interpretation_links);
  EXPECT_EQ(pairs[1].by, "document number");
  EXPECT_FALSE(pairs[1].policy_links);
  EXPECT_EQ(pairs[2].by, "title");
}

// A text that cannot be read any more shows who reads it again.
TEST_F(FindingsOfAnOffice, ReadAndJudgeATextOnce) {
  go_to("2026-03-02T10:00");
  const auto find_text = [this](const std::string& title, Kind kind, const std::string& words) {
    const ItemId item = find(title, kind);
    Article article;
    article.title = title;
    article.url = "https://example.gov.cn/" + title;
    article.body.blocks.emplace_back(Paragraph{{liandong::Run{words, "", false}}});
    database_->write_now(
        [&](Transaction& tx) { return ItemStore::add_revision(tx, item, article, clock_.now()); });
    push(item, "weibo", kind);
    return item;
  };
  const std::string words =
      "各市教育局：现将普通高校招生考试报名工作的有关事项通知如下，请遵照执行。";
  const ItemId first = find_text("报名通知", Kind::Policy, words);
  find_text("报名通知", Kind::Policy, words);
  find_text("早安", Kind::News, "早安，新的一天！");
  AuditMemory memory;
  memory_ = &memory;
  ASSERT_THAT(of("near_duplicates"), SizeIs(1));
  ASSERT_THAT(of("filler"), SizeIs(1));
  const auto paired = of("interpretation_pairing");
  database_->write_now([](Transaction& tx) { tx.sql() << "UPDATE revision SET article = '?'"; });
  EXPECT_THAT(of("near_duplicates"), SizeIs(1));
  EXPECT_THAT(of("filler"), SizeIs(1));
  EXPECT_EQ(of("interpretation_pairing").size(), paired.size());
  memory_ = nullptr;
  EXPECT_ANY_THROW(of("filler"));  // the control: without a memory it is read
  memory_ = &memory;
  database_->write_now([first](Transaction& tx) {
    tx.sql() << "UPDATE item SET revision = revision + 1 WHERE id = :id", soci::use(first);
  });
  EXPECT_ANY_THROW(of("filler"));  // and so is a new revision
}

}  // namespace
}  // namespace liandong
