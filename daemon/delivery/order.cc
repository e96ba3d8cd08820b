#include "daemon/delivery/order.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "daemon/item/item_store.h"
#include "daemon/item/pairing.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::chrono::seconds kAskAgain{15};
constexpr std::size_t kMostAtOnce = 20;
constexpr int kMostPolicies = 200;

struct Waiting {
  DeliveryId delivery = 0;
  ItemId item = 0;
};

// Deliveries with their items, in the order of `sql`. `now` is bound when the statement names it.
std::vector<Waiting> select(Transaction& tx, const std::string& sql, const std::string& channel,
                            const std::int64_t* now) {
  Waiting row;
  auto rows = tx.sql().rows(sql);
  rows, into(row.delivery), into(row.item), use(channel, "channel");
  if (now != nullptr) rows, use(*now, "now");
  std::vector<Waiting> found;
  while (rows.next()) found.push_back(row);
  return found;
}

std::vector<Waiting> due_interpretations(Transaction& tx, const std::string& channel,
                                         Timestamp now) {
  const std::int64_t at = to_millis(now);
  // SQLite takes the index of all states for better, and would read every delivery that is queued.
  const std::string index =
      tx.dialect() == Dialect::Sqlite ? "INDEXED BY delivery_interpretation " : "";
  return select(
      tx,
      "SELECT id, item FROM delivery " + index +
          "WHERE channel = :channel AND kind = 'interpretation' AND state = 'queued' AND "
          "due_at <= :now AND purpose = 'publish' AND attempt = 0 ORDER BY due_at LIMIT " +
          std::to_string(kMostAtOnce),
      channel, &at);
}

std::vector<Waiting> policies_on_their_way(Transaction& tx, const std::string& channel) {
  return select(tx,
                "SELECT id, item FROM delivery WHERE channel = :channel AND state IN ('queued', "
                "'in_flight', 'deferred', 'unconfirmed') AND kind = 'policy' AND purpose = "
                "'publish' ORDER BY id DESC LIMIT " +
                    std::to_string(kMostPolicies),
                channel, nullptr);
}

std::optional<Timestamp> waits_until(Transaction& tx, DeliveryId delivery) {
  std::int64_t until = 0;
  tx.sql() << "SELECT until FROM delivery_order WHERE delivery = :delivery", use(delivery),
      into(until);
  if (!tx.sql().got_data()) return std::nullopt;
  return from_millis(until);
}

void set_until(Transaction& tx, DeliveryId delivery, DeliveryId policy, Timestamp until) {
  const std::int64_t at = to_millis(until);
  tx.sql() << "INSERT INTO delivery_order (delivery, waits_for, until) VALUES (:delivery, :policy, "
              ":until) ON CONFLICT (delivery) DO UPDATE SET until = excluded.until",
      use(delivery), use(policy), use(at);
}

void note(Transaction& tx, Ledger& ledger, const std::string& channel, const Waiting& waiting,
          std::string_view result, const std::string& reason) {
  Entry entry;
  entry.event = "delivery.postponed";
  entry.actor = "system:dispatcher";
  entry.facts["item"] = waiting.item;
  entry.facts["delivery"] = waiting.delivery;
  entry.facts["channel"] = channel;
  entry.facts["result"] = result;
  entry.facts["reason"] = reason;
  ledger.append(tx, entry);
  log(Level::Info, "delivery.postponed",
      {{"delivery", waiting.delivery}, {"channel", channel}, {"why", reason}});
}

struct NamedPolicy {
  Waiting policy;
  PairedBy by = PairedBy::Link;
};

std::optional<NamedPolicy> policy_of(Transaction& tx, const Waiting& waiting,
                                     const std::vector<Waiting>& policies) {
  const auto item = ItemStore::load(tx, waiting.item);
  if (!item) return std::nullopt;
  const NamedDocuments named = documents_named_in(item->revision.article);
  for (const Waiting& policy : policies) {
    const auto other = ItemStore::load(tx, policy.item);
    const auto by = other ? names_policy(named, other->revision.article) : std::nullopt;
    if (by) return NamedPolicy{policy, *by};
  }
  return std::nullopt;
}

