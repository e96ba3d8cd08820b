// Sixty days of an office a seed (office_life.h), past 2^31 and 2^32 ms, where counters of
// milliseconds overflow.
//
// LIANDONG_SEED=17 runs that one. LIANDONG_SEEDS=200 runs as many; else 50, and 5,000 with
// LIANDONG_ALL=1. LIANDONG_SHARD=1/2 takes the first of every two. No seed is begun after 8 minutes
// (110 with LIANDONG_ALL=1): the figures say how many there were.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulate/office_life.h"

namespace liandong {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

std::string setting(const char* name) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return text == nullptr ? "" : text;
}

std::vector<std::uint64_t> seeds_to_run() {
  if (!setting("LIANDONG_SEED").empty()) return {std::stoull(setting("LIANDONG_SEED"))};
  std::uint64_t count = setting("LIANDONG_ALL").empty() ? 50 : 5000;
  if (!setting("LIANDONG_SEEDS").empty()) count = std::stoull(setting("LIANDONG_SEEDS"));
  std::uint64_t shard = 1;
  std::uint64_t shards = 1;
  char slash = '/';
  if (!setting("LIANDONG_SHARD").empty())
    std::istringstream(setting("LIANDONG_SHARD")) >> shard >> slash >> shards;
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = shard; seed <= count; seed += shards) seeds.push_back(seed);
  return seeds;
}

std::chrono::minutes time_limit() {
  return std::chrono::minutes(setting("LIANDONG_ALL").empty() ? 8 : 110);
}

struct Figures {
  std::size_t seeds = 0;
  std::size_t documents = 0;
  std::size_t posts = 0;
  std::size_t ledger_lines = 0;
  std::size_t steps = 0;
  std::size_t lost = 0;
  std::size_t duplicated = 0;
  std::size_t unexpected = 0;
  std::map<std::string, std::size_t> events;

  void add(OfficeLife& life) {
    ++seeds;
    documents += life.documents();
    posts += life.posts();
    ledger_lines += life.ledger_lines();
    steps += life.steps();
    for (const auto& [kind, count] : life.events()) events[kind] += count;
    for (const std::string& broken : life.broken()) {
      const auto says = [&broken](const char* what) {
        return broken.find(what) != std::string::npos;
      };
      if (says("never seen") || says("is not there:")) {
        ++lost;
      } else if (says("posted a second time")) {
        ++duplicated;
      } else {
        ++unexpected;
      }
    }
  }

  // A line of the table that tests/run --all ends with.
  void keep() {
    const std::string file = setting("LIANDONG_FIGURES");
    if (file.empty()) return;
    std::ofstream(file, std::ios::app) << fmt::format(
        R"({{"suite": "sixty days {}", "cases": {}, "kills": {}, "lost": {}, "duplicated": {}, "unexpected": {}, "held": {}}})"
        "\n",
        setting("LIANDONG_SHARD"), seeds, events["killed"], lost, duplicated, unexpected,
        events["held, and decided"]);
  }

  void print(std::chrono::duration<double> took) const {
    const auto days = static_cast<double>(seeds * (OfficeLife::kDays + OfficeLife::kQuietDays));
    std::cout << fmt::format(
        "{} seeds in {:.1f} s, {:.0f} simulated days a second; {} documents, {} posts, {} ledger "
        "lines, {} steps of the event loop\n",
        seeds, took.count(), days / took.count(), documents, posts, ledger_lines, steps);
    for (const auto& [kind, count] : events) std::cout << fmt::format("{:>8}  {}\n", count, kind);
  }
};

TEST(SixtyDays, OfAnySeedLoseNothingAndShowNothingTwice) {
  const auto began = std::chrono::steady_clock::now();
  Figures figures;
  for (const std::uint64_t seed : seeds_to_run()) {
    if (std::chrono::steady_clock::now() - began > time_limit()) break;
    OfficeLife life(seed);
    life.live();
    for (const std::string& broken : life.broken())
      ADD_FAILURE() << broken << "\nLIANDONG_SEED=" << seed << " runs it again";
    figures.add(life);
  }
  figures.print(std::chrono::steady_clock::now() - began);
  figures.keep();
}

TEST(SixtyDays, AreTheSameAgainFromTheirSeed) {
  const auto digest = [] {
    OfficeLife life(7);
    life.live(10);
    return life.ledger_digest();
  };

  EXPECT_EQ(digest(), digest());
}

// --- The negative controls: with a bug on purpose, the oracle must see it.

std::vector<std::string> seen_with(NegativeControl control) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    OfficeLife life(seed, control);
    life.live(30);
    if (!life.broken().empty()) return life.broken();
  }
  return {};
}

TEST(SixtyDays, ShowAnEngineThatDoesNotLook) {
  EXPECT_THAT(seen_with({.no_read_back = true}), Contains(HasSubstr("posted a second time")));
}

TEST(SixtyDays, ShowAPlatformThatPostsTwice) {
  EXPECT_THAT(seen_with({.stutters = true}), Contains(HasSubstr("posted a second time")));
}

TEST(SixtyDays, ShowAnEngineWithoutQuietHours) {
  EXPECT_THAT(seen_with({.forgets_quiet = true}), Contains(HasSubstr("in the quiet hours")));
}

TEST(SixtyDays, ShowALostRow) {
  EXPECT_THAT(seen_with({.loses_rows = true}), Contains(HasSubstr("was never seen")));
}

}  // namespace
}  // namespace liandong
