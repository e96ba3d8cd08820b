#include "daemon/source/watcher.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "daemon/delivery/counters.h"
#include "daemon/item/item_store.h"
#include "daemon/item/validity.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/log.h"
#include "daemon/source/known_item.h"
#include "daemon/source/pace.h"
#include "daemon/source/websub.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kLookTime = 60s;
constexpr std::size_t kBatch = 50;  // articles stored in one transaction
constexpr int kRereadsALook = 20;
constexpr std::string_view kActor = "system:watcher";
constexpr std::string_view kSilent = "silent";

// Its habit is in the rows' dates.
void note_habit(SourceState& state, const Listing& listing, const Calendar& calendar) {
  state.rows_seen = static_cast<int>(listing.rows.size());
  if (const int gap = usual_gap(listing.rows, calendar); gap > 0) state.usual_gap = gap;
}

ListingRow row_of(const Sighting& sighting) {
  ListingRow row;
  row.key = sighting.row_key;
  row.url = sighting.url;
  row.title = sighting.title;
  row.version = sighting.version;
  return row;
}

// Those of `due` that are not among `rows` yet.
void add_due(const std::vector<Sighting>& due, std::vector<ListingRow>& rows) {
  for (const Sighting& sighting : due) {
    const bool wanted = std::any_of(rows.begin(), rows.end(), [&](const ListingRow& row) {
      return row.key == sighting.row_key;
    });
    if (!wanted) rows.push_back(row_of(sighting));
  }
}

}  // namespace

Watcher::Watcher(Database& database, Ledger& ledger, Planner& planner, Clock& clock, Random& random,
                 const Calendar& calendar)
    : database_(database),
      ledger_(ledger),
      planner_(planner),
      clock_(clock),
      random_(random),
      calendar_(calendar) {}

namespace {

// An adapter that breaks on what a website shows must not end the daemon, again at each start.
SourceFault fault_of(const std::exception& error) {
  return {SourceFault::Kind::Malformed, fmt::format("the reader broke on it: {}", error.what()),
          "report this with the page's address; the other sources go on", std::nullopt};
}

asio::awaitable<Look> list_of(const SourceLine& line, ListingState last, Instant deadline) {
  try {
    co_return co_await line.source->list(std::move(last), deadline);
  } catch (const std::exception& error) {
    co_return fault_of(error);
  }
}

asio::awaitable<Reading> reading_of(const SourceLine& line, ListingRow row, Instant deadline) {
  try {
    co_return co_await line.source->read(std::move(row), deadline);
  } catch (const std::exception& error) {
    co_return fault_of(error);
  }
}

}  // namespace

namespace {

struct Before {
  SourceState state;
  std::vector<Sighting> due;
};

std::vector<Sighting> due_now(Transaction& tx, const std::string& source, Timestamp now) {
  return due_sightings(tx, source, now, kRereadsALook);
}

}  // namespace

asio::awaitable<void> Watcher::look(const SourceLine& line) {
  const Timestamp read_at;  // what is stored will do
  const Looked looked = co_await look_once(line, read_at, random_.unit());
  if (looked.is_stored) co_return;
  auto record = [times = looked.times](Transaction& tx) { store_look_times(tx, {times}); };
  co_await database_.write(std::move(record));
}

