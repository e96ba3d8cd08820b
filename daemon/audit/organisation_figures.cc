#include "daemon/audit/organisation_figures.h"

#include <algorithm>
#include <map>
#include <set>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "daemon/audit/recount.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;
using Sum = OrganisationFigures::Sum;

// What is stored under each name.
std::map<std::string, Sum> stored_sums(Transaction& tx, const ReportExtent& extent,
                                       Timestamp as_of) {
  std::map<std::string, Sum> sums;
  for (const auto& [key, value] : read_counters(tx, extent.period.year)) {
    if (!extent.period.holds(key.year, key.month)) continue;
    if (key.measure == to_string(Measure::Items)) sums[key.organisation].items += value;
    if (key.measure == to_string(Measure::Deliveries)) sums[key.organisation].deliveries += value;
  }
  const std::int64_t begin = to_millis(extent.begins());
  const std::int64_t end = to_millis(extent.ends());
  const std::int64_t now = to_millis(as_of);
  const Scope every;  // a line of the tree takes what it needs
  std::string name;
  int standing = 0;
  std::int64_t number = 0;
  auto rows =
      tx.sql().rows("SELECT organisation, standing, count(*) FROM " +
                    standings_sql("i.organisation", every) + " GROUP BY organisation, standing");
  rows, use(now, "now"), use(begin, "begin"), use(end, "end"), use(every.organisation, "scope"),
      into(name), into(standing), into(number);
  while (rows.next()) sums[name].owed.by[static_cast<Fulfilment>(standing)] = number;
  return sums;
}

// Gathers the lines, an organisation before what is below it.
class Lines {
 public:
  Lines(const Organisations& all, std::map<std::string, Sum> stored)
      : all_(all), stored_(std::move(stored)) {}

  // Returns what it adds to the one above it.
  Sum add(const Organisation& one, int depth) {
    const std::size_t place = lines.size();
    lines.push_back({one.name, one.title, depth, {}, {}});
    for (const std::string& name : all_.stored_as(one.name)) take(name, lines[place].own);
    Sum with_below = lines[place].own;
    for (const auto& below : all_.all()) {
      if (below->within == one.name) with_below.add(add(*below, depth + 1));
    }
    lines[place].with_below = with_below;
    return with_below;
  }

  // What nothing configured has taken.
  void add_the_rest() {
    for (const auto& [name, sum] : stored_) lines.push_back({name, "", 0, sum, sum});
  }

  std::vector<OrganisationFigures> lines;

 private:
  void take(const std::string& name, Sum& own) {
    const auto found = stored_.find(name);
    if (found == stored_.end()) return;
    own.add(found->second);
    stored_.erase(found);
  }

  const Organisations& all_;
  std::map<std::string, Sum> stored_;
};

std::string address(std::string_view measure, const Period& period, const std::string& name,
                    bool only_own) {
  return fmt::format("{}/-/-/{}", measure, period.name()) +
         ReportExtent(period, {name, only_own}).suffix();
}

struct Shown {
  std::string_view title;
  std::string_view measure;
  std::int64_t (*of)(const Sum&);
};
template <Fulfilment kOne>
std::int64_t of(const Sum& sum) {
  return sum.owed.of(kOne);
}
constexpr Shown kShown[] = {
    {"条", "items", [](const Sum& sum) { return sum.items; }},
    {"条次", "deliveries", [](const Sum& sum) { return sum.deliveries; }},
    {"应推", "owed", [](const Sum& sum) { return sum.owed.owed(); }},
    {"按时", "pushed", &of<Fulfilment::Pushed>},
    {"逾期", "pushed_late", &of<Fulfilment::PushedLate>},
    {"已推期限未知", "pushed_unjudged", &of<Fulfilment::PushedUnjudged>},
    {"豁免", "waived", &of<Fulfilment::Waived>},
    {"已撤回", "taken_down", &of<Fulfilment::TakenDown>},
    {"未到期", "not_yet_due", &of<Fulfilment::NotYetDue>},
    {"期限未知", "unjudged", &of<Fulfilment::Unjudged>},
    {"缺失", "missing", &of<Fulfilment::Missing>},
};
constexpr std::size_t kShownOwn = 2;  // of them, also without what is below

