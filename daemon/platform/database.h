// One database, SQLite or PostgreSQL, behind SOCI: one schema, one set of statements.
//
// All writing goes through one thread, which gathers the transactions that are waiting and commits
// them together (group commit), each behind a savepoint of its own: one fsync serves many. A
// function given to write() runs on that thread, must not touch anything but its Transaction and
// its own captures, and must not wait. Its result reaches the caller only after the COMMIT.
//
// When a COMMIT itself fails nobody knows whether it happened (domain/delivery.md 0.2): the program
// ends with exit code 74 and finds out at its next start. An exception inside `work` rolls back
// that one piece of work and reaches its caller.
//
// SQLite: WAL, synchronous=FULL, foreign keys, STRICT. PostgreSQL: synchronous_commit asserted;
// what several processes write goes one after another, as in SQLite (node.h).

#ifndef LIANDONG_DAEMON_PLATFORM_DATABASE_H_
#define LIANDONG_DAEMON_PLATFORM_DATABASE_H_

#include <any>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <soci/soci.h>

#include "daemon/platform/result.h"
#include "daemon/platform/statements.h"

namespace liandong {

namespace asio = boost::asio;

enum class Dialect : std::uint8_t { Sqlite, Postgres };

// A statement failed: the database's own words, with what was being done.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One open transaction. Statements use SOCI: `tx.sql() << "select …", soci::use(x), soci::into(y)`.
class Transaction {
 public:
  Transaction(Statements& statements, Dialect dialect)
      : statements_(statements), dialect_(dialect) {}
  [[nodiscard]] Statements& sql() { return statements_; }
  [[nodiscard]] Dialect dialect() const { return dialect_; }

  // Work of its own inside the transaction: when it throws, what it did is undone, and only that.
  template <typename Work>
  auto nested(Work work) -> std::invoke_result_t<Work&, Transaction&>;

  // A value that much work reads and changes, a row that all of it would write: made by
  // `load(Transaction&)` when it is first asked for, kept in memory, undone with the work that
  // changed it, and stored by `store(Transaction&, const Value&)` once, before the COMMIT. One a
  // type. Statements do not see what is not stored yet.
  template <typename Value, typename Load>
  Value& kept(Load load, void (*store)(Transaction&, const Value&));
  void store_kept();

 private:
  struct Kept {
    std::any value;
    std::function<void(Transaction&, const std::any&)> store;
  };
  using AllKept = std::map<std::type_index, Kept>;

  void begin_nested();
  void end_nested();
  void undo_nested(AllKept before);

  Statements& statements_;
  Dialect dialect_;
  AllKept kept_;
};

template <typename Work>
auto Transaction::nested(Work work) -> std::invoke_result_t<Work&, Transaction&> {
  AllKept before = kept_;
  begin_nested();
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Work&, Transaction&>>) {
      work(*this);
      end_nested();
    } else {
      auto value = work(*this);
      end_nested();
      return value;
    }
  } catch (...) {
    undo_nested(std::move(before));
    throw;
  }
}

template <typename Value, typename Load>
Value& Transaction::kept(Load load, void (*store)(Transaction&, const Value&)) {
  const std::type_index type(typeid(Value));
  auto found = kept_.find(type);
  if (found == kept_.end()) {
    const auto store_any = [store](Transaction& tx, const std::any& value) {
      store(tx, std::any_cast<const Value&>(value));
    };
    found = kept_.emplace(type, Kept{std::any(Value(load(*this))), store_any}).first;
  }
  return *std::any_cast<Value>(&found->second.value);
}

// Text from outside as either database holds it and JSON reads it back: what is not UTF-8, and
// U+0000, becomes U+FFFD.
[[nodiscard]] std::string storable(std::string_view text);

// Ends the process, whose node row is gone: nothing more of it may happen.
void end_fenced(std::int64_t node);

// One step of the schema. `sql` holds statements separated by ";\n". Tokens: {id} an integer key
// the database gives out, {int} a 64-bit integer, {strict} the end of a CREATE TABLE. Never edited
// after a release.
struct Migration {
  int version;
  std::string_view name;
  std::string_view sql;
};

class Database {
 public:
  struct Options {
    std::string url;  // "sqlite:///var/lib/liandong/liandong.db", "postgresql:///name?host=/run"
    bool create = false;      // a missing file or an empty database is filled; else it is an error
    bool synchronous = true;  // false only in tests that do not test durability
    // SQLite: reads the whole file for damage first, unless the last worker left it well and it is
    // as it was left (worker_mark.h). Else damage is found where it is read.
    bool check_pages = true;
  };

