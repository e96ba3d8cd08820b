#include "daemon/delivery/queue.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <tuple>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/delivery/counters.h"
#include "daemon/delivery/delivery_row.h"
#include "daemon/delivery/obligation.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/inserted_id.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;
using soci::into;
using soci::use;

constexpr std::string_view kSystem = "system:dispatcher";
constexpr Timestamp kNever{};
constexpr std::size_t kMostLooked = 50;  // of those due, for the first that may go

constexpr std::string_view kInsert =
    "INSERT INTO delivery (item, revision, channel, purpose, kind, state, marker, sha256, "
    "created_at, due_at, step, attempt, epoch, owner, lease_until, first_intent, intent_at, looks, "
    "progress, remote_id, permalink, evidence, code, message, reason) VALUES (:item, :revision, "
    ":channel, :purpose, :kind, :state, :marker, :sha256, :now, :due_at, '', 0, 0, '', 0, 0, 0, 0, "
    "'{}', '', '', '', :code, :failure, :hold_reason) ON CONFLICT DO NOTHING";
// One item's deliveries go one after the other.
constexpr std::string_view kFirstOfItem =
    "NOT EXISTS (SELECT 1 FROM delivery AS earlier WHERE earlier.item = delivery.item AND "
    "earlier.channel = delivery.channel AND earlier.id < delivery.id AND earlier.state IN "
    "('queued', 'in_flight', 'deferred', 'unconfirmed')) ";

// How many are being sent, counted when a transaction first claims on a channel.
struct UnderWay {
  std::map<std::string, int> on;
};

UnderWay& under_way(Transaction& tx) {
  return tx.kept<UnderWay>([](Transaction&) { return UnderWay(); },
                           [](Transaction&, const UnderWay&) {});
}

void note_move(Transaction& tx, const Delivery& delivery, State before) {
  std::map<std::string, int>& counts = under_way(tx).on;
  const auto counted = counts.find(delivery.channel);
  if (counted == counts.end()) return;
  if (before == State::InFlight) --counted->second;
  if (delivery.state == State::InFlight) ++counted->second;
}

int count_of(Transaction& tx, const std::string& channel, State state) {
  const std::string name(to_string(state));
  int count = 0;
  tx.sql() << "SELECT count(*) FROM delivery WHERE channel = :channel AND state = :state",
      use(channel), use(name), into(count);
  return count;
}

bool is_full(Transaction& tx, const std::string& channel, int parallel) {
  std::map<std::string, int>& counts = under_way(tx).on;
  auto counted = counts.find(channel);
  if (counted == counts.end())
    counted = counts.emplace(channel, count_of(tx, channel, State::InFlight)).first;
  const int unknown = parallel == 1 ? count_of(tx, channel, State::Unconfirmed) : 0;
  return counted->second + unknown >= parallel;
}

// The oldest that are due, at most `most`, that are not behind another of their item and fulfil
// `rest`. State by state, so that the index gives them in order and only those are read.
std::vector<Delivery> select_due(Transaction& tx, const std::string& channel, Timestamp now,
                                 const std::string& rest, std::size_t most) {
  const std::int64_t at = to_millis(now);
  std::vector<Delivery> found;
  for (const std::string state : {"queued", "deferred"}) {
    std::string tail = "WHERE channel = :text AND state = '" + state +
                       "' AND due_at <= :number AND " + std::string(kFirstOfItem) + rest +
                       "ORDER BY due_at, id LIMIT " + std::to_string(most);
    if (tx.dialect() == Dialect::Postgres) tail += " FOR UPDATE SKIP LOCKED";
    auto of_state = select_deliveries(tx, tail, &channel, &at);
    std::move(of_state.begin(), of_state.end(), std::back_inserter(found));
  }
  std::sort(found.begin(), found.end(), [](const Delivery& a, const Delivery& b) {
    return std::tie(a.due_at, a.id) < std::tie(b.due_at, b.id);
  });
  if (found.size() > most)
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(most), found.end());
  return found;
}

// What was due when a transaction first claimed on a channel: its workers mostly claim together,
// and each takes the next.
struct Due {
  struct Line {
    std::shared_ptr<const std::vector<Delivery>> found;
    std::size_t next = 0;

