#include "daemon/audit/coverage.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/screens.h"

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Coverage : public Office {
 protected:
  std::vector<CoverageCell> cells(bool only_open = false) {
    CoverageQuery query;
    query.from = *parse_rfc3339("2025-12-31T16:00:00Z");
    query.to = *parse_rfc3339("2026-12-31T16:00:00Z");
    query.only_open = only_open;
    return read([this, query](Transaction& tx) { return coverage(tx, query, clock_.now()); });
  }
  CoverageCell cell(const std::string& channel) {
    for (CoverageCell& one : all_) {
      if (one.channel == channel) {
        return one;
      }
    }
    ADD_FAILURE() << "no cell for " << channel;
    return {};
  }
  std::vector<CoverageCell> all_;
};

TEST_F(Coverage, TellsWhenAndHowLateAPushWas) {
  go_to("2026-09-18T10:00");
  const ItemId item = find("办法", Kind::Policy, "2026-09-18T09:00:00+08:00");
  go_to("2026-09-18T10:30");
  push(item, "weibo", Kind::Policy);
  go_to("2026-09-23T08:00");  // the limit was 24:00 of the 22nd
  push(item, "wechat", Kind::Policy);
  all_ = cells();
  ASSERT_THAT(all_, SizeIs(2));
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::Pushed);
  EXPECT_EQ(cell("weibo").took, 90min);
  EXPECT_EQ(cell("weibo").late_by, 0ms);
  EXPECT_EQ(cell("weibo").evidence, "reply");
  EXPECT_EQ(cell("weibo").permalink, "https://weibo.example/1");
  EXPECT_EQ(cell("wechat").fulfilment, Fulfilment::PushedLate);
  EXPECT_EQ(cell("wechat").late_by, 8h);
  EXPECT_THAT(cells(true), IsEmpty());
}

TEST_F(Coverage, ListsAMissingOneOnlyAfterItsLimit) {
  go_to("2026-09-18T10:00");
  find("办法", Kind::Policy);
  go_to("2026-09-22T23:59");
  EXPECT_THAT(cells(true), IsEmpty());
  all_ = cells();
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::NotYetDue);
  EXPECT_EQ(cell("weibo").obstacle, Obstacle::Unplanned);
  go_to("2026-09-23T00:00");
  EXPECT_THAT(cells(true), SizeIs(2));
}

TEST_F(Coverage, GivesTheReasonOfWhatIsMissing) {
  go_to("2026-09-18T10:00");
  const ItemId item = find("名单", Kind::Policy);
  plan(item, "weibo", Kind::Policy, Purpose::Publish, "screening: identity number");
  plan(item, "wechat", Kind::Policy, Purpose::Publish, "", "title is longer than 32");
  go_to("2026-10-01T00:00");
  all_ = cells(true);
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::Missing);
  EXPECT_EQ(cell("weibo").obstacle, Obstacle::Held);
  EXPECT_EQ(cell("weibo").detail, "screening: identity number");
  EXPECT_EQ(cell("wechat").obstacle, Obstacle::Failed);
  EXPECT_EQ(cell("wechat").detail, "render: title is longer than 32");
}

TEST_F(Coverage, SaysWhoWaivedAndWhy) {
  go_to("2026-09-18T10:00");
  const ItemId item = find("名单", Kind::Policy);
  database_->write_now([&](Transaction& tx) {
    EXPECT_TRUE(waive_obligation(tx, ledger_, item, "wechat", " 仅限政务大厅 ", "user:u000007",
                                 clock_.now()));
    EXPECT_FALSE(
        waive_obligation(tx, ledger_, item, "wechat", "again", "user:u000007", clock_.now()));
  });
  all_ = cells(true);
  ASSERT_THAT(all_, SizeIs(1));
  EXPECT_EQ(cell("wechat").fulfilment, Fulfilment::Waived);
  EXPECT_EQ(cell("wechat").detail, "仅限政务大厅");
  EXPECT_EQ(cell("wechat").actor, "user:u000007");
}

TEST_F(Coverage, SaysAPlatformsReasonInChineseWithItsCode) {
  CoverageCell cell;
  cell.obstacle = Obstacle::Deferred;
  cell.detail = "http-404: waits for approval";
  EXPECT_EQ(reason_in_words(cell), "等待重试：http-404: 等待审核");
  cell.detail = "waits for approval";
  EXPECT_EQ(reason_in_words(cell), "等待重试：等待审核");
  cell.detail = "人工：先核实";
  EXPECT_EQ(reason_in_words(cell), "等待重试：人工：先核实");
}

TEST_F(Coverage, KeepsWithdrawnItemsWithTheirReason) {
  go_to("2026-09-18T10:00");
  const ItemId item = find("办法", Kind::Policy);
  database_->write_now([&](Transaction& tx) { ItemStore::set_withdrawn(tx, item, clock_.now()); });
  go_to("2026-10-10T10:00");
  all_ = cells();
  EXPECT_EQ(cell("weibo").obstacle, Obstacle::Withdrawn);
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::Gone);
  EXPECT_THAT(cells(true), IsEmpty());  // nothing is owed any longer
}

