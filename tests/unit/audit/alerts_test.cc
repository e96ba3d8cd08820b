#include "daemon/audit/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/alert_words.h"

#include "tests/support/run.h"
#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;
using What = AlertChange::What;

// Takes notices, or says that it cannot.
class Pigeon final : public NoticePost {
 public:
  asio::awaitable<Result<void>> send(Notice notice, Instant /*deadline*/) override {
    if (!broken.empty()) co_return Error(ErrorKind::Transient, broken);
    taken.push_back(std::move(notice));
    co_return Result<void>();
  }
  std::string broken;
  std::vector<Notice> taken;
};

class AlertsOfAnOffice : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    ChannelSettings weibo;
    weibo.name = "weibo";
    weibo.type = "weibo";
    settings_.channels = {weibo};
    settings_.site.name = "某省教育厅";
    restart();
    go_to("2026-03-02T10:00");
  }

  void restart() {
    alerts_ = std::make_unique<Alerts>(*database_, ledger_, clock_, settings_, calendar_);
    alerts_->configure(RuleSet::built_in(), {{"email", pigeon_}});
  }

  std::vector<AlertChange> look() { return run(alerts_->look()); }
  void send() { run(alerts_->send_due()); }

  static std::vector<std::pair<What, std::string>> short_of(
      const std::vector<AlertChange>& changes) {
    std::vector<std::pair<What, std::string>> list;
    for (const AlertChange& change : changes)
      list.emplace_back(change.what, change.alert.alarm.key);
    return list;
  }

  void set_source(int failures, const std::string& fault, Timestamp read_at) {
    database_->write_now([&](Transaction& tx) {
      const std::int64_t at = to_millis(read_at);
      tx.sql() << "DELETE FROM source_state";
      tx.sql() << "INSERT INTO source_state (source, baseline, looked_at, read_at, "
                  "next_look, failures, fault, message, advice, rows_seen) VALUES ('notices', "
                  "1, 0, :at, 0, :failures, :fault, 'no answer', '', 0)",
          soci::use(at), soci::use(failures), soci::use(fault);
    });
  }

  std::int64_t entries_of(const std::string& event) {
    return read([&](Transaction& tx) {
      std::int64_t count = 0;
      tx.sql() << "SELECT count(*) FROM ledger_index WHERE event = :event", soci::use(event),
          soci::into(count);
      return count;
    });
  }

  Settings settings_;
  std::shared_ptr<Pigeon> pigeon_ = std::make_shared<Pigeon>();
  std::unique_ptr<Alerts> alerts_;
};

TEST_F(AlertsOfAnOffice, TellEachLevelOfAnIdleAccountOnceBeforeTheLimit) {
  push(find("办法", Kind::News), "weibo", Kind::News);
  EXPECT_THAT(look(), IsEmpty());
  const std::string key = "account_idle|weibo";
  go_to("2026-03-09T10:00");
  EXPECT_THAT(short_of(look()), ElementsAre(std::pair(What::Raised, key)));
  go_to("2026-03-10T10:00");
  EXPECT_THAT(look(), IsEmpty());  // a warning is told once
  go_to("2026-03-12T10:00");
  EXPECT_THAT(short_of(look()), ElementsAre(std::pair(What::Worsened, key)));
  go_to("2026-03-13T10:00");
  EXPECT_THAT(short_of(look()), ElementsAre(std::pair(What::Reminded, key)));
  go_to("2026-03-16T10:00");
  const auto failed = look();
  EXPECT_THAT(short_of(failed), ElementsAre(std::pair(What::Worsened, key)));
  EXPECT_EQ(failed[0].alert.alarm.severity, Severity::Fail);
  push(find("通知", Kind::News), "weibo", Kind::News);
  clock_.jump_wall(15min);
  EXPECT_THAT(short_of(look()), ElementsAre(std::pair(What::Cleared, key)));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(entries_of("alert.raised"), 3);
  EXPECT_EQ(entries_of("alert.cleared"), 1);
}

TEST_F(AlertsOfAnOffice, NameTheDayTheAccountFails) {
  push(find("办法", Kind::News), "weibo", Kind::News);
  go_to("2026-03-09T10:00");
  (void)look();
  send();
  ASSERT_THAT(pigeon_->taken, SizeIs(1));
  EXPECT_THAT(pigeon_->taken[0].subject, HasSubstr("新告警】账号更新 weibo"));
  EXPECT_THAT(pigeon_->taken[0].text, AllOf(HasSubstr("2026-03-16 10:00 起不合格"),
                                            HasSubstr("2026-03-12 10:00 起更严重")));
}

