#include "daemon/platform/database.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "daemon/platform/connection.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/log.h"
#include "daemon/platform/migration.h"
#include "daemon/platform/node.h"
#include "daemon/platform/postgres.h"
#include "daemon/platform/text.h"
#include "daemon/platform/worker_mark.h"

namespace liandong {

namespace {

constexpr std::size_t kBatch = 128;  // transactions committed together at most
// A busy store waits so long for as many as came the last time: whoever is first back from its
// delivery would else pay for an fsync alone, and the others wait for it.
constexpr std::chrono::milliseconds kGather{2};
constexpr std::size_t kBusy = 5;  // for fewer than so many it does not wait: each would be late
constexpr int kExitUnknownCommit = 74;
constexpr int kExitFenced = 75;

const char* begin_text(Dialect dialect, bool writing) {
  if (dialect == Dialect::Sqlite) return writing ? "BEGIN IMMEDIATE" : "BEGIN";
  return writing ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                 : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
}

}  // namespace

void end_fenced(std::int64_t node) {
  if (control_is("no-fence")) return;
  log(Level::Error, "node.fenced",
      {{"node", node},
       {"advice", "its lease ran out and others do its work; it ends, and may come back as new"}});
  ::_exit(kExitFenced);
}

std::string storable(std::string_view text) {
  return replace_all(to_valid_utf8(text), std::string_view("\0", 1), "\uFFFD");
}

namespace {

// What failed could not be undone, most likely for want of a connection: nothing of the transaction
// may be committed.
class CannotUndo : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace

void Transaction::begin_nested() {
  statements_ << "SAVEPOINT work";
}
void Transaction::end_nested() {
  statements_ << "RELEASE SAVEPOINT work";
}
// Not prepared: PostgreSQL takes nothing else in a transaction that has failed.
void Transaction::undo_nested(AllKept before) {
  soci::session& session = statements_;
  try {
    session.once << "ROLLBACK TO SAVEPOINT work";
    session.once << "RELEASE SAVEPOINT work";
  } catch (const soci::soci_error& error) {
    throw CannotUndo(error.what());
  }
  kept_ = std::move(before);
}
void Transaction::store_kept() {
  for (const auto& [type, kept] : kept_) kept.store(*this, kept.value);
  kept_.clear();
}

// Two threads with a queue each: one writes, one reads.
class Database::Impl {
 public:
  struct Work {
    Job job;
    std::function<void(std::exception_ptr)> done;
    asio::any_io_executor executor;  // where `done` is to be called; none: on this thread
    std::exception_ptr error;
    bool reads = false;
  };

  Impl(DatabaseAddress address, bool synchronous, int schema, std::unique_ptr<soci::session> writer,
       std::unique_ptr<soci::session> reader)
      : address_(std::move(address)),
        synchronous_(synchronous),
        schema_(schema),
        writer_(std::move(writer)),
        reader_(std::move(reader)),
        mark_(address_.target) {
    writing_.thread = std::thread([this] { loop(writing_, *writer_, true); });
    if (reader_) reading_.thread = std::thread([this] { loop(reading_, *reader_, false); });
  }

