#include "daemon/audit/report_form.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

std::string names_of_parts(const ReportDocument& document) {
  std::string names = "figures";
  for (const Section& section : document.sections) {
    for (const Grid& grid : section.grids) names += ", " + grid.name;
  }
  return names;
}

json::object to_json(const Grid& grid, std::size_t most_rows) {
  json::array columns;
  for (const GridColumn& column : grid.columns)
    columns.push_back({{"title", column.title}, {"is_text", column.is_text}});
  json::array rows;
  for (const auto& row : grid.rows) {
    if (rows.size() == most_rows) break;
    json::array& cells = rows.emplace_back(json::array()).get_array();
    for (const GridCell& cell : row)
      cells.push_back({{"text", cell.shown()}, {"figure", cell.figure}});
  }
  return {{"name", grid.name},
          {"title", grid.title},
          {"columns", std::move(columns)},
          {"rows", std::move(rows)},
          {"rows_in_all", grid.rows.size()},
          {"if_empty", grid.if_empty}};
}

}  // namespace

Result<std::string> in_form(const YearlyReport& report, const ReportForm& form) {
  if (form.format == "json") return json::serialize(to_json(report)) + "\n";
  const ReportDocument document = make_document(report);
  if (form.format == "html") return to_html(document);
  if (form.format == "xlsx") return to_xlsx(document);
  if (form.format == "text") return to_text(document);
  if (form.part == "figures") return figures_to_csv(report);
  const Grid* grid = grid_named(document, form.part);
  if (grid == nullptr)
    return Error(ErrorKind::Permanent,
                 fmt::format("--part: there is no '{}'; there are {}", fold_blanks(form.part),
                             names_of_parts(document)));
  return to_csv(*grid);
}

json::object to_json(const ReportDocument& document, std::size_t most_rows) {
  json::array sections;
  for (const Section& section : document.sections) {
    json::array grids;
    for (const Grid& grid : section.grids) grids.push_back(to_json(grid, most_rows));
    json::value chart = nullptr;
    if (section.chart)
      chart = json::object{{"title", section.chart->title}, {"svg", to_svg(*section.chart)}};
    sections.push_back({{"title", section.title},
                        {"before", json::value_from(section.before)},
                        {"grids", std::move(grids)},
                        {"chart", std::move(chart)},
                        {"after", json::value_from(section.after)}});
  }
  return {{"title", document.title},
          {"subtitle", document.subtitle},
          {"sections", std::move(sections)}};
}

}  // namespace liandong
