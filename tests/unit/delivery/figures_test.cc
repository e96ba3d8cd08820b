#include "daemon/delivery/figures.h"

#include <vector>

#include <gtest/gtest.h>

#include "daemon/item/schema.h"

#include "tests/support/fake_clock.h"
#include "tests/support/test_database.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

class Figures : public testing::Test {
 protected:
  void keep(const std::vector<Figure>& figures, Timestamp at = FakeClock::kStart) {
    database_->write_now(
        [&figures, at](Transaction& tx) { keep_figures(tx, "wechat", figures, at); });
  }
  std::optional<KeptFigure> latest(const std::string& first, const std::string& last) {
    return database_->read_now([&first, &last](Transaction& tx) {
      return latest_figure(tx, "wechat", kFollowers, first, last);
    });
  }
  FigureSum sum(const std::string& first, const std::string& last) {
    return database_->read_now([&first, &last](Transaction& tx) {
      return sum_of_figures(tx, "wechat", kReads, first, last);
    });
  }

  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
};

TEST_F(Figures, KnowTheNewestDayOfAYear) {
  keep({{"2026-12-30", "followers", 900}, {"2026-12-31", "followers", 910}});
  keep({{"2027-01-01", "followers", 950}});

  const auto followers = latest("2026-01-01", "2026-12-31");

  ASSERT_TRUE(followers.has_value());
  EXPECT_EQ(followers->day, "2026-12-31");
  EXPECT_EQ(followers->value, 910);
  EXPECT_EQ(followers->taken_at, FakeClock::kStart);
  EXPECT_FALSE(latest("2025-01-01", "2025-12-31").has_value());
}

TEST_F(Figures, AddUpWhatHappenedOnTheDays) {
  keep({{"2026-11-01", "reads", 10}, {"2026-11-02", "reads", 5}, {"2026-11-02", "shares", 7}});

  EXPECT_EQ(sum("2026-01-01", "2026-12-31").value, 15);
  EXPECT_EQ(sum("2026-01-01", "2026-12-31").days, 2);
  EXPECT_EQ(sum("2026-11-02", "2026-11-02").value, 5);
  EXPECT_EQ(sum("2027-01-01", "2027-12-31").days, 0);
}

TEST_F(Figures, AreReplacedByWhatIsStatedLaterAndNotByAnEarlierAnswer) {
  keep({{"2026-11-01", "reads", 10}});
  keep({{"2026-11-01", "reads", 12}}, FakeClock::kStart + 24h);
  keep({{"2026-11-01", "reads", 3}}, FakeClock::kStart + 1h);

  EXPECT_EQ(sum("2026-11-01", "2026-11-01").value, 12);
  EXPECT_EQ(database_->read_now([](Transaction& tx) { return figures_taken_at(tx, "wechat"); }),
            FakeClock::kStart + 24h);
  EXPECT_FALSE(database_->read_now([](Transaction& tx) { return figures_taken_at(tx, "weibo"); }));
}

TEST_F(Figures, LeaveOutWhatCannotBe) {
  keep({{"2026-13-01", "followers", 1},
        {"yesterday", "followers", 1},
        {"2026-11-01 08:00", "followers", 1},
        {"2026-11-01", "", 1},
        {"2026-11-01", "followers", -1}});

  EXPECT_FALSE(database_->read_now([](Transaction& tx) { return figures_taken_at(tx, "wechat"); }));
}

}  // namespace
}  // namespace liandong
