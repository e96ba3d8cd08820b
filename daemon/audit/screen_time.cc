#include "daemon/audit/screen_time.h"

#include <map>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

// A day of Beijing by its number since 1970, as `shown_day` has it.
std::chrono::year_month_day day_of(std::int64_t number) {
  return std::chrono::sys_days(std::chrono::days(number));
}

struct DayRow {
  std::int64_t day = 0;
  std::string group;
  std::string organisation;
  std::int64_t shows = 0;
  std::int64_t millis = 0;
};

void add(Counters& counters, const DayRow& row) {
  const auto day = day_of(row.day);
  CounterKey key{static_cast<int>(day.year()),
                 static_cast<unsigned>(day.month()),
                 row.group,
                 "",
                 "shows",
                 row.organisation};
  counters[key] += row.shows;
  key.measure = "shown_ms";
  counters[key] += row.millis;
}

Counters read_days(Transaction& tx, const std::string& days) {
  DayRow row;
  soci::statement statement = (tx.sql().prepare << days, into(row.day), into(row.group),
                               into(row.organisation), into(row.shows), into(row.millis));
  statement.execute();
  Counters counters;
  while (statement.fetch()) add(counters, row);
  return counters;
}

}  // namespace

std::int64_t shown_day_number(Timestamp time) {
  return std::chrono::sys_days(beijing_day(time)).time_since_epoch().count();
}

std::string group_title(const std::string& group) {
  return group.empty() ? "全部大厅" : group;
}

std::string group_address(const std::string& group) {
  return group.empty() ? std::string(kEveryHall) : group;
}

std::vector<ScreenTime> screen_time(Transaction& tx, const ReportExtent& extent) {
  const std::int64_t from = shown_day_number(extent.begins());
  const std::int64_t to = shown_day_number(extent.ends());
  DayRow row;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT day, screen_group, shows, millis FROM shown_day WHERE day >= :from AND day < "
              ":to AND " +
                  narrowed(extent.scope, "organisation"),
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(row.day),
       into(row.group), into(row.shows), into(row.millis));
  statement.execute();
  std::map<std::string, ScreenTime> groups;
  while (statement.fetch()) {
    const auto month = static_cast<unsigned>(day_of(row.day).month()) - 1;
    ScreenTime& time = groups[row.group];
    time.group = row.group;
    time.shows.at(month) += row.shows;
    time.seconds.at(month) += row.millis;
  }
  std::vector<ScreenTime> all;
  for (auto& [name, time] : groups) {
    for (std::int64_t& month : time.seconds) month /= 1000;
    all.push_back(std::move(time));
  }
  return all;
}

std::vector<ItemShown> shown_of_item(Transaction& tx, ItemId item) {
  ItemShown row;
  std::int64_t millis = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT screen_group, shows, millis, first_at, last_at FROM shown_item "
                           "WHERE item = :item ORDER BY screen_group",
       use(item, "item"), into(row.group), into(row.shows), into(millis), into(first), into(last));
  statement.execute();
  std::vector<ItemShown> all;
  while (statement.fetch()) {
    row.time = Duration(millis);
    row.first_at = from_millis(first);
    row.last_at = from_millis(last);
    all.push_back(row);
  }
  return all;
}

Counters read_screen_counters(Transaction& tx) {
  return read_days(tx, "SELECT day, screen_group, organisation, shows, millis FROM shown_day");
}

Counters recount_plays(Transaction& tx) {
  return read_days(
      tx, fmt::format("SELECT day, screen_group, organisation, count(*), CAST(sum(millis) AS "
                      "BIGINT) FROM (SELECT (p.started_at + {}) / {} AS day, p.screen_group, "
                      "i.organisation, p.ended_at - p.started_at AS millis FROM play p JOIN "
                      "delivery d ON d.id = p.delivery JOIN item i ON i.id = d.item WHERE "
                      "p.ended_at - p.started_at <= {}) AS plays GROUP BY day, screen_group, "
                      "organisation",
                      Duration(kBeijingOffset).count(), Duration(std::chrono::days(1)).count(),
                      kLongestPlay.count()));
}

std::vector<ItemPlays> plays_by_item(Transaction& tx, const ReportExtent& extent,
                                     const std::optional<std::string>& group) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  const std::int64_t longest = kLongestPlay.count();
  const int any = group ? 0 : 1;
  const std::string name = group.value_or("");
  ItemPlays row;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT d.item, max(p.title), count(*), CAST(sum(p.ended_at - p.started_at) AS "
              "BIGINT) FROM play p JOIN delivery d ON d.id = p.delivery JOIN item i ON i.id = "
              "d.item WHERE p.started_at >= :from AND p.started_at < :to AND (:any = 1 OR "
              "p.screen_group = :group) AND p.ended_at - p.started_at <= :longest AND " +
                  narrowed(extent.scope, "i.organisation") + " GROUP BY d.item ORDER BY d.item",
       use(from, "from"), use(to, "to"), use(any, "any"), use(name, "group"),
       use(longest, "longest"), use(extent.scope.organisation, "scope"), into(row.item),
       into(row.title), into(row.shows), into(row.millis));
  statement.execute();
  std::vector<ItemPlays> all;
  while (statement.fetch()) all.push_back(row);
  return all;
}

}  // namespace liandong