asio::awaitable<Watcher::Looked> Watcher::look_once(const SourceLine& line, Timestamp read_at,
                                                    double jitter) {
  auto load = [&name = line.settings.name, begun = clock_.now()](Transaction& tx) {
    Before before{load_source_state(tx, name), {}};
    const auto& reread = before.state.next_reread;
    if (reread && *reread <= begun) before.due = due_now(tx, name, begun);
    return before;
  };
  Before before = co_await database_.read(std::move(load));
  SourceState& state = before.state;
  state.read_at = std::max(state.read_at, read_at);
  LIANDONG_FAULT_POINT(1);
  Look answer = co_await list_of(line, state.listing, clock_.after(kLookTime));
  LIANDONG_FAULT_POINT(2);
  const Timestamp now = clock_.now();
  if (auto* fault = std::get_if<SourceFault>(&answer)) {
    auto record = [this, &line, state, fault = *fault, now](Transaction& tx) {
      return note_fault(tx, line, state, fault, now);
    };
    LookTimes times = co_await database_.write(std::move(record));
    co_return Looked{std::move(times), true};
  }
  Pause pause{now, 0ms, jitter};
  Wanted wanted;
  bool is_changed = false;
  if (auto* unchanged = std::get_if<NotModified>(&answer)) {
    pause.asked = unchanged->poll_after.value_or(0ms);
    is_changed = unchanged->next.has_value();
    if (is_changed) state.listing = std::move(*unchanged->next);
  } else {
    is_changed = true;
    Listing listing = std::get<Listing>(std::move(answer));
    pause.asked = listing.poll_after.value_or(0ms);
    note_habit(state, listing, calendar_);
    ListingState next = listing.next;
    auto select = [this, &line, state, listing = std::move(listing), now](Transaction& tx) {
      if (!line.settings.callback_path.empty())
        note_offer(tx, line.settings.name, listing.hub, now);
      return select_rows(tx, line, state, listing, now);
    };
    wanted = co_await database_.write(std::move(select));
    if (state.baseline_done && wanted.counts.fresh > 0) state.moved_at = now;
    state.listing = std::move(next);
    auto again = [&name = line.settings.name, now](Transaction& tx) {
      return due_now(tx, name, now);
    };
    before.due = co_await database_.read(std::move(again));
  }
  // Everything the validator vouches for is stored before the validator is.
  co_await take(line, state, std::move(wanted), std::move(before.due), now);
  Looked looked = co_await finish(line, std::move(state), pause, is_changed);
  co_return looked;
}

// The known are read first: what the whole look brings decides what becomes of each of its items.
asio::awaitable<void> Watcher::take(const SourceLine& line, SourceState state, Wanted wanted,
                                    std::vector<Sighting> due, Timestamp now) {
  add_due(due, wanted.known);
  std::vector<ReadRow> known;
  for (ListingRow& row : wanted.known) {
    if (stopping_) co_return;
    ReadRow read = co_await read_row(line, std::move(row));
    known.push_back(std::move(read));
  }
  Round round{now, ""};
  if (!known.empty() || wanted.counts.fresh > 0) {
    const std::shared_ptr<PlannedWork> planned = begin_planned();
    auto record = [this, &line, state = std::move(state), counts = wanted.counts,
                   known = std::move(known), planned, now](Transaction& tx) {
      Round judged = judge(tx, line, state, counts, known, now);
      judged.look_by = store_rows(tx, line, known, judged);
      if (planned) planned->within(tx);
      return judged;
    };
    round = co_await database_.write(std::move(record));
    look_again(line, round.look_by);
    if (planned) planned->after();
  }
  co_await read_fresh(line, std::move(wanted.fresh), std::move(round));
}

// The rows whose article is wanted, oldest first; the others are noted as seen.
Watcher::Wanted Watcher::select_rows(Transaction& tx, const SourceLine& line,
                                     const SourceState& state, const Listing& listing,
                                     Timestamp now) {
  Wanted wanted;
  wanted.counts.has_list = true;
  int known_before = 0;
  for (auto row = listing.rows.rbegin(); row != listing.rows.rend(); ++row) {
    auto sighting = load_sighting(tx, line.settings.name, row->key);
    if (!sighting) {
      const bool recent = row->published && row->published->at >= now - line.settings.backfill &&
                          line.settings.backfill > 0ms;
      if (state.baseline_done || recent) {
        wanted.fresh.push_back(*row);
        ++wanted.counts.fresh;
      } else {
        baseline(tx, line, *row, now);
        ++known_before;
      }
      continue;
    }
    // What was gone and is listed again may be unchanged, and its item withdrawn.
    const bool is_back = sighting->gone > 0;
    if (sighting->pending || is_back || sighting->version != row->version) {
      (sighting->item ? wanted.known : wanted.fresh).push_back(*row);
    } else if (!row->version.empty()) {
      ++wanted.counts.compared;
    }
    sighting->last_seen = now;
    sighting->gone = 0;
    store_sighting(tx, line.settings.name, *sighting);
  }
  if (state.baseline_done) note_disappeared(tx, line, now);
  if (!state.baseline_done) {
    // With the rows it covers: a row that appears before the first look has ended is news.
    SourceState covered = state;
    covered.baseline_done = true;
    store_source_state(tx, line.settings.name, covered);
    Entry entry;
    entry.event = "source.baselined";
    entry.actor = kActor;
    entry.facts["source"] = line.settings.name;
    entry.facts["rows"] = static_cast<std::int64_t>(listing.rows.size());
    entry.facts["not_pushed"] = known_before;
    ledger_.append(tx, entry);
  }
  return wanted;
}

