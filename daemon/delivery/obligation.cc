#include "daemon/delivery/obligation.h"

#include <algorithm>
#include <stdexcept>

#include "daemon/ledger/entry.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;
using std::chrono::days;

bool takes(const RouteSettings& route, const Routable& item) {
  return route.kinds.contains(std::string(to_string(item.kind))) &&
         (route.sources.empty() || route.sources.contains(std::string(item.source))) &&
         (route.organisations.empty() ||
          route.organisations.contains(std::string(item.organisation)));
}

std::optional<Timestamp> limit_of(int working_days, Calendar::Day day, const Calendar& calendar) {
  const Result<Timestamp> limit = calendar.limit(day, working_days);
  return limit ? std::optional(*limit) : std::nullopt;
}

std::int64_t stored(const std::optional<Timestamp>& time) {
  return time ? to_millis(*time) : 0;
}

struct Undated {
  ItemId item = 0;
  std::string channel;
  std::string made;  // the entry
  std::int64_t published_at = 0;
  std::int64_t first_seen = 0;
  bool stated = false;
};

std::vector<Undated> undated_obligations(Transaction& tx) {
  Undated row;
  soci::indicator known = soci::i_null;
  soci::statement statement =
      (tx.sql().prepare << "SELECT o.item, o.channel, l.line, i.published_at, i.first_seen FROM "
                           "obligation o JOIN item i ON i.id = o.item JOIN ledger_index x ON "
                           "x.item = o.item AND x.channel = o.channel AND x.event = "
                           "'obligation.made' JOIN ledger l ON l.seq = x.seq WHERE o.due_at = 0 "
                           "ORDER BY o.item, o.channel",
       into(row.item), into(row.channel), into(row.made), into(row.published_at, known),
       into(row.first_seen));
  statement.execute();
  std::vector<Undated> rows;
  while (statement.fetch()) {
    row.stated = known == soci::i_ok;
    rows.push_back(row);
  }
  return rows;
}

std::optional<int> working_days_in(const std::string& made) {
  const auto entry = parse_entry(made);
  const auto* stated = entry ? entry->if_contains("working_days") : nullptr;
  return stated != nullptr && stated->is_int64()
             ? std::optional(static_cast<int>(stated->as_int64()))
             : std::nullopt;
}

}  // namespace

Timestamp clock_start(const std::optional<StatedTime>& published, Timestamp first_seen) {
  if (!published) {
    return first_seen;
  }
  Timestamp latest = published->at;
  if (published->precision == Precision::Day) {
    latest = beijing_midnight(beijing_day(published->at)) + days(1);
  } else if (published->precision == Precision::Minute) {
    latest += std::chrono::minutes(1);
  }
  return std::min(latest, first_seen);
}

Calendar::Day event_day(const std::optional<StatedTime>& published, Timestamp first_seen) {
  return beijing_day(published && published->at < first_seen ? published->at : first_seen);
}

std::vector<std::string> routed_channels(std::span<const RouteSettings> routes,
                                         const Routable& item) {
  std::vector<std::string> channels;
  for (const RouteSettings& route : routes) {
    if (!takes(route, item)) {
      continue;
    }
    for (const std::string& channel : route.channels) {
      if (std::find(channels.begin(), channels.end(), channel) == channels.end()) {
        channels.push_back(channel);
      }
    }
  }
  return channels;
}

std::vector<Obligation> obligations_of(std::span<const RouteSettings> routes, const Routable& item,
                                       const std::optional<StatedTime>& published,
                                       Timestamp first_seen, const Calendar& calendar) {
  std::vector<Obligation> all;
  const Timestamp start = clock_start(published, first_seen);
  const Calendar::Day day = event_day(published, first_seen);
  for (const RouteSettings& route : routes) {
    if (!route.required || !takes(route, item)) {
      continue;
    }
    const std::optional<Timestamp> due_at = limit_of(route.due_working_days, day, calendar);
    for (const std::string& channel : route.channels) {
      const auto same = std::find_if(all.begin(), all.end(), [&channel](const Obligation& one) {
        return one.channel == channel;
      });
      if (same == all.end()) {
        all.push_back(Obligation{channel, route.name, start + route.warn_after, due_at,
                                 route.due_working_days});
        continue;
      }
      same->warn_at = std::min(same->warn_at, start + route.warn_after);
      // Fewer days end no later, whatever the calendar will say.
      if (route.due_working_days < same->working_days) {
        same->due_at = due_at;
        same->working_days = route.due_working_days;
        same->route = route.name;
      }
    }
  }
  return all;
}

