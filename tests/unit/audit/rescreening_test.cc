#include "daemon/audit/rescreening.h"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/alarm.h"
#include "daemon/review/screening.h"

#include "tests/support/run.h"
#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ScreenedAgain : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    go_to("2026-03-02T10:00");
  }

  ItemId push_text(const std::string& text, const std::string& channel = "weibo") {
    const ItemId item = find(text, Kind::Notice);
    push(item, channel, Kind::Notice);
    return item;
  }
  // A service that starts with these rules, until it has looked through everything; how often.
  int screen_all(const std::set<std::string>& allowed = {}) { return screen_by({allowed, {}, {}}); }
  int screen_by(const ScreeningRules& rules) {
    ReviewSettings review;
    review.screening = rules;
    Rescreening again(*database_, ledger_, clock_, review);
    int steps = 0;
    while (run(again.step())) ++steps;
    return steps;
  }
  std::vector<ItemId> cases() {
    std::vector<ItemId> items;
    for (const auto& one : read([](Transaction& tx) { return open_screening_cases(tx, 100); }))
      items.push_back(one.item);
    return items;
  }
  int count(const std::string& event) {
    return read([&](Transaction& tx) {
      int number = 0;
      tx.sql() << "SELECT count(*) FROM ledger_index WHERE event = :event", soci::use(event),
          soci::into(number);
      return number;
    });
  }
  // It is the only one that is due.
  void send(DeliveryId id) {
    database_->write_now([&](Transaction& tx) {
      auto delivery = queue_
                          .claim(
                              tx, "weibo", [](Purpose) { return std::string("share"); }, 1,
                              std::chrono::minutes(1))
                          .value();
      ASSERT_EQ(delivery.id, id);
      queue_.deliver(tx, delivery, Receipt{"id", "https://weibo.example/2", clock_.now(), "reply"});
    });
  }
  State stored_state(DeliveryId id) {
    return read([&](Transaction& tx) { return Queue::load(tx, id)->state; });
  }
  std::string seen(ItemId item) {
    return read([&](Transaction& tx) { return open_findings(tx, item).value().seen; });
  }
  Result<void> accept(ItemId item, const std::string& seen) {
    return database_->write_now([&](Transaction& tx) {
      return accept_screening(tx, ledger_, item, seen, "公开电话", {"user:u000003", clock_.now()});
    });
  }
};

constexpr const char* kCall = "联系人电话13912345678的公告";

TEST_F(ScreenedAgain, IsTheYearsTextsWhenTheRulesChange) {
  const ItemId number = push_text(kCall);
  push_text("关于清理结果的公告");

  EXPECT_EQ(screen_all({"13912345678"}), 1);
  EXPECT_THAT(cases(), IsEmpty());
  EXPECT_EQ(screen_all({"13912345678"}), 0);
  EXPECT_EQ(screen_all(), 1);

  EXPECT_THAT(cases(), ElementsAre(number));
  EXPECT_EQ(count("screening.found"), 1);
  EXPECT_EQ(count("screening.repeated"), 2);
  EXPECT_EQ(screen_all(), 0);
}

TEST_F(ScreenedAgain, IsEveryKindAndTheDictionary) {
  const ItemId item = push_text("患者张三，诊断为肺炎，市攻府救助");
  const ItemId home = push_text("李四，家庭住址：合肥市金寨路321号");
  ScreeningRules rules;
  rules.allowed_texts = {"合肥市金寨路321号"};
  EXPECT_EQ(screen_by(rules), 1);
  EXPECT_THAT(cases(), ElementsAre(item));

  rules.wording = {{"攻府", "政府", true, ""}};
  EXPECT_EQ(screen_by(rules), 1);
  EXPECT_THAT(cases(), ElementsAre(item, item));
  rules.allowed_texts.clear();
  EXPECT_EQ(screen_by(rules), 1);
  EXPECT_THAT(cases(), ElementsAre(home, item, item));

  // What is kept of them names nobody.
  const std::string kept = read([](Transaction& tx) {
    std::string all;
    std::string line;
    for (const char* query : {"SELECT l.line FROM ledger_index i JOIN ledger l ON l.seq = i.seq "
                              "WHERE i.event = 'screening.found'",
                              "SELECT words FROM screening_finding"}) {
      auto rows = tx.sql().rows(query);
      rows, soci::into(line);
      while (rows.next()) all += line + "\n";
    }
    return all;
  });
  EXPECT_THAT(kept, HasSubstr("家庭住址（标题）"));
  for (const char* word : {"张三", "李四", "肺炎", "金寨", "321", "攻府"})
    EXPECT_THAT(kept, ::testing::Not(HasSubstr(word)));
}

