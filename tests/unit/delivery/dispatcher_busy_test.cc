// A busy channel: what was planned is sent at once, one commit a delivery.

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "daemon/delivery/dispatcher.h"
#include "daemon/item/schema.h"

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using soci::into;
using soci::use;
using namespace std::chrono_literals;

constexpr std::array kOneStep = {Step{"publish", StepClass::ServerKey}};

class AnsweringChannel final : public Channel {
 public:
  explicit AnsweringChannel(const Clock& clock) : clock_(clock) {}
  [[nodiscard]] Traits traits() const override { return {}; }
  [[nodiscard]] Result<Rendition> render(const Item& /*item*/,
                                         std::string_view /*marker*/) const override {
    return Rendition{};
  }
  [[nodiscard]] std::span<const Step> steps(Purpose /*purpose*/) const override { return kOneStep; }
  asio::awaitable<Outcome> perform(Step /*step*/, Attempt attempt, Progress /*progress*/) override {
    Receipt receipt{attempt.delivery, "", clock_.now(), "reply"};
    co_return Delivered{std::move(receipt)};
  }
  asio::awaitable<Finding> find(Step /*step*/, Attempt /*attempt*/,
                                Progress /*progress*/) override {
    co_return Absent{};
  }
  asio::awaitable<Result<Traits>> probe(Instant /*deadline*/) override { co_return Traits{}; }

 private:
  const Clock& clock_;
};

class BusyDispatcherTest : public testing::Test {
 protected:
  BusyDispatcherTest() {
    EXPECT_TRUE(ledger_.open(*database_).has_value());
    line_.name = "hotline";
    line_.channel = std::make_shared<AnsweringChannel>(clock_);
  }
  ~BusyDispatcherTest() override {
    dispatcher_.stop();
    tasks_.cancel();
    io_.restart();
    io_.run_for(1s);
  }

  void plan(int count) {
    database_->write_now([this, count](Transaction& tx) { plan(tx, count); });
  }
  void plan(Transaction& tx, int count) {
    for (int i = 0; i < count; ++i) {
      std::int64_t item = 0;
      tx.sql() << "INSERT INTO item (kind, source, title, url, doc_no, published_precision, "
                  "first_seen, revision) VALUES ('notice', 's', 't', 'u', '', '', 1, 1) "
                  "RETURNING id",
          into(item);
      NewDelivery delivery;
      delivery.item = item;
      delivery.channel = line_.name;
      delivery.rendition = to_json_text(Rendition{});
      delivery.due_at = clock_.now();
      ASSERT_TRUE(queue_.plan(tx, delivery).has_value());
    }
  }
  int count(const std::string& state) {
    return database_->read_now([&state](Transaction& tx) {
      int rows = 0;
      tx.sql() << "SELECT count(*) FROM delivery WHERE state = :state", use(state), into(rows);
      return rows;
    });
  }
  // Runs what is ready, without any time passing for the dispatcher, until `done` or for long.
  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      io_.restart();
      io_.run_for(5ms);
    }
    return done();
  }

  TempDir folder_;
  FakeClock clock_;
  Random random_;
  Calendar calendar_;
  asio::io_context io_{1};
  std::unique_ptr<Database> database_ = open(folder_);
  Ledger ledger_{{"example.gov.cn/test", "1", std::nullopt}, clock_};
  Queue queue_{ledger_, clock_};
  ChannelLine line_;
  std::string failure_;
  TaskGroup tasks_{io_.get_executor(), [this](const std::string&, std::exception_ptr why) {
                     try {
                       std::rethrow_exception(why);
                     } catch (const std::exception& error) {
                       failure_ = error.what();
                     }
                   }};
  Dispatcher dispatcher_{*database_, queue_, ledger_, clock_, random_, calendar_};

 private:
  static std::unique_ptr<Database> open(const TempDir& folder) {
    Database::Options options;
    options.url = "sqlite://" + (folder.path() / "busy.db").string();
    options.create = true;
    return Database::open(options, schema()).value();
  }
};

