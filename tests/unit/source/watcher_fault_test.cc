// What the watcher makes of faults, unreadable rows, validators and its own death, and how often it
// asks.
#include <fmt/format.h>

#include "tests/unit/source/watcher_fixture.h"

namespace liandong {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const SourceFault kDown{SourceFault::Kind::Unreachable, "connection refused",
                        "look whether the website is up", std::nullopt};
const SourceFault kDrifted{SourceFault::Kind::Drifted, "no rows", "set the selectors anew",
                           std::nullopt};

class TroubledWatcher : public WatcherInAnOffice {
 protected:
  std::vector<Duration> gaps() const {
    std::vector<Duration> found;
    for (std::size_t i = 1; i < column.looks.size(); ++i)
      found.push_back(column.looks[i] - column.looks[i - 1]);
    return found;
  }
};

// --- Rows that cannot be read.

TEST_F(TroubledWatcher, AsksAgainForARowThatCannotBeReadYet) {
  office.start();
  const std::string key = column.publish("招生");
  column.unreadable[key] = kDown;

  office.look();
  EXPECT_EQ(items(), 0);
  column.unreadable.clear();
  office.advance(10min);
  office.look();

  EXPECT_EQ(items(), 1);
}

TEST_F(TroubledWatcher, AsksAgainThoughTheColumnHasNotChanged) {
  column.validates = true;
  office.watching = true;
  office.start();
  office.advance(1s);
  const std::string key = column.publish("招生");
  column.unreadable[key] = kDown;
  office.advance(11min);
  column.unreadable.clear();

  office.advance(1h);

  EXPECT_EQ(items(), 1);
}

TEST_F(TroubledWatcher, AsksAgainForARowThatIsListedBeforeItIsThere) {
  office.start();
  const std::string key = column.publish("招生");
  column.gone[key] = "404";
  office.look();
  EXPECT_EQ(items(), 0);
  column.gone.clear();
  office.advance(10min);
  office.look();

  EXPECT_EQ(items(), 1);
  EXPECT_THAT(office.entries("item.withdrawn"), IsEmpty());
}

TEST_F(TroubledWatcher, AsksAgainForAPendingRowThatLeftTheColumn) {
  office.watching = true;
  office.start();
  office.advance(1s);
  const std::string key = column.publish("招生");
  column.unreadable[key] = kDown;
  office.advance(11min);
  column.unlist(key);
  office.advance(1h);
  column.unreadable.clear();

  office.advance(12h);

  EXPECT_EQ(items(), 1);
}

TEST_F(TroubledWatcher, LetsOneBadRowStopNoOther) {
  office.start();
  const std::string one = column.publish("一");
  const std::string two = column.publish("二");
  const std::string three = column.publish("三");
  column.unreadable[one] = kDown;
  column.gone[two] = "404";

  office.look();

  EXPECT_THAT(titles(), ElementsAre("关于三的通知")) << three;
}

TEST_F(TroubledWatcher, LetsARowThatBreaksTheParserStopNoOther) {
  office.start();
  column.read_throws = column.publish("一");
  column.publish("二");

  office.look();
  EXPECT_THAT(titles(), ElementsAre("关于二的通知"));
  column.read_throws.clear();
  office.advance(10min);
  office.look();

  EXPECT_EQ(items(), 2);
}

TEST_F(TroubledWatcher, StandsAsBackedOffOnceReadAgainAsAtFirst) {
  office.source().every = 10min;
  office.start();
  const std::string key = column.publish("招生");
  column.unreadable[key] = kDown;
  for (int i = 0; i < 8; ++i) {
    office.look();
    office.advance(10min);
  }
  column.unreadable.clear();
  office.look();
  ASSERT_EQ(items(), 1);

  EXPECT_EQ(office.number("SELECT rereads FROM sighting"), 0);
}

// --- Faults of the column.

TEST_F(TroubledWatcher, RecordsAFaultOnceWithItsAdviceAndItsEnd) {
  office.watching = true;
  office.start();
  office.advance(1s);
  column.faults = {kDown, kDown, kDown};

  office.advance(11min);
  EXPECT_EQ(state().fault, "unreachable");
  EXPECT_EQ(state().message, "connection refused");
  EXPECT_EQ(state().advice, "look whether the website is up");
  office.advance(24h);

  const auto faults = office.entries("source.faulted");
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].at("reason"), "connection refused");
  EXPECT_EQ(office.entries("source.recovered").size(), 1U);
  EXPECT_EQ(state().fault, "");
  EXPECT_EQ(state().failures, 0);
}

TEST_F(TroubledWatcher, RecordsAnotherKindOfFault) {
  office.watching = true;
  office.start();
  office.advance(1s);
  column.faults = {kDown, kDrifted};

  office.advance(24h);

  EXPECT_EQ(office.entries("source.faulted").size(), 2U);
}

TEST_F(TroubledWatcher, BacksOffFromAFaultUpToSixHours) {
  office.watching = true;
  office.source().every = 10min;
  office.start();
  column.faults.assign(12, kDown);

  office.advance(24h * 2);

  const auto waits = gaps();
  ASSERT_GE(waits.size(), 9U);
  EXPECT_LT(waits[1], 12min);
  EXPECT_GT(waits[3], 40min - 1s);
  for (std::size_t i = 1; i < 9; ++i) EXPECT_LE(waits[i], 6h + 36min + 2s) << i;
  EXPECT_GE(waits[8], 6h - 1s);
}

