#include "daemon/console/queries.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "daemon/console/select.h"
#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/planned_start.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

// Every state but the two that pile up for ever is counted through the index (channel, state).
constexpr std::array<const char*, 8> kStates = {"queued", "in_flight", "deferred", "unconfirmed",
                                                "held",   "delivered", "failed",   "cancelled"};

std::int64_t count(Transaction& tx, const char* sql) {
  std::int64_t value = 0;
  tx.sql() << sql, soci::into(value);
  return value;
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

// An entry of an item is for those who see the item; one of a channel or a source for those who see
// that.
void narrow_by_scope(Transaction& tx, Select& select, const Scope& scope) {
  if (scope.is_whole()) return;
  const char* const source = tx.dialect() == Dialect::Sqlite
                                 ? "json_extract(l.line, '$.source')"
                                 : "(CAST(l.line AS json) ->> 'source')";
  select.where(fmt::format(
      "(({}) OR (x.item IS NULL AND {}) OR (x.item IS NULL AND x.event LIKE 'source.%' AND {}))",
      within_scope("i.organisation"), part_within_scope("channel", "x.channel"),
      part_within_scope("source", source)));
  select.bind(scope);
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

void count_items(Transaction& tx, const Scope& scope, StatusReport& report) {
  const std::int64_t midnight = to_millis(beijing_midnight(beijing_day(report.at)));
  std::int64_t value = 0;
  const auto into = [&](soci::statement& statement) { statement.exchange(soci::into(value)); };
  const auto number = [&](Select& select, std::string_view column) {
    select.narrow(scope, column);
    select.run(tx.sql(), into, [] {});
    return value;
  };
  Select all("SELECT count(*) FROM item");
  report.items = number(all, "organisation");
  // What only an import or the first look knows was not published today.
  Select today("SELECT count(*) FROM item");
  today.where("revision > 0");
  today.where("first_seen >= :midnight", "midnight", midnight);
  report.items_today = number(today, "organisation");
  const std::string obligations = scope.is_whole() ? "SELECT count(*) FROM obligation o"
                                                   : "SELECT count(*) FROM obligation o JOIN item "
                                                     "i ON i.id = o.item";
  Select open(obligations);
  open.where("o.met_at IS NULL AND o.waived_at IS NULL");
  report.obligations_open = number(open, "i.organisation");
  Select late(obligations);
  late.where("o.met_at IS NULL AND o.waived_at IS NULL");
  late.where("o.due_at > 0");
  late.where("o.due_at < :now", "now", to_millis(report.at));
  report.obligations_late = number(late, "i.organisation");
}

// Of the scope's items, also on the channels of those above it. From the items' side: what it costs
// grows with what the scope has.
std::map<std::string, std::int64_t> states_within(Transaction& tx, const Scope& scope) {
  std::map<std::string, std::int64_t> states;
  std::string state;
  std::int64_t number = 0;
  auto rows =
      tx.sql().rows("SELECT d.state, count(*) FROM item i JOIN delivery d ON d.item = i.id WHERE " +
                    within_scope("i.organisation") + " GROUP BY d.state");
  rows, soci::use(scope.organisation, "scope"), soci::into(state), soci::into(number);
  while (rows.next()) states[state] = number;
  return states;
}

// What concerns all organisations.
void read_installation(Transaction& tx, StatusReport& report) {
  report.nodes = read_nodes(tx);
  report.screens_ready = count(tx, "SELECT count(*) FROM screen WHERE state = 'approved'");
  const std::int64_t recently = to_millis(report.at - std::chrono::minutes(5));
  tx.sql() << "SELECT count(*) FROM screen WHERE state = 'approved' AND seen_at >= :recently",
      soci::use(recently, "recently"), soci::into(report.screens_seen);
}

}  // namespace

bool shows_subject(Transaction& tx, const Scope& scope, std::string_view key) {
  if (scope.is_whole()) return true;
  const std::string subject(key.substr(key.find('|') + 1));
  for (const std::string_view word : {"item ", "信息 "}) {
    if (!subject.starts_with(word)) continue;
    std::int64_t item = 0;
    std::from_chars(subject.data() + word.size(), subject.data() + subject.size(), item);
    return sees_item(tx, scope, item);
  }
  int parts = 0;
  int seen = 0;
  for (const char* part : {"source", "channel"}) {
    int known = 0;
    const std::string of(part);
    const std::string name = subject.substr(0, subject.find(' '));
    tx.sql() << "SELECT count(*) FROM organisation_part WHERE part = :part AND name = :name",
        soci::use(of, "part"), soci::use(name, "name"), soci::into(known);
    parts += known;
    seen += sees_part(tx, scope, of, name) ? 1 : 0;
  }
  return parts > 0 && seen == parts;
}

std::vector<ChannelStatus> read_channels(Transaction& tx, const std::vector<std::string>& channels,
                                         const Scope& scope) {
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
    if (!sees_part(tx, scope, "channel", one)) continue;
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

std::vector<SourceStatus> read_sources(Transaction& tx, const Scope& scope) {
  Select select(
      "SELECT s.source, coalesce(p.organisation, ''), s.baseline, s.looked_at, s.read_at, "
      "s.next_look, s.failures, s.fault, s.message, s.advice, s.rows_seen FROM source_state s LEFT "
      "JOIN organisation_part p ON p.part = 'source' AND p.name = s.source");
  select.narrow(scope, "p.organisation");
  select.tail(" ORDER BY s.source");
  std::vector<SourceStatus> sources;
  SourceStatus row;
  std::int64_t baseline = 0;
  std::int64_t looked = 0;
  std::int64_t read = 0;
  std::int64_t next = 0;
  const auto into = [&](soci::statement& statement) {
    for (std::string* text : {&row.name, &row.organisation}) statement.exchange(soci::into(*text));
    for (std::int64_t* number : {&baseline, &looked, &read, &next, &row.failures})
      statement.exchange(soci::into(*number));
    for (std::string* text : {&row.fault, &row.message, &row.advice})
      statement.exchange(soci::into(*text));
    statement.exchange(soci::into(row.rows_seen));
  };
  select.run(tx.sql(), into, [&] {
    row.baseline = baseline != 0;
    row.looked_at = time_or_none(looked);
    row.read_at = time_or_none(read);
    row.next_look = time_or_none(next);
    sources.push_back(row);
  });
  const auto held = held_by_source(tx);
  for (SourceStatus& source : sources) {
    const auto found = held.find(source.name);
    if (found == held.end()) continue;
    source.held = found->second;
    source.held_look = held_look(tx, source.name);
  }
  return sources;
}

StatusReport read_status(Transaction& tx, Timestamp now, const std::vector<std::string>& channels,
                         const Scope& scope) {
  StatusReport report;
  report.at = now;
  count_items(tx, scope, report);
  report.channels = read_channels(tx, channels, scope);
  if (scope.is_whole()) {
    for (const ChannelStatus& channel : report.channels) {
      for (const auto& [state, number] : channel.states) report.states[state] += number;
    }
  } else {
    report.states = states_within(tx, scope);
  }
  report.sources = read_sources(tx, scope);
  report.ledger_size = read_version(tx).ledger_size;
  std::int64_t signed_at = 0;
  tx.sql() << "SELECT size, signed_at FROM checkpoint ORDER BY size DESC LIMIT 1",
      soci::into(report.checkpoint_size), soci::into(signed_at);
  if (tx.sql().got_data()) report.checkpoint_at = time_or_none(signed_at);
  report.alerts = open_alerts(tx);
  std::erase_if(report.alerts,
                [&](const Alert& alert) { return !shows_subject(tx, scope, alert.alarm.key); });
  report.restored = restored_backup(tx);
  report.organisations = read_organisations(tx, scope);
  if (scope.is_whole()) read_installation(tx, report);
  return report;
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
  narrow_by_scope(tx, select, query.scope);
  select.bind("limit", std::clamp(query.limit, 1, 1000));
  select.tail(query.after ? " ORDER BY x.seq LIMIT :limit" : " ORDER BY x.seq DESC LIMIT :limit");
  return run_log(tx, select);
}

StoreVersion read_version(Transaction& tx, const Scope& scope) {
  StoreVersion version;
  tx.sql() << "SELECT coalesce(max(seq) + 1, 0) FROM ledger_index", soci::into(version.ledger_size);
  if (scope.is_whole()) {
    tx.sql() << "SELECT coalesce(max(looked_at), 0) FROM source_state",
        soci::into(version.looked_at);
  } else {
    tx.sql() << "SELECT coalesce(max(looked_at), 0) FROM source_state WHERE " +
                    part_within_scope("source", "source"),
        soci::use(scope.organisation, "scope"), soci::into(version.looked_at);
  }
  return version;
}

bool shows_any_since(Transaction& tx, const Scope& scope, std::int64_t seq) {
  LogQuery query;
  query.scope = scope;
  query.after = seq - 1;
  query.limit = 1;
  return !read_log(tx, query).empty();
}

}  // namespace liandong
