#include "daemon/source/sighting.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/item/item_store.h"

#include "tests/support/fake_clock.h"
#include "tests/support/test_database.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr Timestamp kSeenAt = FakeClock::kStart;

class SightingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    item_ = database_->write_now([](Transaction& tx) {
      Item item;
      item.first_seen = kSeenAt;
      item.revision.article.title = "通知";
      return ItemStore::insert(tx, item, {});
    });
  }
  [[nodiscard]] Sighting seen(const std::string& key) const {
    Sighting sighting;
    sighting.row_key = key;
    sighting.item = item_;
    sighting.version = "2026-11-22";
    sighting.url = "https://example.gov.cn/" + key;
    sighting.title = "关于‘" + key + "’的通知";
    sighting.first_seen = kSeenAt;
    sighting.last_seen = kSeenAt;
    return sighting;
  }
  void store(const Sighting& sighting, const std::string& source = "notices") {
    database_->write_now([&](Transaction& tx) { store_sighting(tx, source, sighting); });
  }
  std::optional<Sighting> load(const std::string& key, const std::string& source = "notices") {
    return database_->read_now([&](Transaction& tx) { return load_sighting(tx, source, key); });
  }
  std::vector<std::string> due(Timestamp now, int limit = 100) {
    const auto found = database_->read_now(
        [&](Transaction& tx) { return due_sightings(tx, "notices", now, limit); });
    std::vector<std::string> keys;
    for (const Sighting& sighting : found) keys.push_back(sighting.row_key);
    return keys;
  }
  void store_state(const SourceState& state, const std::string& source = "notices") {
    database_->write_now([&](Transaction& tx) { store_source_state(tx, source, state); });
  }
  SourceState state_of(const std::string& source) {
    return database_->read_now([&](Transaction& tx) { return load_source_state(tx, source); });
  }

  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
  ItemId item_ = 0;
};

TEST_F(SightingTest, IsKeptWhole) {
  Sighting sighting = seen("a");
  sighting.reread_at = kSeenAt + 10min;
  sighting.rereads = 2;
  sighting.gone = 1;
  sighting.pending = true;
  store(sighting);
  const auto read = load("a");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->row_key, "a");
  EXPECT_EQ(read->item, item_);
  EXPECT_EQ(read->version, sighting.version);
  EXPECT_EQ(read->url, sighting.url);
  EXPECT_EQ(read->title, sighting.title);
  EXPECT_EQ(read->first_seen, kSeenAt);
  EXPECT_EQ(read->last_seen, kSeenAt);
  EXPECT_EQ(read->reread_at, kSeenAt + 10min);
  EXPECT_EQ(read->rereads, 2);
  EXPECT_EQ(read->gone, 1);
  EXPECT_TRUE(read->pending);
}

TEST_F(SightingTest, IsRenewedButKeepsWhenItWasSeenFirst) {
  Sighting sighting = seen("a");
  sighting.item.reset();
  sighting.pending = true;
  store(sighting);
  EXPECT_FALSE(load("a")->item.has_value());
  EXPECT_FALSE(load("a")->reread_at.has_value());
  sighting = seen("a");
  sighting.title = "新标题";
  sighting.first_seen = kSeenAt + 1h;
  sighting.last_seen = kSeenAt + 1h;
  store(sighting);
  const auto read = load("a");
  EXPECT_EQ(read->first_seen, kSeenAt);
  EXPECT_EQ(read->last_seen, kSeenAt + 1h);
  EXPECT_EQ(read->title, "新标题");
  EXPECT_EQ(read->item, item_);
  EXPECT_FALSE(read->pending);
}

TEST_F(SightingTest, BelongsToItsSource) {
  store(seen("a"));
  EXPECT_FALSE(load("a", "policies").has_value());
  EXPECT_FALSE(load("b").has_value());
}

