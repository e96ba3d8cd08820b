#include "daemon/console/queries.h"

#include <algorithm>
#include <array>
#include <deque>

#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/planned_start.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

// Every state but the two that pile up for ever is counted through the index (channel, state).
constexpr std::array<const char*, 8> kStates = {"queued", "in_flight", "deferred", "unconfirmed",
                                                "held",   "delivered", "failed",   "cancelled"};

std::optional<Timestamp> time_or_none(std::int64_t millis, soci::indicator known = soci::i_ok) {
  if (known == soci::i_null || millis == 0) return std::nullopt;
  return from_millis(millis);
}

std::int64_t count(Transaction& tx, const char* sql) {
  std::int64_t value = 0;
  tx.sql() << sql, soci::into(value);
  return value;
}

// A statement whose conditions depend on the query. Only constant text becomes SQL; every value is
// bound.
class Select {
 public:
  explicit Select(std::string head) : sql_(std::move(head)) {}

  void where(std::string_view condition) {
    sql_ += (first_ ? " WHERE " : " AND ");
    sql_ += condition;
    first_ = false;
  }
  void where(std::string_view condition, const char* name, std::string value) {
    where(condition);
    texts_.emplace_back(name, std::move(value));
  }
  void where(std::string_view condition, const char* name, std::int64_t value) {
    where(condition);
    bind(name, value);
  }
  void bind(const char* name, std::int64_t value) { numbers_.emplace_back(name, value); }
  void tail(std::string_view text) { sql_ += text; }

  // Runs it; `into` adds the columns, `take` is called for every row.
  template <typename Into, typename Take>
  void run(soci::session& session, Into into, Take take) {
    soci::statement statement(session);
    for (const auto& [name, value] : texts_) statement.exchange(soci::use(value, name));
    for (const auto& [name, value] : numbers_) statement.exchange(soci::use(value, name));
    into(statement);
    statement.alloc();
    statement.prepare(sql_);
    statement.define_and_bind();
    statement.execute(false);
    while (statement.fetch()) take();
  }

 private:
  std::string sql_;
  bool first_ = true;
  std::deque<std::pair<const char*, std::string>> texts_;
  std::deque<std::pair<const char*, std::int64_t>> numbers_;
};