TEST_F(TroubledWatcher, AsksNoMoreOftenInTroubleThanWhenAllIsWell) {
  office.watching = true;
  office.source().every = 24h;
  office.start();
  column.faults.assign(20, kDown);

  office.advance(24h * 10);

  for (const Duration wait : gaps()) EXPECT_GE(wait, 24h);
}

TEST_F(TroubledWatcher, WaitsAsLongAsAFaultAsks) {
  office.watching = true;
  office.start();
  office.advance(1s);
  SourceFault throttled{SourceFault::Kind::Throttled, "429", "look less often", 5h};
  column.faults = {throttled};

  office.advance(24h);

  EXPECT_GE(gaps().at(1), 5h);
}

TEST_F(TroubledWatcher, TakesAParserThatThrowsForAFault) {
  column.list_throws = true;
  office.watching = true;

  office.start();
  office.advance(1h);
  EXPECT_EQ(state().fault, "malformed");
  EXPECT_THAT(state().message, HasSubstr("a bug in the list's parser"));
  column.list_throws = false;
  office.advance(24h);

  EXPECT_EQ(state().fault, "");
}

TEST_F(TroubledWatcher, LosesNothingThatWasPublishedDuringAFault) {
  office.watching = true;
  office.start();
  office.advance(1s);
  column.faults.assign(5, kDown);
  office.advance(30min);
  column.publish("招生");

  office.advance(24h);

  EXPECT_EQ(items(), 1);
}

TEST_F(TroubledWatcher, LetsOneSourceInTroubleDelayNoOther) {
  office.column("policies").faults.assign(1000, kDrifted);
  office.watching = true;
  office.start();
  office.advance(1s);
  column.publish("招生");

  office.advance(11min);

  EXPECT_EQ(items(), 1);
}

// --- Validators.

TEST_F(TroubledWatcher, StoresAValidatorOnlyAfterTheRowsItVouchesFor) {
  std::size_t deaths = 0;
  for (std::size_t step = 0; step < 60; ++step) {
    SimulatedOffice site;
    site.platform("weibo");
    site.column().validates = true;
    site.watching = true;
    site.start();
    site.advance(9min + 55s);
    for (int i = 0; i < 3; ++i) site.column().publish(fmt::format("第{}号", i));
    site.crash_after(step);

    site.advance(3h);

    deaths += site.entries("service.started").size() - 1;
    ASSERT_EQ(site.entries("item.found").size(), 3U) << "died at step " << step;
    ASSERT_EQ(site.number("SELECT count(*) FROM delivery WHERE state = 'delivered'"), 3) << step;
  }
  EXPECT_EQ(deaths, 60U);
}

TEST_F(TroubledWatcher, AsksWithTheLastValidator) {
  column.validates = true;
  office.watching = true;
  office.start();
  office.advance(1s);
  column.publish("招生");
  office.advance(24h);

  EXPECT_EQ(items(), 1);
  EXPECT_EQ(state().listing.at("edition"), "1");
  EXPECT_GT(state().looked_at, office.clock.now() - 12min) << "an unchanged column is a good look";
}

// --- How often it asks.

TEST_F(TroubledWatcher, AsksAsOftenAsItIsToldAndNoMore) {
  office.watching = true;
  office.source().every = 10min;
  office.start();

  office.advance(24h);

  EXPECT_GE(column.looks.size(), 131U);
  for (const Duration wait : gaps()) {
    EXPECT_GE(wait, 10min);
    EXPECT_LE(wait, 11min + 1s) << "by chance a tenth more";
  }
}

TEST_F(TroubledWatcher, WaitsAsLongAsTheSiteAsks) {
  column.poll_after = 3h;
  column.validates = true;
  office.watching = true;
  office.start();

  office.advance(24h);

  EXPECT_THAT(column.looks.size(), testing::AllOf(testing::Ge(8U), testing::Le(9U)));
  for (const Duration wait : gaps()) EXPECT_GE(wait, 3h);
}

TEST_F(TroubledWatcher, KeepsItsScheduleOverARestart) {
  office.watching = true;
  office.source().every = 1h;
  office.start();
  office.advance(10min);

  for (int i = 0; i < 5; ++i) {
    office.crash();
    office.start();
    office.advance(1min);
  }

  EXPECT_EQ(column.looks.size(), 1U);
}

// --- The negative control: a validator that vouches for rows nobody stored would lose them.

TEST_F(TroubledWatcher, WouldLoseRowsBehindAValidatorStoredTooEarly) {
  column.validates = true;
  office.start();
  column.publish("招生");
  office.write([](Transaction& tx) {
    SourceState early = load_source_state(tx, "notices");
    early.listing["edition"] = "1";
    store_source_state(tx, "notices", early);
  });

  office.look();

  EXPECT_EQ(items(), 0);
}

}  // namespace
}  // namespace liandong
