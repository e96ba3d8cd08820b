#include "daemon/audit/yearly_report.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "daemon/audit/filled_form.h"
#include "daemon/audit/organisation_figures.h"
#include "daemon/audit/recount.h"
#include "daemon/delivery/figures.h"
#include "daemon/ledger/checkpoint.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

std::vector<KindFigures> every_kind() {
  std::vector<KindFigures> kinds;
  for (const Kind kind : kAllKinds) {
    kinds.emplace_back();
    kinds.back().kind = kind;
  }
  return kinds;
}

Months& figure(KindFigures& kind, Measure measure) {
  switch (measure) {
    case Measure::Items:
      return kind.items;
    case Measure::Deliveries:
      return kind.deliveries;
    case Measure::Articles:
      return kind.articles;
    case Measure::Carried:
      return kind.carried;
    case Measure::Corrections:
      return kind.corrections;
    case Measure::Withdrawals:
      return kind.withdrawals;
    case Measure::Imported:
      return kind.imported;
    case Measure::Recorded:
      return kind.recorded;
  }
  throw std::logic_error("unknown measure");
}

}  // namespace

bool is_channel_of(const Settings& settings, const Scope& scope, std::string_view name) {
  if (scope.is_whole()) return true;
  return std::any_of(
      settings.channels.begin(), settings.channels.end(), [&](const ChannelSettings& channel) {
        return channel.name == name && channel.organisation &&
               settings.organisations.reaches(scope.organisation, channel.organisation->name);
      });
}

namespace {

// The configured channels of the scope in the order of the file, with those that carried something
// of it, then those that only the counters remember.
std::vector<ChannelFigures> every_channel(const Settings& settings, const Scope& scope,
                                          const Counters& counters) {
  std::vector<ChannelFigures> channels;
  std::set<std::string> counted;
  for (const auto& [key, value] : counters) counted.insert(key.channel);
  std::set<std::string> known{""};
  const auto add = [&](const std::string& name, const std::string& type) {
    if (known.insert(name).second) {
      const auto account = settings.report.accounts.find(name);
      channels.push_back(ChannelFigures{
          name, type, account == settings.report.accounts.end() ? "" : account->second,
          every_kind()});
    }
  };
  for (const ChannelSettings& channel : settings.channels) {
    if (is_channel_of(settings, scope, channel.name) || counted.contains(channel.name))
      add(channel.name, channel.type);
  }
  for (const auto& [key, value] : counters) {
    add(key.channel, "");
  }
  return channels;
}

void fill(std::vector<KindFigures>& kinds, const CounterKey& key, std::int64_t value) {
  const auto measure = measure_from(key.measure);
  for (KindFigures& kind : kinds) {
    if (measure && key.month >= 1 && key.month <= 12 && to_string(kind.kind) == key.kind) {
      figure(kind, *measure).of.at(static_cast<std::size_t>(key.month - 1)) += value;
    }
  }
}

std::vector<ChannelFulfilment> read_fulfilment(Transaction& tx, const ReportExtent& extent,
                                               Timestamp as_of) {
  const std::int64_t begin = to_millis(extent.begins());
  const std::int64_t end = to_millis(extent.ends());
  const std::int64_t now = to_millis(as_of);
  std::string channel;
  int standing = 0;
  std::int64_t number = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT channel, standing, count(*) FROM " +
                               standings_sql("o.channel", extent.scope) +
                               " GROUP BY channel, standing",
       use(now, "now"), use(begin, "begin"), use(end, "end"),
       use(extent.scope.organisation, "scope"), into(channel), into(standing), into(number));
  statement.execute();
  std::map<std::string, ChannelFulfilment> channels;
  while (statement.fetch()) channels[channel].by[static_cast<Fulfilment>(standing)] = number;
  std::vector<ChannelFulfilment> all;
  for (auto& [name, one] : channels) {
    one.channel = name;
    all.push_back(std::move(one));
  }
  return all;
}

// 重要政策文件及相关解读、重要通知 (domain/standards.md 3, push_complete.kinds).
bool is_important(Kind kind) {
  return kind == Kind::Policy || kind == Kind::Interpretation || kind == Kind::NoticeImportant;
}