    [[nodiscard]] bool has_more() const { return found && next < found->size(); }
  };
  std::map<std::string, Line> of;  // by channel
};

Due::Line& due_on(Transaction& tx, const std::string& channel) {
  return tx.kept<Due>([](Transaction&) { return Due(); }, [](Transaction&, const Due&) {})
      .of[channel];
}

// Since it was found, other work of the transaction may have held it, or put it off.
bool is_still_due(Transaction& tx, const Delivery& delivery, Timestamp now) {
  static const std::string kText =
      "SELECT 1 FROM delivery WHERE id = :id AND state = :state AND epoch = :epoch AND due_at <= "
      ":now AND " +
      std::string(kFirstOfItem);
  const std::string state(to_string(delivery.state));
  const std::int64_t at = to_millis(now);
  int any = 0;
  tx.sql() << kText, use(delivery.id), use(state), use(delivery.epoch), use(at), into(any);
  return tx.sql().got_data();
}

// Of all deliveries that are committed together, once a channel.
struct LastDelivered {
  std::map<std::string, std::int64_t> at;  // by channel
};

void store_last_delivered(Transaction& tx, const LastDelivered& last) {
  for (const auto& [channel, at] : last.at) {
    tx.sql()
        << "INSERT INTO channel_state (channel, reason, not_before, last_delivered, note) VALUES "
           "(:channel, '', 0, :at, '') ON CONFLICT (channel) DO UPDATE SET last_delivered = "
           "excluded.last_delivered WHERE channel_state.last_delivered < excluded.last_delivered",
        use(channel), use(at);
  }
}

void note_delivered(Transaction& tx, const std::string& channel, Timestamp at) {
  LastDelivered& last =
      tx.kept<LastDelivered>([](Transaction&) { return LastDelivered(); }, &store_last_delivered);
  std::int64_t& latest = last.at[channel];
  latest = std::max(latest, to_millis(at));
}

Entry entry_for(std::string_view event, const Delivery& delivery, std::string_view actor) {
  Entry entry;
  entry.event = event;
  entry.actor = actor;
  entry.facts["item"] = delivery.item;
  entry.facts["rev"] = delivery.revision;
  entry.facts["delivery"] = delivery.id;
  entry.facts["channel"] = delivery.channel;
  entry.facts["purpose"] = to_string(delivery.purpose);
  if (!delivery.step.empty()) entry.facts["step"] = delivery.step;
  if (delivery.attempt > 0) entry.facts["attempt"] = delivery.attempt;
  if (!delivery.group.empty()) entry.facts["group"] = delivery.group;
  return entry;
}

void add_diagnostic(Entry& entry, const Diagnostic& why) {
  if (!why.code.empty()) entry.facts["errcode"] = why.code;
  if (!why.message.empty()) entry.facts["reason"] = why.message;
  if (why.http != 0) entry.facts["http"] = why.http;
}

void add_receipt(Entry& entry, const Receipt& receipt) {
  json::object remote;
  remote["id"] = receipt.remote_id;
  remote["url"] = receipt.permalink;
  entry.facts["remote"] = std::move(remote);
  entry.facts["evidence"] = receipt.evidence;
  entry.facts["accepted_at"] = rfc3339(receipt.accepted_at);
}

void store(Transaction& tx, const Delivery& delivery, State before) {
  if (!store_delivery(tx, delivery, before, delivery.epoch, kNever))
    throw Fenced(fmt::format("delivery {} is no longer {} of epoch {}", delivery.id,
                             to_string(before), delivery.epoch));
  note_move(tx, delivery, before);
  LIANDONG_FAULT_POINT(80);
}

// The new state by next(); a transition that does not exist is a bug.
State move(Delivery& delivery, Event event) {
  const State before = delivery.state;
  const auto after = next(before, event);
  if (!after)
    throw std::logic_error(fmt::format("delivery {}: event {} is not allowed when {}", delivery.id,
                                       static_cast<int>(event), to_string(before)));
  delivery.state = *after;
  return before;
}

}  // namespace

Queue::Queue(Ledger& ledger, const Clock& clock) : ledger_(ledger), clock_(clock) {}

