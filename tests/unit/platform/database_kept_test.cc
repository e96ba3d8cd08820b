// Work inside of work, and what a transaction keeps in memory until its COMMIT.

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "daemon/platform/database.h"

#include "tests/support/test_database.h"

namespace liandong {
namespace {

constexpr std::array kTotalSchema = {
    Migration{1, "notes and a total",
              "CREATE TABLE note (id {id}, text TEXT NOT NULL UNIQUE){strict};\n"
              "CREATE TABLE total (one {int} PRIMARY KEY, value {int} NOT NULL, stores {int} NOT "
              "NULL){strict};\n"
              "INSERT INTO total (one, value, stores) VALUES (1, 0, 0)"},
};

void keep_note(Transaction& tx, const std::string& text) {
  tx.sql() << "INSERT INTO note (text) VALUES (:text)", soci::use(text, "text");
}

std::int64_t number(Transaction& tx, const std::string& query) {
  std::int64_t value = 0;
  tx.sql() << query, soci::into(value);
  return value;
}

struct Total {
  std::int64_t value = 0;
};

Total load_total(Transaction& tx) {
  return {number(tx, "SELECT value FROM total")};
}

void store_total(Transaction& tx, const Total& total) {
  tx.sql() << "UPDATE total SET value = :value, stores = stores + 1", soci::use(total.value);
}

Total& total_of(Transaction& tx) {
  return tx.kept<Total>(&load_total, &store_total);
}

class DatabaseKept : public ::testing::Test {
 protected:
  std::int64_t read(const std::string& query) {
    return database_->read_now([&](Transaction& tx) { return number(tx, query); });
  }

  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open(kTotalSchema);
};

TEST_F(DatabaseKept, UndoesOnlyTheInnerWorkThatFails) {
  const int value = database_->write_now([](Transaction& tx) {
    keep_note(tx, "outer");
    const auto clash = [](Transaction& own) {
      keep_note(own, "inner");
      keep_note(own, "outer");
    };
    EXPECT_THROW(tx.nested(clash), soci::soci_error);
    keep_note(tx, "inner");
    return tx.nested([](Transaction& own) {
      keep_note(own, "second inner");
      return 7;
    });
  });
  EXPECT_EQ(value, 7);
  EXPECT_EQ(read("SELECT count(*) FROM note"), 3);
}

TEST_F(DatabaseKept, StoresAValueOnceHoweverOftenItChanges) {
  database_->write_now([](Transaction& tx) {
    for (int i = 0; i < 5; ++i) total_of(tx).value += 2;
    EXPECT_EQ(number(tx, "SELECT value FROM total"), 0) << "not before the COMMIT";
  });
  EXPECT_EQ(read("SELECT value FROM total"), 10);
  EXPECT_EQ(read("SELECT stores FROM total"), 1);
}

TEST_F(DatabaseKept, ForgetsItAfterTheCommit) {
  database_->write_now([](Transaction& tx) { total_of(tx).value = 5; });
  database_->write_now([](Transaction& tx) { tx.sql() << "UPDATE total SET value = 100"; });
  database_->write_now([](Transaction& tx) { total_of(tx).value += 1; });
  EXPECT_EQ(read("SELECT value FROM total"), 101);
}

TEST_F(DatabaseKept, UndoesItWithTheWorkThatChangedIt) {
  database_->write_now([](Transaction& tx) {
    total_of(tx).value = 1;
    const auto fail = [](Transaction& own) {
      total_of(own).value = 50;
      throw std::runtime_error("no");
    };
    EXPECT_THROW(tx.nested(fail), std::runtime_error);
    total_of(tx).value += 1;
  });
  EXPECT_EQ(read("SELECT value FROM total"), 2);
}

TEST_F(DatabaseKept, UndoesWhatOnlyTheFailedWorkAskedFor) {
  database_->write_now([](Transaction& tx) {
    const auto fail = [](Transaction& own) {
      total_of(own).value = 50;
      throw std::runtime_error("no");
    };
    EXPECT_THROW(tx.nested(fail), std::runtime_error);
  });
  EXPECT_THROW(database_->write_now([](Transaction& tx) {
    total_of(tx).value = 60;
    throw std::runtime_error("no");
  }),
               std::runtime_error);
  EXPECT_EQ(read("SELECT value FROM total"), 0);
  EXPECT_EQ(read("SELECT stores FROM total"), 0);
}

TEST_F(DatabaseKept, CommitsNothingWhenItCannotBeStored) {
  const auto work = [](Transaction& tx) {
    keep_note(tx, "with it");
    tx.kept<int>([](Transaction&) { return 1; },
                 [](Transaction& own, const int&) { own.sql() << "UPDATE nothing SET value = 1"; });
  };
  EXPECT_THROW(database_->write_now(work), DatabaseError);
  EXPECT_EQ(read("SELECT count(*) FROM note"), 0);
}

TEST(DatabaseKeptInMemory, IsStoredForWhoReadsInTheSameSession) {
  const auto database = Database::open({"sqlite://:memory:", true, true}, kTotalSchema).value();
  database->write_now([](Transaction& tx) { total_of(tx).value = 9; });
  const auto seen =
      database->read_now([](Transaction& tx) { return number(tx, "SELECT value FROM total"); });
  EXPECT_EQ(seen, 9);
}

}  // namespace
}  // namespace liandong
