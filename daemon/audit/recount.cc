#include "daemon/audit/recount.h"

#include <optional>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/audit/screen_time.h"
#include "daemon/ledger/entry.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

// The first of the members that holds a time.
std::optional<Timestamp> time_of(const boost::json::object& entry,
                                 std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto time = parse_rfc3339(member_text(entry, name))) {
      return time;
    }
  }
  return std::nullopt;
}

std::int64_t year_of(Timestamp time) {
  return static_cast<int>(beijing_day(time).year());
}

CounterKey key_at(Timestamp at, std::string channel, const Recount::Known& item, Measure measure) {
  const auto day = beijing_day(at);
  return CounterKey{static_cast<int>(day.year()),
                    static_cast<unsigned>(day.month()),
                    std::move(channel),
                    item.kind,
                    std::string(to_string(measure)),
                    item.organisation};
}

// Does the entry say that something became public?
bool says_delivered(const boost::json::object& entry) {
  const std::string_view event = member_text(entry, "event");
  return event == "delivery.recorded" ||
         ((event == "delivery.settled" || event == "delivery.reconciled") &&
          member_text(entry, "result") == "delivered");
}

}  // namespace

Counters read_counters(Transaction& tx, int year, const Scope& scope) {
  CounterKey key;
  std::int64_t value = 0;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT year, month, channel, kind, measure, organisation, value FROM counter "
              "WHERE (:any = 0 OR year = :year) AND " +
                  narrowed(scope, "organisation"),
       use(year, "any"), use(year, "year"), use(scope.organisation, "scope"), into(key.year),
       into(key.month), into(key.channel), into(key.kind), into(key.measure),
       into(key.organisation), into(value));
  statement.execute();
  Counters counters;
  while (statement.fetch()) {
    counters[key] = value;
  }
  return counters;
}

Result<std::vector<CounterKey>> Recount::counted(std::string_view line) {
  const auto parsed = parse_entry(line);
  if (!parsed) {
    return parsed.error();
  }
  const boost::json::object& entry = *parsed;
  const bool is_found = member_text(entry, "event") == "item.found";
  const bool is_imported = member_text(entry, "event") == "delivery.imported";
  if (!is_found && !is_imported && !says_delivered(entry)) {
    return std::vector<CounterKey>{};
  }
  const auto* seq = entry.if_contains("seq");
  const auto* item = entry.if_contains("item");
  const auto at =
      time_of(entry, is_found ? std::initializer_list<std::string_view>{"first_seen", "ts"}
                              : std::initializer_list<std::string_view>{"accepted_at", "ts"});
  if (item == nullptr || !item->is_int64() || !at) {
    return Error(ErrorKind::Malformed,
                 fmt::format("entry {}: it names no item or no time",
                             seq != nullptr && seq->is_int64() ? seq->as_int64() : -1));
  }
  if (is_found) {
    const Timestamp published = time_of(entry, {"published_at"}).value_or(*at);
    const Known is{std::string(member_text(entry, "kind")),
                   std::string(member_text(entry, "organisation")), year_of(published)};
    items_[item->as_int64()] = is;
    return std::vector{key_at(*at, "", is, Measure::Items)};
  }
  if (is_imported) {
    const Timestamp published = time_of(entry, {"published_at"}).value_or(*at);
    const Known is{std::string(member_text(entry, "kind")),
                   std::string(member_text(entry, "organisation")), year_of(published)};
    items_.try_emplace(item->as_int64(), is);
    std::vector<CounterKey> keys = delivered_keys(entry, *at, is);
    keys.push_back(key_at(*at, std::string(member_text(entry, "channel")), is, Measure::Imported));
    return keys;
  }
  const auto known = items_.find(item->as_int64());
  if (known == items_.end()) {
    return Error(ErrorKind::Malformed,
                 fmt::format("item {} was delivered and never found", item->as_int64()));
  }
  return delivered_keys(entry, *at, known->second);
}

std::vector<CounterKey> Recount::delivered_keys(const boost::json::object& entry, Timestamp at,
                                                const Known& item) {
  const std::string channel(member_text(entry, "channel"));
  const std::string_view purpose = member_text(entry, "purpose");
  const auto key = [&](Measure measure) { return key_at(at, channel, item, measure); };
  if (purpose == to_string(Purpose::Correct)) {
    return {key(Measure::Corrections)};
  }
  if (purpose == to_string(Purpose::Withdraw)) {
    return {key(Measure::Withdrawals)};
  }
  std::vector<CounterKey> keys{key(Measure::Deliveries), key(Measure::Articles)};
  if (item.published_year < year_of(at)) {
    keys.push_back(key(Measure::Carried));
  }
  if (member_text(entry, "event") == "delivery.recorded") {
    keys.push_back(key(Measure::Recorded));
  }
  return keys;
}

Result<void> Recount::take(std::string_view line) {
  auto keys = counted(line);
  if (!keys) {
    return keys.error();
  }
  for (CounterKey& key : *keys) {
    ++counters_[std::move(key)];
  }
  return {};
}

std::vector<CounterDifference> compare(const Counters& stored, const Counters& recounted) {
  std::map<CounterKey, CounterDifference> all;
  for (const auto& [key, value] : stored) {
    all[key] = CounterDifference{key, value, 0};
  }
  for (const auto& [key, value] : recounted) {
    all[key].key = key;
    all[key].recounted = value;
  }
  std::vector<CounterDifference> differences;
  for (auto& [key, one] : all) {
    if (one.stored != one.recounted) {
      differences.push_back(std::move(one));
    }
  }
  return differences;
}

Result<std::vector<CounterDifference>> recount(Database& database,
                                               const RecountProgress& progress) {
  // Size and counters of one moment; the lines below that size never change.
  Counters stored;
  Counters counted;
  const std::int64_t size = database.read_now([&](Transaction& tx) {
    stored = read_counters(tx);
    stored.merge(read_screen_counters(tx));
    counted = recount_plays(tx);
    return static_cast<std::int64_t>(read_ledger_state(tx).size);
  });
  Recount counting;
  Result<void> good;
  for_each_line(database, 0, size, [&](const StoredLine& line) {
    good = counting.take(line.line);
    if (progress)
      progress(static_cast<std::uint64_t>(line.seq) + 1, static_cast<std::uint64_t>(size));
    return good.has_value();
  });
  if (!good) {
    return Error(good.error()).during("recounting from the ledger");
  }
  counted.insert(counting.counters().begin(), counting.counters().end());
  return compare(stored, counted);
}

}  // namespace liandong
