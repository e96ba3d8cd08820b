#include "daemon/console/record_worker.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "tests/unit/console/console_store.h"

namespace liandong {
namespace {

using Work = std::function<Result<std::int64_t>(Database&)>;

std::int64_t entries_of(Database& database) {
  return database.read_now([](Transaction& tx) {
    std::int64_t size = 0;
    tx.sql() << "SELECT size FROM ledger_head", soci::into(size);
    return size;
  });
}

class RecordWorkerTest : public testing::Test {
 protected:
  ConsoleStore store_;
  RecordWorker worker_{store_.store.url()};
};

TEST_F(RecordWorkerTest, ReadsTheRecordOnAConnectionOfItsOwn) {
  Database* own = nullptr;
  const Work work = [&own](Database& database) -> Result<std::int64_t> {
    own = &database;
    return entries_of(database);
  };
  EXPECT_EQ(run(store_.context, worker_.run(work)).value(), 1);
  EXPECT_NE(own, store_.database.get());
  EXPECT_FALSE(worker_.is_busy());
}

TEST_F(RecordWorkerTest, IsBusyWhileItIsAtWork) {
  std::promise<void> goes_on;
  const Work work = [waits = goes_on.get_future().share()](Database&) -> Result<std::int64_t> {
    waits.wait();
    return 7;
  };
  std::optional<std::int64_t> made;
  asio::co_spawn(store_.context, worker_.run(work),
                 [&made](const std::exception_ptr&, const Result<std::int64_t>& value) {
                   made = value.value();
                 });
  store_.context.restart();
  store_.context.poll();

  EXPECT_TRUE(worker_.is_busy());
  EXPECT_EQ(RecordWorker::busy().status, 503);
  goes_on.set_value();
  store_.context.run();
  EXPECT_EQ(made, 7);
  EXPECT_FALSE(worker_.is_busy());
}

TEST_F(RecordWorkerTest, HandsOnWhatTheWorkThrowsAndIsFreeAgain) {
  const Work work = [](Database&) -> Result<std::int64_t> { throw std::runtime_error("no"); };

  EXPECT_THROW((void)run(store_.context, worker_.run(work)), std::runtime_error);
  EXPECT_FALSE(worker_.is_busy());
}

TEST_F(RecordWorkerTest, SaysWhyTheStoreCannotBeOpened) {
  RecordWorker elsewhere("sqlite:///nowhere/at/all.db");
  const Work work = [](Database& database) -> Result<std::int64_t> { return entries_of(database); };

  EXPECT_FALSE(run(store_.context, elsewhere.run(work)).has_value());
}

// At the service's end: what awaits it is destroyed with the io_context, after the worker.
TEST_F(RecordWorkerTest, IsNotTouchedByWhatOutlivesIt) {
  constexpr std::byte kUntouched{0x55};
  alignas(RecordWorker) std::array<std::byte, sizeof(RecordWorker)> place{};
  auto context = std::make_unique<asio::io_context>();
  auto* worker = new (place.data()) RecordWorker(store_.store.url());
  const Work work = [](Database& database) -> Result<std::int64_t> { return entries_of(database); };
  asio::co_spawn(*context, worker->run(work), asio::detached);
  context->poll();
  EXPECT_TRUE(worker->is_busy());

  std::destroy_at(worker);
  place.fill(kUntouched);
  context.reset();

  EXPECT_TRUE(
      std::all_of(place.begin(), place.end(), [](std::byte one) { return one == kUntouched; }));
}

TEST_F(RecordWorkerTest, BeginsWhatNobodyAwaits) {
  std::promise<std::int64_t> entries;
  worker_.start([&entries](const Result<std::unique_ptr<Database>>& database) {
    entries.set_value(entries_of(**database));
  });

  EXPECT_EQ(entries.get_future().get(), 1);
}

}  // namespace
}  // namespace liandong
