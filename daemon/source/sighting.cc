#include "daemon/source/sighting.h"

#include <array>
#include <chrono>

#include <boost/json.hpp>

namespace liandong {

namespace {

namespace json = boost::json;
using soci::into;
using soci::use;
using namespace std::chrono_literals;

constexpr Duration kCallsKept = 400 * 24h;
constexpr std::array<Duration, 5> kRereads = {10min, 1h, 6h, 24h, 7 * 24h};

std::string listing_text(const ListingState& listing) {
  json::object object;
  for (const auto& [name, value] : listing) object[name] = storable(value);
  return json::serialize(object);
}

ListingState listing_from(const std::string& text) {
  ListingState listing;
  const json::value parsed = json::parse(text);
  for (const auto& member : parsed.as_object())
    listing[std::string(member.key())] = std::string(member.value().as_string());
  return listing;
}

// The columns of a sighting as SOCI reads them.
struct Row {
  Sighting sighting;
  std::int64_t item = 0;
  soci::indicator has_item = soci::i_null;
  std::int64_t first_seen = 0;
  std::int64_t last_seen = 0;
  std::int64_t reread_at = 0;
  soci::indicator has_reread = soci::i_null;
  int pending = 0;

  [[nodiscard]] Sighting to_sighting() const {
    Sighting result = sighting;
    if (has_item == soci::i_ok) result.item = item;
    result.first_seen = from_millis(first_seen);
    result.last_seen = from_millis(last_seen);
    if (has_reread == soci::i_ok) result.reread_at = from_millis(reread_at);
    result.pending = pending != 0;
    return result;
  }
};

std::vector<Sighting> select(Transaction& tx, const std::string& tail, const std::string& source,
                             const std::string* key, const std::int64_t* number) {
  Row row;
  Sighting& s = row.sighting;
  auto rows = tx.sql().rows(
      "SELECT row_key, item, version, url, title, first_seen, last_seen, reread_at, rereads, gone, "
      "pending FROM sighting WHERE source = :source " +
      tail);
  rows, into(s.row_key), into(row.item, row.has_item), into(s.version), into(s.url), into(s.title),
      into(row.first_seen), into(row.last_seen), into(row.reread_at, row.has_reread),
      into(s.rereads), into(s.gone), into(row.pending), use(source, "source");
  if (key != nullptr) rows, use(*key, "key");
  if (number != nullptr) rows, use(*number, "number");
  std::vector<Sighting> found;
  while (rows.next()) found.push_back(row.to_sighting());
  return found;
}

}  // namespace

SourceState load_source_state(Transaction& tx, const std::string& source) {
  SourceState state;
  std::string listing;
  int baseline = 0;
  std::int64_t looked_at = 0;
  std::int64_t read_at = 0;
  std::int64_t next_look = 0;
  std::int64_t moved_at = 0;
  std::int64_t reread_at = 0;
  soci::indicator has_reread = soci::i_null;
  tx.sql() << "SELECT l.listing, s.baseline, s.looked_at, s.read_at, s.next_look, s.failures, "
              "s.fault, s.message, s.advice, s.rows_seen, s.moved_at, s.usual_gap, (SELECT "
              "min(reread_at) FROM sighting WHERE sighting.source = s.source) FROM source_state s "
              "JOIN source_listing l ON l.source = s.source WHERE s.source = :source",
      use(source), into(listing), into(baseline), into(looked_at), into(read_at), into(next_look),
      into(state.failures), into(state.fault), into(state.message), into(state.advice),
      into(state.rows_seen), into(moved_at), into(state.usual_gap), into(reread_at, has_reread);
  if (!tx.sql().got_data()) return {};
  state.listing = listing_from(listing);
  state.baseline_done = baseline != 0;
  state.looked_at = from_millis(looked_at);
  state.read_at = from_millis(read_at);
  state.next_look = from_millis(next_look);
  state.moved_at = from_millis(moved_at);
  if (has_reread == soci::i_ok) state.next_reread = from_millis(reread_at);
  return state;
}

void store_source_state(Transaction& tx, const std::string& source, const SourceState& state) {
  const std::string listing = listing_text(state.listing);
  const std::string message = storable(state.message);
  const int baseline = state.baseline_done ? 1 : 0;
  const std::int64_t looked_at = to_millis(state.looked_at);
  const std::int64_t read_at = to_millis(state.read_at);
  const std::int64_t next_look = to_millis(state.next_look);
  const std::int64_t moved_at = to_millis(state.moved_at);
  tx.sql() << "INSERT INTO source_state (source, baseline, looked_at, read_at, next_look, "
              "failures, fault, message, advice, rows_seen, moved_at, usual_gap) VALUES (:source, "
              ":baseline, :looked_at, :read_at, :next_look, :failures, :fault, :message, :advice, "
              ":rows, :moved, :gap) ON CONFLICT (source) DO UPDATE SET baseline = "
              "excluded.baseline, looked_at = excluded.looked_at, read_at = excluded.read_at, "
              "next_look = excluded.next_look, failures = excluded.failures, fault = "
              "excluded.fault, message = excluded.message, advice = excluded.advice, rows_seen = "
              "excluded.rows_seen, moved_at = excluded.moved_at, usual_gap = excluded.usual_gap",
      use(source), use(baseline), use(looked_at), use(read_at), use(next_look), use(state.failures),
      use(state.fault), use(message), use(state.advice), use(state.rows_seen), use(moved_at),
      use(state.usual_gap);
  tx.sql() << "INSERT INTO source_listing (source, listing) VALUES (:source, :listing) ON CONFLICT "
              "(source) DO UPDATE SET listing = excluded.listing WHERE source_listing.listing <> "
              "excluded.listing",
      use(source), use(listing);
}

std::vector<LookTimes> load_look_times(Transaction& tx) {
  std::vector<LookTimes> all;
  LookTimes times;
  std::int64_t looked_at = 0;
  std::int64_t read_at = 0;
  std::int64_t next_look = 0;
  auto rows = tx.sql().rows("SELECT source, looked_at, read_at, next_look FROM source_state");
  rows, into(times.source), into(looked_at), into(read_at), into(next_look);
  while (rows.next()) {
    times.looked_at = from_millis(looked_at);
    times.read_at = from_millis(read_at);
    times.next_look = from_millis(next_look);
    all.push_back(times);
  }
  return all;
}

void store_look_times(Transaction& tx, const std::vector<LookTimes>& all) {
  for (const LookTimes& times : all) {
    const std::int64_t looked_at = to_millis(times.looked_at);
    const std::int64_t read_at = to_millis(times.read_at);
    const std::int64_t next_look = to_millis(times.next_look);
    tx.sql() << "UPDATE source_state SET looked_at = :looked, read_at = :read, next_look = :next "
                "WHERE source = :source",
        use(looked_at), use(read_at), use(next_look), use(times.source);
  }
}

bool note_call(Transaction& tx, const std::string& source, const std::string& digest,
               Timestamp now) {
  const std::int64_t at = to_millis(now);
  const std::int64_t forgotten = to_millis(now - kCallsKept);
  tx.sql() << "DELETE FROM site_call WHERE received_at < :forgotten", use(forgotten);
  int known = 0;
  tx.sql() << "SELECT count(*) FROM site_call WHERE source = :source AND digest = :digest",
      use(source), use(digest), into(known);
  if (known > 0) return false;
  tx.sql() << "INSERT INTO site_call (source, digest, received_at) VALUES (:source, :digest, :at)",
      use(source), use(digest), use(at);
  return true;
}

std::optional<Sighting> load_sighting(Transaction& tx, const std::string& source,
                                      const std::string& row_key) {
  auto found = select(tx, "AND row_key = :key", source, &row_key, nullptr);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void store_sighting(Transaction& tx, const std::string& source, const Sighting& sighting) {
  std::int64_t item = sighting.item.value_or(0);
  soci::indicator has_item = sighting.item ? soci::i_ok : soci::i_null;
  const std::int64_t first_seen = to_millis(sighting.first_seen);
  const std::int64_t last_seen = to_millis(sighting.last_seen);
  std::int64_t reread_at = sighting.reread_at ? to_millis(*sighting.reread_at) : 0;
  soci::indicator has_reread = sighting.reread_at ? soci::i_ok : soci::i_null;
  const int pending = sighting.pending ? 1 : 0;
  tx.sql() << "INSERT INTO sighting (source, row_key, item, version, url, title, first_seen, "
              "last_seen, reread_at, rereads, gone, pending) VALUES (:source, :key, :item, "
              ":version, :url, :title, :first_seen, :last_seen, :reread_at, :rereads, :gone, "
              ":pending) ON CONFLICT (source, row_key) DO UPDATE SET item = excluded.item, version "
              "= excluded.version, url = excluded.url, title = excluded.title, last_seen = "
              "excluded.last_seen, reread_at = excluded.reread_at, rereads = excluded.rereads, "
              "gone = excluded.gone, pending = excluded.pending",
      use(source), use(sighting.row_key), use(item, has_item), use(sighting.version),
      use(sighting.url), use(sighting.title), use(first_seen), use(last_seen),
      use(reread_at, has_reread), use(sighting.rereads), use(sighting.gone), use(pending);
}

std::vector<Sighting> due_sightings(Transaction& tx, const std::string& source, Timestamp now,
                                    int limit) {
  const std::int64_t at = to_millis(now);
  return select(tx, "AND reread_at <= :number ORDER BY reread_at LIMIT " + std::to_string(limit),
                source, nullptr, &at);
}

std::vector<Sighting> sightings_of_item(Transaction& tx, const std::string& source, ItemId item) {
  return select(tx, "AND item = :number ORDER BY row_key", source, nullptr, &item);
}

std::optional<Timestamp> next_reread(Timestamp first_seen, Timestamp now) {
  for (const Duration after : kRereads) {
    if (first_seen + after > now) return first_seen + after;
  }
  return std::nullopt;
}

}  // namespace liandong
