#include "daemon/delivery/delivery_row.h"

#include <boost/json.hpp>

#include "daemon/platform/fault_point.h"

namespace liandong {

namespace {

namespace json = boost::json;
using soci::into;
using soci::use;

constexpr std::string_view kColumns =
    "SELECT id, item, revision, channel, purpose, kind, state, marker, coalesce((SELECT text FROM "
    "rendition WHERE rendition.delivery = delivery.id), ''), sha256, created_at, due_at, step, "
    "attempt, epoch, first_intent, intent_at, looks, progress, "
    "remote_id, "
    "permalink, evidence, delivered_at, code, message, reason, urgent FROM delivery ";

struct Row {
  Delivery delivery;
  std::string purpose;
  std::string kind;
  std::string state;
  std::int64_t created_at = 0;
  std::int64_t due_at = 0;
  std::int64_t first_intent = 0;
  std::int64_t intent_at = 0;
  std::string progress;
  std::int64_t delivered_at = 0;
  int urgent = 0;
  soci::indicator has_delivered_at = soci::i_null;

  [[nodiscard]] Delivery to_delivery() const {
    Delivery result = delivery;
    result.purpose = purpose_from(purpose).value();
    result.kind = kind_from(kind).value();
    result.state = state_from(state).value();
    result.created_at = from_millis(created_at);
    result.due_at = from_millis(due_at);
    result.first_intent = from_millis(first_intent);
    result.intent_at = from_millis(intent_at);
    result.urgent = urgent != 0;
    const json::value parsed = json::parse(progress);
    for (const auto& member : parsed.as_object())
      result.progress[std::string(member.key())] = std::string(member.value().as_string());
    if (has_delivered_at == soci::i_ok) result.receipt.accepted_at = from_millis(delivered_at);
    return result;
  }
};

}  // namespace

std::vector<Delivery> select_deliveries(Transaction& tx, const std::string& tail,
                                        const std::string* text, const std::int64_t* number) {
  Row row;
  Delivery& d = row.delivery;
  auto rows = tx.sql().rows(std::string(kColumns) + tail);
  rows, into(d.id), into(d.item), into(d.revision), into(d.channel), into(row.purpose),
      into(row.kind), into(row.state), into(d.marker), into(d.rendition), into(d.sha256),
      into(row.created_at), into(row.due_at), into(d.step), into(d.attempt), into(d.epoch),
      into(row.first_intent), into(row.intent_at), into(d.looks), into(row.progress),
      into(d.receipt.remote_id), into(d.receipt.permalink), into(d.receipt.evidence),
      into(row.delivered_at, row.has_delivered_at), into(d.why.code), into(d.why.message),
      into(d.reason), into(row.urgent);
  if (text != nullptr) rows, use(*text, "text");
  if (number != nullptr) rows, use(*number, "number");
  std::vector<Delivery> found;
  while (rows.next()) found.push_back(row.to_delivery());
  return found;
}

bool store_delivery(Transaction& tx, const Delivery& delivery, State before,
                    std::int64_t epoch_before, Timestamp lease_until) {
  const std::string state(to_string(delivery.state));
  std::string old_state(to_string(before));
  if (control_is("no-epoch"))
    tx.sql() << "SELECT state, epoch FROM delivery WHERE id = :id", use(delivery.id),
        into(old_state), into(epoch_before);
  const std::int64_t due_at = to_millis(delivery.due_at);
  const std::int64_t first_intent = to_millis(delivery.first_intent);
  const std::int64_t intent_at = to_millis(delivery.intent_at);
  const std::int64_t lease = to_millis(lease_until);
  const std::string progress = progress_text(delivery.progress);
  const std::string remote_id = storable(delivery.receipt.remote_id);
  const std::string permalink = storable(delivery.receipt.permalink);
  const std::string code = storable(delivery.why.code);
  const std::string message = storable(delivery.why.message);
  const bool delivered = delivery.state == State::Delivered;
  std::int64_t delivered_at = delivered ? to_millis(delivery.receipt.accepted_at) : 0;
  soci::indicator has_delivered_at = delivered ? soci::i_ok : soci::i_null;
  tx.sql()
      << "UPDATE delivery SET state = :state, due_at = :due_at, step = :step, "
         "attempt = :attempt, epoch = :epoch, lease_until = :lease, first_intent = "
         ":first_intent, intent_at = :intent_at, looks = :looks, progress = :progress, "
         "remote_id = :remote_id, permalink = :permalink, evidence = :evidence, delivered_at = "
         ":delivered_at, code = :code, message = :message, reason = :reason "
         "WHERE id = :id AND state = :old_state AND epoch = :epoch_before",
      use(state), use(due_at), use(delivery.step), use(delivery.attempt), use(delivery.epoch),
      use(lease), use(first_intent), use(intent_at), use(delivery.looks), use(progress),
      use(remote_id), use(permalink), use(delivery.receipt.evidence),
      use(delivered_at, has_delivered_at), use(code), use(message), use(delivery.reason),
      use(delivery.id), use(old_state), use(epoch_before);
  return tx.sql().affected_rows() == 1;
}

Attempt attempt_of(const Delivery& delivery) {
  Attempt attempt;
  attempt.delivery = std::to_string(delivery.id);
  attempt.marker = delivery.marker;
  attempt.purpose = delivery.purpose;
  attempt.number = delivery.attempt;
  attempt.item = delivery.item;
  attempt.sha256 = delivery.sha256;
  attempt.first_intent = delivery.first_intent;
  if (!delivery.rendition.empty())  // of an import nobody knows what was shown
    attempt.rendition = rendition_from_json(delivery.rendition).value();
  return attempt;
}

std::string progress_text(const Progress& progress) {
  json::object object;
  for (const auto& [name, value] : progress) object[name] = storable(value);
  return json::serialize(object);
}

}  // namespace liandong