// An item of which nothing is owed any longer is in neither figure.
void read_item_completeness(Transaction& tx, YearlyReport& report, const ReportExtent& extent) {
  const std::int64_t begin = to_millis(extent.begins());
  const std::int64_t end = to_millis(extent.ends());
  const std::int64_t now = to_millis(report.as_of);
  const int gone = static_cast<int>(Fulfilment::Gone);
  std::string kind;
  std::int64_t owed = 0;
  std::int64_t complete = 0;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT kind, count(*), sum(CASE WHEN worst > :gone THEN 1 ELSE 0 END) FROM (SELECT "
              "kind, min(standing) AS worst FROM " +
                  standings_sql("i.id, i.kind", extent.scope) +
                  " WHERE standing <> :gone GROUP BY id, kind) AS per_item GROUP BY kind",
       use(gone, "gone"), use(now, "now"), use(begin, "begin"), use(end, "end"),
       use(extent.scope.organisation, "scope"), into(kind), into(owed), into(complete));
  statement.execute();
  while (statement.fetch()) {
    report.items_owed += owed;
    report.items_complete += complete;
    if (!is_important(kind_from(kind).value())) continue;
    report.important_owed += owed;
    report.important_complete += complete;
  }
}

// What is no longer configured is not dropped: its posts are public all the same.
std::string_view new_media_label(const ChannelFigures& channel) {
  if (channel.type == "weibo") {
    return "微博";
  }
  if (channel.type == "wechat") {
    return "微信";
  }
  return channel.type.empty() || is_new_media(channel.type) ? "其他" : "";
}

// What a person states counts, else what the platform said last in the period.
void read_account(Transaction& tx, const YearlyReport& report, const ManualValues& manual,
                  NewMediaLine& line) {
  const std::string first = beijing_date(report.period.begins());
  const std::string last = beijing_date(report.period.ends() - Duration(1));
  if (const auto stated = manual.followers.find(line.channel); stated != manual.followers.end()) {
    line.followers = stated->second.count;
    line.taken_on = stated->second.taken_on;
    line.stated = true;
  } else if (const auto told = latest_figure(tx, line.channel, kFollowers, first, last)) {
    line.followers = told->value;
    line.taken_on = told->day;
  }
  const FigureSum reads = sum_of_figures(tx, line.channel, kReads, first, last);
  line.reads = reads.value;
  line.reads_days = reads.days;
}