std::optional<DeliveryId> Queue::plan(Transaction& tx, const NewDelivery& plan) {
  Delivery delivery;
  delivery.item = plan.item;
  delivery.revision = plan.revision;
  delivery.channel = plan.channel;
  delivery.purpose = plan.purpose;
  delivery.state = !plan.failure.empty()       ? State::Failed
                   : !plan.hold_reason.empty() ? State::Held
                                               : State::Queued;
  const std::string purpose(to_string(plan.purpose));
  const std::string kind(to_string(plan.kind));
  const std::string state(to_string(delivery.state));
  const std::string sha256 = plan.rendition.empty() ? "" : sha256_hex(plan.rendition);
  const std::string code = plan.failure.empty() ? "" : "render";
  const std::int64_t now = to_millis(clock_.now());
  const std::int64_t due_at = to_millis(plan.due_at);
  delivery.id = insert_row(tx, std::string(kInsert), [&](auto& statement) {
    statement, use(plan.item), use(plan.revision), use(plan.channel), use(purpose), use(kind),
        use(state), use(plan.marker), use(sha256), use(now), use(due_at), use(code),
        use(plan.failure), use(plan.hold_reason);
  });
  if (delivery.id == 0) return std::nullopt;
  if (!plan.rendition.empty())
    tx.sql() << "INSERT INTO rendition (delivery, text) VALUES (:delivery, :text)",
        use(delivery.id), use(plan.rendition);
  Entry entry = entry_for("delivery.planned", delivery, "system:planner");
  entry.facts["result"] = state;
  if (!sha256.empty()) entry.facts["body_sha256"] = sha256;
  const std::string& reason = plan.failure.empty() ? plan.hold_reason : plan.failure;
  if (!reason.empty()) entry.facts["reason"] = reason;
  ledger_.append(tx, entry);
  return delivery.id;
}

std::optional<Delivery> Queue::claim(Transaction& tx, const std::string& channel,
                                     const std::function<std::string(Purpose)>& first_step,
                                     int parallel, Duration lease) {
  if (is_full(tx, channel, parallel)) return std::nullopt;
  const Timestamp now = clock_.now();
  Due::Line& due = due_on(tx, channel);
  while (due.has_more()) {
    const Delivery& next = (*due.found)[due.next++];
    if (is_still_due(tx, next, now)) return take(tx, next, first_step, lease);
  }
  const auto most = static_cast<std::size_t>(std::max(parallel, 1));
  due = {std::make_shared<const std::vector<Delivery>>(select_due(tx, channel, now, "", most)), 0};
  if (!due.has_more()) return std::nullopt;
  return take(tx, (*due.found)[due.next++], first_step, lease);
}

std::optional<Delivery> Queue::claim_exempt(Transaction& tx, const std::string& channel,
                                            const std::function<std::string(Purpose)>& first_step,
                                            const std::function<bool(const Delivery&)>& may,
                                            int parallel, Duration lease) {
  if (is_full(tx, channel, parallel)) return std::nullopt;
  auto found = select_due(tx, channel, clock_.now(), "AND (epoch > 0 OR purpose = 'withdraw') ",
                          kMostLooked);
  const auto first = std::find_if(found.begin(), found.end(), may);
  if (first == found.end()) return std::nullopt;
  return take(tx, std::move(*first), first_step, lease);
}

std::optional<Delivery> Queue::claim_urgent(Transaction& tx, const std::string& channel,
                                            const std::function<std::string(Purpose)>& first_step,
                                            int parallel, Duration lease) {
  if (is_full(tx, channel, parallel)) return std::nullopt;
  auto found = select_due(tx, channel, clock_.now(), "AND urgent = 1 ", 1);
  if (found.empty()) return std::nullopt;
  return take(tx, std::move(found.front()), first_step, lease);
}

std::optional<Delivery> Queue::claim_kinds(Transaction& tx, const std::string& channel,
                                           const std::function<std::string(Purpose)>& first_step,
                                           const std::set<Kind>& kinds, int parallel,
                                           Duration lease) {
  if (kinds.empty() || is_full(tx, channel, parallel)) return std::nullopt;
  std::vector<std::string> names;
  for (const Kind kind : kinds) names.push_back(fmt::format("'{}'", to_string(kind)));
  auto found = select_due(tx, channel, clock_.now(),
                          fmt::format("AND kind IN ({}) ", fmt::join(names, ", ")), 1);
  if (found.empty()) return std::nullopt;
  return take(tx, std::move(found.front()), first_step, lease);
}

