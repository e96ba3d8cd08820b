#include "daemon/delivery/patrol.h"

#include <gmock/gmock.h>

#include "daemon/delivery/history.h"
#include "daemon/delivery/listed_posts.h"

#include "tests/unit/delivery/edits_fixture.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Duration kDay = 24h;

TEST(PatrolTimes, AreMinutesADayAndThenWeeksForAYear) {
  const Timestamp sent{Duration{1'800'000'000'000}};
  EXPECT_EQ(next_patrol(sent, sent, 5min), sent + 5min);
  EXPECT_EQ(next_patrol(sent, sent + 5min, 5min), sent + kDay);
  EXPECT_EQ(next_patrol(sent, sent + kDay, 5min), sent + 7 * kDay);
  EXPECT_EQ(next_patrol(sent, sent + 20 * kDay, 5min), sent + 21 * kDay);
  EXPECT_EQ(next_patrol(sent, sent + 364 * kDay, 5min), std::nullopt);
  EXPECT_EQ(next_patrol(sent, sent + 5000 * kDay, 5min), std::nullopt);
}

class PatrolRounds : public EditsFixture {
 protected:
  void SetUp() override {
    EditsFixture::SetUp();
    channel_->abilities.can_inspect = true;
    line_->patrol_per_day = 1000;
  }
  // The looks that are due now, a budget's gap apart.
  int walk() {
    Patrol patrol(*database_, ledger_, clock_);
    asio::io_context context;
    int looks = 0;
    while (run(context, patrol.look(*line_))) {
      ++looks;
      clock_.jump_wall(30s);
    }
    return looks;
  }
  std::string verdict(const Item& item) {
    const DeliveryId id = of(item).front().id;
    return write([id](Transaction& tx) {
      std::string text;
      std::string note;
      tx.sql() << "SELECT verdict, note FROM patrol WHERE delivery = :id", soci::use(id),
          soci::into(text), soci::into(note);
      return text + (note.empty() ? "" : ": " + note);
    });
  }
};

TEST_F(PatrolRounds, NoteTheFirstLookAndThenOnlyWhatChanges) {
  const Item item = find("通知");
  send();
  EXPECT_EQ(walk(), 0);
  clock_.jump_wall(5min);
  EXPECT_EQ(walk(), 1);
  EXPECT_EQ(verdict(item), "verified");
  EXPECT_EQ(count("delivery.verified"), 1);
  EXPECT_EQ(walk(), 0);
  clock_.jump_wall(kDay);
  EXPECT_EQ(walk(), 1);
  EXPECT_EQ(count("delivery.verified"), 1);

  channel_->inspection = Drifted{"the post begins with other words"};
  clock_.jump_wall(7 * kDay);
  walk();
  clock_.jump_wall(7 * kDay);
  walk();
  EXPECT_EQ(count("delivery.drifted"), 1);
  EXPECT_THAT(entry("delivery.drifted"), HasSubstr("begins with other words"));
  EXPECT_EQ(verdict(item), "drifted: the post begins with other words");

  channel_->inspection = Verified{};
  clock_.jump_wall(7 * kDay);
  walk();
  EXPECT_EQ(count("delivery.verified"), 2);
  EXPECT_EQ(verdict(item), "verified");
}

TEST_F(PatrolRounds, TellAPostThatIsGone) {
  const Item item = find("通知");
  send();
  channel_->inspection = Vanished{"there is no such post"};
  clock_.jump_wall(5min);
  walk();
  EXPECT_EQ(verdict(item), "vanished: there is no such post");
  EXPECT_THAT(entry("delivery.drifted"), HasSubstr("\"result\":\"vanished\""));
}

TEST_F(PatrolRounds, LearnNothingFromALookThatFails) {
  const Item item = find("通知");
  send();
  channel_->inspection = CannotTell{{"http-500", "the server is ill", 500}};
  clock_.jump_wall(5min);
  EXPECT_EQ(walk(), 1);
  EXPECT_EQ(verdict(item), "");
  EXPECT_EQ(count("delivery.drifted"), 0);
  channel_->inspection = Verified{};
  clock_.jump_wall(6h);
  EXPECT_EQ(walk(), 1);
  EXPECT_EQ(verdict(item), "verified");
}

TEST_F(PatrolRounds, KeepToTheBudgetOfTheDayYoungDeliveriesFirst) {
  find("甲");
  send();
  clock_.jump_wall(5min);
  walk();
  clock_.jump_wall(6 * kDay + 23h + 50min);
  find("乙");
  send();
  clock_.jump_wall(1h);
  line_->patrol_per_day = 1;
  EXPECT_EQ(walk(), 1);
  EXPECT_THAT(channel_->inspected, ElementsAre("post-1", "post-2"));
  clock_.jump_wall(kDay);
  EXPECT_EQ(walk(), 1);
}

