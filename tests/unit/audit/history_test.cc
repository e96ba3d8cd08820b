#include "daemon/delivery/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/recount.h"

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class History : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    go_to("2026-03-02T10:00");
  }

  static PushedBefore push_of(const std::string& title, const std::string& pushed,
                              const std::string& published = "") {
    PushedBefore push;
    push.channel = "weibo";
    push.pushed_at = parse_stated_time(pushed)->at;
    push.kind = Kind::Policy;
    push.title = title;
    push.url = "https://example.gov.cn/" + title;
    push.published = parse_stated_time(published);
    push.permalink = "https://weibo.com/1/" + title;
    return push;
  }

  std::string import(const PushedBefore& push) {
    return database_->write_now([&](Transaction& tx) {
      const auto done = import_push(tx, ledger_, push, {"operator:cli", clock_.now()});
      return done ? std::string() : done.error().message();
    });
  }

  Counters stored() {
    return read([](Transaction& tx) { return read_counters(tx); });
  }
};

TEST_F(History, IsMarkedInEveryFigureAndTheLedgerAgrees) {
  EXPECT_EQ(import(push_of("old", "2025-01-03 10:00", "2024-12-30")), "");
  PushedBefore again = push_of("old", "2025-01-04 10:00", "2024-12-30");
  again.channel = "wechat";
  EXPECT_EQ(import(again), "");
  const Counters expected = {{{2025, 1, "weibo", "policy", "deliveries"}, 1},
                             {{2025, 1, "weibo", "policy", "articles"}, 1},
                             {{2025, 1, "weibo", "policy", "imported"}, 1},
                             {{2025, 1, "weibo", "policy", "carried"}, 1},
                             {{2025, 1, "wechat", "policy", "deliveries"}, 1},
                             {{2025, 1, "wechat", "policy", "articles"}, 1},
                             {{2025, 1, "wechat", "policy", "imported"}, 1},
                             {{2025, 1, "wechat", "policy", "carried"}, 1}};
  EXPECT_EQ(stored(), expected);
  EXPECT_THAT(recount(*database_).value(), IsEmpty());
  const std::int64_t items = read([](Transaction& tx) {
    std::int64_t count = 0;
    tx.sql() << "SELECT count(*) FROM item", soci::into(count);
    return count;
  });
  EXPECT_EQ(items, 1);
}

TEST_F(History, IsNotImportedTwice) {
  EXPECT_EQ(import(push_of("old", "2025-01-03 10:00")), "");
  EXPECT_THAT(import(push_of("old", "2025-01-03 10:00")), HasSubstr("is on weibo already"));
  EXPECT_THAT(import(push_of("old", "2025-01-03 10:00")), HasSubstr("imported"));
  EXPECT_THAT(recount(*database_).value(), IsEmpty());
}

TEST_F(History, LeavesWhatLiandongIsDoingToRecord) {
  Item item;
  item.kind = Kind::Policy;
  item.source = "policies";
  item.first_seen = clock_.now();
  item.revision.article.title = "new";
  item.revision.article.url = "https://example.gov.cn/new";
  const ItemId id = database_->write_now([&](Transaction& tx) {
    return ItemStore::insert(tx, item, identity_keys("policies", item.revision.article));
  });
  plan(id, "weibo", Kind::Policy);
  EXPECT_THAT(import(push_of("new", "2026-03-01 10:00")), HasSubstr("`record "));
}

TEST_F(History, CanBeCorrectedLaterAndStillBeRecounted) {
  EXPECT_EQ(import(push_of("old", "2025-01-03 10:00")), "");
  push(1, "weibo", Kind::Policy, Purpose::Withdraw);
  EXPECT_THAT(recount(*database_).value(), IsEmpty());
}

}  // namespace
}  // namespace liandong
