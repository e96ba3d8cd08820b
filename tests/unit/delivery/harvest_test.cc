#include "daemon/delivery/harvest.h"

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "daemon/delivery/figures.h"
#include "daemon/item/schema.h"
#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"
#include "tests/support/idle_channel.h"
#include "tests/support/test_database.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

// States its figures as told, and counts how often it is asked.
class CountedChannel final : public IdleChannel {
 public:
  asio::awaitable<Result<std::vector<Figure>>> figures(Instant /*deadline*/) override {
    ++asked;
    if (throws) throw std::runtime_error("a bug");
    if (fault) co_return *fault;
    co_return stated;
  }

  int asked = 0;
  bool throws = false;
  std::optional<Error> fault;
  std::vector<Figure> stated = {{"2026-11-22", "followers", 900}};
};

class HarvestTest : public testing::Test {
 protected:
  void begin(const std::string& beijing) {
    clock_.emplace(*parse_rfc3339(beijing + ":00+08:00"));
    ledger_.emplace(Ledger::Options{"example.gov.cn/liandong", "1", std::nullopt}, *clock_);
    ASSERT_TRUE(ledger_->open(*database_).has_value());
    harvest_.emplace(*database_, *ledger_, *clock_);
    harvest_->start("wechat", channel_, tasks_);
    pass(0s);
  }
  void TearDown() override {
    harvest_->stop();
    pass(2s);
    EXPECT_TRUE(tasks_.running().empty());
  }
  // The writer thread answers in its own time.
  void answer() {
    for (int i = 0; i < 20; ++i) {
      context_.restart();
      context_.run_for(5ms);
    }
  }
  void pass(Duration time) {
    answer();
    clock_->advance(context_, time);
    answer();
  }
  std::int64_t followers() {
    const auto kept = database_->read_now([](Transaction& tx) {
      return latest_figure(tx, "wechat", kFollowers, "2026-01-01", "2026-12-31");
    });
    return kept ? kept->value : -1;
  }

  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
  asio::io_context context_;
  std::optional<FakeClock> clock_;
  std::optional<Ledger> ledger_;
  std::shared_ptr<CountedChannel> channel_ = std::make_shared<CountedChannel>();
  TaskGroup tasks_{context_.get_executor(),
                   [](const std::string& name, std::exception_ptr) { ADD_FAILURE() << name; }};
  std::optional<Harvest> harvest_;
};

TEST_F(HarvestTest, TakesTheFiguresOnceADayAndNotBeforeNine) {
  begin("2026-11-23T08:00");
  pass(59min);
  EXPECT_EQ(channel_->asked, 0);
  pass(2min);
  EXPECT_EQ(channel_->asked, 1);
  EXPECT_EQ(followers(), 900);

  pass(23h);
  EXPECT_EQ(channel_->asked, 1);
  pass(1h);
  EXPECT_EQ(channel_->asked, 2);
}

TEST_F(HarvestTest, AsksAtOnceWhenTheDaysFiguresWereMissedAndNotTwiceAfterARestart) {
  begin("2026-11-23T15:00");
  EXPECT_EQ(channel_->asked, 1);

  harvest_->stop();
  pass(2s);
  harvest_.emplace(*database_, *ledger_, *clock_);
  harvest_->start("wechat", channel_, tasks_);
  pass(1h);

  EXPECT_EQ(channel_->asked, 1);
}

TEST_F(HarvestTest, AsksAgainInAnHourForWhatCouldNotBeHad) {
  channel_->fault = Error(ErrorKind::Transient, "not ready yet");
  begin("2026-11-23T09:00");
  EXPECT_EQ(channel_->asked, 1);
  channel_->fault.reset();
  channel_->throws = true;
  pass(1h + 1s);
  EXPECT_EQ(channel_->asked, 2);
  EXPECT_EQ(followers(), -1);
  channel_->throws = false;

  pass(1h + 1s);

  EXPECT_EQ(channel_->asked, 3);
  EXPECT_EQ(followers(), 900);
}

TEST_F(HarvestTest, AsksAnAccountWithoutThePermissionOnceADay) {
  channel_->fault = Error(ErrorKind::Unauthorized, "48001");
  begin("2026-11-23T10:00");
  pass(12h);
  EXPECT_EQ(channel_->asked, 1);
  pass(12h);
  EXPECT_EQ(channel_->asked, 2);
}

TEST_F(HarvestTest, LeavesAChannelThatStatesNothingForTheNextDay) {
  channel_->stated.clear();
  begin("2026-11-23T10:00");
  pass(12h);
  EXPECT_EQ(channel_->asked, 1);
  EXPECT_EQ(followers(), -1);
}

}  // namespace
}  // namespace liandong