  ~Impl() {
    stop(reading_);
    stop(writing_);
    reader_statements_.reset();
    writer_statements_.reset();
    reader_.reset();
    writer_.reset();
    if (is_marked_ && !has_met_damage_) mark_.leave_well();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void submit(bool writing, Work work) {
    // An in-memory database lives in one session.
    Lane& lane = writing || !reader_ ? writing_ : reading_;
    work.reads = !writing;
    if (at_once_) return do_at_once(&lane == &writing_, std::move(work));
    bool wakes = false;
    {
      const std::lock_guard lock(lane.mutex);
      lane.queue.push_back(std::move(work));
      // Not by each of those it waits for together.
      wakes = lane.queue.size() == 1 || lane.queue.size() == lane.wanted;
    }
    if (wakes) lane.wake.notify_one();
  }

  void work_at_once() {
    writer_statements_ = std::make_unique<Statements>(*writer_);
    if (reader_) reader_statements_ = std::make_unique<Statements>(*reader_);
    at_once_ = true;
  }

  // On the writing thread: the lock belongs to the writing session, so that nothing can be written
  // by a program that lost it.
  [[nodiscard]] bool lock_writer(Transaction& tx) {
    is_worker_ = lock_service(tx.sql());
    return is_worker_;
  }
  [[nodiscard]] bool lock_node(Transaction& tx, std::int64_t node) {
    node_ = node;
    is_worker_ = lock_service(tx.sql());
    if (!is_worker_) node_ = 0;
    timeline_ = timeline_of(tx.sql());
    return is_worker_;
  }
  void leave_node(Transaction& tx) {
    free_work_of(tx, node_);
    tx.sql() << "DELETE FROM node WHERE id = :node", soci::use(node_);
    node_ = 0;
  }

  [[nodiscard]] bool lock_service(soci::session& session) const {
    return try_lock(session, DatabaseLock::Service,
                    node_ == 0 ? LockMode::Session : LockMode::SharedSession);
  }

  [[nodiscard]] bool lock_file() {
    if (address_.memory) return true;
    is_marked_ = mark_.take();
    return is_marked_;
  }

  [[nodiscard]] Dialect dialect() const { return address_.dialect; }
  [[nodiscard]] std::uint64_t commits() const { return commits_; }

 private:
  struct Lane {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Work> queue;
    std::size_t wanted = 0;  // so many are waited for
    bool stopping = false;
    std::thread thread;
  };

  static void stop(Lane& lane) {
    {
      const std::lock_guard lock(lane.mutex);
      lane.stopping = true;
    }
    lane.wake.notify_one();
    if (lane.thread.joinable()) lane.thread.join();
  }

  void loop(Lane& lane, soci::session& session, bool writing) {
    Statements statements(session);
    std::size_t expected = 1;
    for (;;) {
      std::vector<Work> batch;
      {
        std::unique_lock lock(lane.mutex);
        lane.wake.wait(lock, [&lane] { return lane.stopping || !lane.queue.empty(); });
        if (lane.queue.empty()) return;
        if (writing && expected >= kBusy && expected > lane.queue.size()) {
          lane.wanted = expected;
          lane.wake.wait_for(lock, kGather, [&lane, expected] {
            return lane.stopping || lane.queue.size() >= expected;
          });
          lane.wanted = 0;
        }
        while (!lane.queue.empty() && batch.size() < kBatch) {
          batch.push_back(std::move(lane.queue.front()));
          lane.queue.pop_front();
        }
      }
      expected = std::max(batch.size(), expected / 2);
      run_batch(session, statements, batch, writing);
      tell(std::move(batch));
    }
  }

  // Those who wait on one executor learn of it by one hand-over, which wakes its thread once.
  static void tell(std::vector<Work> batch) {
    for (auto first = batch.begin(); first != batch.end();) {
      const auto last = std::find_if(first, batch.end(), [first](const Work& work) {
        return work.executor != first->executor;
      });
      std::vector<Work> together(std::make_move_iterator(first), std::make_move_iterator(last));
      first = last;
      // What keeps its context running goes along, and ends over there: nothing of it stays here,
      // where it might outlive the context.
      asio::any_io_executor executor;
      if (together.front().executor)
        executor =
            asio::prefer(together.front().executor, asio::execution::outstanding_work.untracked);
      auto call = [works = std::move(together)]() mutable {
        for (Work& work : works) work.done(std::move(work.error));
      };
      if (executor) {
        asio::post(executor, std::move(call));
      } else {
        call();
      }
    }
  }

  void do_at_once(bool writing, Work work) {
    std::vector<Work> batch;
    batch.push_back(std::move(work));
    if (writing) {
      run_batch(*writer_, *writer_statements_, batch, true);
    } else {
      run_batch(*reader_, *reader_statements_, batch, false);
    }
    tell(std::move(batch));
  }

  void run_batch(soci::session& session, Statements& statements, std::vector<Work>& batch,
                 bool writing) {
    try {
      begin_or_reconnect(session, statements, writing);
      if (writing) take_turn(statements);
      Transaction tx(statements, address_.dialect);
      for (Work& work : batch) run_one(tx, work);
      tx.store_kept();
    } catch (const std::exception& error) {
      if (is_database_damage(error)) has_met_damage_ = true;
      roll_back(session);
      const auto wrapped = std::make_exception_ptr(DatabaseError(error.what()));
      for (Work& work : batch) work.error = wrapped;
      return;
    }
    commit(statements, writing);
  }

  // One writer at a time in all processes, so that each statement sees what was committed before.
  // What is behind the fence stays there until the COMMIT (node.h).
  void take_turn(Statements& statements) {
    if (address_.dialect == Dialect::Sqlite) return;
    static const std::string kTurn =
        fmt::format("SELECT CASE WHEN pg_advisory_xact_lock({}) IS NULL THEN 0 ELSE 1 END",
                    static_cast<int>(DatabaseLock::Writer));
    int is_mine = 0;
    statements << kTurn, soci::into(is_mine);
    if (node_ == 0) return;
    statements << "SELECT 1 FROM node WHERE id = :id FOR KEY SHARE", soci::use(node_),
        soci::into(is_mine);
    if (!statements.got_data()) end_fenced(node_);
  }

  void begin_or_reconnect(soci::session& session, Statements& statements, bool writing) {
    const char* const text = begin_text(address_.dialect, writing);
    try {
      statements << text;
      return;
    } catch (const soci::soci_error& error) {
      if (address_.dialect == Dialect::Sqlite) throw;
      log(Level::Warn, "database.disconnected", {{"error", error.what()}});
    }
    statements.forget();
    reconnect(session, writing);
    log(Level::Info, "database.reconnected", {{"session", writing ? "writer" : "reader"}});
    statements << text;
  }

  // The server may come back with another configuration or schema, or serve another worker by now.
  void reconnect(soci::session& session, bool writing) {
    session.reconnect();
    set_up_connection(session, address_, synchronous_, writing);
    auto checked = check_database(session, address_.dialect, synchronous_, true);
    if (checked) checked = check_schema(session, address_.dialect, schema_);
    if (writing && node_ != 0 && timeline_of(session) != timeline_) end_after_failover();
    const bool may_write = !writing || !is_worker_ || lock_service(session);
    if (checked && may_write) return;
    session.close();
    const std::string why =
        checked ? "another process took this database over" : checked.error().message();
    log(Level::Error, "database.refused", {{"error", why}});
    throw DatabaseError(why);
  }

  // What this process remembers may never have been.
  [[noreturn]] static void end_after_failover() {
    log(Level::Error, "database.failed_over",
        {{"advice", "another server took over, maybe without the newest commits; it begins anew"}});
    ::_exit(kExitUnknownCommit);
  }

  void run_one(Transaction& tx, Work& work) {
    // In an in-memory database work that reads comes between work that writes.
    if (work.reads) tx.store_kept();
    try {
      // In SQLite a statement that fails undoes itself, and what only reads leaves nothing to undo.
      if (work.reads && address_.dialect == Dialect::Sqlite) {
        work.job(tx);
      } else {
        tx.nested([&work](Transaction& own) { work.job(own); });
      }
    } catch (const CannotUndo&) {
      throw;
    } catch (const soci::soci_error& error) {
      if (is_database_damage(error)) has_met_damage_ = true;
      work.error = std::make_exception_ptr(DatabaseError(error.what()));
    } catch (...) {
      work.error = std::current_exception();
    }
  }

  static void roll_back(soci::session& session) {
    try {
      session.once << "ROLLBACK";
    } catch (const soci::soci_error& error) {
      // No transaction is open (BEGIN failed) or the connection is gone: nothing was committed.
      log(Level::Debug, "database.rollback_skipped", {{"error", error.what()}});
    }
  }

  void commit(Statements& statements, bool writing) {
    try {
      if (writing) LIANDONG_FAULT_POINT(13);
      statements << "COMMIT";
      if (writing) ++commits_;
      if (writing) LIANDONG_FAULT_POINT(11);
    } catch (const soci::soci_error& error) {
      if (!writing) {  // what was read was read
        log(Level::Warn, "database.read_unfinished", {{"error", error.what()}});
        return;
      }
      log(Level::Error, "database.commit_unknown",
          {{"error", error.what()},
           {"advice", "the program stops and finds out at its next start"}});
      ::_exit(kExitUnknownCommit);
    }
  }

  DatabaseAddress address_;
  bool synchronous_;
  int schema_;  // the version it was opened with
  std::unique_ptr<soci::session> writer_;
  std::unique_ptr<soci::session> reader_;
  bool is_worker_ = false;  // of the writing thread, as the next
  std::int64_t node_ = 0;   // 0: no node
  std::string timeline_;    // of the server, of a node only
  WorkerMark mark_;
  bool is_marked_ = false;  // this process holds the SQLite file
  std::atomic<bool> has_met_damage_{false};
  bool at_once_ = false;
  std::unique_ptr<Statements> writer_statements_;  // while everything is done at once
  std::unique_ptr<Statements> reader_statements_;
  std::atomic<std::uint64_t> commits_{0};
  Lane writing_;
  Lane reading_;
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const Options& options,
                                                 std::span<const Migration> schema) {
  auto address = parse_database_url(options.url);
  if (!address) return address.error();
  const bool file = address->dialect == Dialect::Sqlite && !address->memory;
  if (file && !options.create && !std::filesystem::exists(address->target)) {
    return Error(
        ErrorKind::Permanent,
        fmt::format("the database {} does not exist; if this is a new installation, start "
                    "once with `liandong run --init`, otherwise restore it from the backup",
                    address->target));
  }
  try {
    if (file && options.create)
      make_private_folder(std::filesystem::path(address->target).parent_path());
    const bool reads_pages =
        options.check_pages && !(file && WorkerMark(address->target).is_left_well());
    auto writer = connect_writer(*address, options.synchronous);
    const auto checked =
        check_database(*writer, address->dialect, options.synchronous, reads_pages);
    if (!checked) return checked.error();
    const auto migrated = migrate(*writer, address->dialect, schema, options.create);
    if (!migrated) return migrated.error();
    auto reader = connect_reader(*address, options.synchronous);
    return std::unique_ptr<Database>(new Database(std::make_unique<Impl>(
        std::move(*address), options.synchronous, schema.empty() ? 0 : schema.back().version,
        std::move(writer), std::move(reader))));
  } catch (const std::exception& error) {
    return Error(kind_of_database_error(error),
                 fmt::format("the database {} cannot be opened: {}; {}", options.url, error.what(),
                             database_advice(*address)));
  }
}

Dialect Database::dialect() const {
  return impl_->dialect();
}
bool Database::become_worker() {
  if (impl_->dialect() == Dialect::Sqlite) return impl_->lock_file();
  return write_now([this](Transaction& tx) { return impl_->lock_writer(tx); });
}
bool Database::join_as(std::int64_t node) {
  return write_now([this, node](Transaction& tx) { return impl_->lock_node(tx, node); });
}
asio::awaitable<void> Database::leave() {
  auto work = [this](Transaction& tx) { impl_->leave_node(tx); };
  co_await write(std::move(work));
}
void Database::work_at_once() {
  impl_->work_at_once();
}
std::uint64_t Database::commits() const {
  return impl_->commits();
}

void Database::submit_and_wait(bool writing, Job job) {
  std::mutex mutex;
  std::condition_variable wake;
  bool finished = false;
  std::exception_ptr error;
  Impl::Work work;
  work.job = std::move(job);
  work.done = [&](std::exception_ptr why) {
    const std::lock_guard lock(mutex);
    error = std::move(why);
    finished = true;
    wake.notify_one();
  };
  impl_->submit(writing, std::move(work));
  std::unique_lock lock(mutex);
  wake.wait(lock, [&finished] { return finished; });
  if (error) std::rethrow_exception(error);
}

asio::awaitable<void> Database::submit(bool writing, Job job) {
  // Not cancellable: a write that was handed over happens, and its coroutine learns of it.
  auto initiate = [](auto handler, Impl* impl, bool to_write, Job work_job) {
    Impl::Work work;
    work.job = std::move(work_job);
    work.executor = asio::prefer(asio::any_io_executor(asio::get_associated_executor(handler)),
                                 asio::execution::outstanding_work.tracked);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    work.done = [shared](std::exception_ptr error) {
      auto resumed = std::move(*shared);
      std::move(resumed)(std::move(error));
    };
    impl->submit(to_write, std::move(work));
  };
  Impl* impl = impl_.get();
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      initiate, asio::use_awaitable, impl, writing, std::move(job));
}

}  // namespace liandong
