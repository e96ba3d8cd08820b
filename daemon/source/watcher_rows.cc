// What the watcher makes of the rows it has read: items, revisions, withdrawals.
#include <fmt/format.h>

#include "daemon/delivery/counters.h"
#include "daemon/delivery/history.h"
#include "daemon/item/item_store.h"
#include "daemon/item/validity.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/log.h"
#include "daemon/source/known_item.h"
#include "daemon/source/pace.h"
#include "daemon/source/watcher.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kActor = "system:watcher";
constexpr Duration kBeforePush = 60s;  // time enough for a look at a slow site

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

std::optional<Timestamp> Watcher::store_rows(Transaction& tx, const SourceLine& line,
                                             const std::vector<ReadRow>& batch,
                                             const Round& round) {
  std::optional<Timestamp> look_by;
  for (const ReadRow& read : batch) {
    std::visit(Overloaded{
                   [&](const Article& article) {
                     const auto by =
                         store_article(tx, line, read.row, completed(article, read.row), round);
                     if (by) look_by = std::min(look_by.value_or(*by), *by);
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
  return look_by;
}

// Counts what the look would change and says whether that is too much.
Watcher::Round Watcher::judge(Transaction& tx, const SourceLine& line, const SourceState& state,
                              LookCounts counts, const std::vector<ReadRow>& known, Timestamp now) {
  if (!state.baseline_done) return {now, "", std::nullopt, std::nullopt, counts.has_list};
  for (const ReadRow& read : known) {
    Sighting sighting = sighting_of(tx, line.settings.name, read.row, now);
    if (std::holds_alternative<SourceFault>(read.reading)) continue;
    ++counts.compared;
    if (const auto* article = std::get_if<Article>(&read.reading)) {
      Article whole = completed(*article, read.row);
      sighting.item = item_of(tx, line.settings, sighting, whole);
      if (sighting.item && item_to_revise(tx, line.settings.name, sighting, whole))
        ++counts.changed;
    } else if (std::holds_alternative<Gone>(read.reading) && sighting.item &&
               is_withdrawal(tx, line.settings.name, sighting, now, counts.has_list)) {
      const auto item = ItemStore::load(tx, *sighting.item);
      if (item && !item->withdrawn_at && item->source == line.settings.name &&
          !is_elsewhere(tx, line.settings.name, *item, sighting))
        ++counts.gone;
    }
  }
  const std::string guard = mass_change({line.settings.most_new, line.settings.most_changed},
                                        counts, now - state.read_at);
  const std::optional<Timestamp> before =
      state.read_at > Timestamp{} ? std::optional(state.read_at) : std::nullopt;
  if (guard.empty()) return {now, "", before, std::nullopt, counts.has_list};
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
  return {now, guard, before, std::nullopt, counts.has_list};
}

// The look before says when a row can have come only of a row that was not there then.
Watcher::Round Watcher::first_sight(const Sighting& sighting, Round round) {
  if (sighting.first_seen != round.now) round.looked_before.reset();
  return round;
}

std::optional<Timestamp> Watcher::store_article(Transaction& tx, const SourceLine& line,
                                                const ListingRow& row, Article article,
                                                const Round& round) {
  const Timestamp now = round.now;
  Sighting sighting = sighting_of(tx, line.settings.name, row, now);
  const auto keys = keys_of(line.settings, article);
  const auto known = sighting.item ? sighting.item : ItemStore::find(tx, keys, article.title);
  if (known) ItemStore::add_keys(tx, *known, keys);
  std::optional<Item> changed;
  if (known && !is_only_imported(tx, *known)) {
    sighting.item = known;
    changed = revise(tx, line, sighting, std::move(article), round);
  } else {
    changed = found(tx, line, article, keys, first_sight(sighting, round), known);
    sighting.item = changed->id;
  }
  const std::optional<Timestamp> look_by = changed ? last_look(*changed, now) : std::nullopt;
  sighting.version = row.version;
  sighting.pending = false;
  sighting.gone = 0;
  sighting.rereads = 0;
  sighting.reread_at = next_reread(sighting.first_seen, now);
  if (look_by) sighting.reread_at = std::min(sighting.reread_at.value_or(*look_by), *look_by);
  store_sighting(tx, line.settings.name, sighting);
  return look_by;
}

// Editors often correct in the first minutes, and what is pushed is what the page says then.
std::optional<Timestamp> Watcher::last_look(const Item& item, Timestamp now) const {
  const std::optional<Timestamp> settles = planner_.settles_at(item);
  if (!settles) return std::nullopt;
  return *settles - std::min<Duration>(kBeforePush, (*settles - now) / 4);
}

Item Watcher::found(Transaction& tx, const SourceLine& line, const Article& article,
                    const std::vector<IdentityKey>& keys, const Round& round,
                    std::optional<ItemId> imported) {
  const Timestamp now = round.now;
  Item item;
  item.kind = kind_of(line.settings, article);
  item.source = line.settings.name;
  if (line.settings.organisation) item.organisation = line.settings.organisation->name;
  item.first_seen = now;
  item.revision.article = article;
  item.revision.sha256 = revision_hash(article);
  item.revision.seen_at = now;
  if (imported) {
    item.id = *imported;
    item.organisation = ItemStore::become(tx, item.id, item);
  } else {
    item.id = ItemStore::insert(tx, item, keys);
  }
  Entry entry = entry_for("item.found", item.id);
  entry.facts["rev"] = 1;
  entry.facts["first_seen"] = rfc3339(now);
  entry.facts["kind"] = to_string(item.kind);
  entry.facts["source"] = item.source;
  if (!item.organisation.empty()) entry.facts["organisation"] = item.organisation;
  entry.facts["title"] = article.title;
  entry.facts["url"] = article.url;
  entry.facts["body_sha256"] = item.revision.sha256;
  if (article.published) entry.facts["published_at"] = rfc3339(article.published->at);
  if (round.looked_before) entry.facts["looked_before"] = rfc3339(*round.looked_before);
  if (!article.meta.doc_no.empty()) entry.facts["doc_no"] = article.meta.doc_no;
  ledger_.append(tx, entry);
  count_item(tx, now, item);
  const std::string hold = doubt_about_date(article.published, now, line.settings.hold_older_than);
  planner_.plan_new(tx, item, hold, round.guard,
                    imported ? Queue::of_item(tx, item.id) : std::vector<Delivery>());
  log(Level::Info, "item.found",
      {{"item", item.id},
       {"kind", to_string(item.kind)},
       {"source", item.source},
       {"title", article.title}});
  return item;
}

std::optional<Item> Watcher::revise(Transaction& tx, const SourceLine& line,
                                    const Sighting& sighting, Article article, const Round& round) {
  const ItemId id = sighting.item.value();
  const auto item = item_to_revise(tx, line.settings.name, sighting, article);
  if (!item) return std::nullopt;
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
  return revised;
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
  const bool left = is_withdrawal(tx, line.settings.name, sighting, now, round.has_list);
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

asio::awaitable<bool> Watcher::take_call(const SourceLine& line, std::string digest,
                                         Listing listing) {
  const std::shared_ptr<PlannedWork> planned = begin_planned();
  auto record = [this, &line, digest = std::move(digest), listing = std::move(listing), planned,
                 now = clock_.now()](Transaction& tx) {
    std::optional<Round> stored = store_call(tx, line, digest, listing, now);
    if (stored && planned) planned->within(tx);
    return stored;
  };
  const std::optional<Round> stored = co_await database_.write(std::move(record));
  if (planned) planned->after();
  if (!stored) co_return false;
  look_again(line, stored->look_by);
  look_now(line.settings.name);
  co_return true;
}

// As a look would: the mass-change guard counts, known items are revised.
std::optional<Watcher::Round> Watcher::store_call(Transaction& tx, const SourceLine& line,
                                                  const std::string& digest, const Listing& listing,
                                                  Timestamp now) {
  if (!note_call(tx, line.settings.name, digest, now)) return std::nullopt;
  SourceState state = load_source_state(tx, line.settings.name);
  LookCounts counts;
  std::vector<ReadRow> known;
  std::vector<ReadRow> fresh;
  for (const ListingRow& row : listing.rows) {
    const bool is_known = load_sighting(tx, line.settings.name, row.key).has_value();
    if (!is_known) ++counts.fresh;
    if (!row.article) {
      note_promised(tx, line, row, now);
    } else {
      (is_known ? known : fresh).push_back({row, *row.article});
    }
  }
  state.baseline_done = true;  // whoever calls says what is new
  Round round = judge(tx, line, state, counts, known, now);
  known.insert(known.end(), std::make_move_iterator(fresh.begin()),
               std::make_move_iterator(fresh.end()));
  round.look_by = store_rows(tx, line, known, round);
  return round;
}

// An item whose text its page has: read at the look that follows.
void Watcher::note_promised(Transaction& tx, const SourceLine& line, const ListingRow& row,
                            Timestamp now) {
  Sighting sighting = sighting_of(tx, line.settings.name, row, now);
  sighting.pending = !sighting.item.has_value();
  sighting.reread_at = now;
  store_sighting(tx, line.settings.name, sighting);
}

}  // namespace liandong