std::optional<Delivery> Queue::claim_alone(Transaction& tx, const std::string& channel,
                                           const std::function<std::string(Purpose)>& first_step,
                                           const std::function<bool(const Delivery&)>& may,
                                           int parallel, Duration lease) {
  if (is_full(tx, channel, parallel)) return std::nullopt;
  auto found = select_due(tx, channel, clock_.now(), "AND (epoch > 0 OR purpose <> 'publish') ",
                          kMostLooked);
  const auto first = std::find_if(found.begin(), found.end(), may);
  if (first == found.end()) return std::nullopt;
  return take(tx, std::move(*first), first_step, lease);
}

std::vector<Delivery> Queue::ungrouped(Transaction& tx, const std::string& channel,
                                       Timestamp due_by) {
  return select_due(tx, channel, due_by,
                    "AND purpose = 'publish' AND NOT EXISTS (SELECT 1 FROM delivery_group WHERE "
                    "delivery_group.delivery = delivery.id) ",
                    2 * kMostLooked);
}

Delivery Queue::claim_this(Transaction& tx, Delivery delivery, std::string_view step,
                           Duration lease) {
  const auto first = [step](Purpose) { return std::string(step); };
  return take(tx, std::move(delivery), first, lease);
}

Delivery Queue::take(Transaction& tx, Delivery delivery,
                     const std::function<std::string(Purpose)>& first_step, Duration lease) {
  const State before = delivery.state;
  if (before == State::Deferred) move(delivery, Event::Due);
  move(delivery, Event::Claim);
  const std::string step = delivery.step.empty() ? first_step(delivery.purpose) : delivery.step;
  intend(tx, delivery, before, step, lease);
  return delivery;
}

// Invariant 1: InFlight and the intent entry are one transaction.
void Queue::intend(Transaction& tx, Delivery& delivery, State before, std::string_view step,
                   Duration lease) {
  LIANDONG_STEP_POINT(BeforeIntent, step);
  const Timestamp now = clock_.now();
  const std::int64_t epoch_before = delivery.epoch;
  if (delivery.step != step) {
    delivery.step = step;
    delivery.attempt = 0;
    delivery.first_intent = kNever;
  }
  ++delivery.attempt;
  ++delivery.epoch;
  delivery.looks = 0;
  delivery.intent_at = now;
  if (delivery.first_intent == kNever) delivery.first_intent = now;
  if (!store_delivery(tx, delivery, before, epoch_before, now + lease))
    throw Fenced(fmt::format("delivery {} was taken by another node", delivery.id));
  note_move(tx, delivery, before);
  LIANDONG_FAULT_POINT(80);
  Entry entry = entry_for("delivery.attempted", delivery, kSystem);
  entry.facts["epoch"] = delivery.epoch;
  entry.facts["body_sha256"] = delivery.sha256;
  ledger_.append(tx, entry);
  LIANDONG_FAULT_POINT(12);
}

void Queue::settled(Transaction& tx, const Delivery& delivery, std::string_view result) {
  Entry entry = entry_for("delivery.settled", delivery, kSystem);
  entry.facts["result"] = result;
  entry.facts["epoch"] = delivery.epoch;
  if (delivery.state == State::Delivered) {
    add_receipt(entry, delivery.receipt);
    entry.facts["body_sha256"] = delivery.sha256;
  } else {
    add_diagnostic(entry, delivery.why);
  }
  ledger_.append(tx, entry);
  LIANDONG_FAULT_POINT(21);
}

void Queue::advance(Transaction& tx, Delivery& delivery, const Progress& produced,
                    std::string_view step, Duration lease) {
  for (const auto& [name, value] : produced) delivery.progress[name] = value;
  const State before = move(delivery, Event::SettleDone);
  settled(tx, delivery, "done");
  move(delivery, Event::Claim);
  intend(tx, delivery, before, step, lease);
}

void Queue::rest_before(Transaction& tx, Delivery& delivery, const Progress& produced,
                        std::string_view step) {
  for (const auto& [name, value] : produced) delivery.progress[name] = value;
  const State before = move(delivery, Event::SettleDone);
  settled(tx, delivery, "done");
  delivery.step = step;
  delivery.attempt = 0;
  delivery.first_intent = kNever;
  delivery.due_at = clock_.now();
  store(tx, delivery, before);
}

