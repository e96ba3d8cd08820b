#include "daemon/delivery/mass_hold.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

// Held still, and still for this: a person may have released one and held it again.
const std::string kHeldSo = "d.state = 'held' AND d.reason LIKE 'mass change%'";

struct HeldDelivery {
  DeliveryId id = 0;
  std::string own_reason;
  std::string sha256;  // of its text
};

std::vector<HeldDelivery> held_of(Transaction& tx, const std::string& source) {
  std::vector<HeldDelivery> held;
  HeldDelivery row;
  auto rows = tx.sql().rows(
      "SELECT d.id, m.reason, d.sha256 FROM mass_hold m JOIN delivery d ON d.id = m.delivery WHERE "
      "m.source = :source AND " +
      kHeldSo + " ORDER BY d.id");
  rows, use(source, "source"), into(row.id), into(row.own_reason), into(row.sha256);
  while (rows.next()) held.push_back(row);
  return held;
}

// Another delivery, one less or another text, and it is another hash.
std::string hash_of(const std::vector<HeldDelivery>& held) {
  std::string lines;
  for (const HeldDelivery& delivery : held)
    lines += fmt::format("{} {}\n", delivery.id, delivery.sha256);
  return sha256_hex(lines);
}

// Keeps it Held, for its own reason from now on.
void hold_for_its_own(Transaction& tx, Ledger& ledger, DeliveryId id, const std::string& reason,
                      const Decider& by) {
  Entry entry;
  entry.event = "delivery.held";
  entry.actor = by.actor;
  tx.sql() << "UPDATE delivery SET reason = :reason WHERE id = :id", use(reason), use(id);
  std::int64_t item = 0;
  std::string channel;
  tx.sql() << "SELECT item, channel FROM delivery WHERE id = :id", use(id), into(item),
      into(channel);
  entry.facts["item"] = item;
  entry.facts["delivery"] = id;
  entry.facts["channel"] = channel;
  entry.facts["reason"] = reason;
  ledger.append(tx, entry);
}

}  // namespace

void hold_with_look(Transaction& tx, DeliveryId delivery, const std::string& source,
                    const std::string& own_reason) {
  tx.sql() << "INSERT INTO mass_hold (delivery, source, reason) VALUES (:delivery, :source, "
              ":reason)",
      use(delivery), use(source), use(own_reason);
}

std::string own_reason(Transaction& tx, DeliveryId delivery) {
  std::string reason;
  tx.sql() << "SELECT reason FROM mass_hold WHERE delivery = :delivery", use(delivery),
      into(reason);
  return reason;
}

std::map<std::string, std::int64_t> held_by_source(Transaction& tx) {
  std::map<std::string, std::int64_t> held;
  std::string source;
  std::int64_t count = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT m.source, count(*) FROM mass_hold m JOIN delivery d ON d.id = "
                           "m.delivery WHERE " +
                               kHeldSo + " GROUP BY m.source",
       into(source), into(count));
  statement.execute();
  while (statement.fetch()) held[source] = count;
  return held;
}

std::optional<HeldLook> held_look(Transaction& tx, const std::string& source) {
  HeldLook look;
  HeldLook::Part part;
  std::string why;
  std::int64_t since = 0;
  std::int64_t first = 0;
  auto parts = tx.sql().rows(
      "SELECT d.purpose, count(DISTINCT d.item), count(*), min(d.created_at), max(d.reason) FROM "
      "mass_hold m JOIN delivery d ON d.id = m.delivery WHERE m.source = :source AND " +
      kHeldSo + " GROUP BY d.purpose ORDER BY d.purpose");
  parts, use(source), into(part.purpose), into(part.items), into(part.deliveries), into(first),
      into(why);
  while (parts.next()) {
    since = look.parts.empty() ? first : std::min(since, first);
    look.why = why;
    look.parts.push_back(part);
  }
  if (look.parts.empty()) return std::nullopt;
  look.since = from_millis(since);
  std::string title;
  auto titles = tx.sql().rows(
      "SELECT title FROM item WHERE id IN (SELECT d.item FROM mass_hold m JOIN delivery d ON d.id "
      "= m.delivery WHERE m.source = :source AND " +
      kHeldSo + ") ORDER BY id LIMIT :most");
  titles, use(source, "source"), use(kShownTitles, "most"), into(title);
  while (titles.next()) look.titles.push_back(title);
  look.seen = hash_of(held_of(tx, source));
  return look;
}

Result<void> leave_look(Transaction& tx, Ledger& ledger, DeliveryId delivery, const Decider& by) {
  const std::string own = own_reason(tx, delivery);
  tx.sql() << "DELETE FROM mass_hold WHERE delivery = :delivery", use(delivery);
  if (own.empty()) return release_delivery(tx, ledger, delivery, by);
  hold_for_its_own(tx, ledger, delivery, own, by);
  return {};
}

Result<LookRelease> release_look(Transaction& tx, Ledger& ledger, const std::string& source,
                                 std::string_view seen, const Decider& by,
                                 const std::string& reason) {
  const std::vector<HeldDelivery> held = held_of(tx, source);
  if (held.empty())
    return Error(ErrorKind::Permanent,
                 fmt::format("nothing of source {} is held for a mass change", source));
  const std::string is_held = hash_of(held);
  if (!names_hash(seen, is_held))
    return Error(ErrorKind::Transient,
                 fmt::format("what source {} holds is not what was seen, it is {} deliveries by "
                             "now; look at it again",
                             source, held.size()));
  LookRelease done;
  for (const HeldDelivery& delivery : held) {
    const auto left = leave_look(tx, ledger, delivery.id, by);
    if (!left) return left.error();
    ++(delivery.own_reason.empty() ? done.released : done.still_held);
  }
  // Of those that were let go one by one.
  tx.sql() << "DELETE FROM mass_hold WHERE source = :source", use(source);
  Entry entry;
  entry.event = "source.released";
  entry.actor = by.actor;
  entry.facts["source"] = source;
  if (!reason.empty()) entry.facts["reason"] = reason;
  entry.facts["body_sha256"] = is_held;
  entry.facts["released"] = done.released;
  entry.facts["still_held"] = done.still_held;
  ledger.append(tx, entry);
  return done;
}

}  // namespace liandong
