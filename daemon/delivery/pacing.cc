#include "daemon/delivery/pacing.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Beijing wall time as if it were UTC, to cut hours and days off it.
Timestamp local(Timestamp time) {
  return time + kBeijingOffset;
}
Timestamp start_of_hour(Timestamp time) {
  return std::chrono::floor<hours>(time);
}
Timestamp start_of_day(Timestamp time) {
  return std::chrono::floor<days>(local(time)) - kBeijingOffset;
}

Timestamp start_of_month(Timestamp time) {
  const std::chrono::year_month_day day = beijing_day(time);
  return beijing_midnight(day.year() / day.month() / 1);
}
Timestamp start_of_next_month(Timestamp time) {
  const std::chrono::year_month_day day = beijing_day(time);
  return beijing_midnight((day.year() / day.month() + std::chrono::months(1)) / 1);
}

std::string hour_slot(Timestamp time) {
  return fmt::format("hour {}", to_millis(start_of_hour(time)));
}
std::string day_slot(Timestamp time) {
  return "day " + beijing_date(time);
}

int without_reserve(int budget, int reserved) {
  return std::max(0, budget - reserved);
}

// Of n a month, the k-th may begin when k - 1 n-ths of it are over.
Timestamp after_month(const Pacing& pacing, const ChannelUse& use, Timestamp when) {
  if (pacing.per_month <= 0) return when;
  const int usable = without_reserve(pacing.per_month, pacing.reserved);
  if (use.this_month >= usable) return std::max(when, start_of_next_month(when));
  if (!pacing.spread) return when;
  const Timestamp first = start_of_month(when);
  const Duration share = (start_of_next_month(when) - first) / usable;
  return std::max(when, first + share * use.this_month);
}

Timestamp after_budgets(const Pacing& pacing, const ChannelUse& use, Timestamp now) {
  Timestamp when = std::max(now, use.not_before);
  if (use.last_start != Timestamp{}) when = std::max(when, use.last_start + pacing.min_interval);
  if (pacing.per_hour > 0 && use.this_hour >= pacing.per_hour)
    when = std::max(when, start_of_hour(now) + hours(1));
  const int of_day = pacing.per_month > 0 ? 0 : pacing.reserved;
  if (pacing.per_day > 0 && use.this_day >= without_reserve(pacing.per_day, of_day))
    when = std::max(when, start_of_day(now) + days(1));
  return after_month(pacing, use, when);
}

Timestamp after_quiet_hours(const Pacing& pacing, Timestamp when) {
  if (!pacing.quiet_from || *pacing.quiet_from == pacing.quiet_to) return when;
  const Timestamp day = start_of_day(when);
  const Duration at = when - day;
  const bool over_midnight = *pacing.quiet_from > pacing.quiet_to;
  if (over_midnight) {
    if (at >= *pacing.quiet_from) return day + days(1) + pacing.quiet_to;
    return at < pacing.quiet_to ? day + pacing.quiet_to : when;
  }
  return at >= *pacing.quiet_from && at < pacing.quiet_to ? day + pacing.quiet_to : when;
}

constexpr std::string_view kLastSlot = "last";
constexpr std::size_t kMonthOfDaySlot = std::string_view("day 2026-11-").size();

// The slots of a channel now: of its last start, of this hour, of this day.
struct Slots {
  std::string last{kLastSlot};
  std::string hour;
  std::string day;
  explicit Slots(Timestamp now) : hour(hour_slot(now)), day(day_slot(now)) {}
};

// What is used up, read once and stored once for all that begins in one transaction.
struct UsedSlots {
  struct Slot {
    std::int64_t used = 0;
    std::int64_t added = 0;  // not stored yet; of the last start: its time
  };
  std::map<std::pair<std::string, std::string>, Slot> of;  // by channel and name
};

void store_slots(Transaction& tx, const UsedSlots& slots) {
  for (const auto& [key, slot] : slots.of) {
    if (slot.added == 0) continue;
    tx.sql() << "INSERT INTO channel_use (channel, slot, used) VALUES (:channel, :slot, :added) ON "
                "CONFLICT (channel, slot) DO UPDATE SET used = CASE WHEN excluded.slot = 'last' "
                "THEN excluded.used ELSE channel_use.used + excluded.used END",
        use(key.first), use(key.second), use(slot.added);
  }
}

