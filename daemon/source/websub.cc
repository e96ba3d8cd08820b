#include "daemon/source/websub.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kLeaseWanted = 10 * 24h;
constexpr Duration kLeastLease = 30s;
constexpr Duration kMostLease = 30 * 24h;
constexpr Duration kProofWithin = 1h;
constexpr Duration kPatience = 10min;
constexpr Duration kLongestWait = 24h;
constexpr std::size_t kLongestChallenge = 1'000;

std::vector<Subscription> select(Transaction& tx, const std::string& where,
                                 const std::string* source, const std::int64_t* now) {
  Subscription one;
  std::int64_t asked_at = 0;
  std::int64_t lease_until = 0;
  std::int64_t next_at = 0;
  auto rows = tx.sql().rows(
      "SELECT source, hub, topic, asked_at, lease_until, next_at, failures FROM subscription "
      "WHERE " +
      where);
  rows, into(one.source), into(one.hub), into(one.topic), into(asked_at), into(lease_until),
      into(next_at), into(one.failures);
  if (source != nullptr) rows, use(*source, "source");
  if (now != nullptr) rows, use(*now, "now");
  std::vector<Subscription> found;
  while (rows.next()) {
    one.asked_at = from_millis(asked_at);
    one.lease_until = from_millis(lease_until);
    one.next_at = from_millis(next_at);
    found.push_back(one);
  }
  return found;
}

std::string in_query(const std::map<std::string, std::string>& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

}  // namespace

std::optional<Subscription> load_subscription(Transaction& tx, const std::string& source) {
  auto found = select(tx, "source = :source", &source, nullptr);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Subscription> due_subscriptions(Transaction& tx, Timestamp now) {
  const std::int64_t at = to_millis(now);
  return select(tx, "next_at <= :now ORDER BY next_at LIMIT 100", nullptr, &at);
}

void store_subscription(Transaction& tx, const Subscription& one) {
  const std::int64_t asked_at = to_millis(one.asked_at);
  const std::int64_t lease_until = to_millis(one.lease_until);
  const std::int64_t next_at = to_millis(one.next_at);
  tx.sql() << "INSERT INTO subscription (source, hub, topic, asked_at, lease_until, next_at, "
              "failures) VALUES (:source, :hub, :topic, :asked, :lease, :next, :failures) ON "
              "CONFLICT (source) DO UPDATE SET hub = excluded.hub, topic = excluded.topic, "
              "asked_at = excluded.asked_at, lease_until = excluded.lease_until, next_at = "
              "excluded.next_at, failures = excluded.failures",
      use(one.source), use(one.hub), use(one.topic), use(asked_at), use(lease_until), use(next_at),
      use(one.failures);
}

void note_offer(Transaction& tx, const std::string& source, const std::optional<HubOffer>& offer,
                Timestamp now) {
  const auto known = load_subscription(tx, source);
  if (!offer) {
    if (known) tx.sql() << "DELETE FROM subscription WHERE source = :source", use(source);
    return;
  }
  if (known && known->hub == offer->hub && known->topic == offer->topic) return;
  Subscription one;
  one.source = source;
  one.hub = storable(offer->hub);
  one.topic = storable(offer->topic);
  one.next_at = now;
  store_subscription(tx, one);
}

HttpRequest subscribe_request(const Subscription& subscription, const std::string& callback,
                              const std::string& secret) {
  HttpRequest request;
  request.method = "POST";
  request.url = subscription.hub;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = fmt::format(
      "hub.mode=subscribe&hub.topic={}&hub.callback={}&hub.lease_seconds={}&hub.secret={}",
      percent_encode(subscription.topic), percent_encode(callback),
      std::chrono::duration_cast<std::chrono::seconds>(kLeaseWanted).count(),
      percent_encode(secret));
  request.max_bytes = 64U << 10U;
  return request;
}

Subscription asked(Subscription subscription, Timestamp now) {
  subscription.asked_at = now;
  subscription.next_at =
      now +
      std::min<Duration>(kPatience * (1LL << std::min(subscription.failures, 8)), kLongestWait);
  ++subscription.failures;
  return subscription;
}

std::optional<Proof> prove(Subscription subscription,
                           const std::map<std::string, std::string>& query, Timestamp now) {
  const std::string challenge = in_query(query, "hub.challenge");
  const bool is_ours = in_query(query, "hub.mode") == "subscribe" &&
                       in_query(query, "hub.topic") == subscription.topic &&
                       now - subscription.asked_at <= kProofWithin;
  if (!is_ours || challenge.empty() || challenge.size() > kLongestChallenge) return std::nullopt;
  const std::string stated = in_query(query, "hub.lease_seconds");
  std::int64_t seconds = 0;
  const char* end = stated.data() + stated.size();
  const auto read = std::from_chars(stated.data(), end, seconds);
  if (read.ec != std::errc() || seconds <= 0) seconds = 86'400;
  const auto lease = std::clamp<Duration>(
      std::chrono::seconds(std::min<std::int64_t>(seconds, 366 * 86'400)), kLeastLease, kMostLease);
  subscription.lease_until = now + lease;
  subscription.next_at = now + lease * 4 / 5;
  subscription.failures = 0;
  return Proof{challenge, std::move(subscription)};
}

std::optional<Subscription> denied(Subscription subscription,
                                   const std::map<std::string, std::string>& query, Timestamp now) {
  // From whoever knows the address: it ends only what was asked for lately or is held.
  const bool is_open =
      now - subscription.asked_at <= kProofWithin || subscription.lease_until > now;
  if (in_query(query, "hub.mode") != "denied" || !is_open ||
      in_query(query, "hub.topic") != subscription.topic) {
    return std::nullopt;
  }
  subscription.lease_until = Timestamp{};
  subscription.next_at = now + kLongestWait;
  return subscription;
}

std::optional<HubWord> hear_hub(Transaction& tx, const std::string& source,
                                const std::map<std::string, std::string>& query, Timestamp now) {
  constexpr std::size_t kLongestReason = 200;  // code points
  const auto subscription = load_subscription(tx, source);
  if (!subscription) return std::nullopt;
  if (const auto ended = denied(*subscription, query, now)) {
    store_subscription(tx, *ended);
    const std::string reason = fold_blanks(to_valid_utf8(in_query(query, "hub.reason")));
    return HubWord{true, "", shorten(reason, kLongestReason), ended->lease_until};
  }
  const auto proof = prove(*subscription, query, now);
  if (!proof) return std::nullopt;
  store_subscription(tx, proof->subscription);
  return HubWord{false, proof->challenge, "", proof->subscription.lease_until};
}

}  // namespace liandong