TEST_F(BusyDispatcherTest, SendsAtOnceWhenWoken) {
  dispatcher_.start(line_, tasks_);
  ASSERT_TRUE(run_until([this] { return clock_.sleepers() == 1; }));
  plan(1);
  io_.restart();
  io_.run_for(20ms);
  ASSERT_EQ(count("delivered"), 0) << "it rests until its time, or until it is called";

  dispatcher_.wake();

  EXPECT_TRUE(run_until([this] { return count("delivered") == 1; }));
}

TEST_F(BusyDispatcherTest, BeginsInTheTransactionThatPlans) {
  dispatcher_.start(line_, tasks_);
  ASSERT_TRUE(run_until([this] { return clock_.sleepers() == 1; }));
  const std::uint64_t before = database_->commits();

  const auto planned = dispatcher_.lend();
  database_->write_now([&](Transaction& tx) {
    plan(tx, 1);
    planned->within(tx);
  });
  EXPECT_EQ(count("in_flight"), 1);
  planned->after();

  EXPECT_TRUE(run_until([this] { return count("delivered") == 1; }));
  EXPECT_EQ(database_->commits() - before, 2U) << "with the plan, and the outcome";
}

TEST_F(BusyDispatcherTest, LendsNoWorkerWhoIsAboutToGo) {
  dispatcher_.start(line_, tasks_);
  ASSERT_TRUE(run_until([this] { return clock_.sleepers() == 1; }));
  for (int i = 0; i < 2; ++i) {  // nobody runs between the two
    const auto planned = dispatcher_.lend();
    database_->write_now([&](Transaction& tx) {
      plan(tx, 1);
      planned->within(tx);
    });
    planned->after();
  }

  EXPECT_TRUE(run_until([this] { return count("delivered") == 2; }));
}

TEST_F(BusyDispatcherTest, LendsAWorkerOnceAndHasItBackWhenNothingIsPlanned) {
  dispatcher_.start(line_, tasks_);
  ASSERT_TRUE(run_until([this] { return clock_.sleepers() == 1; }));
  auto failed = dispatcher_.lend();
  const auto second = dispatcher_.lend();
  const auto clash = [&](Transaction& tx) {
    failed->within(tx);
    second->within(tx);
    throw std::runtime_error("the plan fails");
  };
  plan(1);
  EXPECT_THROW(database_->write_now(clash), std::runtime_error);
  EXPECT_EQ(count("queued"), 1);

  failed.reset();
  second->after();

  EXPECT_TRUE(run_until([this] { return count("delivered") == 1; }));
}

TEST_F(BusyDispatcherTest, StoresTheOutcomeAndTheNextIntentInOneCommit) {
  plan(3);
  const std::uint64_t before = database_->commits();
  dispatcher_.start(line_, tasks_);
  ASSERT_TRUE(run_until([this] { return clock_.sleepers() == 1; }));

  EXPECT_EQ(count("delivered"), 3);
  EXPECT_EQ(database_->commits() - before, 4U);  // the first intent, and three outcomes
}

TEST_F(BusyDispatcherTest, KeepsAnOutcomeThoughTheNextCannotBeClaimed) {
  plan(2);
  database_->write_now([](Transaction& tx) {
    tx.sql() << "UPDATE delivery SET progress = 'broken' WHERE id = (SELECT max(id) FROM delivery)";
  });

  dispatcher_.start(line_, tasks_);

  EXPECT_TRUE(run_until([this] { return !failure_.empty(); }));
  EXPECT_EQ(count("delivered"), 1);
  EXPECT_EQ(count("queued"), 1);
}

TEST_F(BusyDispatcherTest, EndsQuietlyWhenCancelledWhileItRests) {
  dispatcher_.start(line_, tasks_);
  ASSERT_TRUE(run_until([this] { return clock_.sleepers() == 1; }));

  tasks_.cancel();

  EXPECT_TRUE(run_until([this] { return tasks_.running().empty(); }));
  EXPECT_EQ(failure_, "");
}

}  // namespace
}  // namespace liandong
