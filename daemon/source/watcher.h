// Looks at the columns and turns what is new into items.
//
// One task keeps the rota (rota.h) and sends a coroutine to each host whose columns are due, so
// that a source that waits costs a few numbers. A look that finds nothing new writes nothing: when
// it was is kept in memory and stored with that of many others.
//
// The first look is a baseline: what is already there is known from then on and not pushed, but for
// what `backfill` reaches. Later looks compare the column's rows with the set of rows ever seen. A
// row whose article cannot be read yet stays pending and is asked again. An item that left its
// column and answers "gone" twice is withdrawn, and so is one that was repealed (废止). A fault is
// an alarm, never an item. A look that brings too much to be true is held as a whole
// (mass_change.h).
//
// DIAGNOSTICS
//   item.found item.revised item.withdrawn  INFO
//   source.faulted    WARN  with the advice for an operator; source.recovered INFO. Also with the
//                     result "silent": a column that always moved moves no more (pace.h)
//   source.held       ERROR a mass change: a person must look and release the source
// BUGS
//   A text that changes after its seventh day is noticed only where the column itself tells (feeds,
//   WordPress).

#ifndef LIANDONG_DAEMON_SOURCE_WATCHER_H_
#define LIANDONG_DAEMON_SOURCE_WATCHER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/delivery/planned_work.h"
#include "daemon/delivery/planner.h"
#include "daemon/item/identity.h"
#include "daemon/platform/task_group.h"
#include "daemon/settings/calendar.h"
#include "daemon/settings/settings.h"
#include "daemon/source/mass_change.h"
#include "daemon/source/rota.h"
#include "daemon/source/sighting.h"
#include "daemon/source/source.h"

namespace liandong {

// A source with what the engine needs to know of it, which outlives it: a country's columns are too
// many to be kept twice.
struct SourceLine {
  const SourceSettings& settings;
  std::shared_ptr<Source> source;
};

// Why a new item's date is for a person to look at: long past, or to come (a typing error, or a
// text meant for later). Empty: it is not.
[[nodiscard]] std::string doubt_about_date(const std::optional<StatedTime>& published,
                                           Timestamp now, Duration older_than);

// The website an address belongs to: its host without "www."
[[nodiscard]] std::string site_of(const std::string& url);

class Watcher {
 public:
  Watcher(Database& database, Ledger& ledger, Planner& planner, Clock& clock, Random& random,
          const Calendar& calendar);

  // The line and the group must outlive the tasks. All lines are started in one go.
  void start(const SourceLine& line, TaskGroup& tasks);
  void stop() { stopping_ = true; }
  // Looks at that source within a second instead of when it is due, at most once every five.
  void look_now(const std::string& source);
  // Items that a call of the site brought: stored, and on their way, when this returns. False: the
  // call was heard before, and nothing is done. REQUIRES: `line` was started.
  asio::awaitable<bool> take_call(const SourceLine& line, std::string digest, Listing listing);
  // When the next look is due.
  [[nodiscard]] std::optional<Timestamp> next_look() const { return rota_.next_visit(); }
  // Asked before every transaction that may make deliveries what else is to be done in it.
  void on_planned(std::function<std::shared_ptr<PlannedWork>()> begin) {
    begin_planned_ = std::move(begin);
  }

  // Goes up with every turn of a loop, for the watchdog.
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

  // One look, whether it is due or not: lists, reads what is new or due, stores.
  asio::awaitable<void> look(const SourceLine& line);

 private:
  [[nodiscard]] std::shared_ptr<PlannedWork> begin_planned() const {
    return begin_planned_ ? begin_planned_() : nullptr;
  }
  // What is kept in memory of a source.
  struct Watched {
    const SourceLine* line;
    Timestamp looked_at{};
    Timestamp read_at{};
    Timestamp rested{};      // a call of the site is not heard before
    bool is_called = false;  // while it is looked at
    bool is_unstored = false;
  };
  // What a look leaves: when the next is due, and whether all of it is in the database.
  struct Looked {
    LookTimes times;
    bool is_stored = true;
  };

  struct ReadRow {
    ListingRow row;
    Reading reading;
  };

