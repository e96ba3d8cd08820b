#include "daemon/delivery/restored.h"

#include <gmock/gmock.h>

#include "tests/unit/delivery/edits_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Restored : public EditsFixture {
 protected:
  void note(std::uint64_t ledger, std::uint64_t outside) {
    write([&](Transaction& tx) {
      note_restored(tx, ledger_, {ledger, outside}, clock_.now());
      keep_stopped(tx, ledger_, {"weibo"}, clock_.now());
    });
  }
  Result<void> accept() {
    return write([&](Transaction& tx) {
      return accept_restored(tx, ledger_, {"operator:cli", clock_.now()});
    });
  }
  bool is_restored() {
    return write([](Transaction& tx) { return restored_backup(tx).has_value(); });
  }
};

TEST_F(Restored, BackupStopsAllSendingUntilAPersonSaysGo) {
  note(120, 145);
  EXPECT_TRUE(is_restored());
  EXPECT_THAT(entry("ledger.restored"), HasSubstr("reconcile-only"));
  const Item item = find("通知");
  send();
  EXPECT_THAT(channel_->done, IsEmpty());
  ASSERT_TRUE(accept().has_value());
  EXPECT_FALSE(is_restored());
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 通知"));
  EXPECT_EQ(deliveries(item), "publish 1 delivered");
  EXPECT_FALSE(accept().has_value()) << "there is nothing left to accept";
}

TEST_F(Restored, BackupIsNotedOnceAndAcceptedForGood) {
  note(120, 145);
  note(125, 145);
  EXPECT_EQ(count("ledger.restored"), 1);
  ASSERT_TRUE(accept().has_value());
  note(130, 145);
  EXPECT_FALSE(is_restored());
  note(130, 150);
  EXPECT_TRUE(is_restored()) << "another checkpoint is another gap";
}

TEST_F(Restored, BackupLeavesAPersonsPauseAlone) {
  write([&](Transaction& tx) {
    pause_channel(tx, ledger_, "weibo", {clock_.now(), "节日", false}, "operator:cli");
  });
  note(120, 145);
  ASSERT_TRUE(accept().has_value());
  EXPECT_EQ(write([](Transaction& tx) { return channel_pause(tx, "weibo")->reason; }), "节日");
}

TEST_F(Restored, BackupTurnsAPauseThatWouldLiftItselfIntoOneOfItsOwn) {
  write([&](Transaction& tx) {
    pause_channel(tx, ledger_, "weibo", {clock_.now(), "token", true}, "system:dispatcher");
  });
  note(120, 145);
  EXPECT_FALSE(write([](Transaction& tx) { return channel_pause(tx, "weibo")->automatic; }));
  ASSERT_TRUE(accept().has_value());
  EXPECT_FALSE(write([](Transaction& tx) { return channel_pause(tx, "weibo").has_value(); }));
}

TEST_F(Restored, BackupStopsAChannelThatIsAddedLater) {
  note(120, 145);
  write([&](Transaction& tx) { keep_stopped(tx, ledger_, {"weibo", "wechat"}, clock_.now()); });
  EXPECT_TRUE(write([](Transaction& tx) { return channel_pause(tx, "wechat").has_value(); }));
  ASSERT_TRUE(accept().has_value());
  write([&](Transaction& tx) { keep_stopped(tx, ledger_, {"weibo", "wechat"}, clock_.now()); });
  EXPECT_FALSE(write([](Transaction& tx) { return channel_pause(tx, "wechat").has_value(); }));
}

TEST_F(Restored, BackupHoldsWhatHadBegun) {
  const Item item = find("通知");
  write([&](Transaction& tx) {
    auto delivery = queue_
                        .claim(
                            tx, "weibo", [](Purpose) { return std::string("post"); }, 1,
                            std::chrono::minutes(1))
                        .value();
    queue_.defer(tx, delivery, Deferred{{"x", "later", 0}, {}}, clock_.now(), true);
  });
  note(120, 145);
  EXPECT_EQ(deliveries(item), "publish 1 held");
  EXPECT_THAT(last(item).reason, HasSubstr("when the backup was made"));
}

}  // namespace
}  // namespace liandong