// `text` anywhere, with LIKE's own signs taken literally; for lower(), because the back ends differ
// in what LIKE takes for the same letter.
std::string like(std::string_view text) {
  std::string pattern = "%";
  for (const char c : lower_ascii(text)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

void read_channel_states(Transaction& tx, ChannelStatus& channel) {
  for (const char* state : kStates) {
    const std::string name(state);
    std::int64_t number = 0;
    tx.sql() << "SELECT count(*) FROM delivery WHERE channel = :channel AND state = :state",
        soci::use(channel.name, "channel"), soci::use(name, "state"), soci::into(number);
    if (number > 0) channel.states[name] = number;
  }
}

void read_channel_state(Transaction& tx, ChannelStatus& channel) {
  std::int64_t paused = 0;
  std::int64_t not_before = 0;
  std::int64_t last = 0;
  soci::indicator is_paused = soci::i_null;
  tx.sql() << "SELECT paused_at, reason, not_before, last_delivered, probed FROM channel_state "
              "WHERE channel = :channel",
      soci::use(channel.name, "channel"), soci::into(paused, is_paused), soci::into(channel.reason),
      soci::into(not_before), soci::into(last), soci::into(channel.note);
  if (!tx.sql().got_data()) return;
  channel.paused_at = time_or_none(paused, is_paused);
  channel.not_before = time_or_none(not_before);
  channel.planned_start = planned_start(tx, channel.name);
  channel.last_delivered = time_or_none(last);
}

void read_deliveries(Transaction& tx, ItemRow& item) {
  DeliveryRow row;
  std::int64_t created = 0;
  std::int64_t due = 0;
  std::int64_t delivered = 0;
  soci::indicator is_delivered = soci::i_null;
  std::int64_t looked = 0;
  std::int64_t verified = 0;
  soci::indicator is_looked = soci::i_null;
  soci::indicator is_verified = soci::i_null;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT d.id, d.revision, d.channel, d.purpose, d.state, d.step, d.attempt, "
              "d.created_at, d.due_at, d.delivered_at, d.permalink, d.evidence, d.code, d.message, "
              "d.reason, p.looked_at, p.verified_at, coalesce(p.verdict, ''), coalesce(p.note, '') "
              "FROM delivery d LEFT JOIN patrol p ON p.delivery = d.id WHERE d.item = :item "
              "ORDER BY d.id DESC",
       soci::use(item.id, "item"), soci::into(row.id), soci::into(row.revision),
       soci::into(row.channel), soci::into(row.purpose), soci::into(row.state),
       soci::into(row.step), soci::into(row.attempt), soci::into(created), soci::into(due),
       soci::into(delivered, is_delivered), soci::into(row.permalink), soci::into(row.evidence),
       soci::into(row.code), soci::into(row.message), soci::into(row.reason),
       soci::into(looked, is_looked), soci::into(verified, is_verified), soci::into(row.verdict),
       soci::into(row.drift));
  statement.execute();
  while (statement.fetch()) {
    row.looked_at = time_or_none(looked, is_looked);
    row.verified_at = time_or_none(verified, is_verified);
    row.created_at = from_millis(created);
    row.due_at = from_millis(due);
    row.delivered_at = time_or_none(delivered, is_delivered);
    item.deliveries.push_back(row);
  }
}

void read_obligations(Transaction& tx, ItemRow& item) {
  ObligationRow row;
  std::int64_t due = 0;
  std::int64_t met = 0;
  std::int64_t waived = 0;
  soci::indicator is_met = soci::i_null;
  soci::indicator is_waived = soci::i_null;
  soci::statement statement =
      (tx.sql().prepare << "SELECT channel, due_at, met_at, waived_at, reason FROM obligation "
                           "WHERE item = :item ORDER BY channel",
       soci::use(item.id, "item"), soci::into(row.channel), soci::into(due),
       soci::into(met, is_met), soci::into(waived, is_waived), soci::into(row.reason));
  statement.execute();
  while (statement.fetch()) {
    row.due_at = from_millis(due);
    row.met_at = time_or_none(met, is_met);
    row.waived_at = time_or_none(waived, is_waived);
    item.obligations.push_back(row);
  }
}

constexpr std::string_view kItemColumns =
    "SELECT id, kind, source, organisation, title, url, doc_no, published_at, published_precision, "
    "first_seen, "
    "revision, withdrawn_at FROM item";

std::vector<ItemRow> run_items(Transaction& tx, Select& select) {
  std::vector<ItemRow> items;
  ItemRow row;
  std::int64_t published = 0;
  std::int64_t seen = 0;
  std::int64_t withdrawn = 0;
  soci::indicator is_published = soci::i_null;
  soci::indicator is_withdrawn = soci::i_null;
  const auto into = [&](soci::statement& statement) {
    statement.exchange(soci::into(row.id));
    statement.exchange(soci::into(row.kind));
    statement.exchange(soci::into(row.source));
    statement.exchange(soci::into(row.organisation));
    statement.exchange(soci::into(row.title));
    statement.exchange(soci::into(row.url));
    statement.exchange(soci::into(row.doc_no));
    statement.exchange(soci::into(published, is_published));
    statement.exchange(soci::into(row.published_precision));
    statement.exchange(soci::into(seen));
    statement.exchange(soci::into(row.revision));
    statement.exchange(soci::into(withdrawn, is_withdrawn));
  };
  select.run(tx.sql(), into, [&] {
    row.published_at = time_or_none(published, is_published);
    row.first_seen = from_millis(seen);
    row.withdrawn_at = time_or_none(withdrawn, is_withdrawn);
    items.push_back(row);
  });
  for (ItemRow& item : items) {
    read_deliveries(tx, item);
    read_obligations(tx, item);
  }
  return items;
}

std::vector<LogEntry> run_log(Transaction& tx, Select& select) {
  std::vector<LogEntry> entries;
  LogEntry row;
  std::int64_t at = 0;
  std::int64_t item = 0;
  std::int64_t delivery = 0;
  soci::indicator has_item = soci::i_null;
  soci::indicator has_delivery = soci::i_null;
  const auto into = [&](soci::statement& statement) {
    statement.exchange(soci::into(row.seq));
    statement.exchange(soci::into(at));
    statement.exchange(soci::into(row.event));
    statement.exchange(soci::into(item, has_item));
    statement.exchange(soci::into(delivery, has_delivery));
    statement.exchange(soci::into(row.channel));
    statement.exchange(soci::into(row.title));
    statement.exchange(soci::into(row.kind));
    statement.exchange(soci::into(row.state));
    statement.exchange(soci::into(row.line));
  };
  select.run(tx.sql(), into, [&] {
    row.at = from_millis(at);
    row.item = has_item == soci::i_ok ? std::optional(item) : std::nullopt;
    row.delivery = has_delivery == soci::i_ok ? std::optional(delivery) : std::nullopt;
    entries.push_back(row);
  });
  return entries;
}

// Times rise with the numbers but where the clock was set back, so the first entry of a time is
// found by halving; what a clock set back has put before it stands within a few entries.
std::int64_t least_seq_since(Transaction& tx, Timestamp since) {
  constexpr std::int64_t kSetBack = 1'000;
  const std::int64_t wanted = to_millis(since);
  std::int64_t from = 0;
  std::int64_t to = read_version(tx).ledger_size;
  while (from < to) {
    const std::int64_t middle = from + (to - from) / 2;
    std::int64_t at = 0;
    tx.sql() << "SELECT ts FROM ledger_index WHERE seq = :middle", soci::use(middle, "middle"),
        soci::into(at);
    if (!tx.sql().got_data() || at >= wanted) {
      to = middle;
    } else {
      from = middle + 1;
    }
  }
  return std::max<std::int64_t>(0, from - kSetBack);
}

void narrow_by_words(Select& select, const LogQuery& query) {
  if (!query.channel.empty()) select.where("x.channel = :channel", "channel", query.channel);
  if (query.event.find('.') != std::string::npos || query.event == "genesis") {
    select.where("x.event = :event", "event", query.event);
  } else if (!query.event.empty()) {
    std::string prefix = like(query.event).substr(1);
    prefix.insert(prefix.size() - 1, ".");
    select.where("x.event LIKE :event ESCAPE '\\'", "event", prefix);
  }
  if (!query.kind.empty()) select.where("i.kind = :kind", "kind", query.kind);
  if (!query.state.empty()) select.where("d.state = :state", "state", query.state);
  if (query.text.empty()) return;
  const std::string pattern = like(query.text);
  select.where("(lower(i.title) LIKE :text ESCAPE '\\' OR lower(l.line) LIKE :text ESCAPE '\\')",
               "text", pattern);
}

}  // namespace

