// The story of an item, and what comes next.

#include "daemon/console/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Timestamp kNow = parse_rfc3339("2026-11-27T02:00:00Z").value();

LogEntry entry(std::int64_t seq, const std::string& event, const std::string& channel,
               const std::string& facts, std::optional<std::int64_t> delivery = std::nullopt) {
  LogEntry entry;
  entry.seq = seq;
  entry.at = kNow;
  entry.event = event;
  entry.channel = channel;
  entry.delivery = delivery;
  entry.line = "{\"actor\":\"system:dispatcher\"" + (facts.empty() ? "" : "," + facts) + "}";
  return entry;
}

std::vector<std::string> chinese(const std::vector<Sentence>& sentences) {
  std::vector<std::string> words;
  for (const Sentence& sentence : sentences) words.push_back(sentence.chinese);
  return words;
}

DeliveryRow delivery(std::int64_t id, const std::string& channel, const std::string& state) {
  DeliveryRow row;
  row.id = id;
  row.channel = channel;
  row.purpose = "publish";
  row.state = state;
  row.due_at = kNow;
  return row;
}

TEST(Outlook, SaysWhenTheBudgetLetsTheNextOneBegin) {
  ChannelStatus wechat;
  wechat.name = "wechat";
  wechat.planned_start = parse_rfc3339("2026-12-10T16:00:00Z");
  ItemDetail detail;
  detail.item.deliveries = {delivery(1, "wechat", "queued"), delivery(2, "wechat", "deferred"),
                            delivery(3, "wechat", "queued")};
  detail.item.deliveries[2].purpose = "withdraw";

  const auto sentences = outlook_of(detail, {wechat}, kNow);

  ASSERT_EQ(sentences.size(), 3U);
  EXPECT_EQ(sentences[0].at, kNow) << "what has begun waits for no budget";
  EXPECT_EQ(sentences[1].at, kNow) << "nor does what takes an item off";
  EXPECT_EQ(sentences[2].at, *wechat.planned_start);
  EXPECT_THAT(sentences[2].chinese, HasSubstr("最早 2026-12-11 00:00"));
}

TEST(Story, SaysOfSeveralChannelsAtOnceWhatIsTheSame) {
  const std::string due = R"("due_at":"2026-11-30T16:00:00Z")";
  ItemDetail detail;
  detail.log = {entry(1, "item.found", "", ""), entry(2, "obligation.made", "weibo", due),
                entry(3, "obligation.made", "wechat", due),
                entry(4, "obligation.made", "hall", R"("due_at":"2026-12-01T16:00:00Z")")};
  const std::vector<Sentence> story = story_of(detail);
  EXPECT_THAT(chinese(story),
              ElementsAre("在网站上首次看到", "应推送到 weibo、wechat，期限 2026-11-30",
                          "应推送到 hall，期限 2026-12-01"));
  EXPECT_EQ(story[1].seq, 2);
  EXPECT_EQ(story[1].english, "due on weibo, wechat by 2026-11-30");
}

TEST(Story, LeavesAnIntentToItsResult) {
  ItemDetail detail;
  detail.log = {
      entry(1, "delivery.attempted", "weibo", R"("purpose":"publish","attempt":1)", 7),
      entry(2, "delivery.unconfirmed", "weibo", R"("reason":"no answer","purpose":"publish")", 7),
      entry(3, "delivery.reconciled", "weibo", R"("result":"absent","purpose":"publish")", 7),
      entry(4, "delivery.attempted", "weibo", R"("purpose":"publish","attempt":2)", 7)};
  EXPECT_THAT(chinese(story_of(detail)),
              ElementsAre("weibo：平台没有给出结果，先核实，查清之前不会再发（no answer）",
                          "weibo：经核实平台上没有，将重新发送",
                          "weibo：开始发布（第 2 次），结果还不知道"));
}