std::vector<NewMediaLine> new_media_of(Transaction& tx, const YearlyReport& report,
                                       const ManualValues& manual) {
  std::vector<NewMediaLine> lines;
  const auto measure = report.count_articles ? &KindFigures::articles : &KindFigures::deliveries;
  for (const std::string_view label : {"微博", "微信", "其他"}) {
    for (const ChannelFigures& channel : report.channels) {
      if (new_media_label(channel) != label) continue;
      NewMediaLine line;
      line.label = label;
      line.channel = channel.channel;
      line.name = channel.account;
      line.published = channel.total(measure);
      line.imported = channel.total(&KindFigures::imported);
      line.recorded = channel.total(&KindFigures::recorded);
      read_account(tx, report, manual, line);
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::optional<AnchorLine> read_anchor(Transaction& tx) {
  std::string note;
  tx.sql() << "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1", into(note);
  if (!tx.sql().got_data()) return std::nullopt;
  const auto checkpoint = peek_checkpoint(note);
  if (!checkpoint) return std::nullopt;  // `ledger verify` is what tells of a damaged note
  return AnchorLine{checkpoint->size, hex(checkpoint->root), note};
}

// What was counted by its first sight though its page says that it is older.
std::string dated_before(const Scope& scope) {
  return " FROM item WHERE revision > 0 AND first_seen >= :begin AND first_seen < :end AND "
         "published_at < :begin AND " +
         narrowed(scope, "organisation");
}

std::int64_t count_dated_before(Transaction& tx, const ReportExtent& extent) {
  const std::int64_t begin = to_millis(extent.begins());
  const std::int64_t end = to_millis(extent.ends());
  std::int64_t items = 0;
  tx.sql() << "SELECT count(*)" + dated_before(extent.scope), use(begin, "begin"), use(end, "end"),
      use(extent.scope.organisation, "scope"), into(items);
  return items;
}

std::optional<Timestamp> entry_time(Transaction& tx, const std::string& order) {
  std::int64_t at = 0;
  tx.sql() << "SELECT ts FROM ledger_index ORDER BY seq " + order + " LIMIT 1", into(at);
  return tx.sql().got_data() ? std::optional(from_millis(at)) : std::nullopt;
}

void read_figures(Transaction& tx, const Settings& settings, YearlyReport& report) {
  Counters counters;
  for (const auto& [key, value] : read_counters(tx, report.period.year, report.scope)) {
    if (report.period.holds(key.year, key.month)) counters[key] = value;
  }
  report.items = every_kind();
  report.channels = every_channel(settings, report.scope, counters);
  for (const auto& [key, value] : counters) {
    if (key.channel.empty()) {
      fill(report.items, key, value);
    }
    for (ChannelFigures& channel : report.channels) {
      if (channel.channel == key.channel) {
        fill(channel.kinds, key, value);
      }
    }
  }
}

void read_completeness(Transaction& tx, YearlyReport& report, std::int64_t most_open) {
  const ReportExtent extent{report.period, report.scope};
  report.fulfilment = read_fulfilment(tx, extent, report.as_of);
  for (const ImportedPush& push : obligations_met_by_import(tx, extent)) {
    for (ChannelFulfilment& channel : report.fulfilment)
      channel.imported += channel.channel == push.channel ? 1 : 0;
  }
  read_item_completeness(tx, report, extent);
  for (const ChannelFulfilment& channel : report.fulfilment) {
    report.open += channel.owed() + channel.of(Fulfilment::Gone) - channel.there();
  }
  CoverageQuery query;
  query.from = extent.begins();
  query.to = extent.ends();
  query.scope = extent.scope;
  query.only_unmet = true;
  query.limit = most_open;
  report.open_cells = coverage(tx, query, report.as_of);
}

}  // namespace

bool is_new_media(std::string_view type) {
  return type == "weibo" || type == "wechat" || type == "mastodon";
}

std::vector<std::pair<ItemId, std::string>> items_dated_before(Transaction& tx,
                                                               const ReportExtent& extent) {
  const std::int64_t begin = to_millis(extent.begins());
  const std::int64_t end = to_millis(extent.ends());
  std::vector<std::pair<ItemId, std::string>> items;
  std::pair<ItemId, std::string> item;
  auto rows = tx.sql().rows("SELECT id, title" + dated_before(extent.scope) + " ORDER BY id");
  rows, use(begin, "begin"), use(end, "end"), use(extent.scope.organisation, "scope"),
      into(item.first), into(item.second);
  while (rows.next()) items.push_back(item);
  return items;
}

bool YearlyReport::is_seen() const {
  return counted_since && *counted_since < period.ends();
}

bool YearlyReport::is_seen_whole() const {
  return counted_since && *counted_since <= period.begins();
}

std::string since_words(const YearlyReport& report) {
  return report.counted_since ? fmt::format("联动自 {} 起统计", beijing_date(*report.counted_since))
                              : std::string("联动还没有统计过");
}

std::int64_t Months::total() const {
  return std::accumulate(of.begin(), of.end(), std::int64_t{0});
}

std::int64_t ChannelFigures::total(Months KindFigures::*measure) const {
  std::int64_t sum = 0;
  for (const KindFigures& kind : kinds) {
    sum += (kind.*measure).total();
  }
  return sum;
}

std::int64_t ChannelFulfilment::of(Fulfilment fulfilment) const {
  const auto found = by.find(fulfilment);
  return found == by.end() ? 0 : found->second;
}

std::int64_t ChannelFulfilment::owed() const {
  std::int64_t sum = 0;
  for (const auto& [fulfilment, number] : by) sum += fulfilment == Fulfilment::Gone ? 0 : number;
  return sum;
}

std::int64_t ChannelFulfilment::there() const {
  std::int64_t sum = 0;
  for (const auto& [fulfilment, number] : by) sum += is_there(fulfilment) ? number : 0;
  return sum;
}

std::string percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) {
    return "—";
  }
  const std::int64_t hundredths = part * 10'000 / whole;
  return fmt::format("{}.{:02}%", hundredths / 100, hundredths % 100);
}

YearlyReport yearly_report(Transaction& tx, const Settings& settings, const ReportQuery& query) {
  YearlyReport report;
  report.period = query.period;
  report.scope = query.scope;
  const ReportExtent extent{report.period, report.scope};
  report.as_of = query.as_of;
  report.site = settings.site;
  if (const auto whose = settings.organisations.find(query.scope.organisation)) {
    report.organisation = whose->title;
    report.site.organ = whose->title;
  }
  report.count_articles = settings.report.count_articles;
  report.counted_since = entry_time(tx, "ASC");
  report.facts_until = entry_time(tx, "DESC");
  report.items_dated_before = count_dated_before(tx, extent);
  report.in_force_base = query.manual.in_force_before;
  read_figures(tx, settings, report);
  read_completeness(tx, report, query.most_open);
  report.timeliness = timeliness(tx, extent);
  report.interpretations = interpretation_forms(tx, extent, settings.report);
  report.normative = normative_documents(tx, extent, settings.report);
  report.fields = field_figures(tx, extent, settings.report);
  report.clean_ups = clean_ups(tx, extent);
  report.new_media = new_media_of(tx, report, query.manual);
  report.screens = screen_time(tx, extent);
  report.organisations = organisation_figures(tx, settings.organisations, extent, report.as_of);
  report.form = filled_form(report, publication_figures(tx, extent, settings.report), query.manual);
  report.anchor = read_anchor(tx);
  return report;
}

}  // namespace liandong
