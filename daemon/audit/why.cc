#include "daemon/audit/why.h"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "daemon/audit/recount.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/ledger/entry.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

// What a counted entry says of itself.
FigurePart part_of(const StoredLine& line, std::int64_t adds) {
  FigurePart part;
  part.adds = adds;
  part.entries.push_back({line.seq, line.line});
  const auto entry = parse_entry(line.line);
  if (!entry) return part;  // counted() has read it, so that it can be read
  if (const auto* item = entry->if_contains("item"); item != nullptr && item->is_int64())
    part.item = item->get_int64();
  part.channel = member_text(*entry, "channel");
  part.words = member_text(*entry, "title");
  return part;
}

// What a counter of one month and channel counts, found by way of the rows that were written with
// it and told by the lines of the ledger: what of an item counts, and where, the rules of the
// recount say of its own entries.
class CountExplainer {
 public:
  CountExplainer(Transaction& tx, const ReportFigure& figure, std::size_t most)
      : tx_(tx), figure_(figure), most_(most) {
    if (!figure.scope.is_whole()) names_ = stored_names(tx, figure.scope);
  }

  Result<Explanation> explain();

 private:
  using Place = std::pair<std::int64_t, std::string>;  // month, channel

  [[nodiscard]] bool fits(const CounterKey& key) const {
    return key.measure == figure_.measure && figure_.period.holds(key.year, key.month) &&
           (figure_.channel.empty() || key.channel == figure_.channel) &&
           (figure_.kind.empty() || key.kind == figure_.kind) &&
           (figure_.scope.is_whole() || names_.contains(key.organisation));
  }
  [[nodiscard]] bool is_full() const { return explanation_.parts.size() >= most_; }
  Result<void> look_at(const Place& place);
  Result<void> judge(ItemId item, const Place& place);

  Transaction& tx_;
  const ReportFigure& figure_;
  std::size_t most_;
  std::set<std::string> names_;  // of the organisations it counts
  std::int64_t listed_ = 0;
  Explanation explanation_;
};

// Which items may be counted there, one or several times, in the order of time.
std::string statement_for(std::string_view measure, const Scope& scope) {
  if (measure == to_string(Measure::Items))
    return "SELECT id FROM item WHERE first_seen >= :from AND first_seen < :to AND "
           "(:any = '' OR kind = :kind) AND :channel = '' AND " +
           narrowed(scope, "organisation") + " ORDER BY first_seen";
  const Purpose purpose = measure == to_string(Measure::Corrections)   ? Purpose::Correct
                          : measure == to_string(Measure::Withdrawals) ? Purpose::Withdraw
                                                                       : Purpose::Publish;
  return fmt::format(
      "SELECT d.item FROM delivery d JOIN item i ON i.id = d.item WHERE d.delivered_at >= :from "
      "AND d.delivered_at < :to AND (:any = '' OR d.kind = :kind) AND d.channel = :channel AND "
      "d.purpose = '{}' AND {} ORDER BY d.delivered_at",
      to_string(purpose), narrowed(scope, "i.organisation"));
}

Result<void> CountExplainer::look_at(const Place& place) {
  const Period month = Period::of_month(figure_.period.year, static_cast<int>(place.first));
  const std::int64_t from = to_millis(month.begins());
  const std::int64_t to = to_millis(month.ends());
  ItemId item = 0;
  std::set<ItemId> judged;
  auto rows = tx_.sql().rows(statement_for(figure_.measure, figure_.scope));
  rows, use(from, "from"), use(to, "to"), use(figure_.kind, "any"), use(figure_.kind, "kind"),
      use(place.second, "channel"), use(figure_.scope.organisation, "scope"), into(item);
  while (!is_full() && rows.next()) {
    if (!judged.insert(item).second) continue;
    const auto good = judge(item, place);
    if (!good) return good;
  }
  return {};
}

Result<void> CountExplainer::judge(ItemId item, const Place& place) {
  Recount counting;
  StoredLine line;
  auto rows = tx_.sql().rows(
      "SELECT l.seq, l.line FROM ledger_index x JOIN ledger l ON l.seq = x.seq WHERE x.item = "
      ":item AND x.event IN ('item.found', 'delivery.imported', 'delivery.recorded', "
      "'delivery.settled', 'delivery.reconciled') ORDER BY x.seq");
  rows, use(item, "item"), into(line.seq), into(line.line);
  while (!is_full() && rows.next()) {
    const auto keys = counting.counted(line.line);
    if (!keys) return keys.error();
    const auto times = std::count_if(keys->begin(), keys->end(), [&](const CounterKey& key) {
      return fits(key) && key.month == place.first && key.channel == place.second;
    });
    if (times == 0) continue;
    listed_ += times;
    explanation_.parts.push_back(part_of(line, times));
  }
  return {};
}

