#include "daemon/delivery/patrol.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/delivery/delivery_row.h"
#include "daemon/delivery/history.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr std::string_view kActor = "system:patrol";
constexpr Duration kDay = 24h;
constexpr Duration kWeek = 7 * kDay;
constexpr Duration kYear = 365 * kDay;
constexpr Duration kYoung = 2 * kDay;
constexpr Duration kAskAgain = 6h;     // after a look that told nothing
constexpr Duration kComeBack = 10min;  // while a later delivery of the item is under way
constexpr Duration kMostRest = 30s;
constexpr Duration kSlice = 500ms;  // a stop must not wait for a whole rest
constexpr Duration kCallTime = 60s;
constexpr int kMostPlanned = 500;
constexpr int kMostSkipped = 50;
constexpr std::string_view kLast = "patrol last";

std::string day_slot(Timestamp now) {
  return "patrol " + beijing_date(now);
}

std::int64_t read_slot(Transaction& tx, const std::string& channel, const std::string& slot) {
  std::int64_t value = 0;
  tx.sql() << "SELECT used FROM channel_use WHERE channel = :channel AND slot = :slot",
      use(channel), use(slot), into(value);
  return value;
}

void write_slot(Transaction& tx, const std::string& channel, const std::string& slot,
                std::int64_t value) {
  tx.sql() << "INSERT INTO channel_use (channel, slot, used) VALUES (:channel, :slot, :value) ON "
              "CONFLICT (channel, slot) DO UPDATE SET used = excluded.used",
      use(channel), use(slot), use(value);
}

// Spreads the day's looks, so that one morning's posts do not use them all up.
Duration least_gap(const ChannelLine& line) {
  return std::max<Duration>(kDay / (4 * std::max(1, line.patrol_per_day)), 250ms);
}

bool may_look(Transaction& tx, const ChannelLine& line, Timestamp now) {
  if (channel_pause(tx, line.name) || load_use(tx, line.name, now).not_before > now) return false;
  if (read_slot(tx, line.name, day_slot(now)) >= line.patrol_per_day) return false;
  return from_millis(read_slot(tx, line.name, std::string(kLast))) + least_gap(line) <= now;
}

void set_next(Transaction& tx, DeliveryId delivery, std::optional<Timestamp> when) {
  std::int64_t at = when ? to_millis(*when) : 0;
  soci::indicator known = when ? soci::i_ok : soci::i_null;
  tx.sql() << "UPDATE delivery SET patrol_at = :at WHERE id = :id", use(at, known), use(delivery);
}

// Only what the platform itself named can be asked for again.
bool can_be_asked(const Delivery& delivery) {
  return delivery.purpose != Purpose::Withdraw && delivery.receipt.evidence != "operator" &&
         delivery.receipt.evidence != "draft" && !delivery.receipt.remote_id.empty();
}

// A person made the post; that it is there is all that can be asked of it.
bool has_words_of_its_own(const Delivery& delivery) {
  return delivery.receipt.evidence == "adopted" || delivery.receipt.evidence == kImportedEvidence;
}

// Deliveries that arrived since the last round get their first look.
void plan_looks(Transaction& tx, const ChannelLine& line, Timestamp now) {
  const auto arrived =
      select_deliveries(tx,
                        "WHERE channel = :text AND state = 'delivered' AND patrol_at = 0 LIMIT " +
                            std::to_string(kMostPlanned),
                        &line.name, nullptr);
  for (const Delivery& delivery : arrived) {
    const Timestamp sent = delivery.receipt.accepted_at;
    std::optional<Timestamp> when = next_patrol(sent, now, line.patrol_first);
    // The program may have stood still: a first look of the same day is made up for.
    if (now - sent < kDay) when = std::max(now, sent + line.patrol_first);
    set_next(tx, delivery.id, can_be_asked(delivery) ? when : std::nullopt);
  }
}

