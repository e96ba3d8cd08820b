#include "daemon/audit/year_seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/reader.h"

#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;

class SealedYears : public Office {
 protected:
  void seal() {
    database_->write_now([this](Transaction& tx) { seal_years(tx, ledger_, clock_.now()); });
  }

  std::vector<std::int64_t> sealed() {
    return read([](Transaction& tx) {
      std::vector<std::int64_t> years;
      std::vector<std::int64_t> seqs;
      std::int64_t seq = 0;
      soci::statement statement =
          (tx.sql().prepare << "SELECT seq FROM ledger_index WHERE event = 'year.sealed' ORDER BY "
                               "seq",
           soci::into(seq));
      statement.execute();
      while (statement.fetch()) seqs.push_back(seq);
      for (const std::int64_t one : seqs)
        years.push_back(parse_entry(read_line(tx, one))->at("year").as_int64());
      return years;
    });
  }
};

TEST_F(SealedYears, AreThoseThatAreOverEachOnce) {
  seal();
  EXPECT_THAT(sealed(), ElementsAre(2024, 2025));
  go_to("2026-12-31T23:59");
  seal();
  EXPECT_THAT(sealed(), ElementsAre(2024, 2025));
  go_to("2027-01-01T00:00");
  for (int i = 0; i < 2; ++i) seal();
  EXPECT_THAT(sealed(), ElementsAre(2024, 2025, 2026));
  go_to("2029-06-01T00:00");
  seal();
  EXPECT_THAT(sealed(), ElementsAre(2024, 2025, 2026, 2027, 2028));
}

TEST_F(SealedYears, StateTheCountersAndShowWhatWasChangedAfterwards) {
  go_to("2026-12-01T10:00");
  push(find("办法", Kind::Policy), "weibo", Kind::Policy);
  go_to("2027-01-01T00:00");
  const std::string before = read([](Transaction& tx) { return counters_hash(tx, 2026); });
  seal();
  const std::string line = read([](Transaction& tx) {
    return read_line(tx, static_cast<std::int64_t>(read_ledger_state(tx).size) - 1);
  });
  EXPECT_THAT(line, ::testing::HasSubstr(before));
  push(find("通知", Kind::Policy), "weibo", Kind::Policy);  // of 2027
  EXPECT_EQ(read([](Transaction& tx) { return counters_hash(tx, 2026); }), before);
  database_->write_now([this](Transaction& tx) {  // by a migration, of what had been sealed
    count(tx, clock_.now() - std::chrono::days(20), {"weibo", Kind::Policy, ""}, Measure::Recorded);
  });
  EXPECT_EQ(read([](Transaction& tx) { return counters_hash(tx, 2026); }), before);
  database_->write_now([](Transaction& tx) {
    tx.sql() << "UPDATE counter SET value = value + 1 WHERE year = 2026";
  });
  EXPECT_NE(read([](Transaction& tx) { return counters_hash(tx, 2026); }), before);
}

}  // namespace
}  // namespace liandong
