#include "daemon/delivery/grouping.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/delivery/queue.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

Timestamp start_of_day(Timestamp time) {
  return beijing_midnight(beijing_day(time));
}

const Step* step_of(const Channel& channel, const Delivery& delivery) {
  const auto steps = channel.steps(delivery.purpose);
  const auto found = std::find_if(steps.begin(), steps.end(), [&delivery](const Step& step) {
    return step.name == delivery.step;
  });
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace

Timestamp batch_moment(const Batching& batching, Timestamp now) {
  if (batching.at.empty()) return now;
  const Timestamp today = start_of_day(now);
  Timestamp last{};
  for (const auto at : batching.at) {
    const bool is_over = today + at <= now;
    last = std::max(last, is_over ? today + at : today - std::chrono::days(1) + at);
  }
  return last;
}

std::optional<Timestamp> next_batch(const Batching& batching, Timestamp now) {
  std::optional<Timestamp> next;
  const Timestamp today = start_of_day(now);
  for (const auto at : batching.at) {
    const bool is_over = today + at <= now;
    const Timestamp when = is_over ? today + std::chrono::days(1) + at : today + at;
    if (!next || when < *next) next = when;
  }
  return next;
}

// The name: its first member and how often that one was sent before, so that no two are alike.
void form_group(Transaction& tx, Ledger& ledger, const std::vector<Delivery>& members,
                Timestamp now) {
  const std::int64_t at = to_millis(now);
  const std::string name =
      fmt::format("{}.{}.{}", members.front().id, members.front().epoch, members.size());
  int place = 0;
  for (const Delivery& member : members) {
    ++place;
    tx.sql() << "INSERT INTO delivery_group (delivery, channel, name, place, formed_at) VALUES "
                "(:delivery, :channel, :name, :place, :at) ON CONFLICT (delivery) DO UPDATE SET "
                "name = excluded.name, place = excluded.place, formed_at = excluded.formed_at",
        use(member.id), use(member.channel), use(name), use(place), use(at);
    Entry entry{"delivery.grouped", "system:dispatcher", {}};
    entry.facts["item"] = member.item;
    entry.facts["rev"] = member.revision;
    entry.facts["delivery"] = member.id;
    entry.facts["channel"] = member.channel;
    entry.facts["purpose"] = to_string(member.purpose);
    entry.facts["group"] = name;
    entry.facts["place"] = place;
    entry.facts["of"] = members.size();
    ledger.append(tx, entry);
  }
}

std::vector<std::string> open_groups(Transaction& tx, const std::string& channel) {
  std::string name;
  auto rows = tx.sql().rows(
      "SELECT name FROM delivery_group WHERE channel = :channel GROUP BY name ORDER BY "
      "min(formed_at), name");
  rows, use(channel), into(name);
  std::vector<std::string> names;
  while (rows.next()) names.push_back(name);
  return names;
}

std::optional<std::string> group_of(Transaction& tx, DeliveryId delivery) {
  std::string name;
  tx.sql() << "SELECT name FROM delivery_group WHERE delivery = :delivery", use(delivery),
      into(name);
  if (!tx.sql().got_data()) return std::nullopt;
  return name;
}

std::vector<Delivery> members_of(Transaction& tx, const std::string& group) {
  std::vector<DeliveryId> ids;
  {
    DeliveryId id = 0;
    auto rows =
        tx.sql().rows("SELECT delivery FROM delivery_group WHERE name = :name ORDER BY place");
    rows, use(group), into(id);
    while (rows.next()) ids.push_back(id);
  }
  std::vector<Delivery> members;
  for (const DeliveryId id : ids) {
    members.push_back(Queue::load(tx, id).value());
    members.back().group = group;
  }
  return members;
}

Timestamp formed_at(Transaction& tx, const std::string& group) {
  std::int64_t at = 0;
  tx.sql() << "SELECT min(formed_at) FROM delivery_group WHERE name = :name", use(group), into(at);
  return from_millis(at);
}

void leave_group(Transaction& tx, DeliveryId delivery) {
  tx.sql() << "DELETE FROM delivery_group WHERE delivery = :delivery", use(delivery);
}

bool is_joint(const Channel& channel, const Delivery& delivery) {
  const Step* step = step_of(channel, delivery);
  return step != nullptr && step->joint;
}

std::string first_joint_step(const Channel& channel) {
  for (const Step& step : channel.steps(Purpose::Publish)) {
    if (step.joint) return std::string(step.name);
  }
  return "";
}

}  // namespace liandong