Result<Explanation> CountExplainer::explain() {
  std::set<Place> places;
  for (const auto& [key, value] : read_counters(tx_, figure_.period.year)) {
    if (value <= 0 || !fits(key)) continue;
    explanation_.value += value;
    places.emplace(key.month, key.channel);
  }
  explanation_.parts_in_all = static_cast<std::size_t>(explanation_.value);  // each adds one
  for (const Place& place : places) {
    if (is_full()) break;
    const auto good = look_at(place);
    if (!good) return Error(good.error()).during("reading the ledger");
  }
  if (!is_full() && listed_ != explanation_.value)
    return Error(ErrorKind::Permanent,
                 fmt::format("the counters say {}, the ledger's entries {}: `liandong report "
                             "--recount` tells where they differ",
                             explanation_.value, listed_));
  return std::move(explanation_);
}

boost::json::object to_json(const FigurePart& part) {
  boost::json::array entries;
  for (const CountedEntry& entry : part.entries) entries.push_back(boost::json::parse(entry.line));
  return {{"adds", part.adds},
          {"item", part.item == 0 ? boost::json::value(nullptr) : boost::json::value(part.item)},
          {"channel", part.channel},
          {"words", part.words},
          {"entries", std::move(entries)}};
}

// The last three parts; what stands before them may hold a slash, as a field's name may.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  for (int i = 0; i < 3; ++i) {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) return {};
    parts.insert(parts.begin(), std::string(text.substr(slash + 1)));
    text = text.substr(0, slash);
  }
  parts.insert(parts.begin(), std::string(text));
  return parts;
}

}  // namespace

Result<ReportFigure> ReportFigure::parse(std::string_view text) {
  const std::vector<std::string> parts = parts_of(text);
  const auto wrong = [text](std::string_view what) {
    return Error(ErrorKind::Permanent,
                 fmt::format("'{}': {}; an address is MEASURE/CHANNEL/KIND/PERIOD, such as "
                             "deliveries/weibo/policy/2026-03 or missing/-/-/2026",
                             fold_blanks(text), what));
  };
  if (parts.empty()) return wrong("expected four parts");
  ReportFigure figure;
  const std::size_t colon = std::min(parts[0].find(':'), parts[0].size());
  figure.measure = parts[0].substr(0, colon);
  if (colon < parts[0].size()) figure.of = parts[0].substr(colon + 1);
  if (!measure_from(figure.measure) && !is_listed_measure(figure.measure))
    return wrong(fmt::format("there is no measure '{}'", fold_blanks(figure.measure)));
  if (const std::string problem = wrong_part_of(figure); !problem.empty()) return wrong(problem);
  if (parts[1] != "-") figure.channel = parts[1];
  if (parts[2] != "-") figure.kind = parts[2];
  if (!figure.kind.empty() && !kind_from(figure.kind))
    return wrong(fmt::format("there is no kind '{}'", parts[2]));
  const std::size_t at = std::min(parts[3].find('@'), parts[3].size());
  if (at < parts[3].size()) {
    figure.scope.only_own = parts[3].substr(at + 1, 1) == "=";
    figure.scope.organisation = parts[3].substr(at + (figure.scope.only_own ? 2 : 1));
    if (figure.scope.is_whole()) return wrong("name the organisation: 2026@jyt");
  }
  const auto period = Period::parse(parts[3].substr(0, at));
  if (!period) return wrong("the period is a year, 2026-Q1 or 2026-03");
  figure.period = *period;
  return figure;
}

bool ReportFigure::is_counted() const {
  return measure_from(measure).has_value();
}

boost::json::object to_json(const Explanation& why, std::string_view figure) {
  boost::json::array parts;
  for (const FigurePart& part : why.parts) parts.push_back(to_json(part));
  boost::json::object told{{"figure", figure},
                           {"value", why.value},
                           {"parts_in_all", why.parts_in_all},
                           {"parts", std::move(parts)}};
  if (why.is_share)
    told["percent"] = percent(why.value, static_cast<std::int64_t>(why.parts_in_all));
  return told;
}

Result<Explanation> explain_figure(Transaction& tx, const ReportFigure& figure,
                                   const WhyQuery& query) {
  if (figure.is_counted()) return CountExplainer(tx, figure, query.most).explain();
  return explain_listed(tx, figure, query);
}

}  // namespace liandong