UsedSlots& used_slots(Transaction& tx, const std::string& channel, const Slots& now) {
  UsedSlots& slots = tx.kept<UsedSlots>([](Transaction&) { return UsedSlots(); }, &store_slots);
  const bool known = slots.of.contains({channel, now.last}) &&
                     slots.of.contains({channel, now.hour}) &&
                     slots.of.contains({channel, now.day});
  if (known) return slots;
  for (const std::string* name : {&now.last, &now.hour, &now.day}) slots.of[{channel, *name}];
  std::string slot;
  std::int64_t used = 0;
  auto rows = tx.sql().rows(
      "SELECT slot, used FROM channel_use WHERE channel = :channel AND slot IN (:last, :hour, "
      ":day)");
  rows, use(channel), use(now.last), use(now.hour), use(now.day), into(slot), into(used);
  while (rows.next()) slots.of[{channel, slot}].used = used;
  return slots;
}

}  // namespace

Pacing with_reserve(Pacing pacing) {
  pacing.reserved = 0;
  pacing.spread = false;
  return pacing;
}

Pacing of_urgent(Pacing pacing) {
  pacing = with_reserve(std::move(pacing));
  pacing.quiet_from.reset();
  pacing.working_days_only = false;
  return pacing;
}

Result<Timestamp> earliest_start(const Pacing& pacing, const ChannelUse& use, Timestamp now,
                                 const Calendar& calendar) {
  Timestamp when = after_quiet_hours(pacing, after_budgets(pacing, use, now));
  if (!pacing.working_days_only) return when;
  for (;;) {
    const auto working = calendar.is_working_day(beijing_day(when));
    if (!working) return working.error();
    if (*working) return when;
    when = after_quiet_hours(pacing, start_of_day(when) + days(1));
  }
}

ChannelUse load_use(Transaction& tx, const std::string& channel, Timestamp now) {
  ChannelUse state;
  std::int64_t not_before = 0;
  std::int64_t paused_at = 0;
  soci::indicator paused = soci::i_null;
  tx.sql() << "SELECT not_before, paused_at FROM channel_state WHERE channel = :channel",
      use(channel), into(not_before), into(paused_at, paused);
  state.not_before = from_millis(not_before);
  state.is_paused = tx.sql().got_data() && paused == soci::i_ok;
  const Slots names(now);
  const UsedSlots& slots = used_slots(tx, channel, names);
  const UsedSlots::Slot& last = slots.of.at({channel, names.last});
  const auto count = [&](const std::string& name) {
    const UsedSlots::Slot& slot = slots.of.at({channel, name});
    return static_cast<int>(slot.used + slot.added);
  };
  state.last_start = from_millis(last.added != 0 ? last.added : last.used);
  state.this_hour = count(names.hour);
  state.this_day = count(names.day);
  return state;
}

int load_month_use(Transaction& tx, const std::string& channel, Timestamp now) {
  const std::string days_of_month = day_slot(now).substr(0, kMonthOfDaySlot);
  int used = 0;
  tx.sql() << "SELECT CAST(coalesce(sum(used), 0) AS INTEGER) FROM channel_use WHERE channel = "
              ":channel AND substr(slot, 1, 12) = :month",
      use(channel), use(days_of_month), into(used);
  return used;
}

void note_start(Transaction& tx, const std::string& channel, Timestamp now) {
  const Slots names(now);
  UsedSlots& slots = used_slots(tx, channel, names);
  slots.of[{channel, names.last}].added = to_millis(now);
  ++slots.of[{channel, names.hour}].added;
  ++slots.of[{channel, names.day}].added;
}

void set_not_before(Transaction& tx, const std::string& channel, Timestamp when) {
  const std::int64_t at = to_millis(when);
  tx.sql()
      << "INSERT INTO channel_state (channel, reason, not_before, last_delivered, note) VALUES "
         "(:channel, '', :at, 0, '') ON CONFLICT (channel) DO UPDATE SET not_before = "
         "excluded.not_before",
      use(channel), use(at);
}

std::optional<minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  int hour = -1;
  int minute = -1;
  const auto first = std::from_chars(text.data(), text.data() + 2, hour);
  const auto second = std::from_chars(text.data() + 3, text.data() + 5, minute);
  const bool digits = first.ptr == text.data() + 2 && second.ptr == text.data() + 5;
  if (!digits || hour < 0 || minute < 0 || minute > 59) return std::nullopt;
  const minutes time = hours(hour) + minutes(minute);
  return time <= days(1) ? std::optional(time) : std::nullopt;
}

}  // namespace liandong
