// Looks at the columns, one coroutine a source, and turns what is new into items.
//
// The first look is a baseline: what is already there is known from then on and not pushed, but for
// what `backfill` reaches. Later looks compare the column's rows with the set of rows ever seen. A
// row whose article cannot be read yet stays pending and is asked again. An item that left its
// column and answers "gone" twice is withdrawn. A fault is an alarm, never an item.
//
// DIAGNOSTICS
//   item.found item.revised item.withdrawn  INFO
//   source.faulted    WARN  with the advice for an operator; source.recovered INFO
// BUGS
//   A text that changes after its seventh day is noticed only where the column itself tells (feeds,
//   WordPress).

#ifndef LIANDONG_DAEMON_SOURCE_WATCHER_H_
#define LIANDONG_DAEMON_SOURCE_WATCHER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/delivery/planner.h"
#include "daemon/platform/task_group.h"
#include "daemon/settings/settings.h"
#include "daemon/source/sighting.h"
#include "daemon/source/source.h"

namespace liandong {

// A source with what the engine needs to know of it.
struct SourceLine {
  SourceSettings settings;
  std::shared_ptr<Source> source;
};

// Why a new item's date is for a person to look at: long past, or to come (a typing error, or a
// text meant for later). Empty: it is not.
[[nodiscard]] std::string doubt_about_date(const std::optional<StatedTime>& published,
                                           Timestamp now, Duration older_than);

class Watcher {
 public:
  Watcher(Database& database, Ledger& ledger, Planner& planner, Clock& clock, Random& random);

  // The line must outlive the task.
  void start(const SourceLine& line, TaskGroup& tasks);
  void stop() { stopping_ = true; }

  // Goes up with every turn of a loop, for the watchdog.
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

  // One look, whether it is due or not: lists, reads what is new or due, stores.
  asio::awaitable<void> look(const SourceLine& line);

 private:
  struct ReadRow {
    ListingRow row;
    Reading reading;
  };

  asio::awaitable<void> watch(const SourceLine& line);
  asio::awaitable<void> take(const SourceLine& line, SourceState state, Listing listing,
                             Timestamp now);
  asio::awaitable<void> read_rows(const SourceLine& line, std::vector<ListingRow> rows,
                                  Timestamp now);
  asio::awaitable<void> store(const SourceLine& line, std::vector<ReadRow> batch, Timestamp now);
  asio::awaitable<void> reread(const SourceLine& line, Timestamp now);
  asio::awaitable<void> finish(const SourceLine& line, SourceState state, Timestamp now,
                               Duration pause);

  std::vector<ListingRow> select_rows(Transaction& tx, const SourceLine& line,
                                      const SourceState& state, const Listing& listing,
                                      Timestamp now);
  void baseline(Transaction& tx, const SourceLine& line, const ListingRow& row, Timestamp now);
  void note_disappeared(Transaction& tx, const SourceLine& line, Timestamp now);
  void store_article(Transaction& tx, const SourceLine& line, const ListingRow& row,
                     Article article, Timestamp now);
  void revise(Transaction& tx, const SourceLine& line, ItemId id, const Article& article,
              Timestamp now);
  ItemId found(Transaction& tx, const SourceLine& line, const Article& article, Timestamp now);
  void note_gone(Transaction& tx, const SourceLine& line, const ListingRow& row, const Gone& gone,
                 Timestamp now);
  void note_unread(Transaction& tx, const SourceLine& line, const ListingRow& row, Timestamp now);
  void note_fault(Transaction& tx, const SourceLine& line, SourceState state,
                  const SourceFault& fault, Timestamp now);

  Database& database_;
  Ledger& ledger_;
  Planner& planner_;
  Clock& clock_;
  Random& random_;
  bool stopping_ = false;
  std::uint64_t turns_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_WATCHER_H_