std::vector<Obligation> make_obligations(Transaction& tx, Ledger& ledger, const Item& item,
                                         std::span<const RouteSettings> routes,
                                         const Calendar& calendar, Timestamp now) {
  std::vector<Obligation> made;
  const std::int64_t made_at = to_millis(now);
  for (const Obligation& one :
       obligations_of(routes, {item.kind, item.source, item.organisation},
                      item.revision.article.published, item.first_seen, calendar)) {
    const std::int64_t warn_at = to_millis(one.warn_at);
    const std::int64_t due_at = stored(one.due_at);
    // RETURNING would make SQLite ready to undo the statement alone, which costs as much as it.
    tx.sql() << "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, reason) "
                "VALUES (:item, :channel, :route, :made_at, :warn_at, :due_at, '') "
                "ON CONFLICT (item, channel) DO NOTHING",
        use(item.id), use(one.channel), use(one.route), use(made_at), use(warn_at), use(due_at);
    if (tx.sql().affected_rows() == 0) {
      continue;
    }
    Entry entry{"obligation.made", "system:planner", {}};
    entry.facts["item"] = item.id;
    entry.facts["channel"] = one.channel;
    entry.facts["route"] = one.route;
    entry.facts["warn_at"] = rfc3339(one.warn_at);
    if (one.due_at) {
      entry.facts["due_at"] = rfc3339(*one.due_at);
    } else {
      entry.facts["working_days"] = one.working_days;
    }
    ledger.append(tx, entry);
    made.push_back(one);
  }
  return made;
}

void meet_obligation(Transaction& tx, ItemId item, std::string_view channel, Timestamp at) {
  const std::string name(channel);
  const std::int64_t met_at = to_millis(at);
  tx.sql() << "UPDATE obligation SET met_at = :at WHERE item = :item AND channel = :channel AND "
              "met_at IS NULL",
      use(met_at), use(item), use(name);
}

void meet_obligation(Transaction& tx, ItemId item, std::string_view channel,
                     const Receipt& receipt) {
  if (receipt.evidence != "listed") meet_obligation(tx, item, channel, receipt.accepted_at);
}

bool waive_obligation(Transaction& tx, Ledger& ledger, ItemId item, std::string_view channel,
                      std::string_view reason, std::string_view actor, Timestamp now) {
  const std::string why = fold_blanks(reason);
  if (why.empty()) {
    throw std::logic_error("an obligation is waived with a reason");
  }
  const std::string name(channel);
  const std::int64_t waived_at = to_millis(now);
  std::int64_t waived = 0;
  tx.sql() << "UPDATE obligation SET waived_at = :at, reason = :reason WHERE item = :item AND "
              "channel = :channel AND met_at IS NULL AND waived_at IS NULL RETURNING item",
      use(waived_at), use(why), use(item), use(name), into(waived);
  if (!tx.sql().got_data()) {
    return false;
  }
  Entry entry{"obligation.waived", std::string(actor), {}};
  entry.facts["item"] = item;
  entry.facts["channel"] = name;
  entry.facts["reason"] = why;
  ledger.append(tx, entry);
  return true;
}

int fill_due_times(Transaction& tx, const Calendar& calendar) {
  int left = 0;
  for (const Undated& row : undated_obligations(tx)) {
    std::optional<StatedTime> published;
    if (row.stated) published = StatedTime{from_millis(row.published_at), Precision::Second};
    const auto working_days = working_days_in(row.made);
    const auto due_at =
        working_days
            ? limit_of(*working_days, event_day(published, from_millis(row.first_seen)), calendar)
            : std::nullopt;
    if (!due_at) {
      ++left;
      continue;
    }
    const std::int64_t millis = to_millis(*due_at);
    tx.sql() << "UPDATE obligation SET due_at = :due_at WHERE item = :item AND channel = :channel",
        use(millis), use(row.item), use(row.channel);
  }
  return left;
}

}  // namespace liandong
