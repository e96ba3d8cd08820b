#include "daemon/delivery/counters.h"

#include <compare>
#include <map>
#include <stdexcept>
#include <string>

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
  std::string channel;
  Kind kind;
  Measure measure;
  auto operator<=>(const Figure&) const = default;
};
struct Sums {
  std::map<Figure, std::int64_t> of;
};

void store_sums(Transaction& tx, const Sums& sums) {
  for (const auto& [figure, delta] : sums.of) {
    const std::string kind(to_string(figure.kind));
    const std::string measure(to_string(figure.measure));
    tx.sql() << "INSERT INTO counter (year, month, channel, kind, measure, value) "
                "VALUES (:year, :month, :channel, :kind, :measure, :delta) "
                "ON CONFLICT (year, month, channel, kind, measure) "
                "DO UPDATE SET value = counter.value + excluded.value",
        use(figure.year), use(figure.month), use(figure.channel), use(kind), use(measure),
        use(delta);
  }
}

// When the website published the item; when nothing is stated, when it was first seen.
std::optional<Timestamp> published_at(Transaction& tx, ItemId item) {
  std::int64_t millis = 0;
  tx.sql() << "SELECT coalesce(published_at, first_seen) FROM item WHERE id = :item", use(item),
      into(millis);
  return tx.sql().got_data() ? std::optional(from_millis(millis)) : std::nullopt;
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

void count(Transaction& tx, Timestamp at, std::string_view channel, Kind kind, Measure measure,
           std::int64_t delta) {
  const auto day = beijing_day(at);
  Sums& sums = tx.kept<Sums>([](Transaction&) { return Sums(); }, &store_sums);
  sums.of[{static_cast<int>(day.year()), static_cast<unsigned>(day.month()), std::string(channel),
           kind, measure}] += delta;
}

void count_item(Transaction& tx, Timestamp at, Kind kind) {
  count(tx, at, "", kind, Measure::Items);
}

void count_delivered(Transaction& tx, Timestamp at, ItemId item, std::string_view channel,
                     Kind kind, Purpose purpose) {
  switch (purpose) {
    case Purpose::Correct:
      count(tx, at, channel, kind, Measure::Corrections);
      return;
    case Purpose::Withdraw:
      count(tx, at, channel, kind, Measure::Withdrawals);
      return;
    case Purpose::Publish:
      break;
  }
  count(tx, at, channel, kind, Measure::Deliveries);
  count(tx, at, channel, kind, Measure::Articles);
  const std::optional<Timestamp> published = published_at(tx, item);
  if (published && year_of(*published) < year_of(at)) {
    count(tx, at, channel, kind, Measure::Carried);
  }
}

}  // namespace liandong