std::string label_of(const OrganisationFigures& line) {
  if (line.name.empty()) return "未归属";
  std::string label;
  for (int i = 0; i < line.depth; ++i) label += "· ";
  return label + (line.title.empty() ? line.name + "（配置中已无）" : line.title);
}

Sum total_of(const YearlyReport& report) {
  Sum total;
  for (const OrganisationFigures& line : report.organisations) total.add(line.own);
  return total;
}

std::vector<GridCell> total_row(const YearlyReport& report) {
  const Sum total = total_of(report);
  const std::string suffix = ReportExtent(report.period, report.scope).suffix();
  const auto cell = [&](const Shown& shown) {
    return GridCell::number(
        shown.of(total), fmt::format("{}/-/-/{}{}", shown.measure, report.period.name(), suffix));
  };
  std::vector<GridCell> row{GridCell::of("合计"), GridCell::of("")};
  for (std::size_t i = 0; i < kShownOwn; ++i) row.push_back(cell(kShown[i]));
  for (const Shown& shown : kShown) row.push_back(cell(shown));
  row.push_back(
      GridCell::percent(total.owed.there(), total.owed.owed(),
                        fmt::format("completeness/-/-/{}{}", report.period.name(), suffix)));
  return row;
}

}  // namespace

void OrganisationFigures::Sum::add(const Sum& other) {
  items += other.items;
  deliveries += other.deliveries;
  for (const auto& [standing, number] : other.owed.by) owed.by[standing] += number;
}

std::vector<OrganisationFigures> organisation_figures(Transaction& tx, const Organisations& all,
                                                      const ReportExtent& extent, Timestamp as_of) {
  if (all.empty()) return {};
  Lines lines(all, stored_sums(tx, extent, as_of));
  if (extent.scope.is_whole()) {
    for (const auto& one : all.all()) {
      if (one->within.empty()) (void)lines.add(*one, 0);
    }
    lines.add_the_rest();
  } else if (const auto one = all.find(extent.scope.organisation)) {
    (void)lines.add(*one, 0);
  }
  if (lines.lines.size() < 2) lines.lines.clear();
  return std::move(lines.lines);
}

Section organisations_section(const YearlyReport& report) {
  Grid grid{"organisations", "各机构", {{"机构", true, true}, {"代号", true, true}}, {}, ""};
  for (std::size_t i = 0; i < kShownOwn; ++i)
    grid.columns.push_back({"本级" + std::string(kShown[i].title), false, true});
  for (const Shown& shown : kShown)
    grid.columns.push_back({"含下级" + std::string(shown.title), false, true});
  grid.columns.push_back({"完成率", false, true});
  for (const OrganisationFigures& line : report.organisations) {
    const bool is_rest = line.title.empty();  // nothing is below it
    std::vector<GridCell> row{GridCell::of(label_of(line)), GridCell::of(line.name)};
    for (std::size_t i = 0; i < kShownOwn; ++i)
      row.push_back(GridCell::number(kShown[i].of(line.own),
                                     address(kShown[i].measure, report.period, line.name, true)));
    for (const Shown& shown : kShown)
      row.push_back(GridCell::number(shown.of(line.with_below),
                                     address(shown.measure, report.period, line.name, is_rest)));
    const ChannelFulfilment& owed = line.with_below.owed;
    row.push_back(GridCell::percent(owed.there(), owed.owed(),
                                    address("completeness", report.period, line.name, is_rest)));
    grid.rows.push_back(std::move(row));
  }
  grid.rows.push_back(total_row(report));
  return {"各机构（含下级 = 本级与其下各级之和；合计为各行本级之和）",
          {},
          {std::move(grid)},
          std::nullopt,
          {}};
}

boost::json::array organisations_to_json(const YearlyReport& report) {
  boost::json::array array;
  for (const OrganisationFigures& line : report.organisations) {
    boost::json::object object{{"name", line.name}, {"title", line.title}, {"depth", line.depth}};
    for (const bool only_own : {true, false}) {
      const Sum& sum = only_own ? line.own : line.with_below;
      boost::json::object& one = object[only_own ? "own" : "with_below"].emplace_object();
      boost::json::object why;
      for (const Shown& shown : kShown) {
        one[shown.measure] = shown.of(sum);
        why[shown.measure] =
            address(shown.measure, report.period, line.name, only_own || line.title.empty());
      }
      one["why"] = std::move(why);
    }
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace liandong