// The first whose look is due, of those delivered after `since`.
std::optional<Delivery> due_since(Transaction& tx, const ChannelLine& line, Timestamp since,
                                  Timestamp now) {
  const std::int64_t at = to_millis(now);
  const std::int64_t delivered = to_millis(since);
  DeliveryId id = 0;
  tx.sql() << "SELECT id FROM delivery WHERE channel = :channel AND state = 'delivered' AND "
              "patrol_at > 0 AND patrol_at <= :now AND delivered_at > :since ORDER BY patrol_at "
              "LIMIT 1",
      use(line.name), use(at), use(delivered), into(id);
  if (!tx.sql().got_data()) return std::nullopt;
  return Queue::load(tx, id);
}

std::optional<Delivery> due(Transaction& tx, const ChannelLine& line, Timestamp now) {
  auto young = due_since(tx, line, now - kYoung, now);
  return young ? std::move(young) : due_since(tx, line, Timestamp{}, now);
}

enum class Later : std::uint8_t { None, UnderWay, Done };

// What later deliveries of the item on the channel mean for this one.
Later later_of(Transaction& tx, const Delivery& delivery) {
  Later later = Later::None;
  for (const Delivery& other : Queue::of_item(tx, delivery.item)) {
    if (other.channel != delivery.channel || other.id <= delivery.id) continue;
    if (other.state == State::Delivered) return Later::Done;
    if (other.state != State::Failed && other.state != State::Cancelled) later = Later::UnderWay;
  }
  return later;
}

std::string words_of(const LaterLook& inspection) {
  return std::visit(Overloaded{[](const Verified&) { return std::string(); },
                               [](const CannotTell& cannot) { return cannot.why.message; },
                               [](const auto& changed) { return changed.how; }},
                    inspection);
}

// Empty: the look told nothing.
std::string verdict_of(const LaterLook& inspection) {
  return std::visit(
      Overloaded{[](const Verified&) { return "verified"; },
                 [](const Drifted&) { return "drifted"; },
                 [](const Vanished&) { return "vanished"; }, [](const CannotTell&) { return ""; }},
      inspection);
}

}  // namespace

std::string known_verdict(Transaction& tx, DeliveryId delivery) {
  std::string verdict;
  tx.sql() << "SELECT verdict FROM patrol WHERE delivery = :delivery", use(delivery), into(verdict);
  return verdict;
}

void store_verdict(Transaction& tx, DeliveryId delivery, const std::string& channel,
                   const std::string& verdict, const std::string& note, Timestamp now) {
  const std::int64_t at = to_millis(now);
  std::int64_t verified = at;
  soci::indicator has_verified = verdict == "verified" ? soci::i_ok : soci::i_null;
  tx.sql()
      << "INSERT INTO patrol (delivery, channel, looks, looked_at, verified_at, verdict, note) "
         "VALUES (:delivery, :channel, 1, :at, :verified, :verdict, :note) ON CONFLICT "
         "(delivery) DO UPDATE SET looks = patrol.looks + 1, looked_at = excluded.looked_at, "
         "verified_at = coalesce(excluded.verified_at, patrol.verified_at), verdict = "
         "excluded.verdict, note = excluded.note",
      use(delivery), use(channel), use(at), use(verified, has_verified), use(verdict), use(note);
}

std::optional<Timestamp> next_patrol(Timestamp delivered, Timestamp now, Duration first) {
  if (delivered + first > now) return delivered + first;
  if (delivered + kDay > now) return delivered + kDay;
  const auto weeks = std::max<Duration::rep>((now - delivered) / kWeek + 1, 1);
  const Timestamp next = delivered + weeks * kWeek;
  if (next > delivered + kYear) return std::nullopt;
  return next;
}

Patrol::Patrol(Database& database, Ledger& ledger, Clock& clock)
    : database_(database), ledger_(ledger), clock_(clock) {}

void Patrol::start(const ChannelLine& line, TaskGroup& tasks) {
  if (line.patrol_per_day <= 0 || !line.channel->traits().can_inspect) return;
  tasks.spawn("patrol " + line.name, walk(line));
}

asio::awaitable<void> Patrol::walk(const ChannelLine& line) {
  while (!stopping_) {
    const bool looked = co_await look(line);
    const Duration pause = looked ? least_gap(line) : std::min(line.patrol_first, kMostRest);
    co_await rest(pause);
  }
}

