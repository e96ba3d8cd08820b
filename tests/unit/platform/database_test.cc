#include "daemon/platform/database.h"

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run.h"
#include "tests/support/test_database.h"

namespace liandong {
namespace {

constexpr std::array kSchema = {
    Migration{1, "notes", "CREATE TABLE note (id {id}, text TEXT NOT NULL UNIQUE){strict}"},
    Migration{2, "marks, checked at the commit",
              "CREATE TABLE mark (id {id}, note {int} NOT NULL REFERENCES note (id) DEFERRABLE "
              "INITIALLY DEFERRED){strict}"},
};

void add_note(Transaction& tx, const std::string& text) {
  tx.sql() << "INSERT INTO note (text) VALUES (:text)", soci::use(text, "text");
}

int count_notes(Transaction& tx) {
  int count = 0;
  tx.sql() << "SELECT count(*) FROM note", soci::into(count);
  return count;
}

class DatabaseTest : public ::testing::Test {
 protected:
  int notes() { return database_->read_now(count_notes); }

  // Keeps the writing thread at work until release(), so that what is handed over meanwhile is
  // committed together.
  void hold_writer() {
    holder_ = std::async(std::launch::async, [this] {
      database_->write_now([this](Transaction&) {
        reached_.set_value();
        gate_.get_future().wait();
      });
    });
    reached_.get_future().wait();
  }
  void release_writer() {
    gate_.set_value();
    holder_.get();
  }

