#include "daemon/delivery/counters.h"

#include <compare>
#include <map>
#include <stdexcept>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

std::int64_t year_of(Timestamp time) {
  return static_cast<int>(beijing_day(time).year());
}

// Added up over all work that is committed together: the same few rows change with every delivery.
struct Figure {
  std::int64_t year;
  std::int64_t month;
  CountedAs as;
  Measure measure;
  auto operator<=>(const Figure&) const = default;
};
struct Sums {
  std::map<Figure, std::int64_t> of;
};

void store_sums(Transaction& tx, const Sums& sums) {
  for (const auto& [figure, delta] : sums.of) {
    const std::string kind(to_string(figure.as.kind));
    const std::string measure(to_string(figure.measure));
    tx.sql() << "INSERT INTO counter (year, month, channel, kind, measure, organisation, value) "
                "VALUES (:year, :month, :channel, :kind, :measure, :organisation, :delta) "
                "ON CONFLICT (year, month, channel, kind, measure, organisation) "
                "DO UPDATE SET value = counter.value + excluded.value",
        use(figure.year), use(figure.month), use(figure.as.channel), use(kind), use(measure),
        use(figure.as.organisation), use(delta);
  }
}

struct CountedItem {
  Timestamp published;  // by the website; when nothing is stated, when it was first seen
  std::string organisation;
};

CountedItem read_item(Transaction& tx, ItemId item) {
  std::int64_t millis = 0;
  CountedItem known;
  tx.sql() << "SELECT coalesce(published_at, first_seen), organisation FROM item WHERE id = :item",
      use(item), into(millis), into(known.organisation);
  if (!tx.sql().got_data()) throw std::logic_error("a delivery of no item is counted");
  known.published = from_millis(millis);
  return known;
}

void count_public(Transaction& tx, Timestamp at, const CountedItem& item, const CountedAs& as,
                  Purpose purpose) {
  switch (purpose) {
    case Purpose::Correct:
      count(tx, at, as, Measure::Corrections);
      return;
    case Purpose::Withdraw:
      count(tx, at, as, Measure::Withdrawals);
      return;
    case Purpose::Publish:
      break;
  }
  count(tx, at, as, Measure::Deliveries);
  count(tx, at, as, Measure::Articles);
  if (year_of(item.published) < year_of(at)) count(tx, at, as, Measure::Carried);
}

}  // namespace

std::string_view to_string(Measure measure) {
  switch (measure) {
    case Measure::Items:
      return "items";
    case Measure::Deliveries:
      return "deliveries";
    case Measure::Articles:
      return "articles";
    case Measure::Carried:
      return "carried";
    case Measure::Corrections:
      return "corrections";
    case Measure::Withdrawals:
      return "withdrawals";
    case Measure::Imported:
      return "imported";
    case Measure::Recorded:
      return "recorded";
  }
  throw std::logic_error("unknown measure");
}

std::optional<Measure> measure_from(std::string_view name) {
  for (const Measure measure : kAllMeasures) {
    if (to_string(measure) == name) {
      return measure;
    }
  }
  return std::nullopt;
}

void count(Transaction& tx, Timestamp at, const CountedAs& as, Measure measure,
           std::int64_t delta) {
  const auto day = beijing_day(at);
  Sums& sums = tx.kept<Sums>([](Transaction&) { return Sums(); }, &store_sums);
  sums.of[{static_cast<int>(day.year()), static_cast<unsigned>(day.month()), as, measure}] += delta;
}

void count_item(Transaction& tx, Timestamp at, const Item& item) {
  count(tx, at, {"", item.kind, item.organisation}, Measure::Items);
}

void count_delivered(Transaction& tx, Timestamp at, ItemId item, std::string_view channel,
                     Kind kind, Purpose purpose) {
  const CountedItem known = read_item(tx, item);
  count_public(tx, at, known, {std::string(channel), kind, known.organisation}, purpose);
}

void count_recorded(Transaction& tx, Timestamp at, ItemId item, std::string_view channel, Kind kind,
                    Purpose purpose) {
  const CountedItem known = read_item(tx, item);
  const CountedAs as{std::string(channel), kind, known.organisation};
  count_public(tx, at, known, as, purpose);
  if (purpose == Purpose::Publish) count(tx, at, as, Measure::Recorded);
}

}  // namespace liandong