asio::awaitable<void> Patrol::rest(Duration pause) {
  const Instant end = clock_.after(pause);
  while (!stopping_ && clock_.tick() < end) {
    const Instant slice = std::min(end, clock_.after(kSlice));
    co_await clock_.sleep_until(slice);
  }
}

asio::awaitable<bool> Patrol::look(const ChannelLine& line) {
  auto pick = [this, &line](Transaction& tx) { return choose(tx, line); };
  const std::optional<Delivery> delivery = co_await database_.write(std::move(pick));
  if (!delivery) co_return false;
  Attempt attempt = attempt_of(*delivery);
  attempt.number = 1;
  attempt.published = delivery->receipt;
  attempt.deadline = clock_.after(kCallTime);
  LaterLook inspection = Verified{};
  try {
    inspection = co_await line.channel->inspect(std::move(attempt));
  } catch (const std::exception& error) {
    inspection = CannotTell{{"exception", error.what(), 0}};
  }
  if (has_words_of_its_own(*delivery) && std::holds_alternative<Drifted>(inspection))
    inspection = Verified{};
  auto store = [this, &line, delivery = *delivery, inspection](Transaction& tx) {
    record(tx, line, delivery, inspection);
  };
  co_await database_.write(std::move(store));
  co_return true;
}

std::optional<Delivery> Patrol::choose(Transaction& tx, const ChannelLine& line) {
  const Timestamp now = clock_.now();
  plan_looks(tx, line, now);
  if (!may_look(tx, line, now)) return std::nullopt;
  for (int skipped = 0; skipped < kMostSkipped; ++skipped) {
    auto delivery = due(tx, line, now);
    if (!delivery) return std::nullopt;
    const Later later = later_of(tx, *delivery);
    if (later == Later::None) {
      const std::string slot = day_slot(now);
      write_slot(tx, line.name, slot, read_slot(tx, line.name, slot) + 1);
      write_slot(tx, line.name, std::string(kLast), to_millis(now));
      return delivery;
    }
    if (later == Later::UnderWay) {
      set_next(tx, delivery->id, now + kComeBack);
      continue;
    }
    set_next(tx, delivery->id, std::nullopt);
    tx.sql() << "UPDATE patrol SET verdict = 'replaced', note = '' WHERE delivery = :id",
        use(delivery->id);
  }
  return std::nullopt;
}

void Patrol::record(Transaction& tx, const ChannelLine& line, const Delivery& delivery,
                    const LaterLook& inspection) {
  const Timestamp now = clock_.now();
  const auto regular = next_patrol(delivery.receipt.accepted_at, now, line.patrol_first);
  const std::string verdict = verdict_of(inspection);
  if (verdict.empty()) {
    log(Level::Info, "delivery.unread",
        {{"delivery", delivery.id}, {"channel", line.name}, {"error", words_of(inspection)}});
    set_next(tx, delivery.id,
             regular ? std::optional(std::min(*regular, now + kAskAgain)) : regular);
    return;
  }
  set_next(tx, delivery.id, regular);
  const std::string before = known_verdict(tx, delivery.id);
  store_verdict(tx, delivery.id, delivery.channel, verdict, words_of(inspection), now);
  if (verdict != before) note_change(tx, delivery, verdict, words_of(inspection));
}

void Patrol::note_change(Transaction& tx, const Delivery& delivery, const std::string& verdict,
                         const std::string& how) {
  const bool verified = verdict == "verified";
  Entry entry;
  entry.event = verified ? "delivery.verified" : "delivery.drifted";
  entry.actor = kActor;
  entry.facts["item"] = delivery.item;
  entry.facts["rev"] = delivery.revision;
  entry.facts["delivery"] = delivery.id;
  entry.facts["channel"] = delivery.channel;
  entry.facts["result"] = verdict;
  entry.facts["evidence"] = "patrol";
  if (!how.empty()) entry.facts["reason"] = how;
  ledger_.append(tx, entry);
  log(verified ? Level::Info : Level::Error, entry.event,
      {{"delivery", delivery.id},
       {"item", delivery.item},
       {"channel", delivery.channel},
       {"result", verdict},
       {"why", how},
       {"url", delivery.receipt.permalink}});
}

}  // namespace liandong
