#include "daemon/platform/statements.h"

#include <stdexcept>

#include <gtest/gtest.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace liandong {
namespace {

using soci::into;
using soci::use;

class StatementsTest : public testing::Test {
 protected:
  StatementsTest() {
    session_.once << "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)";
    for (int a = 1; a <= 3; ++a) add(a, "row");
  }

  void add(int a, const std::string& b) {
    sql_ << "INSERT INTO t (a, b) VALUES (:a, :b)", use(a), use(b);
  }
  std::string text_of(int a) {
    std::string b;
    sql_ << "SELECT b FROM t WHERE a = :a", use(a), into(b);
    return b;
  }
  int count() {
    int rows = 0;
    sql_ << "SELECT count(*) FROM t", into(rows);
    return rows;
  }

  soci::session session_{soci::sqlite3, ":memory:"};
  Statements sql_{session_};
};

TEST_F(StatementsTest, BindsTheSameTextToOtherVariables) {
  add(7, "seven");
  add(8, "eight");

  EXPECT_EQ(text_of(7), "seven");
  EXPECT_EQ(text_of(8), "eight");
  EXPECT_TRUE(sql_.got_data());
  EXPECT_EQ(text_of(9), "");
  EXPECT_FALSE(sql_.got_data());
}

TEST_F(StatementsTest, TellsHowManyRowsWereChanged) {
  sql_ << "UPDATE t SET b = 'new' WHERE a <= 2";
  EXPECT_EQ(sql_.affected_rows(), 2);
  sql_ << "UPDATE t SET b = 'new' WHERE a = 99";
  EXPECT_EQ(sql_.affected_rows(), 0);
}

TEST_F(StatementsTest, StoresNullWhereTheIndicatorSaysSo) {
  std::string b = "text";
  soci::indicator known = soci::i_ok;
  for (int a : {10, 11}) {
    sql_ << "INSERT INTO t (a, b) VALUES (:x, :y)", use(a), use(b, known);
    known = soci::i_null;
  }
  soci::indicator found = soci::i_ok;
  sql_ << "SELECT b FROM t WHERE a = 11", into(b, found);
  EXPECT_EQ(found, soci::i_null);
}

// A statement that stands on a row would keep the table locked and a snapshot open.
TEST_F(StatementsTest, LeavesNothingOpen) {
  int a = 0;
  sql_ << "SELECT a FROM t ORDER BY a", into(a);
  EXPECT_EQ(a, 1);
  {
    auto rows = sql_.rows("SELECT a FROM t ORDER BY a DESC");
    rows, into(a);
    EXPECT_TRUE(rows.next());
  }
  EXPECT_NO_THROW(session_.once << "DROP TABLE t");
}

TEST_F(StatementsTest, GivesEveryRowAndTheSameTextWithinItsOwnRows) {
  int outer = 0;
  int sum = 0;
  const int least = 1;
  auto rows = sql_.rows("SELECT a FROM t WHERE a >= :least ORDER BY a");
  rows, use(least), into(outer);
  while (rows.next()) {
    int inner = 0;
    auto again = sql_.rows("SELECT a FROM t WHERE a >= :least ORDER BY a");
    again, use(outer), into(inner);
    while (again.next()) sum += inner;
  }
  EXPECT_EQ(sum, (1 + 2 + 3) + (2 + 3) + 3);
}

TEST_F(StatementsTest, GoesOnAfterAFailure) {
  EXPECT_THROW(add(1, "twice"), soci::soci_error);
  add(4, "four");
  EXPECT_EQ(text_of(4), "four");
  EXPECT_THROW(sql_ << "SELECT nothing FROM nowhere", soci::soci_error);
  EXPECT_EQ(count(), 4);
}

TEST_F(StatementsTest, TakesNamesAndPlacesForOneText) {
  const int a = 2;
  int found = 0;
  const std::string_view text = "SELECT a FROM t WHERE a = :a";
  sql_ << text, use(a, "a"), into(found);
  EXPECT_EQ(found, 2);
  const int other = 3;
  sql_ << text, use(other), into(found);
  EXPECT_EQ(found, 3);
}

TEST_F(StatementsTest, RunsNothingWhenAnArgumentThrows) {
  const auto fail = []() -> int { throw std::runtime_error("no value"); };
  int value = 0;
  EXPECT_THROW((sql_ << "DELETE FROM t WHERE a >= :a", use(value = fail())), std::runtime_error);
  EXPECT_EQ(count(), 3);
}

TEST_F(StatementsTest, ForgetsWithoutHarm) {
  EXPECT_EQ(text_of(1), "row");
  sql_.forget();
  EXPECT_EQ(text_of(1), "row");
  for (int i = 0; i < 600; ++i) {
    int value = 0;
    sql_ << "SELECT " + std::to_string(i), into(value);
    ASSERT_EQ(value, i);
  }
  EXPECT_EQ(text_of(2), "row");
}

}  // namespace
}  // namespace liandong
