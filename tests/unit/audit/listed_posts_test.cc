#include "daemon/delivery/listed_posts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/recount.h"
#include "daemon/delivery/history.h"
#include "daemon/delivery/patrol.h"

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Listed : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    go_to("2026-03-02T10:00");
  }

  DeliveryId import(const std::string& title, const std::string& at,
                    const std::string& permalink = "") {
    PushedBefore push;
    push.channel = "weibo";
    push.kind = Kind::Notice;
    push.pushed_at = parse_stated_time(at)->at;
    push.title = title;
    push.url = "https://example.gov.cn/" + title;
    push.permalink = permalink;
    return database_->write_now([&](Transaction& tx) {
      return import_push(tx, ledger_, push, {"operator:cli", clock_.now()}).value();
    });
  }

  static ListedPost post(const std::string& id, const std::string& words, const std::string& at) {
    const Timestamp when = parse_stated_time(at)->at;
    return {Receipt{id, "https://weibo.example/" + id, when, "listed"}, SeenPost{{}, words, when}};
  }

  ListedAgainstRecord compare(const std::vector<ListedPost>& posts) {
    return read([&](Transaction& tx) { return compare_listed(tx, "weibo", posts); });
  }
  ListedAgainstRecord reconcile(const std::vector<ListedPost>& posts) {
    return database_->write_now([&](Transaction& tx) {
      auto found = compare_listed(tx, "weibo", posts);
      record_listed(tx, ledger_, "weibo", found, {"operator:cli", clock_.now()});
      return found;
    });
  }
  std::vector<std::string> entries(const std::string& event) {
    return read([&](Transaction& tx) {
      std::string line;
      soci::statement statement =
          (tx.sql().prepare << "SELECT l.line FROM ledger_index x JOIN ledger l ON l.seq = x.seq "
                               "WHERE x.event = :event ORDER BY x.seq",
           soci::use(event), soci::into(line));
      statement.execute();
      std::vector<std::string> lines;
      while (statement.fetch()) lines.push_back(line);
      return lines;
    });
  }
};

const char* const kTitle = "关于做好普通高校招生报名工作的通知";

TEST_F(Listed, ConfirmWhatWasImportedAndKeepThePlatformsId) {
  const DeliveryId id = import(kTitle, "2026-03-01 10:00");
  const auto found = reconcile({post("77", std::string("【通知】") + kTitle, "2026-03-01 10:02")});
  ASSERT_THAT(found.confirmed, SizeIs(1));
  EXPECT_THAT(found.unrecorded, IsEmpty());
  EXPECT_THAT(found.missing, IsEmpty());
  const auto delivery = read([&](Transaction& tx) { return Queue::load(tx, id); });
  EXPECT_EQ(delivery->receipt.remote_id, "77");
  EXPECT_EQ(delivery->receipt.permalink, "https://weibo.example/77");
  EXPECT_EQ(delivery->receipt.evidence, "imported");  // it stays what it is
  EXPECT_THAT(entries("delivery.verified"), ElementsAre(HasSubstr("\"evidence\":\"listed\"")));
  EXPECT_THAT(recount(*database_).value(), IsEmpty());
  const auto again = reconcile({post("77", "别的", "2026-03-01 10:02")});
  EXPECT_EQ(again.known, 1U);
  EXPECT_THAT(again.confirmed, IsEmpty());
  EXPECT_THAT(entries("delivery.verified"), SizeIs(1));
}

TEST_F(Listed, AreKnownByThePostsOwnAddress) {
  import("短", "2026-03-01 10:00", "https://weibo.example/5");
  EXPECT_THAT(compare({post("5", "随手一发", "2026-03-01 10:00")}).confirmed, SizeIs(1));
}

TEST_F(Listed, ShowWhatNobodyRecorded) {
  push(find("办法", Kind::Policy), "weibo", Kind::Policy);
  const auto found =
      compare({post("id-1", "办法", "2026-03-02 10:00"), post("9", "早安", "2026-03-02 09:00")});
  EXPECT_EQ(found.listed, 2U);
  EXPECT_EQ(found.known, 1U);
  ASSERT_THAT(found.unrecorded, SizeIs(1));
  EXPECT_EQ(found.unrecorded[0].receipt.remote_id, "9");
}

TEST_F(Listed, MissOnlyWhatTheListReachesBackTo) {
  const DeliveryId lost = import(kTitle, "2026-03-01 10:00");
  import("一份更早的通知，列表看不到", "2026-02-01 10:00");
  const std::vector<ListedPost> posts = {post("9", "早安", "2026-02-20 09:00")};
  const auto found = reconcile(posts);
  ASSERT_THAT(found.missing, SizeIs(1));
  EXPECT_EQ(found.missing[0].delivery, lost);
  EXPECT_THAT(entries("delivery.drifted"), ElementsAre(HasSubstr("does not show it")));
  (void)reconcile(posts);
  EXPECT_THAT(entries("delivery.drifted"), SizeIs(1));  // said once
  EXPECT_EQ(read([&](Transaction& tx) { return known_verdict(tx, lost); }), "vanished");
  push(1, "weibo", Kind::Notice, Purpose::Withdraw);
  EXPECT_THAT(compare(posts).missing, IsEmpty());  // taken down since
}

TEST_F(Listed, TellNothingWhenNothingIsListed) {
  import(kTitle, "2026-03-01 10:00");
  EXPECT_THAT(compare({}).missing, IsEmpty());
}

}  // namespace
}  // namespace liandong