  asio::awaitable<void> keep_rota(TaskGroup& tasks);
  void remember(const std::vector<LookTimes>& all);
  void count_slow();
  [[nodiscard]] bool is_one_free() const;
  void send_visitors(TaskGroup& tasks);
  asio::awaitable<void> visit(Rota::Turn turn);
  asio::awaitable<void> visit_host(Rota::Turn turn);
  asio::awaitable<void> take_turn(Rota::Place place, double jitter);
  asio::awaitable<void> store_times();
  asio::awaitable<Looked> look_once(const SourceLine& line, Timestamp read_at, double jitter);
  // One look: when, and why all that it brings waits for a person (empty: it does not).
  struct Round {
    Timestamp now;
    std::string guard;
    std::optional<Timestamp> looked_before{};  // empty: this is the column's first look
    std::optional<Timestamp> look_by{};        // of what it brought
    bool has_list = false;                     // the column was read
  };
  // Until the next look: what the site asked for, and our share of chance.
  struct Pause {
    Timestamp now;
    Duration asked{0};
    double jitter = 0;
  };
  // The rows of a look whose articles are wanted.
  struct Wanted {
    std::vector<ListingRow> fresh;  // never seen, or not readable so far; oldest first
    std::vector<ListingRow> known;  // of known items, to be compared
    LookCounts counts;
  };

  asio::awaitable<void> take(const SourceLine& line, SourceState state, Wanted wanted,
                             std::vector<Sighting> due, Timestamp now);
  asio::awaitable<void> read_fresh(const SourceLine& line, std::vector<ListingRow> rows,
                                   Round round);
  asio::awaitable<ReadRow> read_row(const SourceLine& line, ListingRow row);
  void look_again(const SourceLine& line, std::optional<Timestamp> by);
  asio::awaitable<void> store(const SourceLine& line, std::vector<ReadRow> batch, Round round);
  asio::awaitable<Looked> finish(const SourceLine& line, SourceState state, Pause pause,
                                 bool is_changed);
  // Empty: it was heard before.
  std::optional<Round> store_call(Transaction& tx, const SourceLine& line,
                                  const std::string& digest, const Listing& listing, Timestamp now);
  void set_alarm(const SourceLine& line, SourceState& state) const;
  void note_end(Transaction& tx, const std::string& source, const SourceState& state,
                const std::string& was);

  Wanted select_rows(Transaction& tx, const SourceLine& line, const SourceState& state,
                     const Listing& listing, Timestamp now);
  Round judge(Transaction& tx, const SourceLine& line, const SourceState& state, LookCounts counts,
              const std::vector<ReadRow>& known, Timestamp now);
  // When the next look is due before something of it is pushed for the first time.
  std::optional<Timestamp> store_rows(Transaction& tx, const SourceLine& line,
                                      const std::vector<ReadRow>& batch, const Round& round);
  void baseline(Transaction& tx, const SourceLine& line, const ListingRow& row, Timestamp now);
  void note_disappeared(Transaction& tx, const SourceLine& line, Timestamp now);
  std::optional<Timestamp> store_article(Transaction& tx, const SourceLine& line,
                                         const ListingRow& row, Article article,
                                         const Round& round);
  // Empty: it is as it was.
  std::optional<Item> revise(Transaction& tx, const SourceLine& line, const Sighting& sighting,
                             Article article, const Round& round);
  // `imported`: the number an import gave it.
  Item found(Transaction& tx, const SourceLine& line, const Article& article,
             const std::vector<IdentityKey>& keys, const Round& round,
             std::optional<ItemId> imported);
  [[nodiscard]] static Round first_sight(const Sighting& sighting, Round round);
  [[nodiscard]] std::optional<Timestamp> last_look(const Item& item, Timestamp now) const;
  void note_gone(Transaction& tx, const SourceLine& line, const ListingRow& row, const Gone& gone,
                 const Round& round);
  void note_present(Transaction& tx, const SourceLine& line, const ListingRow& row, Timestamp now);
  void note_promised(Transaction& tx, const SourceLine& line, const ListingRow& row, Timestamp now);
  void note_unread(Transaction& tx, const SourceLine& line, const ListingRow& row, Timestamp now);
  LookTimes note_fault(Transaction& tx, const SourceLine& line, SourceState state,
                       const SourceFault& fault, Timestamp now);

  Database& database_;
  Ledger& ledger_;
  Planner& planner_;
  Clock& clock_;
  Random& random_;
  const Calendar& calendar_;
  Rota rota_;
  std::vector<Watched> watched_;  // by place
  std::vector<Rota::Place> unstored_;
  // Of the few that brought something: when to look before it is pushed for the first time.
  std::map<Rota::Place, Timestamp> look_by_;
  int visitors_ = 0;
  std::multiset<Instant> looking_;  // when each look began that is under way
  int slow_ = 0;                    // of them
  std::function<std::shared_ptr<PlannedWork>()> begin_planned_;
  bool stopping_ = false;
  std::uint64_t turns_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_WATCHER_H_
