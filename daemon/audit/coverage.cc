#include "daemon/audit/coverage.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/audit/reasons.h"
#include "daemon/delivery/obligation.h"
#include "daemon/item/item_store.h"
#include "daemon/ledger/entry.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::string_view kAwaitsScreen = "no approved screen has fetched the list with it";

struct NullableTime {
  std::int64_t millis = 0;
  soci::indicator known = soci::i_null;
  [[nodiscard]] std::optional<Timestamp> get() const {
    return known == soci::i_ok ? std::optional(from_millis(millis)) : std::nullopt;
  }
};

// One obligation with what its item contributes, as read.
struct Row {
  CoverageCell cell;
  std::string kind;
  std::string precision;
  std::string reason;
  std::int64_t first_seen = 0;
  std::int64_t due_at = 0;
  int standing = 0;  // the number of a Fulfilment
  NullableTime met_at;
  NullableTime published_at;
};

// Obligations with their items. Those that are open are few among those that were met, and an index
// holds them: where only such are asked for they are read first (SQLite keeps the order of a CROSS
// JOIN), else the items of the period.
std::string joined(const CoverageQuery& query) {
  return query.are_open()
             ? "obligation o CROSS JOIN item i WHERE i.id = o.item AND o.met_at IS NULL AND "
               "o.waived_at IS NULL AND "
             : "item i JOIN obligation o ON o.item = i.id WHERE ";
}

std::string select_cells(const CoverageQuery& query, Dialect dialect) {
  // As this program orders texts, whatever the database's own collation.
  const char* const channel = dialect == Dialect::Sqlite ? "channel" : "channel COLLATE \"C\"";
  return fmt::format(
      "SELECT * FROM (SELECT o.item, o.channel, o.route, o.due_at, o.met_at, o.reason, i.kind, "
      "i.title, i.url, i.doc_no, i.published_at, i.published_precision, i.first_seen, {0} AS "
      "standing FROM {3} i.first_seen >= :from AND i.first_seen < :to AND (:any_item = 1 OR i.id = "
      ":item) AND (:any_channel = 1 OR o.channel = :channel) AND {1}) AS cells WHERE standing >= "
      ":least AND standing < :end AND (standing, item, {2}) > (:after_standing, :after_item, "
      ":after_channel) ORDER BY standing, item, {2} LIMIT :limit",
      fulfilment_sql(), narrowed(query.scope, "i.organisation"), channel, joined(query));
}

// The standings that are asked for: from the first to below the second.
std::pair<int, int> standings_of(const CoverageQuery& query) {
  if (query.only) return {static_cast<int>(*query.only), static_cast<int>(*query.only) + 1};
  if (query.only_open) return {0, static_cast<int>(Fulfilment::NotYetDue)};
  if (query.only_unmet) return {0, static_cast<int>(Fulfilment::PushedLate)};
  return {0, static_cast<int>(Fulfilment::Pushed) + 1};
}

std::vector<Row> read_rows(Transaction& tx, const CoverageQuery& query, Timestamp now) {
  const std::int64_t from = to_millis(query.from);
  const std::int64_t to = to_millis(query.to);
  const std::int64_t any_item = query.item ? 0 : 1;
  const std::int64_t item = query.item.value_or(0);
  const std::int64_t any_channel = query.channel.empty() ? 1 : 0;
  const auto [least, end] = standings_of(query);
  const int after_standing = query.after ? static_cast<int>(query.after->fulfilment) : -1;
  const CoverageQuery::Place after = query.after.value_or(CoverageQuery::Place());
  const std::int64_t at = to_millis(now);
  Row row;
  CoverageCell& cell = row.cell;
  soci::statement statement =
      (tx.sql().prepare << select_cells(query, tx.dialect()),
       use(query.scope.organisation, "scope"), use(from, "from"), use(to, "to"),
       use(any_item, "any_item"), use(item, "item"), use(least, "least"), use(end, "end"),
       use(after_standing, "after_standing"), use(after.item, "after_item"),
       use(after.channel, "after_channel"), use(at, "now"), use(any_channel, "any_channel"),
       use(query.channel, "channel"), use(query.limit, "limit"), into(cell.item),
       into(cell.channel), into(cell.route), into(row.due_at),
       into(row.met_at.millis, row.met_at.known), into(row.reason), into(row.kind),
       into(cell.title), into(cell.url), into(cell.doc_no),
       into(row.published_at.millis, row.published_at.known), into(row.precision),
       into(row.first_seen), into(row.standing));
  statement.execute();
  std::vector<Row> rows;
  while (statement.fetch()) {
    rows.push_back(row);
  }
  return rows;
}

