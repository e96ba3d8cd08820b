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

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kRest = 500ms;
constexpr Duration kBetweenCalls =
    5s;  // whoever may call must not make us ask the site without end
constexpr Duration kLookTime = 60s;
constexpr Duration kMostBackOff = 6h;
constexpr std::size_t kBatch = 50;  // articles stored in one transaction
constexpr int kRereadsALook = 20;
constexpr std::string_view kActor = "system:watcher";

Kind kind_of(const SourceSettings& settings, const Article& article) {
  for (const KindRule& rule : settings.kind_rules) {
    if (article.title.find(rule.title_contains) != std::string::npos)
      return kind_from(rule.kind).value_or(Kind::News);
  }
  return kind_from(settings.kind).value_or(Kind::News);
}

// Never more often than when all is well.
Duration backed_off(Duration every, int doublings) {
  return std::max(every,
                  std::min<Duration>(every * (1LL << std::min(doublings, 10)), kMostBackOff));
}

ListingRow row_of(const Sighting& sighting) {
  ListingRow row;
  row.key = sighting.row_key;
  row.url = sighting.url;
  row.title = sighting.title;
  row.version = sighting.version;
  return row;
}

// What the column says where the article is silent.
Article completed(Article article, const ListingRow& row) {
  if (article.url.empty()) article.url = row.url;
  if (article.title.empty()) article.title = row.title;
  if (!article.published) article.published = row.published;
  return article;
}

Entry entry_for(std::string_view event, ItemId id) {
  Entry entry;
  entry.event = event;
  entry.actor = kActor;
  entry.facts["item"] = id;
  return entry;
}

