#include "daemon/audit/timeliness.h"

#include <algorithm>
#include <map>

#include "daemon/delivery/obligation.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

struct Gathered {
  std::vector<Duration> took;
  std::int64_t judged = 0;
  std::int64_t within = 0;
  std::int64_t by_day = 0;
};

std::map<std::string, Gathered> gather(Transaction& tx, const ReportExtent& extent) {
  std::map<std::string, Gathered> channels;
  for_each_timed_push(tx, extent, [&channels](const TimedPush& push) {
    Gathered& one = channels[push.channel];
    one.took.push_back(push.took);
    one.judged += push.judged ? 1 : 0;
    one.within += push.within ? 1 : 0;
    one.by_day += push.by_day ? 1 : 0;
  });
  return channels;
}

Timeliness summed_up(const std::string& channel, Gathered& all) {
  Timeliness one;
  one.channel = channel;
  one.pushed = static_cast<std::int64_t>(all.took.size());
  one.judged = all.judged;
  one.within = all.within;
  one.by_day = all.by_day;
  one.median = percentile(all.took, 50);
  one.ninetieth = percentile(all.took, 90);
  one.longest = percentile(all.took, 100);
  return one;
}

}  // namespace

void for_each_timed_push(Transaction& tx, const ReportExtent& extent,
                         const std::function<void(const TimedPush&)>& take) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  TimedPush push;
  std::string precision;
  std::int64_t met_at = 0;
  std::int64_t due_at = 0;
  std::int64_t first_seen = 0;
  std::int64_t published_at = 0;
  soci::indicator stated = soci::i_null;
  soci::statement statement =
      (tx.sql().prepare << "SELECT o.item, o.channel, i.kind, o.met_at, o.due_at, i.first_seen, "
                           "i.published_at, i.published_precision FROM item i JOIN obligation o ON "
                           "o.item = i.id WHERE i.first_seen >= :from AND i.first_seen < :to AND "
                           "o.met_at IS NOT NULL AND " +
                               narrowed(extent.scope, "i.organisation"),
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(push.item),
       into(push.channel), into(push.kind), into(met_at), into(due_at), into(first_seen),
       into(published_at, stated), into(precision));
  statement.execute();
  while (statement.fetch()) {
    std::optional<StatedTime> published;
    if (stated == soci::i_ok)
      published = StatedTime{from_millis(published_at), precision_from(precision)};
    const Timestamp start = clock_start(published, from_millis(first_seen));
    push.took = std::max(Duration(0), from_millis(met_at) - start);
    push.judged = due_at > 0;
    push.within = push.judged && met_at <= due_at;
    push.by_day = published && published->precision == Precision::Day;
    take(push);
  }
}

std::size_t rank_of(std::size_t values, int percent) {
  const std::size_t many = (values * static_cast<std::size_t>(percent) + 99) / 100;
  return std::max<std::size_t>(many, 1) - 1;
}

Duration percentile(std::vector<Duration>& values, int percent) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank_of(values.size(), percent));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::vector<Timeliness> timeliness(Transaction& tx, const ReportExtent& extent) {
  std::map<std::string, Gathered> channels = gather(tx, extent);
  std::vector<Timeliness> lines;
  Gathered together;
  for (auto& [channel, one] : channels) {
    lines.push_back(summed_up(channel, one));
    together.took.insert(together.took.end(), one.took.begin(), one.took.end());
    together.judged += one.judged;
    together.within += one.within;
    together.by_day += one.by_day;
  }
  if (!lines.empty()) lines.push_back(summed_up("", together));
  return lines;
}

}  // namespace liandong