TEST(Story, NamesThePersonTheReasonAndThePost) {
  ItemDetail detail;
  detail.log = {entry(1, "delivery.settled", "weibo",
                      R"("result":"delivered","purpose":"correct","remote":{"url":"https://w/1"})"),
                entry(2, "delivery.drifted", "weibo", R"("result":"vanished","reason":"404")"),
                entry(3, "ledger.exported", "", R"("reason":"inspection")")};
  detail.log.push_back(entry(4, "delivery.held", "weibo", ""));
  detail.log.back().line = R"({"actor":"operator:cli","reason":"{标题} 有误"})";
  EXPECT_THAT(
      chinese(story_of(detail)),
      ElementsAre("weibo：更正成功 https://w/1", "weibo：复查，平台上已经没有（404）",
                  "ledger.exported (inspection)", "weibo：operator:cli 暂扣（{标题} 有误）"));
}

TEST(Story, KeepsThePlaceOfAnEntryItCannotRead) {
  ItemDetail detail;
  detail.log = {entry(1, "delivery.settled", "weibo", "")};
  detail.log.back().line = "not JSON";
  EXPECT_THAT(chinese(story_of(detail)), ElementsAre(HasSubstr("weibo：")));
}

TEST(Outlook, TellsWhenAndWhatIsWaitedFor) {
  ItemDetail detail;
  detail.item.deliveries = {delivery(1, "weibo", "queued"),     delivery(2, "wechat", "deferred"),
                            delivery(3, "hall", "unconfirmed"), delivery(4, "mail", "held"),
                            delivery(5, "hook", "failed"),      delivery(6, "post", "delivered")};
  detail.item.deliveries[1].due_at = kNow + std::chrono::hours(1);
  detail.item.deliveries[1].message = "system busy";
  detail.item.deliveries[3].reason = "身份证号";
  detail.item.deliveries[4].message = "400 bad request";
  EXPECT_THAT(
      chinese(outlook_of(detail, {}, kNow)),
      ElementsAre("weibo：即将发布", "hall：最早 2026-11-27 10:00 到平台核实，查清之前不会再发",
                  AllOf(HasSubstr("身份证号"), HasSubstr("`liandong release 4`")),
                  AllOf(HasSubstr("400 bad request"), HasSubstr("`liandong retry 5`")),
                  "wechat：最早 2026-11-27 11:00 再次发布（上次：system busy）"));
}

TEST(Outlook, KnowsWhatAChannelWaitsFor) {
  ItemDetail detail;
  detail.item.deliveries = {delivery(1, "weibo", "queued"), delivery(2, "wechat", "queued")};
  ChannelStatus weibo;
  weibo.name = "weibo";
  weibo.paused_at = kNow;
  weibo.reason = "换密钥";
  ChannelStatus wechat;
  wechat.name = "wechat";
  wechat.not_before = kNow + std::chrono::hours(12);
  EXPECT_THAT(
      chinese(outlook_of(detail, {weibo, wechat}, kNow)),
      ElementsAre("weibo：渠道已暂停（换密钥），恢复后发布", "wechat：最早 2026-11-27 22:00 发布"));
}

TEST(Outlook, CountsOnlyWhatIsStillDueAndNotReplaced) {
  ItemDetail detail;
  detail.item.deliveries = {delivery(2, "weibo", "delivered"), delivery(1, "weibo", "failed")};
  ObligationRow met;
  met.channel = "weibo";
  met.due_at = kNow;
  met.met_at = kNow;
  ObligationRow late = met;
  late.channel = "hall";
  late.met_at.reset();
  ObligationRow open = late;
  open.channel = "wechat";
  open.due_at = kNow + std::chrono::hours(14);
  ObligationRow waived = late;
  waived.waived_at = kNow;
  detail.item.obligations = {met, late, open, waived};
  EXPECT_THAT(chinese(outlook_of(detail, {}, kNow)),
              ElementsAre("hall：已超过期限 2026-11-27", "wechat：须送达的期限是 2026-11-27"));
  EXPECT_THAT(outlook_of(ItemDetail{}, {}, kNow), IsEmpty());
}

}  // namespace
}  // namespace liandong