TEST_F(SightingTest, IsReadAgainWhenItsTimeHasCome) {
  for (const auto& [key, after] :
       {std::pair("late", 3h), std::pair("first", 1h), std::pair("second", 2h)}) {
    Sighting sighting = seen(key);
    sighting.reread_at = kSeenAt + after;
    store(sighting);
  }
  store(seen("never"));
  Sighting elsewhere = seen("elsewhere");
  elsewhere.reread_at = kSeenAt;
  store(elsewhere, "policies");
  EXPECT_THAT(due(kSeenAt + 1h - 1ms), IsEmpty());
  EXPECT_THAT(due(kSeenAt + 1h), ElementsAre("first"));
  EXPECT_THAT(due(kSeenAt + 4h), ElementsAre("first", "second", "late"));
  EXPECT_THAT(due(kSeenAt + 4h, 2), ElementsAre("first", "second"));
}

TEST(Rereads, ComeAfterTenMinutesAnHourSixHoursADayAndAWeek) {
  struct Case {
    Duration age;
    std::optional<Duration> next;
  };
  for (const auto& [age, next] :
       {Case{0ms, 10min}, Case{10min - 1ms, 10min}, Case{10min, 1h}, Case{1h, 6h}, Case{6h, 24h},
        Case{24h, 7 * 24h}, Case{7 * 24h - 1ms, 7 * 24h}, Case{7 * 24h, std::nullopt},
        Case{1000h, std::nullopt}}) {
    const auto when = next_reread(kSeenAt, kSeenAt + age);
    EXPECT_EQ(when, next ? std::optional(kSeenAt + *next) : std::nullopt) << age.count();
  }
}

TEST_F(SightingTest, HasASourceThatIsUnknownAtFirst) {
  const SourceState state = state_of("notices");
  EXPECT_FALSE(state.baseline_done);
  EXPECT_THAT(state.listing, IsEmpty());
  EXPECT_EQ(state.looked_at, Timestamp{});
  EXPECT_EQ(state.failures, 0);
  EXPECT_EQ(state.fault, "");
}

TEST_F(SightingTest, KeepsTheStateOfItsSource) {
  SourceState state;
  state.listing = {{"etag", "\"5f-abc\""}, {"last_modified", "Sun, 22 Nov 2026 08:00:00 GMT"}};
  state.baseline_done = true;
  state.looked_at = kSeenAt;
  state.read_at = kSeenAt - 1h;
  state.next_look = kSeenAt + 5min;
  state.failures = 3;
  state.fault = "drifted";
  state.message = "no rows";
  state.advice = "look at the selector";
  state.rows_seen = 20;
  store_state(state);
  store_state(SourceState{}, "policies");
  const SourceState read = state_of("notices");
  EXPECT_EQ(read.listing, state.listing);
  EXPECT_TRUE(read.baseline_done);
  EXPECT_EQ(read.looked_at, state.looked_at);
  EXPECT_EQ(read.read_at, state.read_at);
  EXPECT_EQ(read.next_look, state.next_look);
  EXPECT_EQ(read.failures, 3);
  EXPECT_EQ(read.fault, "drifted");
  EXPECT_EQ(read.message, "no rows");
  EXPECT_EQ(read.advice, "look at the selector");
  EXPECT_EQ(read.rows_seen, 20);
  EXPECT_EQ(read.next_reread, std::nullopt);
  for (const auto& [key, after] : {std::pair("a", 20min), std::pair("b", 10min)}) {
    Sighting sighting = seen(key);
    sighting.reread_at = kSeenAt + after;
    store(sighting);
  }
  store(seen("c"));
  EXPECT_EQ(state_of("notices").next_reread, kSeenAt + 10min);
  EXPECT_EQ(state_of("policies").next_reread, std::nullopt);
  state = {};
  state.baseline_done = true;
  store_state(state);
  EXPECT_EQ(state_of("notices").failures, 0);
  EXPECT_EQ(state_of("notices").fault, "");
  EXPECT_THAT(state_of("notices").listing, IsEmpty());
}

// A header may hold any byte; it must not lock the source out of its own state.
TEST_F(SightingTest, KeepsAValidatorThatIsNoText) {
  const std::string bytes("\"\xcf\xb5\xcd\xb3\0!", 7);
  SourceState state;
  state.listing = {{"etag", bytes}};
  state.message = bytes;
  store_state(state);
  const SourceState read = state_of("notices");
  EXPECT_THAT(read.listing.at("etag"), EndsWith("\uFFFD!"));
  EXPECT_EQ(read.message, read.listing.at("etag"));
}

}  // namespace
}  // namespace liandong
