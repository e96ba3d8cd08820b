// A watcher at work in a simulated office with one column, "notices", and one channel.

#ifndef LIANDONG_TESTS_UNIT_SOURCE_WATCHER_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_SOURCE_WATCHER_FIXTURE_H_

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulate/office.h"

namespace liandong {

using namespace std::chrono_literals;

class WatcherInAnOffice : public testing::Test {
 protected:
  WatcherInAnOffice() { office.platform("weibo"); }

  // Items with a text; those of the baseline have none.
  std::int64_t items() { return office.number("SELECT count(*) FROM item WHERE revision > 0"); }
  std::int64_t revisions() { return office.number("SELECT count(*) FROM revision"); }
  std::vector<std::string> titles() {
    std::vector<std::string> found;
    for (const auto& entry : office.entries("item.found"))
      found.emplace_back(entry.at("title").as_string());
    return found;
  }
  SourceState state() {
    return office.read([](Transaction& tx) { return load_source_state(tx, "notices"); });
  }
  void TearDown() override {
    EXPECT_THAT(office.violations(), testing::IsEmpty());
    EXPECT_THAT(office.deaths(), testing::IsEmpty());
  }

  SimulatedOffice office;
  SimulatedColumn& column = office.column();
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_SOURCE_WATCHER_FIXTURE_H_