std::vector<ChannelStatus> read_channels(Transaction& tx,
                                         const std::vector<std::string>& channels) {
  std::vector<std::string> names = channels;
  std::string name;
  soci::statement statement =
      (tx.sql().prepare << "SELECT channel FROM channel_state ORDER BY channel", soci::into(name));
  statement.execute();
  while (statement.fetch()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::vector<ChannelStatus> result;
  for (const std::string& one : names) {
    ChannelStatus channel;
    channel.name = one;
    read_channel_states(tx, channel);
    read_channel_state(tx, channel);
    tx.sql() << "SELECT organisation FROM organisation_part WHERE part = 'channel' AND name = "
                ":channel",
        soci::use(channel.name, "channel"), soci::into(channel.organisation);
    tx.sql() << "SELECT count(*) FROM patrol WHERE channel = :channel AND verdict IN ('drifted', "
                "'vanished')",
        soci::use(channel.name, "channel"), soci::into(channel.drifted);
    result.push_back(std::move(channel));
  }
  return result;
}

std::vector<SourceStatus> read_sources(Transaction& tx) {
  std::vector<SourceStatus> sources;
  SourceStatus row;
  std::int64_t baseline = 0;
  std::int64_t looked = 0;
  std::int64_t read = 0;
  std::int64_t next = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT s.source, coalesce(p.organisation, ''), baseline, looked_at, "
                           "read_at, next_look, failures, fault, message, advice, rows_seen FROM "
                           "source_state s LEFT JOIN organisation_part p ON p.part = 'source' AND "
                           "p.name = s.source ORDER BY s.source",
       soci::into(row.name), soci::into(row.organisation), soci::into(baseline), soci::into(looked),
       soci::into(read), soci::into(next), soci::into(row.failures), soci::into(row.fault),
       soci::into(row.message), soci::into(row.advice), soci::into(row.rows_seen));
  statement.execute();
  while (statement.fetch()) {
    row.baseline = baseline != 0;
    row.looked_at = time_or_none(looked);
    row.read_at = time_or_none(read);
    row.next_look = time_or_none(next);
    sources.push_back(row);
  }
  const auto held = held_by_source(tx);
  for (SourceStatus& source : sources) {
    const auto found = held.find(source.name);
    if (found == held.end()) continue;
    source.held = found->second;
    source.held_look = held_look(tx, source.name);
  }
  return sources;
}