void Queue::go_back(Transaction& tx, Delivery& delivery, std::string_view step) {
  delivery.step = step;
  delivery.attempt = 0;
  delivery.first_intent = kNever;
  store(tx, delivery, delivery.state);
}

void Queue::deliver(Transaction& tx, Delivery& delivery, const Receipt& receipt) {
  if (receipt.is_draft() && delivery.purpose == Purpose::Publish)
    return leave_draft(tx, delivery, receipt);
  const bool by_read_back = delivery.state == State::Unconfirmed;
  const State before =
      move(delivery, by_read_back ? Event::ResolveDelivered : Event::SettleDelivered);
  delivery.receipt = receipt;
  delivery.why = {};
  delivery.reason.clear();
  store(tx, delivery, before);
  count_delivered(tx, receipt.accepted_at, delivery.item, delivery.channel, delivery.kind,
                  delivery.purpose);
  if (delivery.purpose == Purpose::Publish)
    meet_obligation(tx, delivery.item, delivery.channel, receipt);
  note_delivered(tx, delivery.channel, receipt.accepted_at);
  if (!by_read_back) {
    settled(tx, delivery, "delivered");
    return;
  }
  Entry entry = entry_for("delivery.reconciled", delivery, kSystem);
  entry.facts["result"] = "delivered";
  entry.facts["body_sha256"] = delivery.sha256;
  add_receipt(entry, receipt);
  ledger_.append(tx, entry);
  LIANDONG_FAULT_POINT(72);
}

// A person publishes it there: it is a task until then, and counts nowhere.
void Queue::leave_draft(Transaction& tx, Delivery& delivery, const Receipt& receipt) {
  delivery.receipt = receipt;
  delivery.why = {};
  give_up(tx, delivery, std::string(kDraftWaits));
}

void Queue::defer(Transaction& tx, Delivery& delivery, const Outcome& outcome, Timestamp due_at,
                  bool counts) {
  const State before = move(delivery, Event::SettleDeferred);
  if (!counts) --delivery.attempt;
  delivery.due_at = due_at;
  if (const Diagnostic* why = diagnostic_of(outcome)) delivery.why = *why;
  store(tx, delivery, before);
  settled(tx, delivery, name_of(outcome));
}

void Queue::refuse(Transaction& tx, Delivery& delivery, const Diagnostic& why) {
  const State before = move(delivery, Event::SettleRefused);
  delivery.why = why;
  store(tx, delivery, before);
  settled(tx, delivery, "refused");
}

void Queue::mark_unconfirmed(Transaction& tx, Delivery& delivery, const Diagnostic& why,
                             Timestamp look_at) {
  const State before = move(delivery, Event::SettleUnconfirmed);
  delivery.why = why;
  delivery.due_at = look_at;
  delivery.looks = 0;
  store(tx, delivery, before);
  Entry entry = entry_for("delivery.unconfirmed", delivery, kSystem);
  entry.facts["epoch"] = delivery.epoch;
  add_diagnostic(entry, why);
  ledger_.append(tx, entry);
  LIANDONG_FAULT_POINT(21);
}

void Queue::give_up(Transaction& tx, Delivery& delivery, const std::string& reason) {
  const State before = move(delivery, Event::GiveUp);
  delivery.reason = reason;
  store(tx, delivery, before);
  Entry entry = entry_for("delivery.held", delivery, kSystem);
  add_diagnostic(entry, delivery.why);
  entry.facts["reason"] = reason;
  if (delivery.receipt.is_draft()) {
    entry.facts["body_sha256"] = delivery.sha256;
    add_receipt(entry, delivery.receipt);
  }
  ledger_.append(tx, entry);
}

