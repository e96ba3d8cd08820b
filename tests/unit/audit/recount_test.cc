#include "daemon/audit/recount.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Recounting : public Office {
 protected:
  Counters stored() {
    return read([](Transaction& tx) { return read_counters(tx); });
  }
};

TEST_F(Recounting, AgreesWithTheCounters) {
  go_to("2025-12-31T23:00");
  const ItemId old_item = find("旧", Kind::Policy, "2025-12-31T20:00:00+08:00");
  const ItemId other = find("新闻", Kind::News);
  push(other, "weibo", Kind::News);
  go_to("2026-01-01T00:00");
  push(old_item, "weibo", Kind::Policy);
  push(old_item, "wechat", Kind::Policy);
  go_to("2026-02-01T00:00");
  push(old_item, "weibo", Kind::Policy, Purpose::Correct);
  push(old_item, "weibo", Kind::Policy, Purpose::Withdraw);
  const Counters expected = {{{2025, 12, "", "policy", "items"}, 1},
                             {{2025, 12, "", "news", "items"}, 1},
                             {{2025, 12, "weibo", "news", "deliveries"}, 1},
                             {{2025, 12, "weibo", "news", "articles"}, 1},
                             {{2026, 1, "weibo", "policy", "deliveries"}, 1},
                             {{2026, 1, "weibo", "policy", "articles"}, 1},
                             {{2026, 1, "weibo", "policy", "carried"}, 1},
                             {{2026, 1, "wechat", "policy", "deliveries"}, 1},
                             {{2026, 1, "wechat", "policy", "articles"}, 1},
                             {{2026, 1, "wechat", "policy", "carried"}, 1},
                             {{2026, 2, "weibo", "policy", "corrections"}, 1},
                             {{2026, 2, "weibo", "policy", "withdrawals"}, 1}};
  EXPECT_EQ(stored(), expected);
  const auto differences = recount(*database_);
  ASSERT_TRUE(differences.has_value()) << differences.error().message();
  EXPECT_THAT(*differences, IsEmpty());
}

TEST_F(Recounting, KnowsTheOrganisationFromTheLedger) {
  go_to("2026-01-01T10:00");
  const ItemId item = find("办法", Kind::Policy, "", "jyt");
  find("别的", Kind::Policy);
  push(item, "weibo", Kind::Policy);
  const Counters expected = {{{2026, 1, "", "policy", "items", "jyt"}, 1},
                             {{2026, 1, "", "policy", "items", ""}, 1},
                             {{2026, 1, "weibo", "policy", "deliveries", "jyt"}, 1},
                             {{2026, 1, "weibo", "policy", "articles", "jyt"}, 1}};
  EXPECT_EQ(stored(), expected);
  EXPECT_THAT(recount(*database_).value(), IsEmpty());
  database_->write_now([](Transaction& tx) {
    tx.sql() << "UPDATE counter SET organisation = 'wjw' WHERE measure = 'deliveries'";
  });
  EXPECT_THAT(
      recount(*database_).value(),
      ElementsAre(CounterDifference{{2026, 1, "weibo", "policy", "deliveries", "jyt"}, 0, 1},
                  CounterDifference{{2026, 1, "weibo", "policy", "deliveries", "wjw"}, 1, 0}));
}

TEST_F(Recounting, FindsACounterSomebodyChanged) {
  go_to("2026-03-01T10:00");
  const ItemId item = find("办法", Kind::Policy);
  push(item, "weibo", Kind::Policy);
  database_->write_now([&](Transaction& tx) {
    count(tx, clock_.now(), {"weibo", Kind::Policy, ""}, Measure::Articles, 5);
    count(tx, clock_.now(), {"wechat", Kind::Policy, ""}, Measure::Deliveries, 1);
  });
  const auto differences = recount(*database_);
  ASSERT_TRUE(differences.has_value());
  EXPECT_THAT(*differences,
              ElementsAre(CounterDifference{{2026, 3, "wechat", "policy", "deliveries"}, 1, 0},
                          CounterDifference{{2026, 3, "weibo", "policy", "articles"}, 6, 1}));
}

TEST_F(Recounting, ReadsOneYearOrAll) {
  go_to("2025-03-01T10:00");
  find("甲", Kind::Policy);
  go_to("2026-03-01T10:00");
  find("乙", Kind::Policy);
  EXPECT_EQ(stored().size(), 2U);
  EXPECT_EQ(read([](Transaction& tx) { return read_counters(tx, 2026); }).size(), 1U);
}

TEST(Recount, RefusesADeliveryOfAnUnknownItemAndALineThatIsNone) {
  Recount counting;
  EXPECT_TRUE(counting.take("{").has_error());
  EXPECT_TRUE(
      counting
          .take(R"({"accepted_at":"2026-01-01T00:00:00.000Z","actor":"a","channel":"weibo",)"
                R"("event":"delivery.recorded","item":7,"node":"1","prev":"0","purpose":)"
                R"("publish","seq":1,"ts":"2026-01-01T00:00:00.000Z","v":1})")
          .has_error());
  EXPECT_THAT(counting.counters(), IsEmpty());
}

}  // namespace
}  // namespace liandong
