#include "daemon/audit/columns.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "daemon/delivery/history.h"
#include "daemon/ledger/entry.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

// Where the item is, or was: by the last thing that became true on each channel.
void add_places(Transaction& tx, CleanUp& one) {
  std::string channel;
  std::string purpose;
  soci::statement statement =
      (tx.sql().prepare << "SELECT channel, purpose FROM delivery WHERE item = :item AND state = "
                           "'delivered' ORDER BY id",
       use(one.item, "item"), into(channel), into(purpose));
  statement.execute();
  std::map<std::string, bool> on;
  while (statement.fetch()) on[channel] = purpose != "withdraw";
  for (const auto& [name, is_on] : on) (is_on ? one.still_on : one.taken_off).push_back(name);
}

// What persons had taken off a channel, though the website still shows it: one for each item, with
// the last decision on it.
void add_decided(Transaction& tx, const ReportExtent& extent, std::vector<CleanUp>& all) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  CleanUp one;
  std::string kind;
  std::string line;
  std::int64_t at = 0;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT i.id, i.kind, i.title, d.delivered_at, l.line FROM ledger_index x JOIN "
              "ledger "
              "l ON l.seq = x.seq JOIN delivery d ON d.item = x.item AND d.channel = x.channel "
              "JOIN item i ON i.id = x.item WHERE x.event = 'withdrawal.ordered' AND d.purpose = "
              "'withdraw' AND d.state = 'delivered' AND d.delivered_at >= :from AND d.delivered_at "
              "< :to AND " +
                  narrowed(extent.scope, "i.organisation") + " ORDER BY x.seq, d.id",
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(one.item),
       into(kind), into(one.title), into(at), into(line));
  statement.execute();
  std::map<ItemId, CleanUp> decided;
  while (statement.fetch()) {
    one.kind = kind_from(kind).value();
    one.withdrawn_at = from_millis(at);
    const auto entry = parse_entry(line);
    if (!entry) continue;  // `ledger verify` is what tells of a damaged line
    one.reason = member_text(*entry, "reason");
    one.actor = member_text(*entry, "actor");
    decided[one.item] = one;
  }
  for (const CleanUp& known : all) decided.erase(known.item);
  for (auto& [item, clean_up] : decided) all.push_back(std::move(clean_up));
  std::stable_sort(all.begin(), all.end(), [](const CleanUp& a, const CleanUp& b) {
    return std::tie(a.withdrawn_at, a.item) < std::tie(b.withdrawn_at, b.item);
  });
}

}  // namespace

std::int64_t FieldFigures::total() const {
  return std::accumulate(items.begin(), items.end(), std::int64_t{0});
}

PublicationLine publication_line(const ReportSettings& settings, const std::string& source,
                                 std::string_view kind) {
  if (settings.overview.contains(source)) return PublicationLine::Overview;
  const bool is_news = settings.news.contains(source) ||
                       (!settings.catalogue.contains(source) && kind == to_string(Kind::News));
  return is_news ? PublicationLine::News : PublicationLine::Catalogue;
}

void for_each_seen_item(Transaction& tx, const ReportExtent& extent,
                        const std::function<void(const SeenItem&)>& take) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  SeenItem item;
  std::int64_t first_seen = 0;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT id, source, kind, title, first_seen FROM item WHERE revision > 0 "
              "AND first_seen >= :from AND first_seen < :to AND " +
                  narrowed(extent.scope, "organisation") + " ORDER BY id",
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(item.item),
       into(item.source), into(item.kind), into(item.title), into(first_seen));
  statement.execute();
  while (statement.fetch()) {
    item.first_seen = from_millis(first_seen);
    take(item);
  }
}

void for_each_publication(Transaction& tx, const ReportExtent& extent,
                          const std::function<void(const Publication&)>& take) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  Publication one;
  SeenItem& item = one.item;
  std::string evidence;
  std::int64_t first_seen = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT d.channel, d.evidence, i.id, i.source, i.kind, i.title, "
                           "i.first_seen FROM delivery d JOIN item i ON i.id = d.item WHERE "
                           "d.purpose = 'publish' AND d.state = 'delivered' AND d.delivered_at >= "
                           ":from AND d.delivered_at < :to AND " +
                               narrowed(extent.scope, "i.organisation") + " ORDER BY d.id",
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(one.channel),
       into(evidence), into(item.item), into(item.source), into(item.kind), into(item.title),
       into(first_seen));
  statement.execute();
  while (statement.fetch()) {
    item.first_seen = from_millis(first_seen);
    one.imported = evidence == kImportedEvidence;
    take(one);
  }
}

PublicationFigures publication_figures(Transaction& tx, const ReportExtent& extent,
                                       const ReportSettings& settings) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  std::string source;
  std::string kind;
  std::int64_t items = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT source, kind, count(*) FROM item WHERE revision > 0 AND "
                           "first_seen >= :from AND first_seen < :to AND " +
                               narrowed(extent.scope, "organisation") + " GROUP BY source, kind",
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(source),
       into(kind), into(items));
  statement.execute();
  PublicationFigures figures;
  while (statement.fetch()) {
    switch (publication_line(settings, source, kind)) {
      case PublicationLine::Overview:
        figures.overview += items;
        break;
      case PublicationLine::News:
        figures.news += items;
        break;
      case PublicationLine::Catalogue:
        figures.catalogue += items;
        break;
    }
  }
  return figures;
}

std::vector<FieldFigures> field_figures(Transaction& tx, const ReportExtent& extent,
                                        const ReportSettings& settings) {
  std::vector<FieldFigures> fields;
  for (const ItemGroup& group : settings.fields) {
    fields.emplace_back();
    fields.back().name = group.name;
  }
  if (fields.empty()) return fields;
  for_each_seen_item(tx, extent, [&](const SeenItem& item) {
    const auto month = static_cast<unsigned>(beijing_day(item.first_seen).month()) - 1;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (settings.fields[i].holds(item.source, item.title)) ++fields[i].items.at(month);
    }
  });
  for_each_publication(tx, extent, [&](const Publication& one) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!settings.fields[i].holds(one.item.source, one.item.title)) continue;
      ++fields[i].deliveries[one.channel];
      fields[i].imported += one.imported ? 1 : 0;
    }
  });
  return fields;
}

std::vector<CleanUp> clean_ups(Transaction& tx, const ReportExtent& extent) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  CleanUp one;
  std::string kind;
  std::int64_t withdrawn_at = 0;
  std::vector<CleanUp> all;
  soci::statement statement =
      (tx.sql().prepare << "SELECT id, kind, title, withdrawn_at FROM item WHERE withdrawn_at >= "
                           ":from AND withdrawn_at < :to AND " +
                               narrowed(extent.scope, "organisation") +
                               " ORDER BY withdrawn_at, id",
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(one.item),
       into(kind), into(one.title), into(withdrawn_at));
  statement.execute();
  while (statement.fetch()) {
    one.kind = kind_from(kind).value();
    one.withdrawn_at = from_millis(withdrawn_at);
    all.push_back(one);
  }
  add_decided(tx, extent, all);
  for (CleanUp& clean_up : all) add_places(tx, clean_up);
  return all;
}

}  // namespace liandong
