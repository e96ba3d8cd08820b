#include "daemon/audit/why.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::array kFulfilments = {Fulfilment::Pushed, Fulfilment::PushedLate, Fulfilment::Waived,
                                     Fulfilment::NotYetDue, Fulfilment::Missing};
constexpr std::string_view kOwed = "owed";

bool is_fulfilment(std::string_view name) {
  return name == kOwed || std::any_of(kFulfilments.begin(), kFulfilments.end(),
                                      [name](Fulfilment one) { return to_string(one) == name; });
}

bool fits(const ReportFigure& figure, const CounterKey& key) {
  return key.measure == figure.measure && figure.period.holds(key.year, key.month) &&
         (figure.channel.empty() || key.channel == figure.channel) &&
         (figure.kind.empty() || key.kind == figure.kind);
}

bool fits(const ReportFigure& figure, const CoverageCell& cell) {
  return (figure.measure == kOwed || to_string(cell.fulfilment) == figure.measure) &&
         (figure.channel.empty() || cell.channel == figure.channel) &&
         (figure.kind.empty() || to_string(cell.kind) == figure.kind);
}

// What the ledger says about the item on the channel.
void add_entries(Transaction& tx, const CoverageCell& cell, std::vector<CountedEntry>& entries) {
  CountedEntry entry;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT l.seq, l.line FROM ledger_index x JOIN ledger l ON l.seq = x.seq "
              "WHERE x.item = :item AND x.channel = :channel ORDER BY x.seq",
       use(cell.item, "item"), use(cell.channel, "channel"), into(entry.seq), into(entry.line));
  statement.execute();
  while (statement.fetch()) entries.push_back(entry);
}

Explanation explain_completeness(Transaction& tx, const ReportFigure& figure, Timestamp as_of,
                                 std::size_t most) {
  CoverageQuery query;
  query.from = figure.period.begins();
  query.to = figure.period.ends();
  query.limit = std::numeric_limits<std::int64_t>::max();
  Explanation explanation;
  for (CoverageCell& cell : coverage(tx, query, as_of)) {
    if (!fits(figure, cell)) continue;
    ++explanation.value;
    if (explanation.cells.size() >= most) continue;
    add_entries(tx, cell, explanation.entries);
    explanation.cells.push_back(std::move(cell));
  }
  return explanation;
}

Result<Explanation> explain_count(Database& database, const ReportFigure& figure, std::size_t most,
                                  const RecountProgress& progress) {
  const std::int64_t size = database.read_now(
      [](Transaction& tx) { return static_cast<std::int64_t>(read_ledger_state(tx).size); });
  Explanation explanation;
  Recount counting;
  std::optional<Error> wrong;
  for_each_line(database, 0, size, [&](const StoredLine& line) {
    const auto keys = counting.counted(line.line);
    if (!keys) {
      wrong = keys.error();
      return false;
    }
    const auto times = std::count_if(keys->begin(), keys->end(),
                                     [&](const CounterKey& key) { return fits(figure, key); });
    explanation.value += times;
    if (times > 0 && explanation.entries.size() < most)
      explanation.entries.push_back({line.seq, line.line});
    if (progress)
      progress(static_cast<std::uint64_t>(line.seq) + 1, static_cast<std::uint64_t>(size));
    return true;
  });
  if (wrong) return std::move(*wrong).during("reading the ledger");
  return explanation;
}

}  // namespace

Result<ReportFigure> ReportFigure::parse(std::string_view text) {
  const std::vector<std::string> parts = split(text, '/');
  const auto wrong = [text](std::string_view what) {
    return Error(ErrorKind::Permanent,
                 fmt::format("'{}': {}; an address is MEASURE/CHANNEL/KIND/PERIOD, such as "
                             "deliveries/weibo/policy/2026-03 or missing/-/-/2026",
                             fold_blanks(text), what));
  };
  if (parts.size() != 4) return wrong("expected four parts");
  ReportFigure figure;
  figure.measure = parts[0];
  if (!measure_from(parts[0]) && !is_fulfilment(parts[0]))
    return wrong(fmt::format("there is no measure '{}'", parts[0]));
  if (parts[1] != "-") figure.channel = parts[1];
  if (parts[2] != "-") figure.kind = parts[2];
  if (!figure.kind.empty() && !kind_from(figure.kind))
    return wrong(fmt::format("there is no kind '{}'", parts[2]));
  const auto period = Period::parse(parts[3]);
  if (!period) return wrong("the period is a year, 2026-Q1 or 2026-03");
  figure.period = *period;
  return figure;
}

bool ReportFigure::is_counted() const {
  return !is_fulfilment(measure);
}

Result<Explanation> explain_figure(Database& database, const ReportFigure& figure, Timestamp as_of,
                                   std::size_t most, const RecountProgress& progress) {
  if (figure.is_counted()) return explain_count(database, figure, most, progress);
  return database.read_now(
      [&](Transaction& tx) { return explain_completeness(tx, figure, as_of, most); });
}

}  // namespace liandong