Obstacle obstacle_of(State state) {
  switch (state) {
    case State::Queued:
    case State::InFlight:
      return Obstacle::Queued;
    case State::Deferred:
      return Obstacle::Deferred;
    case State::Unconfirmed:
      return Obstacle::Unconfirmed;
    case State::Held:
      return Obstacle::Held;
    case State::Failed:
      return Obstacle::Failed;
    case State::Cancelled:
      return Obstacle::Cancelled;
    case State::Delivered:
      return Obstacle::None;
  }
  throw std::logic_error("unknown state");
}

// The delivery that tells most about this cell: the one that arrived, else that of the newest text.
void add_delivery(Transaction& tx, CoverageCell& cell) {
  std::string state;
  std::string code;
  std::string message;
  std::string reason;
  tx.sql() << "SELECT id, state, remote_id, permalink, evidence, code, message, reason "
              "FROM delivery WHERE item = :item AND channel = :channel AND purpose = 'publish' "
              "ORDER BY CASE state WHEN 'delivered' THEN 0 ELSE 1 END, revision DESC LIMIT 1",
      use(cell.item), use(cell.channel), into(cell.delivery), into(state), into(cell.remote_id),
      into(cell.permalink), into(cell.evidence), into(code), into(message), into(reason);
  if (!tx.sql().got_data()) {
    cell.delivery = 0;
    cell.obstacle = Obstacle::Unplanned;
    return;
  }
  cell.obstacle = obstacle_of(state_from(state).value());
  cell.detail = reason;
  if (cell.detail.empty() && cell.obstacle != Obstacle::None) {
    cell.detail = code.empty() || message.empty() ? code + message : code + ": " + message;
  }
}

// Who decided, by the newest entry of that event. The ledger knows.
struct Decided {
  std::string actor;
  std::string reason;
};
Decided decided(Transaction& tx, const CoverageCell& cell, const std::string& event) {
  std::string line;
  tx.sql() << "SELECT l.line FROM ledger_index x JOIN ledger l ON l.seq = x.seq "
              "WHERE x.item = :item AND x.channel = :channel AND x.event = :event "
              "ORDER BY x.seq DESC LIMIT 1",
      use(cell.item), use(cell.channel), use(event), into(line);
  if (!tx.sql().got_data()) {
    return {};
  }
  const auto entry = parse_entry(line);
  if (!entry) {
    return {};  // `ledger verify` is what tells of a damaged line
  }
  return {std::string(member_text(*entry, "actor")), std::string(member_text(*entry, "reason"))};
}

void explain(Transaction& tx, const Row& row, CoverageCell& cell) {
  switch (cell.fulfilment) {
    case Fulfilment::TakenDown: {
      const Decided by = decided(tx, cell, "withdrawal.ordered");
      cell.obstacle = Obstacle::TakenDown;
      cell.detail = by.reason;
      cell.actor = by.actor;
      return;
    }
    case Fulfilment::Waived:
      cell.obstacle = Obstacle::Waived;
      cell.detail = row.reason;
      cell.actor = decided(tx, cell, "obligation.waived").actor;
      return;
    case Fulfilment::Gone:
      cell.obstacle = Obstacle::Withdrawn;
      cell.detail.clear();
      return;
    case Fulfilment::Pushed:
    case Fulfilment::PushedLate:
    case Fulfilment::PushedUnjudged:
      cell.obstacle = Obstacle::None;
      cell.detail.clear();
      return;
    case Fulfilment::Missing:
    case Fulfilment::Unjudged:
    case Fulfilment::NotYetDue:
      // As its delivery stands; what is listed is there only when a screen has fetched it.
      if (cell.obstacle != Obstacle::None) return;
      cell.obstacle = Obstacle::Unshown;
      cell.detail = kAwaitsScreen;
      return;
  }
}

void judge(Transaction& tx, const Row& row, CoverageCell& cell, Timestamp now) {
  const auto beyond = [&cell](Timestamp at) {
    return cell.due_at && at > *cell.due_at ? at - *cell.due_at : Duration(0);
  };
  std::optional<StatedTime> published;
  if (const auto at = row.published_at.get()) {
    published = StatedTime{*at, precision_from(row.precision)};
  }
  cell.clock_start = clock_start(published, cell.first_seen);
  if (cell.met_at) {
    cell.took = std::max(Duration(0), *cell.met_at - cell.clock_start);
    cell.late_by = beyond(*cell.met_at);
  } else if (cell.fulfilment == Fulfilment::Missing) {
    cell.late_by = beyond(now);
  }
  explain(tx, row, cell);
}