// Known from now on, so that a copy of it in another column is no news; never pushed.
void Watcher::baseline(Transaction& tx, const SourceLine& line, const ListingRow& row,
                       Timestamp now) {
  Article article = row.article.value_or(Article{});
  article.url = article.url.empty() ? row.url : article.url;
  article.title = article.title.empty() ? row.title : article.title;
  if (!article.published) article.published = row.published;
  if (article.cms_id.empty()) article.cms_id = cms_id_from_url(row.url);
  const auto keys = keys_of(line.settings, article);
  Sighting sighting = sighting_of(tx, line.settings.name, row, now);
  sighting.version = row.version;
  sighting.item = ItemStore::find(tx, keys, article.title);
  if (!sighting.item) {
    Item item;
    item.kind = kind_of(line.settings, article);
    item.source = line.settings.name;
    if (line.settings.organisation) item.organisation = line.settings.organisation->name;
    item.first_seen = now;
    item.revision.number = 0;
    item.revision.article = article;
    sighting.item = ItemStore::insert(tx, item, keys);
  }
  store_sighting(tx, line.settings.name, sighting);
}

// A row that was in the last listing and is not in this one may only have moved to page two, or its
// item is gone: its article is asked.
void Watcher::note_disappeared(Transaction& tx, const SourceLine& line, Timestamp now) {
  const std::int64_t at = to_millis(now);
  tx.sql()
      << "UPDATE sighting SET reread_at = :at WHERE source = :source AND item IS NOT NULL AND "
         "last_seen < :at2 AND last_seen = (SELECT max(last_seen) FROM sighting WHERE source = "
         ":source2 AND last_seen < :at3) AND EXISTS (SELECT 1 FROM item WHERE item.id = "
         "sighting.item AND item.revision > 0)",
      use(at), use(line.settings.name), use(at), use(line.settings.name), use(at);
}

asio::awaitable<Watcher::ReadRow> Watcher::read_row(const SourceLine& line, ListingRow row) {
  Reading reading = SourceFault{};
  if (row.article) {
    reading = *row.article;
  } else {
    reading = co_await reading_of(line, row, clock_.after(kLookTime));
  }
  co_return ReadRow{std::move(row), std::move(reading)};
}

asio::awaitable<void> Watcher::read_fresh(const SourceLine& line, std::vector<ListingRow> rows,
                                          Round round) {
  std::vector<ReadRow> batch;
  for (ListingRow& row : rows) {
    if (stopping_) co_return;
    const bool inline_article = row.article.has_value();
    ReadRow read = co_await read_row(line, std::move(row));
    batch.push_back(std::move(read));
    if (!inline_article || batch.size() >= kBatch) {
      co_await store(line, std::move(batch), round);
      batch.clear();
    }
  }
  if (!batch.empty()) co_await store(line, std::move(batch), round);
}

asio::awaitable<void> Watcher::store(const SourceLine& line, std::vector<ReadRow> batch,
                                     Round round) {
  const std::shared_ptr<PlannedWork> planned = begin_planned();
  auto record = [this, &line, batch = std::move(batch), round = std::move(round),
                 planned](Transaction& tx) {
    const auto look_by = store_rows(tx, line, batch, round);
    if (planned) planned->within(tx);
    return look_by;
  };
  const auto look_by = co_await database_.write(std::move(record));
  look_again(line, look_by);
  LIANDONG_FAULT_POINT(4);
  if (planned) planned->after();
}