  // Opens, checks (missing, newer, damaged: an error that says what to do) and migrates.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const Options& options,
                                                              std::span<const Migration> schema);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();  // finishes the writes already handed over

  [[nodiscard]] Dialect dialect() const;

  // Makes this process the one that works on the database, until it ends: a second daemon on the
  // same one would take its deliveries for lost. False: another process is. Commands need not ask.
  // Where the connection and with it this right is lost and another process takes it, writes fail.
  [[nodiscard]] bool become_worker();

  // PostgreSQL: makes this process one of several that work on the database, as the node whose row
  // has this number. Whatever it writes from now on, it writes only while that row is there. False:
  // a process works on the database that must be alone.
  [[nodiscard]] bool join_as(std::int64_t node);
  // Gives up the node's work and its row; what is written afterwards needs none.
  asio::awaitable<void> leave();

  // For a simulation, before the first work: everything is done on the thread that asks, before the
  // call returns. Coroutines still resume by way of their executor, so a program on one io thread
  // runs in one order, the same every time.
  void work_at_once();

  // Runs `work(Transaction&)` in a write transaction and waits for its commit. Not from the io
  // thread while coroutines depend on it; for start-up, commands and tests.
  template <typename Work>
  auto write_now(Work work) -> std::invoke_result_t<Work&, Transaction&>;

  // The same for a coroutine, which resumes on its own executor. Name the lambda before the
  // co_await (style 11.1).
  template <typename Work>
  auto write(Work work) -> asio::awaitable<std::invoke_result_t<Work&, Transaction&>>;

  // A read-only snapshot, on the reading thread (console, reports).
  template <typename Work>
  auto read_now(Work work) -> std::invoke_result_t<Work&, Transaction&>;
  template <typename Work>
  auto read(Work work) -> asio::awaitable<std::invoke_result_t<Work&, Transaction&>>;

  // Transactions committed so far, for the watchdog and the metrics.
  [[nodiscard]] std::uint64_t commits() const;

 private:
  using Job = std::function<void(Transaction&)>;
  class Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  void submit_and_wait(bool writing, Job job);
  asio::awaitable<void> submit(bool writing, Job job);

  template <typename Value>
  struct Slot {
    std::optional<Value> value;
  };
  template <typename Work, typename Value>
  auto wait_for(bool writing, Work work) -> Value;
  template <typename Work, typename Value>
  auto await(bool writing, Work work) -> asio::awaitable<Value>;

  std::unique_ptr<Impl> impl_;
};

template <typename Work, typename Value>
auto Database::wait_for(bool writing, Work work) -> Value {
  if constexpr (std::is_void_v<Value>) {
    submit_and_wait(writing, [&work](Transaction& tx) { work(tx); });
  } else {
    std::optional<Value> value;
    submit_and_wait(writing, [&work, &value](Transaction& tx) { value.emplace(work(tx)); });
    return std::move(*value);
  }
}

template <typename Work, typename Value>
auto Database::await(bool writing, Work work) -> asio::awaitable<Value> {
  auto shared_work = std::make_shared<Work>(std::move(work));
  if constexpr (std::is_void_v<Value>) {
    Job job = [shared_work](Transaction& tx) { (*shared_work)(tx); };
    co_await submit(writing, std::move(job));
  } else {
    auto slot = std::make_shared<Slot<Value>>();
    Job job = [shared_work, slot](Transaction& tx) { slot->value.emplace((*shared_work)(tx)); };
    co_await submit(writing, std::move(job));
    co_return std::move(*slot->value);
  }
}

template <typename Work>
auto Database::write_now(Work work) -> std::invoke_result_t<Work&, Transaction&> {
  return wait_for<Work, std::invoke_result_t<Work&, Transaction&>>(true, std::move(work));
}
template <typename Work>
auto Database::read_now(Work work) -> std::invoke_result_t<Work&, Transaction&> {
  return wait_for<Work, std::invoke_result_t<Work&, Transaction&>>(false, std::move(work));
}
template <typename Work>
auto Database::write(Work work) -> asio::awaitable<std::invoke_result_t<Work&, Transaction&>> {
  return await<Work, std::invoke_result_t<Work&, Transaction&>>(true, std::move(work));
}
template <typename Work>
auto Database::read(Work work) -> asio::awaitable<std::invoke_result_t<Work&, Transaction&>> {
  return await<Work, std::invoke_result_t<Work&, Transaction&>>(false, std::move(work));
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_DATABASE_H_