void put_off(Transaction& tx, DeliveryId delivery, Timestamp until) {
  const std::int64_t at = to_millis(until);
  tx.sql() << "UPDATE delivery SET due_at = :at WHERE id = :id AND state = 'queued'", use(at),
      use(delivery);
}

enum class Waits : std::uint8_t { No, NoLonger, Yes };

// Whether `waiting` goes on waiting for its policy, with the ledger entry where that is decided.
Waits wait_for(Transaction& tx, Ledger& ledger, const std::string& channel, const Waiting& waiting,
               const NamedPolicy& named, Duration longest, Timestamp now) {
  const auto until = waits_until(tx, waiting.delivery);
  if (until && *until <= Timestamp{}) return Waits::NoLonger;
  if (until && *until <= now) {
    set_until(tx, waiting.delivery, named.policy.delivery, Timestamp{});
    note(tx, ledger, channel, waiting, "waited long enough",
         fmt::format("its policy, item {}, is still not there: the interpretation goes first",
                     named.policy.item));
    return Waits::NoLonger;
  }
  if (!until) {
    set_until(tx, waiting.delivery, named.policy.delivery, now + longest);
    note(tx, ledger, channel, waiting, "waits",
         fmt::format("its policy goes first: item {}, delivery {}, named by {}", named.policy.item,
                     named.policy.delivery, to_string(named.by)));
  }
  return Waits::Yes;
}

}  // namespace

void keep_order(Transaction& tx, Ledger& ledger, const std::string& channel, Duration longest,
                Timestamp now) {
  if (longest <= Duration::zero()) return;
  const std::vector<Waiting> due = due_interpretations(tx, channel, now);
  if (due.empty()) return;
  const std::vector<Waiting> policies = policies_on_their_way(tx, channel);
  for (const Waiting& waiting : due) {
    const auto until = waits_until(tx, waiting.delivery);
    if (until && *until <= Timestamp{}) continue;  // decided before
    const auto named = policy_of(tx, waiting, policies);
    if (!named) continue;
    if (wait_for(tx, ledger, channel, waiting, *named, longest, now) == Waits::Yes)
      put_off(tx, waiting.delivery, now + kAskAgain);
  }
}

std::vector<Delivery> in_order(Transaction& tx, Ledger& ledger, std::vector<Delivery> due,
                               Duration longest, Timestamp now) {
  const auto place_of = [&due](DeliveryId id) {
    return static_cast<std::size_t>(std::ranges::find(due, id, &Delivery::id) - due.begin());
  };
  const bool any = longest > Duration::zero() &&
                   std::ranges::find(due, Kind::Interpretation, &Delivery::kind) != due.end();
  if (!any) return due;
  const std::vector<Waiting> policies = policies_on_their_way(tx, due.front().channel);
  std::vector<Delivery> ordered;
  std::vector<bool> taken(due.size(), false);
  const auto take = [&](std::size_t at) {
    if (!taken[at]) ordered.push_back(due[at]);
    taken[at] = true;
  };
  for (std::size_t i = 0; i < due.size(); ++i) {
    const Waiting waiting{due[i].id, due[i].item};
    const auto named =
        due[i].kind == Kind::Interpretation ? policy_of(tx, waiting, policies) : std::nullopt;
    const std::size_t policy = named ? place_of(named->policy.delivery) : due.size();
    if (policy < due.size()) take(policy);
    const bool alone = named && policy == due.size();
    if (alone && wait_for(tx, ledger, due[i].channel, waiting, *named, longest, now) == Waits::Yes)
      continue;
    take(i);
  }
  return ordered;
}

void end_waiting(Transaction& tx, DeliveryId delivery) {
  set_until(tx, delivery, 0, Timestamp{});
}

}  // namespace liandong