TEST_F(AlertsOfAnOffice, TellNothingTwiceAfterARestart) {
  push(find("办法", Kind::News), "weibo", Kind::News);
  go_to("2026-03-09T10:00");
  (void)look();
  restart();
  EXPECT_THAT(look(), IsEmpty());
  send();
  restart();
  send();
  EXPECT_THAT(pigeon_->taken, SizeIs(1));
}

TEST_F(AlertsOfAnOffice, TakeASourceThatComesAndGoesForOneCase) {
  SourceSettings source;
  source.name = "notices";
  source.kind = "notice";
  settings_.sources = {source};
  settings_.alerts.clear_after = 15min;
  for (int i = 0; i < 6; ++i) {
    set_source(1, "unreachable", clock_.now());
    const auto changes = look();
    EXPECT_THAT(changes, SizeIs(i == 0 ? 1 : 0)) << i;
    set_source(0, "", clock_.now());
    clock_.jump_wall(5min);
    EXPECT_THAT(look(), IsEmpty()) << i;
  }
  clock_.jump_wall(15min);
  EXPECT_THAT(short_of(look()), ElementsAre(std::pair(What::Cleared, "source|notices")));
}

TEST_F(AlertsOfAnOffice, CallASourceWorseTheLongerItCannotBeRead) {
  SourceSettings source;
  source.name = "notices";
  source.kind = "notice";
  settings_.sources = {source};
  const Timestamp read_at = clock_.now();
  set_source(1, "unreachable", read_at);
  EXPECT_EQ(look().at(0).alert.alarm.severity, Severity::Warn);
  set_source(3, "unreachable", read_at);
  EXPECT_EQ(look().at(0).alert.alarm.severity, Severity::Alarm);
  clock_.jump_wall(24h);
  EXPECT_EQ(look().at(0).alert.alarm.severity, Severity::Fail);
}

struct TokenCase {
  Duration left;
  std::optional<Severity> severity;
};

TEST_F(AlertsOfAnOffice, WarnThirtySevenAndOneDaysBeforeATokenEnds) {
  const std::vector<TokenCase> cases = {{31 * 24h, std::nullopt},
                                        {30 * 24h, Severity::Warn},
                                        {7 * 24h, Severity::Alarm},
                                        {24h, Severity::Fail},
                                        {0h, Severity::Fail}};
  for (const TokenCase& one : cases) {
    database_->write_now([&](Transaction& tx) {
      const std::int64_t at = to_millis(clock_.now() + one.left);
      tx.sql() << "DELETE FROM channel_state";
      tx.sql() << "INSERT INTO channel_state (channel, reason, not_before, last_delivered, note, "
                  "probed, credential_ends) VALUES ('weibo', '', 0, 0, '', 'fine', :at)",
          soci::use(at);
    });
    const AuditSetting setting{settings_, RuleSet::built_in(), calendar_, clock_.now(),
                               clock_.now()};
    const auto alarms = read([&](Transaction& tx) { return service_alarms(tx, setting); });
    const auto found = std::find_if(alarms.begin(), alarms.end(), [](const Alarm& alarm) {
      return alarm.key == "credential|weibo";
    });
    const auto severity = found == alarms.end() ? std::nullopt : std::optional(found->severity);
    EXPECT_EQ(severity, one.severity) << one.left.count();
  }
}

// Nodes share a PostgreSQL database only.
TEST_F(AlertsOfAnOffice, NameWorkThatUnequalNodesLeaveToNobody) {
  if (database_->dialect() == Dialect::Sqlite) GTEST_SKIP();
  database_->write_now([&](Transaction& tx) {
    const std::int64_t at = to_millis(clock_.now() - 4min);
    tx.sql() << "INSERT INTO node (name, version, joined_at, lease_until, offers) VALUES ('one', "
                "'1', 0, 0, 'channel weibo'), ('two', '1', 0, 0, 'leader')";
    tx.sql() << "INSERT INTO node_work (name, node, taken_at) VALUES ('channel weibo', 0, :at), "
                "('channel nobody-has', 0, 0)",
        soci::use(at);
  });
  const auto found = [this] {
    const AuditSetting setting{settings_, RuleSet::built_in(), calendar_, clock_.now(),
                               clock_.now()};
    std::vector<std::string> words;
    for (const Alarm& alarm : read([&](Transaction& tx) { return service_alarms(tx, setting); })) {
      if (alarm.key.starts_with("nobody|")) words.push_back(alarm.subject + "：" + alarm.words);
    }
    return words;
  };
  EXPECT_THAT(found(), IsEmpty());
  clock_.advance(2min);
  ASSERT_THAT(found(), SizeIs(1));
  EXPECT_THAT(found().front(), AllOf(HasSubstr("无节点负责 渠道 weibo"), HasSubstr("配置里有：one"),
                                     HasSubstr("没有：two")));
}

