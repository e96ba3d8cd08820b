#include "daemon/delivery/channel_watch.h"

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "daemon/item/schema.h"

#include "tests/support/fake_clock.h"
#include "tests/support/idle_channel.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

// Answers probe() as told, and counts.
class ProbedChannel final : public IdleChannel {
 public:
  asio::awaitable<Result<Traits>> probe(Instant /*deadline*/) override {
    ++probes;
    if (throws) throw std::runtime_error("unexpected");
    if (fault) co_return *fault;
    Traits found;
    found.note = note;
    co_return found;
  }

  int probes = 0;
  bool throws = false;
  std::optional<Error> fault;
  std::string note = "授权还剩 40 天";
};

class ChannelWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    Database::Options options;
    options.url = "sqlite://" + (folder_.path() / "db").string();
    options.create = true;
    options.synchronous = false;
    auto opened = Database::open(options, schema());
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    database_ = std::move(*opened);
    watch_.emplace(*database_, clock_);
    watch_->start("weibo", channel_, tasks_);
  }
  void TearDown() override {
    watch_->stop();
    pass(2s);
    EXPECT_TRUE(tasks_.running().empty());
  }

  // The writer thread answers in its own time.
  void pass(Duration time) {
    for (int i = 0; i < 20; ++i) {
      context_.restart();
      context_.run_for(5ms);
    }
    clock_.advance(context_, time);
    for (int i = 0; i < 20; ++i) {
      context_.restart();
      context_.run_for(5ms);
    }
  }
  std::string note() {
    return database_->read_now([](Transaction& tx) { return channel_note(tx, "weibo"); });
  }

  TempDir folder_;
  FakeClock clock_;
  asio::io_context context_;
  std::unique_ptr<Database> database_;
  std::shared_ptr<ProbedChannel> channel_ = std::make_shared<ProbedChannel>();
  TaskGroup tasks_{context_.get_executor(),
                   [](const std::string& name, std::exception_ptr) { ADD_FAILURE() << name; }};
  std::optional<ChannelWatch> watch_;
};

TEST_F(ChannelWatchTest, AsksAtTheStartAndTwiceADay) {
  pass(1s);
  EXPECT_EQ(channel_->probes, 1);
  EXPECT_EQ(note(), "授权还剩 40 天");

  channel_->note = "授权还剩 6 天";
  pass(11h);
  EXPECT_EQ(channel_->probes, 1);
  pass(1h);
  EXPECT_EQ(channel_->probes, 2);
  EXPECT_EQ(note(), "授权还剩 6 天");
}

TEST_F(ChannelWatchTest, AsksAgainSoonAfterAProbeThatFailed) {
  channel_->fault = Error(ErrorKind::Unauthorized, "expired_token");
  pass(1s);
  EXPECT_NE(note().find("expired_token"), std::string::npos);

  channel_->fault.reset();
  channel_->throws = true;
  pass(10min);
  EXPECT_EQ(channel_->probes, 2);
  EXPECT_NE(note().find("unexpected"), std::string::npos);

  channel_->throws = false;
  pass(10min);
  EXPECT_EQ(channel_->probes, 3);
  EXPECT_EQ(note(), "授权还剩 40 天");
}

TEST_F(ChannelWatchTest, LeavesThePauseOfAChannelAlone) {
  database_->write_now([](Transaction& tx) {
    tx.sql()
        << "INSERT INTO channel_state (channel, paused_at, reason, not_before, last_delivered, "
           "note) VALUES ('weibo', 5, 'why', 7, 9, 'automatic')";
  });
  pass(1s);

  std::string pause;
  std::int64_t not_before = 0;
  database_->read_now([&](Transaction& tx) {
    tx.sql() << "SELECT note, not_before FROM channel_state WHERE channel = 'weibo'",
        soci::into(pause), soci::into(not_before);
  });
  EXPECT_EQ(pause, "automatic");
  EXPECT_EQ(not_before, 7);
  EXPECT_EQ(note(), "授权还剩 40 天");
}

}  // namespace
}  // namespace liandong