  asio::awaitable<void> add(std::string text, int& done) {
    auto work = [text](Transaction& tx) { add_note(tx, text); };
    co_await database_->write(std::move(work));
    ++done;
  }

  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open(kSchema);
  std::promise<void> reached_;
  std::promise<void> gate_;
  std::future<void> holder_;
};

TEST_F(DatabaseTest, ReturnsWhatTheWorkReturns) {
  const auto id = database_->write_now([](Transaction& tx) {
    std::int64_t made = 0;
    tx.sql() << "INSERT INTO note (text) VALUES ('a') RETURNING id", soci::into(made);
    return made;
  });
  EXPECT_EQ(id, 1);
  EXPECT_EQ(notes(), 1);
}

TEST_F(DatabaseTest, CommitsTogetherWhatWaitsTogether) {
  constexpr int kWrites = 100;
  hold_writer();
  asio::io_context context;
  int done = 0;
  for (int i = 0; i < kWrites; ++i)
    asio::co_spawn(context, add("note " + std::to_string(i), done), asio::use_future);
  context.poll();
  EXPECT_EQ(done, 0);
  const std::uint64_t before = database_->commits();
  release_writer();
  context.restart();
  context.run();
  EXPECT_EQ(done, kWrites);
  EXPECT_EQ(notes(), kWrites);
  EXPECT_EQ(database_->commits() - before, 2U) << "the holder's, and one for all the others";
}

TEST_F(DatabaseTest, CommitsWhatManyThreadsWrite) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < kEach; ++i) {
        database_->write_now([&](Transaction& tx) {
          add_note(tx, std::to_string(thread) + "/" + std::to_string(i));
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(notes(), kThreads * kEach);
  EXPECT_LE(database_->commits(), kThreads * kEach);
}

class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

asio::awaitable<std::string> outcome_of(asio::awaitable<void> task) {
  try {
    co_await std::move(task);
  } catch (const Refusal& error) {
    co_return std::string("refusal: ") + error.what();
  } catch (const DatabaseError&) {
    co_return "database error";
  }
  co_return "committed";
}

asio::awaitable<void> write_work(Database& database, std::function<void(Transaction&)> work) {
  co_await database.write(std::move(work));
}

TEST_F(DatabaseTest, UndoesOnlyThePieceOfWorkThatFailed) {
  database_->write_now([](Transaction& tx) { add_note(tx, "there already"); });
  hold_writer();
  asio::io_context context;
  std::vector<std::future<std::string>> outcomes;
  for (const std::function<void(Transaction&)>& work :
       std::vector<std::function<void(Transaction&)>>{
           [](Transaction& tx) { add_note(tx, "first"); },
           [](Transaction& tx) {
             add_note(tx, "undone");
             throw Refusal("not this one");
           },
           [](Transaction& tx) {
             add_note(tx, "undone too");
             add_note(tx, "there already");
           },
           [](Transaction& tx) { add_note(tx, "last"); }}) {
    outcomes.push_back(
        asio::co_spawn(context, outcome_of(write_work(*database_, work)), asio::use_future));
  }
  context.poll();
  release_writer();
  context.restart();
  context.run();
  EXPECT_EQ(outcomes[0].get(), "committed");
  EXPECT_EQ(outcomes[1].get(), "refusal: not this one");
  EXPECT_EQ(outcomes[2].get(), "database error");
  EXPECT_EQ(outcomes[3].get(), "committed");
  const auto texts = database_->read_now([](Transaction& tx) {
    std::vector<std::string> all;
    std::string text;
    soci::statement statement =
        (tx.sql().prepare << "SELECT text FROM note ORDER BY id", soci::into(text));
    statement.execute();
    while (statement.fetch()) all.push_back(text);
    return all;
  });
  EXPECT_THAT(texts, ::testing::ElementsAre("there already", "first", "last"));
}

TEST_F(DatabaseTest, GoesOnAfterAnError) {
  EXPECT_THROW(database_->write_now([](Transaction& tx) { tx.sql() << "SELECT nonsense"; }),
               DatabaseError);
  EXPECT_THROW(database_->read_now([](Transaction& tx) { tx.sql() << "SELECT nonsense"; }),
               DatabaseError);
  database_->write_now([](Transaction& tx) { add_note(tx, "after"); });
  EXPECT_EQ(notes(), 1);
}

TEST_F(DatabaseTest, ResumesACoroutineOnItsOwnExecutor) {
  asio::io_context context;
  const auto threads = [](Database& database) -> asio::awaitable<std::vector<std::thread::id>> {
    std::vector<std::thread::id> seen;
    auto work = [](Transaction&) { return std::this_thread::get_id(); };
    const std::thread::id writer = co_await database.write(work);
    seen.push_back(std::this_thread::get_id());
    const std::thread::id reader = co_await database.read(work);
    seen.push_back(std::this_thread::get_id());
    seen.push_back(writer);
    seen.push_back(reader);
    co_return seen;
  };
  const auto seen = run(context, threads(*database_));
  EXPECT_EQ(seen[0], std::this_thread::get_id());
  EXPECT_EQ(seen[1], std::this_thread::get_id());
  EXPECT_NE(seen[2], std::this_thread::get_id());
  EXPECT_NE(seen[3], seen[2]) << "reading does not wait for writing";
}

// The io_context must not run out of work while only the database is at it.
TEST_F(DatabaseTest, KeepsTheExecutorOfAWaitingCoroutineAtWork) {
  hold_writer();
  asio::io_context context;
  int done = 0;
  asio::co_spawn(context, add("late", done), asio::use_future);
  context.poll();
  EXPECT_FALSE(context.stopped());
  release_writer();
  context.run();
  EXPECT_EQ(done, 1);
}

TEST_F(DatabaseTest, ReadsASnapshot) {
  database_->read_now([this](Transaction& tx) {
    EXPECT_EQ(count_notes(tx), 0);
    database_->write_now([](Transaction& other) { add_note(other, "meanwhile"); });
    EXPECT_EQ(count_notes(tx), 0);
  });
  EXPECT_EQ(notes(), 1);
}

TEST_F(DatabaseTest, RefusesToWriteWhenReading) {
  EXPECT_THROW(database_->read_now([](Transaction& tx) { add_note(tx, "by the way"); }),
               DatabaseError);
  EXPECT_EQ(notes(), 0);
}

TEST_F(DatabaseTest, FinishesTheWritesHandedOverBeforeItCloses) {
  hold_writer();
  asio::io_context context;
  int done = 0;
  for (const char* text : {"a", "b", "c"})
    asio::co_spawn(context, add(text, done), asio::use_future);
  context.poll();
  gate_.set_value();
  database_.reset();
  holder_.get();
  context.restart();
  context.run();
  EXPECT_EQ(done, 3);
  database_ = store_.open(kSchema);
  EXPECT_EQ(notes(), 3);
}

TEST_F(DatabaseTest, SharesOneStoreWithASecondProgram) {
  const auto other = store_.open(kSchema);
  other->write_now([](Transaction& tx) { add_note(tx, "theirs"); });
  database_->write_now([](Transaction& tx) { add_note(tx, "ours"); });
  EXPECT_EQ(notes(), 2);
  EXPECT_EQ(other->read_now(count_notes), 2);
}

// A server needs a moment to notice that a session has ended.
bool becomes_worker_soon(Database& database) {
  bool worker = database.become_worker();
  for (int tries = 0; !worker && tries < 200; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    worker = database.become_worker();
  }
  return worker;
}

TEST_F(DatabaseTest, LetsOneProgramOnlyBeTheWorker) {
  EXPECT_TRUE(database_->become_worker());
  auto other = store_.open(kSchema);
  EXPECT_FALSE(other->become_worker());
  EXPECT_FALSE(other->become_worker()) << "asked again, nothing has changed";
  database_.reset();
  EXPECT_TRUE(becomes_worker_soon(*other));
}

// The right of a worker ends with its process, however that ended.
TEST_F(DatabaseTest, LetsTheNextProcessWorkWhenTheWorkerWasKilled) {
  database_.reset();
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto theirs = store_.open(kSchema);
    const char answer = theirs->become_worker() ? 'y' : 'n';
    if (::write(pipe[1], &answer, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  ::close(pipe[1]);
  char answer = '?';
  EXPECT_EQ(::read(pipe[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  database_ = store_.open(kSchema);
  EXPECT_FALSE(database_->become_worker());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(pipe[0]);
  EXPECT_TRUE(becomes_worker_soon(*database_));
}

// Nobody can know whether a COMMIT that failed has happened.
TEST_F(DatabaseTest, EndsTheProgramWhenACommitFails) {
  database_.reset();
  EXPECT_EXIT(
      {
        const auto database = store_.open(kSchema);
        database->write_now([](Transaction& tx) {
          tx.sql() << "INSERT INTO mark (note) VALUES (4711)";  // there is no such note
        });
      },
      ::testing::ExitedWithCode(74), "database.commit_unknown");
  database_ = store_.open(kSchema);
  EXPECT_EQ(notes(), 0);
}

}  // namespace
}  // namespace liandong