StatusReport read_status(Transaction& tx, Timestamp now, const std::vector<std::string>& channels) {
  StatusReport report;
  report.at = now;
  report.items = count(tx, "SELECT count(*) FROM item");
  const std::int64_t midnight = to_millis(beijing_midnight(beijing_day(now)));
  // What only an import or the first look knows was not published today.
  tx.sql() << "SELECT count(*) FROM item WHERE first_seen >= :midnight AND revision > 0",
      soci::use(midnight, "midnight"), soci::into(report.items_today);
  report.channels = read_channels(tx, channels);
  for (const ChannelStatus& channel : report.channels) {
    for (const auto& [state, number] : channel.states) report.states[state] += number;
  }
  report.sources = read_sources(tx);
  report.obligations_open =
      count(tx, "SELECT count(*) FROM obligation WHERE met_at IS NULL AND waived_at IS NULL");
  const std::int64_t at = to_millis(now);
  tx.sql() << "SELECT count(*) FROM obligation WHERE met_at IS NULL AND waived_at IS NULL AND "
              "due_at > 0 AND due_at < :now",
      soci::use(at, "now"), soci::into(report.obligations_late);
  report.ledger_size = read_version(tx).ledger_size;
  std::int64_t signed_at = 0;
  tx.sql() << "SELECT size, signed_at FROM checkpoint ORDER BY size DESC LIMIT 1",
      soci::into(report.checkpoint_size), soci::into(signed_at);
  if (tx.sql().got_data()) report.checkpoint_at = time_or_none(signed_at);
  report.alerts = open_alerts(tx);
  report.restored = restored_backup(tx);
  report.nodes = read_nodes(tx);
  report.organisations = read_organisations(tx);
  report.screens_ready = count(tx, "SELECT count(*) FROM screen WHERE state = 'approved'");
  const std::int64_t recently = at - std::chrono::milliseconds(std::chrono::minutes(5)).count();
  tx.sql() << "SELECT count(*) FROM screen WHERE state = 'approved' AND seen_at >= :recently",
      soci::use(recently, "recently"), soci::into(report.screens_seen);
  return report;
}

std::vector<ItemRow> read_items(Transaction& tx, const ItemQuery& query) {
  Select select{std::string(kItemColumns)};
  if (query.before > 0) select.where("id < :before", "before", query.before);
  if (!query.kind.empty()) select.where("kind = :kind", "kind", query.kind);
  if (!query.text.empty())
    select.where("lower(title) LIKE :text ESCAPE '\\'", "text", like(query.text));
  select.bind("limit", std::clamp(query.limit, 1, 200));
  select.tail(" ORDER BY id DESC LIMIT :limit");
  return run_items(tx, select);
}

std::optional<ItemDetail> read_item(Transaction& tx, std::int64_t id) {
  Select select{std::string(kItemColumns)};
  select.where("id = :id", "id", id);
  std::vector<ItemRow> rows = run_items(tx, select);
  if (rows.empty()) return std::nullopt;
  ItemDetail detail;
  detail.item = std::move(rows.front());
  int number = 0;
  std::int64_t seen = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT number, seen_at FROM revision WHERE item = :id ORDER BY number",
       soci::use(id, "id"), soci::into(number), soci::into(seen));
  statement.execute();
  while (statement.fetch()) detail.revisions.emplace_back(number, from_millis(seen));
  LogQuery log;
  log.item = id;
  log.limit = 500;
  detail.log = read_log(tx, log);
  std::reverse(detail.log.begin(), detail.log.end());
  return detail;
}

std::vector<LogEntry> read_log(Transaction& tx, const LogQuery& query) {
  Select select(
      "SELECT x.seq, x.ts, x.event, x.item, x.delivery, coalesce(x.channel, ''), "
      "coalesce(i.title, ''), coalesce(i.kind, ''), coalesce(d.state, ''), l.line "
      "FROM ledger_index x JOIN ledger l ON l.seq = x.seq LEFT JOIN item i ON i.id = x.item "
      "LEFT JOIN delivery d ON d.id = x.delivery");
  if (query.item) select.where("x.item = :item", "item", *query.item);
  if (query.since) {
    select.where("x.ts >= :since", "since", to_millis(*query.since));
    select.where("x.seq >= :first", "first", least_seq_since(tx, *query.since));
  }
  if (query.after) select.where("x.seq > :after", "after", *query.after);
  if (query.before) select.where("x.seq < :before", "before", *query.before);
  if (query.depth > 0) {
    const std::int64_t least = read_version(tx).ledger_size - query.depth;
    if (least > 0) select.where("x.seq >= :least", "least", least);
  }
  narrow_by_words(select, query);
  select.bind("limit", std::clamp(query.limit, 1, 1000));
  select.tail(query.after ? " ORDER BY x.seq LIMIT :limit" : " ORDER BY x.seq DESC LIMIT :limit");
  return run_log(tx, select);
}

StoreVersion read_version(Transaction& tx) {
  StoreVersion version;
  tx.sql() << "SELECT coalesce(max(seq) + 1, 0) FROM ledger_index", soci::into(version.ledger_size);
  tx.sql() << "SELECT coalesce(max(looked_at), 0) FROM source_state", soci::into(version.looked_at);
  return version;
}

}  // namespace liandong
