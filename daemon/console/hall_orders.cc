#include "daemon/console/hall_orders.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/delivery/queue.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

void record_pin(Transaction& tx, Ledger& ledger, const char* event, std::int64_t item,
                std::optional<Timestamp> ends_at, const std::string& actor) {
  Entry entry{event, actor, {}};
  entry.facts["item"] = item;
  if (ends_at) entry.facts["ends_at"] = rfc3339(*ends_at);
  ledger.append(tx, entry);
}

}  // namespace

Emergency show_emergency(Transaction& tx, Ledger& ledger, Emergency message, const Decider& by) {
  message.made_by = by.actor;
  message.made_at = by.now;
  const std::int64_t made = to_millis(message.made_at);
  const std::int64_t ends = to_millis(message.ends_at);
  tx.sql() << "INSERT INTO hall_emergency (screen_group, title, text, made_by, made_at, ends_at) "
              "VALUES (:group, :title, :text, :by, :made, :ends)",
      soci::use(message.group, "group"), soci::use(message.title, "title"),
      soci::use(message.text, "text"), soci::use(message.made_by, "by"), soci::use(made, "made"),
      soci::use(ends, "ends");
  tx.sql() << "SELECT max(id) FROM hall_emergency", soci::into(message.id);
  Entry entry{"emergency.shown", by.actor, {}};
  entry.facts["emergency"] = message.id;
  entry.facts["group"] = message.group;
  entry.facts["title"] = message.title;
  entry.facts["text"] = message.text;
  entry.facts["ends_at"] = rfc3339(message.ends_at);
  ledger.append(tx, entry);
  return message;
}

Result<void> end_emergency(Transaction& tx, Ledger& ledger, std::int64_t id, const Decider& by) {
  const std::int64_t now = to_millis(by.now);
  tx.sql() << "UPDATE hall_emergency SET ends_at = :now WHERE id = :id AND ends_at > :now",
      soci::use(now, "now"), soci::use(id, "id");
  if (tx.sql().affected_rows() != 1)
    return Error(ErrorKind::Permanent, fmt::format("no emergency message {} is shown", id));
  Entry entry{"emergency.ended", by.actor, {}};
  entry.facts["emergency"] = id;
  ledger.append(tx, entry);
  return {};
}

std::vector<Emergency> open_emergencies(Transaction& tx, Timestamp now) {
  std::vector<Emergency> open;
  Emergency row;
  std::int64_t made = 0;
  std::int64_t ends = 0;
  const std::int64_t at = to_millis(now);
  auto rows = tx.sql().rows(
      "SELECT id, screen_group, title, text, made_by, made_at, ends_at FROM hall_emergency WHERE "
      "ends_at > :now ORDER BY id DESC");
  rows, soci::use(at, "now"), soci::into(row.id), soci::into(row.group), soci::into(row.title),
      soci::into(row.text), soci::into(row.made_by), soci::into(made), soci::into(ends);
  while (rows.next()) {
    row.made_at = from_millis(made);
    row.ends_at = from_millis(ends);
    open.push_back(row);
  }
  return open;
}

Result<void> pin_item(Transaction& tx, Ledger& ledger, std::int64_t item,
                      const std::vector<std::string>& halls, Timestamp ends_at, const Decider& by) {
  const std::vector<Delivery> deliveries = Queue::of_item(tx, item);
  const auto is_of_hall = [&halls](const Delivery& delivery) {
    return delivery.state == State::Delivered &&
           std::find(halls.begin(), halls.end(), delivery.channel) != halls.end();
  };
  // The newest decides: what was withdrawn is shown nowhere.
  const auto newest = std::find_if(deliveries.rbegin(), deliveries.rend(), is_of_hall);
  const bool is_shown = newest != deliveries.rend() && newest->purpose != Purpose::Withdraw;
  if (!is_shown)
    return Error(ErrorKind::Permanent, fmt::format("item {} is on no hall screen", item));
  const std::int64_t ends = to_millis(ends_at);
  tx.sql() << "INSERT INTO hall_pin (item, ends_at) VALUES (:item, :ends) ON CONFLICT (item) DO "
              "UPDATE SET ends_at = excluded.ends_at",
      soci::use(item, "item"), soci::use(ends, "ends");
  record_pin(tx, ledger, "screen.pinned", item, ends_at, by.actor);
  return {};
}

Result<void> unpin_item(Transaction& tx, Ledger& ledger, std::int64_t item, const Decider& by) {
  tx.sql() << "DELETE FROM hall_pin WHERE item = :item", soci::use(item, "item");
  if (tx.sql().affected_rows() != 1)
    return Error(ErrorKind::Permanent, fmt::format("item {} is not pinned", item));
  record_pin(tx, ledger, "screen.unpinned", item, std::nullopt, by.actor);
  return {};
}

std::vector<Pin> open_pins(Transaction& tx, Timestamp now) {
  std::vector<Pin> open;
  Pin row;
  std::int64_t ends = 0;
  const std::int64_t at = to_millis(now);
  auto rows = tx.sql().rows(
      "SELECT p.item, i.title, p.ends_at FROM hall_pin p JOIN item i ON i.id = p.item WHERE "
      "p.ends_at > :now ORDER BY p.item DESC");
  rows, soci::use(at, "now"), soci::into(row.item), soci::into(row.title), soci::into(ends);
  while (rows.next()) {
    row.ends_at = from_millis(ends);
    open.push_back(row);
  }
  return open;
}

}  // namespace liandong