TEST_F(ScreenedAgain, BecomesAnAlarmAndNotAWithdrawal) {
  const ItemId item = push_text(kCall);
  screen_all();

  const Settings settings;
  const AuditSetting setting{settings, RuleSet::built_in(), calendar_, clock_.now(), clock_.now()};
  const auto alarms = read([&](Transaction& tx) { return service_alarms(tx, setting); });
  ASSERT_THAT(alarms, SizeIs(1));
  EXPECT_THAT(alarms[0].words, HasSubstr("手机号"));
  EXPECT_THAT(alarms[0].words, HasSubstr("weibo"));
  EXPECT_THAT(alarms[0].words, ::testing::Not(HasSubstr("13912345678")));
  EXPECT_THAT(read([&](Transaction& tx) { return Queue::of_item(tx, item); }), SizeIs(1));
}

TEST_F(ScreenedAgain, IsOverWhenItIsTakenDownOrAccepted) {
  const ItemId first = push_text(kCall);
  const ItemId second = push_text(std::string("第二个") + kCall);
  screen_all();
  EXPECT_THAT(cases(), ElementsAre(second, first));

  push(first, "weibo", Kind::Notice, Purpose::Withdraw);
  EXPECT_THAT(cases(), ElementsAre(second));
  const std::string read = seen(second);
  EXPECT_TRUE(accept(second, read));
  EXPECT_THAT(cases(), IsEmpty());
  EXPECT_EQ(count("screening.accepted"), 1);
  EXPECT_EQ(accept(second, read).error().kind(), ErrorKind::Permanent);
  EXPECT_FALSE(accept(99, read));

  // The same words are not asked again by the next rules.
  screen_all({"13800138000"});
  EXPECT_THAT(cases(), IsEmpty());
  EXPECT_EQ(count("screening.found"), 2);
}

TEST_F(ScreenedAgain, IsAcceptedAsItWasSeenOnly) {
  const ItemId item = push_text(kCall);
  screen_all({"13800138000"});
  const std::string first = seen(item);
  const auto open = read([&](Transaction& tx) { return open_findings(tx, item).value(); });
  EXPECT_THAT(open.text, HasSubstr("13912345678"));
  EXPECT_THAT(open.words(), HasSubstr("手机号"));
  // Another thing is found in the same text meanwhile.
  database_->write_now([&](Transaction& tx) {
    tx.sql() << "INSERT INTO screening_finding (item, revision, words, found_at, accepted_at) "
                "VALUES (:item, 1, '身份证号', 1, 0)",
        soci::use(item);
  });

  const auto stale = accept(item, first);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind(), ErrorKind::Transient);
  EXPECT_FALSE(accept(item, ""));
  EXPECT_EQ(count("screening.accepted"), 0);
  EXPECT_TRUE(accept(item, seen(item).substr(0, 8)));
  EXPECT_THAT(cases(), IsEmpty());
}

