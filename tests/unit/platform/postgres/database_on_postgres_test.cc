// What only a server can do to us: go away, come back changed, be there for others.

#include <array>
#include <future>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/database.h"

#include "tests/support/test_database.h"

namespace liandong {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::array kSchema = {
    Migration{1, "notes", "CREATE TABLE note (id {id}, text TEXT NOT NULL){strict}"},
};

void add_note(Transaction& tx) {
  tx.sql() << "INSERT INTO note (text) VALUES ('a note')";
}

int count_notes(Transaction& tx) {
  int count = 0;
  tx.sql() << "SELECT count(*) FROM note", soci::into(count);
  return count;
}

class DatabaseOnPostgres : public ::testing::Test {
 protected:
  // Returns when the server has ended every connection.
  void end_connections() {
    store_.run_script(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = "
        "current_database() AND pid <> pg_backend_pid()");
  }
  void set_for_database(const std::string& what) {
    store_.run_script("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I " + what +
                      "', current_database()); END $$");
  }
  int notes() { return database_->read_now(count_notes); }

  TestDatabase store_{Dialect::Postgres};
  std::unique_ptr<Database> database_ = store_.open(kSchema);
};

TEST_F(DatabaseOnPostgres, RefusesAServerThatPromisesTooEarly) {
  set_for_database("SET synchronous_commit = off");
  const auto opened = Database::open({store_.url(), false, true}, kSchema);
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message(),
              AllOf(HasSubstr("synchronous_commit = off"), HasSubstr("set it to on")));
  set_for_database("SET synchronous_commit = on");
  EXPECT_TRUE(Database::open({store_.url(), false, true}, kSchema).has_value());
}

TEST_F(DatabaseOnPostgres, SaysWhatToDoWhenTheServerIsNotThere) {
  const auto opened =
      Database::open({"postgresql:///liandong?host=/nonexistent", false, true}, kSchema);
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(
      opened.error().message(),
      AllOf(HasSubstr("/nonexistent"), HasSubstr("start PostgreSQL"), HasSubstr("store.url")));
}

TEST_F(DatabaseOnPostgres, ConnectsAgainBeforeItBegins) {
  database_->write_now(add_note);
  end_connections();
  EXPECT_EQ(notes(), 1);
  database_->write_now(add_note);
  EXPECT_EQ(notes(), 2);
}

TEST_F(DatabaseOnPostgres, WritesAgainWhenTheServerIsBack) {
  const TestDatabase elsewhere(Dialect::Postgres);
  const std::string name = database_->read_now([](Transaction& tx) {
    std::string own;
    tx.sql() << "SELECT current_database()", soci::into(own);
    return own;
  });
  elsewhere.run_script("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
  elsewhere.run_script(
      "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE "
      "datname = '" +
      name + "'");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(database_->write_now(add_note), DatabaseError);
    EXPECT_THROW(notes(), DatabaseError);
  }
  elsewhere.run_script("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");
  database_->write_now(add_note);
  EXPECT_EQ(notes(), 1);
}

TEST_F(DatabaseOnPostgres, RefusesAServerThatCameBackPromisingTooEarly) {
  database_ = std::move(Database::open({store_.url(), false, true}, kSchema).value());
  set_for_database("SET synchronous_commit = off");
  end_connections();
  EXPECT_THROW(database_->write_now(add_note), DatabaseError);
  set_for_database("SET synchronous_commit = on");
  database_->write_now(add_note);
  EXPECT_EQ(notes(), 1);
}

TEST_F(DatabaseOnPostgres, WritesNothingIntoAnotherSchemaThanItWasOpenedWith) {
  const auto told = [this](bool writing) -> std::string {
    try {
      writing ? database_->write_now(add_note) : static_cast<void>(notes());
    } catch (const DatabaseError& error) {
      return error.what();
    }
    return "";
  };
  store_.run_script("INSERT INTO schema_version (version, name) VALUES (2, 'newer')");
  end_connections();
  EXPECT_THAT(told(true), AllOf(HasSubstr("schema version 2"), HasSubstr("the newer program")));
  EXPECT_THAT(told(false), HasSubstr("the newer program"));
  store_.run_script("DELETE FROM schema_version");
  EXPECT_THAT(told(true), HasSubstr("start the program anew"));
  store_.run_script("INSERT INTO schema_version (version, name) VALUES (1, 'notes')");
  EXPECT_EQ(notes(), 0);
  EXPECT_EQ(told(true), "");
  EXPECT_EQ(notes(), 1);
}

TEST_F(DatabaseOnPostgres, UndoesWhatItsConnectionWasLostIn) {
  EXPECT_THROW(database_->write_now([](Transaction& tx) {
    add_note(tx);
    tx.sql() << "SELECT pg_terminate_backend(pg_backend_pid())";
    add_note(tx);
  }),
               DatabaseError);
  EXPECT_EQ(notes(), 0);
  database_->write_now(add_note);
  EXPECT_EQ(notes(), 1);
}

// The connection is lost after the last statement: nothing was committed, and the caller learns it.
TEST_F(DatabaseOnPostgres, UndoesWhatItsConnectionWasLostBehind) {
  EXPECT_THROW(database_->write_now([this](Transaction& tx) {
    add_note(tx);
    end_connections();
  }),
               DatabaseError);
  EXPECT_EQ(notes(), 0);
}

TEST_F(DatabaseOnPostgres, ReadsAgainWhenAReadLostItsConnection) {
  EXPECT_THROW(database_->read_now([this](Transaction&) { end_connections(); }), DatabaseError);
  EXPECT_EQ(notes(), 0);
}

TEST_F(DatabaseOnPostgres, EndsTheProgramWhenTheConnectionIsLostAtTheCommit) {
  store_.run_script(
      "CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION hang_up()");
  database_.reset();
  EXPECT_EXIT(
      {
        const auto database = store_.open(kSchema);
        database->write_now(add_note);
      },
      ::testing::ExitedWithCode(74), "database.commit_unknown");
  database_ = store_.open(kSchema);
  EXPECT_EQ(notes(), 0);
}

TEST_F(DatabaseOnPostgres, StaysTheWorkerAcrossALostConnection) {
  ASSERT_TRUE(database_->become_worker());
  end_connections();
  database_->write_now(add_note);
  EXPECT_FALSE(store_.open(kSchema)->become_worker());
}

TEST_F(DatabaseOnPostgres, WritesNothingWhenAnotherBecameTheWorkerMeanwhile) {
  ASSERT_TRUE(database_->become_worker());
  auto other = store_.open(kSchema);
  end_connections();
  ASSERT_TRUE(other->become_worker());
  for (int i = 0; i < 2; ++i) EXPECT_THROW(database_->write_now(add_note), DatabaseError);
  EXPECT_EQ(notes(), 0) << "reading goes on";
  other.reset();
  database_->write_now(add_note);
  EXPECT_EQ(notes(), 1);
}

TEST_F(DatabaseOnPostgres, MigratesOnceWhenTwoStartTogether) {
  const TestDatabase fresh(Dialect::Postgres);
  auto first = std::async(std::launch::async, [&fresh] { return fresh.open(kSchema); });
  auto second = std::async(std::launch::async, [&fresh] { return fresh.open(kSchema); });
  EXPECT_NO_THROW((void)first.get());
  EXPECT_NO_THROW((void)second.get());
}

}  // namespace
}  // namespace liandong