struct ObstacleName {
  Obstacle obstacle;
  std::string_view name;
  std::string_view chinese;
};
constexpr ObstacleName kObstacles[] = {
    {Obstacle::None, "none", ""},
    {Obstacle::Waived, "waived", "已豁免"},
    {Obstacle::Withdrawn, "withdrawn", "网站已撤下"},
    {Obstacle::TakenDown, "taken_down", "已决定从渠道撤回"},
    {Obstacle::Held, "held", "等待人工处理"},
    {Obstacle::Failed, "failed", "推送失败"},
    {Obstacle::Cancelled, "cancelled", "已取消"},
    {Obstacle::Unconfirmed, "unconfirmed", "结果待核实"},
    {Obstacle::Deferred, "deferred", "等待重试"},
    {Obstacle::Queued, "queued", "等待推送"},
    {Obstacle::Unplanned, "unplanned", "没有推送任务"},
    {Obstacle::Unshown, "unshown", "未上屏"},
};

const ObstacleName& named(Obstacle obstacle) {
  for (const ObstacleName& one : kObstacles) {
    if (one.obstacle == obstacle) {
      return one;
    }
  }
  throw std::logic_error("unknown obstacle");
}

}  // namespace

std::string_view to_string(Obstacle obstacle) {
  return named(obstacle).name;
}
std::string_view chinese(Kind kind) {
  switch (kind) {
    case Kind::Policy:
      return "政策文件";
    case Kind::Interpretation:
      return "政策解读";
    case Kind::NoticeImportant:
      return "重要通知";
    case Kind::Notice:
      return "通知公告";
    case Kind::News:
      return "政务动态";
  }
  throw std::logic_error("unknown kind");
}

std::string_view chinese(Obstacle obstacle) {
  return named(obstacle).chinese;
}

std::string reason_in_words(const CoverageCell& cell) {
  std::string why(chinese(cell.obstacle));
  if (!cell.detail.empty()) {
    why += "：" + chinese_reason(fold_blanks(cell.detail));
  }
  return cell.actor.empty() ? why : why + "（" + cell.actor + "）";
}

boost::json::object to_json(const CoverageCell& cell) {
  boost::json::object json;
  json["item"] = cell.item;
  json["kind"] = to_string(cell.kind);
  json["title"] = cell.title;
  json["url"] = cell.url;
  json["doc_no"] = cell.doc_no;
  json["channel"] = cell.channel;
  json["route"] = cell.route;
  json["first_seen"] = rfc3339(cell.first_seen);
  json["due_at"] = cell.due_at ? boost::json::value(rfc3339(*cell.due_at)) : nullptr;
  json["met_at"] = cell.met_at ? boost::json::value(rfc3339(*cell.met_at)) : nullptr;
  json["took_ms"] = cell.took.count();
  json["late_ms"] = cell.late_by.count();
  json["fulfilment"] = to_string(cell.fulfilment);
  json["obstacle"] = to_string(cell.obstacle);
  json["detail"] = cell.detail;
  json["actor"] = cell.actor;
  json["delivery"] = cell.delivery;
  json["remote_id"] = cell.remote_id;
  json["permalink"] = cell.permalink;
  json["evidence"] = cell.evidence;
  return json;
}

std::vector<ImportedPush> obligations_met_by_import(Transaction& tx, const ReportExtent& extent) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  ImportedPush push;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT x.item, x.channel, i.kind FROM ledger_index x JOIN item i ON i.id = x.item "
              "JOIN delivery d ON d.id = x.delivery JOIN obligation o ON o.item = x.item AND "
              "o.channel = x.channel AND o.met_at = d.delivered_at WHERE x.event = "
              "'delivery.imported' AND i.first_seen >= :from AND i.first_seen < :to AND " +
                  narrowed(extent.scope, "i.organisation"),
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(push.item),
       into(push.channel), into(push.kind));
  statement.execute();
  std::vector<ImportedPush> all;
  while (statement.fetch()) all.push_back(push);
  std::sort(all.begin(), all.end(), [](const ImportedPush& a, const ImportedPush& b) {
    return std::tie(a.item, a.channel) < std::tie(b.item, b.channel);
  });
  return all;
}

std::vector<CoverageCell> coverage(Transaction& tx, const CoverageQuery& query, Timestamp now) {
  std::vector<CoverageCell> cells;
  for (Row& row : read_rows(tx, query, now)) {
    CoverageCell& cell = row.cell;
    cell.kind = kind_from(row.kind).value();
    cell.first_seen = from_millis(row.first_seen);
    cell.due_at = row.due_at > 0 ? std::optional(from_millis(row.due_at)) : std::nullopt;
    cell.met_at = row.met_at.get();
    cell.fulfilment = static_cast<Fulfilment>(row.standing);
    add_delivery(tx, cell);
    judge(tx, row, cell, now);
    cells.push_back(std::move(cell));
  }
  return cells;
}

}  // namespace liandong
