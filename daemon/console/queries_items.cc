// The items with their channels.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daemon/console/queries.h"
#include "daemon/console/select.h"

namespace liandong {

namespace {

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
    "first_seen, revision, withdrawn_at FROM item";

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

// What the page shows of a channel is the newest delivery there.
constexpr std::string_view kIsNewest =
    "d.id = (SELECT max(n.id) FROM delivery n WHERE n.item = d.item AND n.channel = d.channel)";

// Every channel with deliveries, each found by one step through the index (channel, state).
constexpr std::string_view kChannels =
    "(WITH RECURSIVE one(name) AS (SELECT min(channel) FROM delivery UNION ALL SELECT (SELECT "
    "min(channel) FROM delivery WHERE channel > one.name) FROM one WHERE one.name IS NOT NULL) "
    "SELECT name FROM one WHERE name IS NOT NULL)";

// Deliveries of that channel in that state, d: found through the index (channel, state).
std::string deliveries_asked_for(const ItemQuery& query) {
  std::string condition = "d.channel IN ";
  condition += query.channel.empty() ? kChannels : "(:channel)";
  if (!query.state.empty()) condition += " AND d.state = :state";
  return condition;
}

void bind_delivery(Select& select, const ItemQuery& query) {
  if (!query.channel.empty()) select.bind("channel", query.channel);
  if (!query.state.empty()) select.bind("state", query.state);
}

bool are_few(Transaction& tx, const ItemQuery& query) {
  constexpr std::int64_t kFew = 20'000;
  Select select("SELECT count(*) FROM (SELECT 1 FROM delivery d WHERE " +
                deliveries_asked_for(query) + " LIMIT :few) AS counted");
  bind_delivery(select, query);
  select.bind("few", kFew);
  std::int64_t count = 0;
  select.run(
      tx.sql(), [&](soci::statement& statement) { statement.exchange(soci::into(count)); }, [] {});
  return count < kFew;
}

// Few deliveries are found first, and then their items, wherever those stand; with many, the newest
// items are looked at one by one until the page is full.
void narrow_by_deliveries(Transaction& tx, Select& select, const ItemQuery& query) {
  if (query.channel.empty() && query.state.empty()) return;
  std::string condition = deliveries_asked_for(query);
  if (!query.state.empty()) condition += fmt::format(" AND {}", kIsNewest);
  if (are_few(tx, query)) {
    select.where(fmt::format("item.id IN (SELECT d.item FROM delivery d WHERE {})", condition));
  } else {
    select.where(
        fmt::format("EXISTS (SELECT 1 FROM delivery d WHERE d.item = item.id AND {})", condition));
  }
  bind_delivery(select, query);
}

}  // namespace

std::vector<ItemRow> read_items(Transaction& tx, const ItemQuery& query) {
  Select select{std::string(kItemColumns)};
  if (query.before > 0) select.where("id < :before", "before", query.before);
  if (!query.kind.empty()) select.where("kind = :kind", "kind", query.kind);
  if (query.since) select.where("first_seen >= :since", "since", to_millis(*query.since));
  if (query.until) select.where("first_seen < :until", "until", to_millis(*query.until));
  narrow_by_deliveries(tx, select, query);
  if (!query.text.empty())
    select.where("(lower(title) LIKE :text ESCAPE '\\' OR lower(doc_no) LIKE :text ESCAPE '\\')",
                 "text", like(query.text));
  select.narrow(query.scope, "organisation");
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
  detail.shown = shown_of_item(tx, id);
  return detail;
}

}  // namespace liandong