TEST_F(ScreenedAgain, AsksNotAgainWhatAPersonLetOut) {
  const ItemId item = find(kCall, Kind::Notice);
  push_text("关于清理结果的公告");
  const std::string reason =
      reason_to_hold(Screener()
                         .screen(read([&](Transaction& tx) {
                           return ItemStore::load(tx, item)->revision.article;
                         }))
                         .at(0));
  const DeliveryId held = plan(item, "weibo", Kind::Notice, Purpose::Publish, reason);
  database_->write_now([&](Transaction& tx) {
    release_delivery(tx, ledger_, held, {"user:u000003", clock_.now(), "公开电话"}).value();
  });
  send(held);

  screen_all();

  EXPECT_THAT(cases(), IsEmpty());
}

// Two numbers: the telephone may stay, and the other is told all the same.
TEST_F(ScreenedAgain, TellsEveryFinding) {
  const ItemId item = push_text("身份证11010519491231002X，联系电话13912345678");
  screen_all();
  EXPECT_THAT(cases(), ElementsAre(item, item));
  EXPECT_EQ(count("screening.found"), 2);
}

TEST_F(ScreenedAgain, HoldsWhatWaitsToBeSent) {
  const ItemId item = find(kCall, Kind::Notice);
  const DeliveryId waiting = plan(item, "weibo", Kind::Notice);
  screen_all({"13912345678"});
  EXPECT_EQ(stored_state(waiting), State::Queued);

  screen_all();

  EXPECT_EQ(stored_state(waiting), State::Held);
  database_->write_now([&](Transaction& tx) {
    release_delivery(tx, ledger_, waiting, {"user:u000003", clock_.now(), "公开电话"}).value();
  });
  screen_all({"13800138000"});
  EXPECT_EQ(stored_state(waiting), State::Queued) << "a person let it out";

  send(waiting);
  EXPECT_EQ(stored_state(waiting), State::Delivered);
  EXPECT_THAT(cases(), IsEmpty()) << "it was never out without a person's word";
}

TEST_F(ScreenedAgain, HoldsOnceWhateverIsFound) {
  const ItemId item = find("身份证11010519491231002X，联系电话13912345678", Kind::Notice);
  const DeliveryId waiting = plan(item, "weibo", Kind::Notice);

  screen_all();

  EXPECT_EQ(stored_state(waiting), State::Held);
  EXPECT_EQ(count("delivery.held"), 1);
  EXPECT_EQ(count("screening.found"), 0) << "nothing of it is out";
}

// Held as a text of its own, which nobody let out: the next text of these words is another case.
TEST_F(ScreenedAgain, AsksWhatWasHeldAndNeverLetOut) {
  const ItemId item = find(kCall, Kind::Notice);
  const std::string reason =
      reason_to_hold(Screener()
                         .screen(read([&](Transaction& tx) {
                           return ItemStore::load(tx, item)->revision.article;
                         }))
                         .at(0));
  plan(item, "wechat", Kind::Notice, Purpose::Publish, reason);
  push(item, "weibo", Kind::Notice);

  screen_all();

  EXPECT_THAT(cases(), ElementsAre(item));
}

TEST_F(ScreenedAgain, LeavesTheTextsOfFormerYears) {
  push_text(kCall);
  go_to("2027-01-05T10:00");
  const ItemId fresh = push_text(std::string("今年的") + kCall);

  screen_all();

  EXPECT_THAT(cases(), ElementsAre(fresh));
}

TEST_F(ScreenedAgain, GoesOnWhereItWasCut) {
  for (int i = 0; i < 120; ++i) push_text(fmt::format("公告{}", i));
  const ItemId last = push_text(kCall);
  ReviewSettings review;
  Rescreening before(*database_, ledger_, clock_, review);
  EXPECT_TRUE(run(before.step()));
  EXPECT_THAT(cases(), ElementsAre(last));

  EXPECT_EQ(screen_all(), 2);
  EXPECT_EQ(count("screening.found"), 1);
  EXPECT_EQ(count("screening.repeated"), 1);
}

}  // namespace
}  // namespace liandong