asio::awaitable<Watcher::Looked> Watcher::finish(const SourceLine& line, SourceState state,
                                                 Pause pause, bool is_changed) {
  const Timestamp now = pause.now;
  const std::string was = state.fault;
  is_changed =
      is_changed || !state.baseline_done || state.failures > 0 || state.moved_at == Timestamp{};
  state.baseline_done = true;
  // Silence counts from the first look on.
  if (state.moved_at == Timestamp{}) state.moved_at = now;
  state.looked_at = now;
  state.read_at = now;
  state.failures = 0;
  set_alarm(line, state);
  const Duration every =
      look_interval(line.settings, now - state.moved_at, is_office_time(calendar_, now));
  state.next_look = now + std::max(jittered(every, pause.jitter), pause.asked);
  Looked looked{{line.settings.name, now, now, state.next_look}, true};
  if (stopping_) co_return looked;
  if (!is_changed && state.fault == was) {
    looked.is_stored = false;
    co_return looked;
  }
  auto record = [this, &line, state = std::move(state), was](Transaction& tx) {
    store_source_state(tx, line.settings.name, state);
    if (state.fault != was) note_end(tx, line.settings.name, state, was);
  };
  co_await database_.write(std::move(record));
  co_return looked;
}

// A column that can be read has no fault, but it may be still for too long.
void Watcher::set_alarm(const SourceLine& line, SourceState& state) const {
  const auto patience = patience_with(state.usual_gap);
  const int still = patience && line.settings.silence_alarm
                        ? working_days(calendar_, state.moved_at, state.read_at)
                        : 0;
  state.fault.clear();
  state.message.clear();
  state.advice.clear();
  if (!patience || still <= *patience) return;
  state.fault = kSilent;
  state.message = fmt::format(
      "nothing new since {}: more than {} working days, and it used to pause for {} at the most",
      beijing_date(state.moved_at), *patience, state.usual_gap);
  state.advice =
      "open the column in a browser: it may have moved, or be kept no longer; set `silence_alarm = "
      "false` where that is right";
}

// Of a fault that is over, or a silence that begins.
void Watcher::note_end(Transaction& tx, const std::string& source, const SourceState& state,
                       const std::string& was) {
  const bool is_silent = state.fault == kSilent;
  Entry entry;
  entry.event = is_silent ? "source.faulted" : "source.recovered";
  entry.actor = kActor;
  entry.facts["source"] = source;
  if (is_silent) {
    entry.facts["result"] = state.fault;
    entry.facts["reason"] = state.message;
    log(Level::Warn, "source.faulted",
        {{"source", source},
         {"fault", state.fault},
         {"error", state.message},
         {"advice", state.advice}});
  } else {
    log(Level::Info, "source.recovered", {{"source", source}, {"was", was}});
  }
  ledger_.append(tx, entry);
}

LookTimes Watcher::note_fault(Transaction& tx, const SourceLine& line, SourceState state,
                              const SourceFault& fault, Timestamp now) {
  const std::string kind(to_string(fault.kind));
  if (state.fault != kind) {
    Entry entry;
    entry.event = "source.faulted";
    entry.actor = kActor;
    entry.facts["source"] = line.settings.name;
    entry.facts["result"] = kind;
    entry.facts["reason"] = fault.message;
    ledger_.append(tx, entry);
    log(Level::Warn, "source.faulted",
        {{"source", line.settings.name},
         {"fault", kind},
         {"error", fault.message},
         {"advice", fault.advice}});
  }
  ++state.failures;
  state.fault = kind;
  state.message = fault.message;
  state.advice = fault.advice;
  state.looked_at = now;
  const Duration wait = backed_off(line.settings.every, state.failures - 1);
  state.next_look = now + std::max(jittered(wait, random_.unit()), fault.retry_after.value_or(0ms));
  store_source_state(tx, line.settings.name, state);
  return {line.settings.name, now, state.read_at, state.next_look};
}

}  // namespace liandong