TEST_F(AlertsOfAnOffice, TellWhatWaitsForAPerson) {
  plan(find("办法", Kind::News), "weibo", Kind::News, Purpose::Publish, "contains a number");
  EXPECT_THAT(short_of(look()), ElementsAre(std::pair(What::Raised, "held|weibo")));
  clock_.jump_wall(24h);
  EXPECT_THAT(short_of(look()), Contains(std::pair(What::Worsened, std::string("held|weibo"))));
}

TEST_F(AlertsOfAnOffice, TryAgainUntilANoticeIsTakenAndSayThatItIsNot) {
  plan(find("办法", Kind::News), "weibo", Kind::News, Purpose::Publish, "contains a number");
  pigeon_->broken = "the mail server refuses";
  (void)look();
  send();
  send();  // not due again yet
  clock_.jump_wall(1min);
  send();
  clock_.jump_wall(2min);
  send();
  EXPECT_THAT(short_of(look()), ElementsAre(std::pair(What::Raised, "notice|email")));
  pigeon_->broken.clear();
  clock_.jump_wall(4min);
  send();
  ASSERT_THAT(pigeon_->taken, SizeIs(2));
  EXPECT_THAT(pigeon_->taken[0].text, HasSubstr("the mail server refuses"));
  EXPECT_THAT(pigeon_->taken[1].text, HasSubstr("1 条推送待人处理"));
}

TEST_F(AlertsOfAnOffice, GiveANoticeUpAfterThreeDays) {
  plan(find("办法", Kind::News), "weibo", Kind::News, Purpose::Publish, "contains a number");
  pigeon_->broken = "gone";
  (void)look();
  send();
  clock_.jump_wall(std::chrono::days(3));
  send();
  pigeon_->broken.clear();
  clock_.jump_wall(1h);
  send();
  EXPECT_THAT(pigeon_->taken, IsEmpty());
}

TEST_F(AlertsOfAnOffice, SendOneDigestADayAtItsHourAlsoAfterARestart) {
  push(find("办法", Kind::News), "weibo", Kind::News);
  go_to("2026-03-03T08:29");
  run(alerts_->digest());
  send();
  EXPECT_THAT(pigeon_->taken, IsEmpty());
  go_to("2026-03-03T08:30");
  for (int i = 0; i < 3; ++i) {
    restart();
    run(alerts_->digest());
    send();
    clock_.jump_wall(1h);
  }
  ASSERT_THAT(pigeon_->taken, SizeIs(1));
  EXPECT_THAT(pigeon_->taken[0].text,
              AllOf(HasSubstr("昨日（2026-03-02）新信息 1 条"), HasSubstr("weibo 推送 1 条")));
  go_to("2026-03-04T08:30");
  run(alerts_->digest());
  send();
  EXPECT_THAT(pigeon_->taken, SizeIs(2));
}

TEST_F(AlertsOfAnOffice, TellAtOnceOnlyWhatIsBadEnough) {
  settings_.alerts.least = "fail";
  plan(find("办法", Kind::News), "weibo", Kind::News, Purpose::Publish, "contains a number");
  EXPECT_THAT(look(), SizeIs(1));
  send();
  EXPECT_THAT(pigeon_->taken, IsEmpty());
  EXPECT_THAT(read([](Transaction& tx) { return open_alerts(tx); }), SizeIs(1));
}

TEST_F(AlertsOfAnOffice, AskForTheCalendarOfTheNextYearInDecember) {
  go_to("2026-12-01T10:00");
  EXPECT_THAT(short_of(look()), ElementsAre(std::pair(What::Raised, "calendar|2027")));
}

TEST_F(AlertsOfAnOffice, PutManyCasesIntoOneMessage) {
  std::vector<AlertChange> changes;
  for (int i = 0; i < 80; ++i) {
    const Alarm alarm{"rule|" + std::to_string(i), Severity::Warn, "件" + std::to_string(i), "w"};
    changes.push_back({What::Raised, {alarm, clock_.now(), clock_.now(), clock_.now()}});
  }
  const auto notice = alert_notice(changes, Severity::Warn, "站", clock_.now());
  ASSERT_TRUE(notice.has_value());
  EXPECT_THAT(notice->subject, HasSubstr("等 80 项"));
  EXPECT_THAT(notice->text, HasSubstr("另有 30 项"));
}

}  // namespace
}  // namespace liandong
