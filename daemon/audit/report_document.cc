#include "daemon/audit/report_document.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

std::string duration_words(Duration duration) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(duration).count();
  if (minutes < 60) return fmt::format("{} 分", minutes);
  if (minutes < 48 * 60) return fmt::format("{} 小时 {} 分", minutes / 60, minutes % 60);
  return fmt::format("{} 天 {} 小时", minutes / 1440, minutes / 60 % 24);
}

// The first columns are texts, aligned left; figures are aligned right.
std::string aligned(const Grid& grid) {
  std::vector<std::vector<std::string>> lines(1);
  std::vector<bool> left;
  for (const GridColumn& column : grid.columns) {
    if (!column.in_terminal) continue;
    lines[0].push_back(column.title);
    left.push_back(column.is_text);
  }
  for (const auto& row : grid.rows) {
    lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (grid.columns.at(i).in_terminal) lines.back().push_back(row[i].shown());
    }
  }
  std::vector<std::size_t> widths(left.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], display_width(line[i]));
  }
  std::string text;
  for (const auto& line : lines) {
    std::string whole;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string pad(widths[i] - display_width(line[i]), ' ');
      whole += "  " + (left[i] ? line[i] + pad : pad + line[i]);
    }
    whole.erase(whole.find_last_not_of(' ') + 1);
    text += whole + '\n';
  }
  return text;
}

}  // namespace

GridCell GridCell::percent(std::int64_t part, std::int64_t whole, std::string figure) {
  if (whole <= 0) return of("—");
  return {Type::Percent, "", part * 10'000 / whole, std::move(figure)};
}

std::string GridCell::shown() const {
  switch (type) {
    case Type::Text:
      return fold_blanks(text);
    case Type::Number:
      return fmt::to_string(value);
    case Type::Percent:
      return fmt::format("{}.{:02}%", value / 100, value % 100);
    case Type::Took:
      return duration_words(Duration(value));
  }
  return "";
}

std::string to_text(const Grid& grid) {
  return grid.rows.empty() ? "  " + grid.if_empty + "\n" : aligned(grid);
}

std::string to_text(const ReportDocument& document) {
  std::string text = document.title + "\n" + document.subtitle + "\n";
  for (const Section& section : document.sections) {
    text += "\n" + section.title + "\n";
    for (const std::string& sentence : section.before) text += "  " + sentence + "\n";
    for (const Grid& grid : section.grids) {
      if (section.grids.size() > 1) text += "  " + grid.title + "：\n";
      text += to_text(grid);
    }
    for (const std::string& sentence : section.after) text += "  " + sentence + "\n";
  }
  return text;
}

std::string csv_field(std::string_view value) {
  std::string text = fold_blanks(value);
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos)
    text.insert(0, 1, '\'');
  if (text.find_first_of(",\"") == std::string::npos) return text;
  return '"' + replace_all(std::move(text), "\"", "\"\"") + '"';
}

std::string to_csv(const Grid& grid) {
  std::string csv = "\xEF\xBB\xBF";
  const auto add = [&csv](std::size_t i, const std::string& field) {
    csv += (i == 0 ? "" : ",") + field;
  };
  for (std::size_t i = 0; i < grid.columns.size(); ++i) add(i, csv_field(grid.columns[i].title));
  csv += "\r\n";
  for (const auto& row : grid.rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      add(i, row[i].type == GridCell::Type::Text ? csv_field(row[i].text) : row[i].shown());
    csv += "\r\n";
  }
  return csv;
}

const Grid* grid_named(const ReportDocument& document, std::string_view name) {
  for (const Section& section : document.sections) {
    for (const Grid& grid : section.grids) {
      if (grid.name == name) return &grid;
    }
  }
  return nullptr;
}

}  // namespace liandong