TEST_F(PatrolRounds, LeaveACorrectedPostToItsCorrection) {
  const Item item = find("第一稿");
  send();
  clock_.jump_wall(5min);
  channel_->inspection = Drifted{"changed"};
  walk();
  revise(item, "第二稿");
  clock_.jump_wall(kDay);
  EXPECT_EQ(walk(), 0) << "while the correction is under way";
  send();
  channel_->inspection = Verified{};
  clock_.jump_wall(10min);
  walk();
  EXPECT_EQ(verdict(item), "replaced");
  ASSERT_FALSE(channel_->inspected.empty());
  EXPECT_EQ(channel_->inspected.back(), "post-2");
  channel_->inspected.clear();
  clock_.jump_wall(400 * kDay);
  walk();
  EXPECT_THAT(channel_->inspected, ElementsAre("post-2")) << "what was due in the year, once";
  clock_.jump_wall(30 * kDay);
  walk();
  EXPECT_THAT(channel_->inspected, ElementsAre("post-2"));
}

TEST_F(PatrolRounds, DoNotAskForWhatOnlyAPersonNamed) {
  const Item item = find(article("通知"), Kind::Notice, "x");
  const DeliveryId id = last(item).id;
  write([&](Transaction& tx) {
    const Receipt receipt{"https://weibo.com/1/abc", "https://weibo.com/1/abc", clock_.now(),
                          "operator"};
    record_delivery(tx, ledger_, id, receipt, {"operator:cli", clock_.now()}).value();
  });
  clock_.jump_wall(kDay);
  EXPECT_EQ(walk(), 0);
}

TEST_F(PatrolRounds, AskOfAnAdoptedPostOnlyThatItIsThere) {
  channel_->abilities.can_list = true;
  channel_->copies = {{"by-hand", "https://weibo.com/1/abc", clock_.now(), "listed"}};
  const Item item = find("通知");
  send();
  EXPECT_THAT(channel_->done, IsEmpty());
  channel_->inspection = Drifted{"other words"};
  clock_.jump_wall(5min);
  walk();
  EXPECT_EQ(verdict(item), "verified");
}

TEST_F(PatrolRounds, AskOfAnImportOncePlatformAndRecordAgree) {
  const std::string title = "关于做好普通高校招生报名工作的通知";
  const auto import = [&](const std::string& name, Duration ago) {
    PushedBefore push;
    push.channel = "weibo";
    push.pushed_at = clock_.now() - ago;
    push.title = name;
    return write([&](Transaction& tx) {
      return import_push(tx, ledger_, push, {"operator:cli", clock_.now()}).value();
    });
  };
  const DeliveryId id = import(title, 3 * kDay);
  import("一份很早以前的工作通知，当时由人发布", 500 * kDay);
  EXPECT_EQ(walk(), 0);
  const auto seen = [](const std::string& remote, const std::string& words, Timestamp at) {
    return ListedPost{Receipt{remote, "", at, "listed"}, SeenPost{{}, words, at}};
  };
  write([&](Transaction& tx) {
    const auto found = compare_listed(
        tx, "weibo",
        {seen("by-hand", title, clock_.now() - 3 * kDay),
         seen("long-ago", "一份很早以前的工作通知，当时由人发布", clock_.now() - 500 * kDay)});
    EXPECT_EQ(found.confirmed.size(), 2U);
    record_listed(tx, ledger_, "weibo", found, {"operator:cli", clock_.now()});
  });
  channel_->inspection = Drifted{"other words"};
  EXPECT_EQ(walk(), 0) << "its next look is a week after the post";
  clock_.jump_wall(4 * kDay);
  EXPECT_EQ(walk(), 1);
  EXPECT_THAT(channel_->inspected, ElementsAre("by-hand"));
  EXPECT_EQ(count("delivery.drifted"), 0) << "its words are the person's";
  channel_->inspection = Vanished{"deleted"};
  clock_.jump_wall(7 * kDay);
  EXPECT_EQ(walk(), 1);
  EXPECT_EQ(write([id](Transaction& tx) { return known_verdict(tx, id); }), "vanished");
  EXPECT_EQ(count("delivery.drifted"), 1);
}

TEST_F(PatrolRounds, RestWhileTheChannelIsPaused) {
  find("通知");
  send();
  clock_.jump_wall(5min);
  write([&](Transaction& tx) {
    pause_channel(tx, ledger_, "weibo", {clock_.now(), "核实", false}, "operator:cli");
  });
  EXPECT_EQ(walk(), 0);
}

}  // namespace
}  // namespace liandong
