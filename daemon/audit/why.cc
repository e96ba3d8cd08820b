#include "daemon/audit/why.h"

#include <algorithm>
#include <optional>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/ledger/entry.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

bool fits(const ReportFigure& figure, const CounterKey& key) {
  return key.measure == figure.measure && figure.period.holds(key.year, key.month) &&
         (figure.channel.empty() || key.channel == figure.channel) &&
         (figure.kind.empty() || key.kind == figure.kind);
}

// What a counted entry says of itself.
FigurePart part_of(const StoredLine& line, std::int64_t adds) {
  FigurePart part;
  part.adds = adds;
  part.entries.push_back({line.seq, line.line});
  const auto entry = parse_entry(line.line);
  if (!entry) return part;  // counted() has read it, so that it can be read
  if (const auto* item = entry->if_contains("item"); item != nullptr && item->is_int64())
    part.item = item->get_int64();
  if (const auto* channel = entry->if_contains("channel");
      channel != nullptr && channel->is_string())
    part.channel = std::string(channel->get_string());
  if (const auto* title = entry->if_contains("title"); title != nullptr && title->is_string())
    part.words = std::string(title->get_string());
  return part;
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
    if (times > 0) {
      explanation.value += times;
      if (++explanation.parts_in_all <= most) explanation.parts.push_back(part_of(line, times));
    }
    if (progress)
      progress(static_cast<std::uint64_t>(line.seq) + 1, static_cast<std::uint64_t>(size));
    return true;
  });
  if (wrong) return std::move(*wrong).during("reading the ledger");
  return explanation;
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
  const auto period = Period::parse(parts[3]);
  if (!period) return wrong("the period is a year, 2026-Q1 or 2026-03");
  figure.period = *period;
  return figure;
}

bool ReportFigure::is_counted() const {
  return measure_from(measure).has_value();
}

Result<Explanation> explain_figure(Database& database, const ReportFigure& figure,
                                   const WhyQuery& query, const RecountProgress& progress) {
  if (figure.is_counted()) return explain_count(database, figure, query.most, progress);
  return database.read_now([&](Transaction& tx) { return explain_listed(tx, figure, query); });
}

}  // namespace liandong