std::optional<Delivery> Queue::next_unconfirmed(Transaction& tx, const std::string& channel) {
  const std::int64_t now = to_millis(clock_.now());
  auto found = select_deliveries(
      tx,
      "WHERE channel = :text AND state = 'unconfirmed' AND due_at <= :number ORDER BY due_at, id "
      "LIMIT 1",
      &channel, &now);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void Queue::resolve_absent(Transaction& tx, Delivery& delivery, const std::string& evidence) {
  const State before = move(delivery, Event::ResolveAbsent);
  delivery.due_at = clock_.now();
  store(tx, delivery, before);
  Entry entry = entry_for("delivery.reconciled", delivery, kSystem);
  entry.facts["result"] = "absent";
  entry.facts["evidence"] = evidence;
  ledger_.append(tx, entry);
  LIANDONG_FAULT_POINT(25);
}

void Queue::resolve_done(Transaction& tx, Delivery& delivery, const Progress& produced,
                         std::string_view next_step) {
  const State before = move(delivery, Event::ResolveFoundDone);
  Entry entry = entry_for("delivery.reconciled", delivery, kSystem);
  entry.facts["result"] = "done";
  entry.facts["evidence"] = "read-back";
  for (const auto& [name, value] : produced) delivery.progress[name] = value;
  delivery.step = next_step;
  delivery.attempt = 0;
  delivery.first_intent = kNever;
  delivery.due_at = clock_.now();
  store(tx, delivery, before);
  ledger_.append(tx, entry);
  LIANDONG_FAULT_POINT(25);
}

// Nothing changed outside or in our knowledge: no entry, or every look would be one.
void Queue::look_again(Transaction& tx, Delivery& delivery, int looks, Timestamp when,
                       const Diagnostic& why) {
  delivery.looks = looks;
  delivery.due_at = when;
  if (!why.message.empty()) delivery.why = why;
  store(tx, delivery, State::Unconfirmed);
}

// Nothing is known that was not known before: no entry.
int Queue::end_waits(Transaction& tx, const std::string& channel, const std::string& key,
                     const std::string& value) {
  const std::int64_t now = to_millis(clock_.now());
  int ended = 0;
  for (Delivery& delivery : select_deliveries(
           tx, "WHERE channel = :text AND state = 'deferred' AND due_at > :number LIMIT 200",
           &channel, &now)) {
    const auto known = delivery.progress.find(key);
    if (known == delivery.progress.end() || known->second != value) continue;
    delivery.due_at = clock_.now();
    store(tx, delivery, State::Deferred);
    ++ended;
  }
  return ended;
}

void Queue::put_off_looks(Transaction& tx, const std::string& channel, Duration by) {
  const std::int64_t millis = by.count();
  tx.sql() << "UPDATE delivery SET due_at = due_at + :by WHERE channel = :channel AND state = "
              "'unconfirmed'",
      use(millis), use(channel);
}

int Queue::mark_interrupted(Transaction& tx, std::vector<Delivery> found, const Diagnostic& why,
                            Timestamp look_at) {
  for (Delivery& delivery : found) {
    mark_unconfirmed(tx, delivery, why, look_at);
    log(Level::Warn, "delivery.recovered",
        {{"delivery", delivery.id}, {"channel", delivery.channel}, {"step", delivery.step}});
  }
  return static_cast<int>(found.size());
}

int Queue::recover(Transaction& tx) {
  const Diagnostic why{"crash", "the program ended while this was being sent", 0};
  const int found = mark_interrupted(
      tx, select_deliveries(tx, "WHERE state = 'in_flight'", nullptr, nullptr), why, clock_.now());
  // How much of a wait between two looks is over, a clock that was set meanwhile does not tell.
  tx.sql() << "UPDATE delivery SET looks = 0 WHERE state = 'unconfirmed'";
  LIANDONG_FAULT_POINT(90);
  return found;
}

int Queue::take_over(Transaction& tx, const std::string& channel, Duration longest_call) {
  const Diagnostic why{"crash", "its node gave the channel up while this was being sent", 0};
  const int found = mark_interrupted(
      tx, select_deliveries(tx, "WHERE channel = :text AND state = 'in_flight'", &channel, nullptr),
      why, clock_.now() + longest_call);
  tx.sql() << "UPDATE delivery SET looks = 0 WHERE channel = :channel AND state = 'unconfirmed'",
      use(channel);
  LIANDONG_FAULT_POINT(90);
  return found;
}

std::optional<Delivery> Queue::load(Transaction& tx, DeliveryId id) {
  auto found = select_deliveries(tx, "WHERE id = :number", nullptr, &id);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Delivery> Queue::of_item(Transaction& tx, ItemId item) {
  return select_deliveries(tx, "WHERE item = :number ORDER BY id", nullptr, &item);
}

}  // namespace liandong