TEST_F(Coverage, DoesNotCallThereWhatNoApprovedScreenHasFetched) {
  go_to("2026-09-18T10:00");
  const ItemId item = find("办法", Kind::Policy);
  push(item, "weibo", Kind::Policy, Purpose::Publish, "listed");
  all_ = cells();
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::NotYetDue);
  EXPECT_EQ(cell("weibo").obstacle, Obstacle::Unshown);
  EXPECT_EQ(cell("weibo").detail, "no approved screen has fetched the list with it");
  EXPECT_EQ(reason_in_words(cell("weibo")), "未上屏：已列入清单，还没有获批的屏幕取走");
  go_to("2026-10-10T10:00");
  all_ = cells(true);
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::Missing);

  database_->write_now([&](Transaction& tx) {
    note_fetched(tx, ledger_, "一楼大厅", {cell("weibo").delivery}, clock_.now());
  });
  all_ = cells();
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::PushedLate);
  EXPECT_EQ(cell("weibo").met_at, clock_.now());
  EXPECT_EQ(cell("weibo").obstacle, Obstacle::None);
}

TEST_F(Coverage, DoesNotCallThereWhatAPersonTookDown) {
  go_to("2026-09-18T10:00");
  const ItemId item = find("办法", Kind::Policy);
  push(item, "weibo", Kind::Policy);
  push(item, "wechat", Kind::Policy);
  take_down(item, "weibo", Kind::Policy, "表述有误");
  all_ = cells(true);
  ASSERT_THAT(all_, SizeIs(1));
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::TakenDown);
  EXPECT_EQ(reason_in_words(cell("weibo")), "已决定从渠道撤回：表述有误（user:u000007）");
  database_->write_now([&](Transaction& tx) { ItemStore::set_withdrawn(tx, item, clock_.now()); });
  all_ = cells();
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::Gone);
  EXPECT_EQ(cell("wechat").fulfilment, Fulfilment::Pushed);
}

TEST_F(Coverage, CountsWhatWasPutBackAsThere) {
  go_to("2026-09-18T10:00");
  const ItemId item = find("办法", Kind::Policy);
  push(item, "weibo", Kind::Policy);
  take_down(item, "weibo", Kind::Policy, "表述有误");
  EXPECT_THAT(cells(true), SizeIs(1));
  database_->write_now([&](Transaction& tx) {
    const std::string again = "UPDATE delivery SET revision = revision + 1";
    tx.sql() << again;
  });
  push(item, "weibo", Kind::Policy);
  EXPECT_THAT(cells(true), IsEmpty());
}

TEST_F(Coverage, CallsNeitherMissingNorInTimeWhatHasNoKnownLimit) {
  go_to("2026-12-30T10:00");  // the limit lies in 2027, whose calendar is not there
  const ItemId item = find("办法", Kind::Policy);
  go_to("2027-06-01T10:00");
  push(item, "wechat", Kind::Policy);
  all_ = cells();
  ASSERT_THAT(all_, SizeIs(2));
  EXPECT_FALSE(all_[0].due_at.has_value());
  EXPECT_EQ(cell("weibo").fulfilment, Fulfilment::Unjudged);
  EXPECT_EQ(cell("wechat").fulfilment, Fulfilment::PushedUnjudged);
  EXPECT_THAT(cells(true), SizeIs(1));
}

TEST_F(Coverage, CanBeOfOneItem) {
  go_to("2026-09-18T10:00");
  find("甲", Kind::Policy);
  const ItemId second = find("乙", Kind::Policy);
  CoverageQuery query;
  query.from = from_millis(0);
  query.to = clock_.now() + 1h;
  query.item = second;
  const auto found = read([&](Transaction& tx) { return coverage(tx, query, clock_.now()); });
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].title, "乙");
  query.limit = 1;
  EXPECT_THAT(read([&](Transaction& tx) { return coverage(tx, query, clock_.now()); }), SizeIs(1));
}

TEST_F(Coverage, PutsWhatIsMissingFirst) {
  go_to("2026-09-01T10:00");
  const ItemId done = find("已推", Kind::Policy);
  push(done, "weibo", Kind::Policy);
  const ItemId waived = find("豁免", Kind::Policy);
  const ItemId missing = find("缺失", Kind::Policy);
  database_->write_now([&](Transaction& tx) {
    waive_obligation(tx, ledger_, waived, "weibo", "仅限大厅", "user:u000007", clock_.now());
  });
  go_to("2026-09-28T10:00");
  const ItemId young = find("未到期", Kind::Policy);
  CoverageQuery query;
  query.to = clock_.now() + 1h;
  query.channel = "weibo";
  const auto found = read([&](Transaction& tx) { return coverage(tx, query, clock_.now()); });
  ASSERT_THAT(found, SizeIs(4));
  EXPECT_EQ(found[0].item, missing);
  EXPECT_EQ(found[1].item, waived);
  EXPECT_EQ(found[2].item, young);
  EXPECT_EQ(found[3].item, done);
  query.limit = 1;
  EXPECT_EQ(read([&](Transaction& tx) { return coverage(tx, query, clock_.now()); }).at(0).item,
            missing);
  EXPECT_EQ(reason_in_words(found[1]), "已豁免：仅限大厅（user:u000007）");
}

}  // namespace
}  // namespace liandong