Sighting sighting_of(Transaction& tx, const std::string& source, const ListingRow& row,
                     Timestamp now) {
  Sighting sighting = load_sighting(tx, source, row.key).value_or(Sighting{});
  if (sighting.row_key.empty()) {
    sighting.row_key = row.key;
    sighting.first_seen = now;
    sighting.last_seen = now;
  }
  sighting.url = row.url;
  sighting.title = row.title;
  return sighting;
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

std::string doubt_about_date(const std::optional<StatedTime>& published, Timestamp now,
                             Duration older_than) {
  if (!published) return "";
  if (published->at > now + 24h)
    return fmt::format("dated {}, which is to come", beijing_date(published->at));
  if (older_than > 0ms && published->at < now - older_than)
    return fmt::format("dated {}, long before it was seen", beijing_date(published->at));
  return "";
}

Watcher::Watcher(Database& database, Ledger& ledger, Planner& planner, Clock& clock, Random& random)
    : database_(database), ledger_(ledger), planner_(planner), clock_(clock), random_(random) {}

void Watcher::start(const SourceLine& line, TaskGroup& tasks) {
  tasks.spawn("watch " + line.settings.name, watch(line));
}

asio::awaitable<void> Watcher::watch(const SourceLine& line) {
  auto load = [name = line.settings.name](Transaction& tx) { return load_source_state(tx, name); };
  std::optional<Timestamp> next_look;  // only look() moves it, and a call of the site
  Timestamp rested = clock_.now();     // a call is not heard before
  while (!stopping_) {
    ++turns_;
    if (!next_look) {
      const SourceState state = co_await database_.read(load);
      next_look = state.next_look;
    }
    if (clock_.now() >= rested && called_.erase(line.settings.name) > 0) next_look = clock_.now();
    const Duration wait = *next_look - clock_.now();
    if (wait > Duration::zero()) {
      co_await clock_.sleep_until(clock_.after(std::min(wait, kRest)));
    } else {
      co_await look(line);
      next_look.reset();
      rested = clock_.now() + kBetweenCalls;
    }
  }
}

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

asio::awaitable<void> Watcher::look(const SourceLine& line) {
  auto load = [name = line.settings.name](Transaction& tx) { return load_source_state(tx, name); };
  SourceState state = co_await database_.read(std::move(load));
  LIANDONG_FAULT_POINT(1);
  Look answer = co_await list_of(line, state.listing, clock_.after(kLookTime));
  LIANDONG_FAULT_POINT(2);
  const Timestamp now = clock_.now();
  if (auto* fault = std::get_if<SourceFault>(&answer)) {
    auto record = [this, &line, state, fault = *fault, now](Transaction& tx) {
      note_fault(tx, line, state, fault, now);
    };
    co_await database_.write(std::move(record));
    co_return;
  }
  Duration pause{0};
  Wanted wanted;
  if (auto* unchanged = std::get_if<NotModified>(&answer)) {
    pause = unchanged->poll_after.value_or(0ms);
  } else {
    Listing listing = std::get<Listing>(std::move(answer));
    pause = listing.poll_after.value_or(0ms);
    state.rows_seen = static_cast<int>(listing.rows.size());
    ListingState next = listing.next;
    auto select = [this, &line, state, listing = std::move(listing), now](Transaction& tx) {
      return select_rows(tx, line, state, listing, now);
    };
    wanted = co_await database_.write(std::move(select));
    state.listing = std::move(next);
  }
  // Everything the validator vouches for is stored before the validator is.
  co_await take(line, state, std::move(wanted), now);
  co_await finish(line, std::move(state), now, pause);
}

// The known are read first: what the whole look brings decides what becomes of each of its items.
asio::awaitable<void> Watcher::take(const SourceLine& line, SourceState state, Wanted wanted,
                                    Timestamp now) {
  auto load = [name = line.settings.name, now](Transaction& tx) {
    return due_sightings(tx, name, now, kRereadsALook);
  };
  const std::vector<Sighting> due = co_await database_.read(std::move(load));
  add_due(due, wanted.known);
  std::vector<ReadRow> known;
  for (ListingRow& row : wanted.known) {
    if (stopping_) co_return;
    ReadRow read = co_await read_row(line, std::move(row));
    known.push_back(std::move(read));
  }
  Round round{now, ""};
  if (!known.empty() || wanted.counts.fresh > 0) {
    auto record = [this, &line, state = std::move(state), counts = wanted.counts,
                   known = std::move(known), now](Transaction& tx) {
      Round judged = judge(tx, line, state, counts, known, now);
      store_rows(tx, line, known, judged);
      return judged;
    };
    round = co_await database_.write(std::move(record));
    if (planned_) planned_();
  }
  co_await read_fresh(line, std::move(wanted.fresh), std::move(round));
}

// The rows whose article is wanted, oldest first; the others are noted as seen.
Watcher::Wanted Watcher::select_rows(Transaction& tx, const SourceLine& line,
                                     const SourceState& state, const Listing& listing,
                                     Timestamp now) {
  Wanted wanted;
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
  const auto keys = identity_keys(line.settings.name, article);
  Sighting sighting = sighting_of(tx, line.settings.name, row, now);
  sighting.version = row.version;
  sighting.item = ItemStore::find(tx, keys, article.title);
  if (!sighting.item) {
    Item item;
    item.kind = kind_of(line.settings, article);
    item.source = line.settings.name;
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
  auto record = [this, &line, batch = std::move(batch), round = std::move(round)](Transaction& tx) {
    store_rows(tx, line, batch, round);
  };
  co_await database_.write(std::move(record));
  LIANDONG_FAULT_POINT(4);
  if (planned_) planned_();
}

void Watcher::store_rows(Transaction& tx, const SourceLine& line, const std::vector<ReadRow>& batch,
                         const Round& round) {
  for (const ReadRow& read : batch) {
    std::visit(Overloaded{
                   [&](const Article& article) {
                     store_article(tx, line, read.row, completed(article, read.row), round);
                   },
                   [&](const Present&) { note_present(tx, line, read.row, round.now); },
                   [&](const Gone& gone) { note_gone(tx, line, read.row, gone, round); },
                   [&](const SourceFault& fault) {
                     log(Level::Warn, "source.unread",
                         {{"source", line.settings.name},
                          {"url", read.row.url},
                          {"error", fault.message}});
                     note_unread(tx, line, read.row, round.now);
                   },
               },
               read.reading);
  }
  if (!batch.empty()) LIANDONG_FAULT_POINT(3);
}

// Counts what the look would change and says whether that is too much.
Watcher::Round Watcher::judge(Transaction& tx, const SourceLine& line, const SourceState& state,
                              LookCounts counts, const std::vector<ReadRow>& known, Timestamp now) {
  if (!state.baseline_done) return {now, ""};
  for (const ReadRow& read : known) {
    Sighting sighting = sighting_of(tx, line.settings.name, read.row, now);
    if (std::holds_alternative<SourceFault>(read.reading)) continue;
    ++counts.compared;
    if (const auto* article = std::get_if<Article>(&read.reading)) {
      Article whole = completed(*article, read.row);
      sighting.item = item_of(tx, line.settings.name, sighting, whole);
      if (sighting.item && item_to_revise(tx, line.settings.name, sighting, whole))
        ++counts.changed;
    } else if (std::holds_alternative<Gone>(read.reading) && sighting.item &&
               is_withdrawal(sighting, now)) {
      const auto item = ItemStore::load(tx, *sighting.item);
      if (item && !item->withdrawn_at && item->source == line.settings.name &&
          !is_elsewhere(tx, line.settings.name, *item, sighting))
        ++counts.gone;
    }
  }
  const std::string guard = mass_change({line.settings.most_new, line.settings.most_changed},
                                        counts, now - state.read_at);
  if (guard.empty()) return {now, ""};
  Entry entry;
  entry.event = "source.held";
  entry.actor = kActor;
  entry.facts["source"] = line.settings.name;
  entry.facts["reason"] = guard;
  ledger_.append(tx, entry);
  log(Level::Error, "source.held",
      {{"source", line.settings.name},
       {"why", guard},
       {"advice", "look at the site, then: liandong release --source " + line.settings.name}});
  return {now, guard};
}

void Watcher::store_article(Transaction& tx, const SourceLine& line, const ListingRow& row,
                            Article article, const Round& round) {
  const Timestamp now = round.now;
  Sighting sighting = sighting_of(tx, line.settings.name, row, now);
  const auto keys = identity_keys(line.settings.name, article);
  const auto known = sighting.item ? sighting.item : ItemStore::find(tx, keys, article.title);
  if (known) {
    ItemStore::add_keys(tx, *known, keys);
    sighting.item = known;
    revise(tx, line, sighting, std::move(article), round);
  } else {
    sighting.item = found(tx, line, article, keys, round);
  }
  sighting.version = row.version;
  sighting.pending = false;
  sighting.gone = 0;
  sighting.rereads = 0;
  sighting.reread_at = next_reread(sighting.first_seen, now);
  store_sighting(tx, line.settings.name, sighting);
}

ItemId Watcher::found(Transaction& tx, const SourceLine& line, const Article& article,
                      const std::vector<IdentityKey>& keys, const Round& round) {
  const Timestamp now = round.now;
  Item item;
  item.kind = kind_of(line.settings, article);
  item.source = line.settings.name;
  item.first_seen = now;
  item.revision.article = article;
  item.revision.sha256 = revision_hash(article);
  item.revision.seen_at = now;
  item.id = ItemStore::insert(tx, item, keys);
  Entry entry = entry_for("item.found", item.id);
  entry.facts["rev"] = 1;
  entry.facts["first_seen"] = rfc3339(now);
  entry.facts["kind"] = to_string(item.kind);
  entry.facts["source"] = item.source;
  entry.facts["title"] = article.title;
  entry.facts["url"] = article.url;
  entry.facts["body_sha256"] = item.revision.sha256;
  if (article.published) entry.facts["published_at"] = rfc3339(article.published->at);
  if (!article.meta.doc_no.empty()) entry.facts["doc_no"] = article.meta.doc_no;
  ledger_.append(tx, entry);
  count_item(tx, now, item.kind);
  const std::string hold = doubt_about_date(article.published, now, line.settings.hold_older_than);
  planner_.plan_new(tx, item, hold, round.guard);
  log(Level::Info, "item.found",
      {{"item", item.id},
       {"kind", to_string(item.kind)},
       {"source", item.source},
       {"title", article.title}});
  return item.id;
}

void Watcher::revise(Transaction& tx, const SourceLine& line, const Sighting& sighting,
                     Article article, const Round& round) {
  const ItemId id = sighting.item.value();
  const auto item = item_to_revise(tx, line.settings.name, sighting, article);
  if (!item) return;
  const bool came_back = item->withdrawn_at.has_value();
  if (came_back) ItemStore::set_withdrawn(tx, id, std::nullopt);
  const int number = ItemStore::add_revision(tx, id, article, round.now);
  Entry entry = entry_for("item.revised", id);
  entry.facts["rev"] = number;
  entry.facts["title"] = article.title;
  entry.facts["body_sha256"] = revision_hash(article);
  if (came_back) entry.facts["reason"] = "it is on the website again";
  ledger_.append(tx, entry);
  log(Level::Info, "item.revised", {{"item", id}, {"rev", number}, {"title", article.title}});
  const Item revised = ItemStore::load(tx, id).value();
  if (is_repealed(article.meta) && !is_repealed(item->revision.article.meta)) {
    planner_.plan_withdrawal(tx, revised, "the document was repealed: " + article.meta.validity,
                             round.guard);
  } else {
    planner_.plan_revision(tx, revised, round.guard);
  }
}

void Watcher::note_gone(Transaction& tx, const SourceLine& line, const ListingRow& row,
                        const Gone& gone, const Round& round) {
  const Timestamp now = round.now;
  Sighting sighting = sighting_of(tx, line.settings.name, row, now);
  if (!sighting.item) {
    // Listed but not there: a page that lags behind its list, asked again.
    note_unread(tx, line, row, now);
    return;
  }
  const bool left = is_withdrawal(sighting, now);
  ++sighting.gone;
  sighting.reread_at = now + line.settings.every;
  const auto item = ItemStore::load(tx, *sighting.item);
  const bool ours = item && !item->withdrawn_at && item->source == line.settings.name &&
                    !is_elsewhere(tx, line.settings.name, *item, sighting);
  if (left) {
    sighting.reread_at.reset();
    if (ours) {
      ItemStore::set_withdrawn(tx, item->id, now);
      Entry entry = entry_for("item.withdrawn", item->id);
      entry.facts["rev"] = item->revision.number;
      entry.facts["evidence"] = gone.evidence + ", and it left the column";
      ledger_.append(tx, entry);
      log(Level::Info, "item.withdrawn", {{"item", item->id}, {"evidence", gone.evidence}});
      planner_.plan_withdrawal(tx, *item, "the website withdrew it", round.guard);
    }
  }
  store_sighting(tx, line.settings.name, sighting);
}

void Watcher::note_present(Transaction& tx, const SourceLine& line, const ListingRow& row,
                           Timestamp now) {
  Sighting sighting = sighting_of(tx, line.settings.name, row, now);
  sighting.gone = 0;
  sighting.rereads = 0;
  sighting.reread_at = next_reread(sighting.first_seen, now);
  store_sighting(tx, line.settings.name, sighting);
}

void Watcher::note_unread(Transaction& tx, const SourceLine& line, const ListingRow& row,
                          Timestamp now) {
  Sighting sighting = sighting_of(tx, line.settings.name, row, now);
  sighting.pending = !sighting.item.has_value();
  ++sighting.rereads;
  const Duration wait = backed_off(line.settings.every, sighting.rereads);
  sighting.reread_at = now + wait;
  store_sighting(tx, line.settings.name, sighting);
}

asio::awaitable<void> Watcher::finish(const SourceLine& line, SourceState state, Timestamp now,
                                      Duration pause) {
  if (stopping_) co_return;
  const bool recovered = !state.fault.empty();
  state.baseline_done = true;
  state.looked_at = now;
  state.read_at = now;
  state.failures = 0;
  state.fault.clear();
  state.message.clear();
  state.advice.clear();
  state.next_look = now + std::max(line.settings.every, pause);
  auto record = [this, &line, state = std::move(state), recovered](Transaction& tx) {
    store_source_state(tx, line.settings.name, state);
    if (!recovered) return;
    Entry entry;
    entry.event = "source.recovered";
    entry.actor = kActor;
    entry.facts["source"] = line.settings.name;
    ledger_.append(tx, entry);
    log(Level::Info, "source.recovered", {{"source", line.settings.name}});
  };
  co_await database_.write(std::move(record));
}

void Watcher::note_fault(Transaction& tx, const SourceLine& line, SourceState state,
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
  const auto jitter = Duration(
      static_cast<Duration::rep>(static_cast<double>(wait.count()) * 0.1 * random_.unit()));
  state.next_look = now + std::max(wait + jitter, fault.retry_after.value_or(0ms));
  store_source_state(tx, line.settings.name, state);
}

}  // namespace liandong
