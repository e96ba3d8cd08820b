// The report as a workbook: one sheet a table, numbers as numbers.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <xlsxwriter.h>

#include "daemon/audit/report_document.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMostCellBytes = 32'000;  // Excel holds 32,767 characters
constexpr double kMillisPerHour = 3'600'000.0;
constexpr double kWidest = 60;

// A folder of its own, gone at the end: the library writes to a file only.
class OwnFolder {
 public:
  OwnFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "liandong-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;
  ~OwnFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Formats {
  lxw_format* head = nullptr;
  lxw_format* words = nullptr;
  lxw_format* number = nullptr;
  lxw_format* percent = nullptr;
  lxw_format* hours = nullptr;
};

Formats add_formats(lxw_workbook* book) {
  Formats formats;
  formats.head = workbook_add_format(book);
  format_set_bold(formats.head);
  format_set_text_wrap(formats.head);
  format_set_bottom(formats.head, LXW_BORDER_THIN);
  formats.words = workbook_add_format(book);
  format_set_align(formats.words, LXW_ALIGN_VERTICAL_TOP);
  formats.number = workbook_add_format(book);
  format_set_num_format(formats.number, "#,##0");
  formats.percent = workbook_add_format(book);
  format_set_num_format(formats.percent, "0.00%");
  formats.hours = workbook_add_format(book);
  format_set_num_format(formats.hours, "0.00\" 小时\"");
  return formats;
}

void write_cell(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, const GridCell& cell,
                const Formats& formats) {
  switch (cell.type) {
    case GridCell::Type::Text: {
      std::string text = cell.shown();
      if (text.size() > kMostCellBytes) text = shorten(text, kMostCellBytes / 4);
      if (!text.empty()) worksheet_write_string(sheet, row, column, text.c_str(), formats.words);
      return;
    }
    case GridCell::Type::Number:
      worksheet_write_number(sheet, row, column, static_cast<double>(cell.value), formats.number);
      return;
    case GridCell::Type::Percent:
      worksheet_write_number(sheet, row, column, static_cast<double>(cell.value) / 10'000.0,
                             formats.percent);
      return;
    case GridCell::Type::Took:
      worksheet_write_number(sheet, row, column, static_cast<double>(cell.value) / kMillisPerHour,
                             formats.hours);
      return;
  }
}

double width_of(const Grid& grid, std::size_t column) {
  std::size_t cells = display_width(grid.columns[column].title);
  for (const auto& row : grid.rows) cells = std::max(cells, display_width(row[column].shown()));
  return std::min(kWidest, static_cast<double>(cells) + 2);
}

void write_grid(lxw_workbook* book, const Grid& grid, const Formats& formats) {
  lxw_worksheet* sheet = workbook_add_worksheet(book, grid.title.c_str());
  worksheet_freeze_panes(sheet, 1, 0);
  worksheet_repeat_rows(sheet, 0, 0);
  worksheet_set_landscape(sheet);
  worksheet_set_paper(sheet, 9);  // A4
  worksheet_fit_to_pages(sheet, 1, 0);
  for (std::size_t i = 0; i < grid.columns.size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(sheet, column, column, width_of(grid, i), nullptr);
    worksheet_write_string(sheet, 0, column, grid.columns[i].title.c_str(), formats.head);
  }
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    for (std::size_t i = 0; i < grid.rows[r].size(); ++i)
      write_cell(sheet, static_cast<lxw_row_t>(r + 1), static_cast<lxw_col_t>(i), grid.rows[r][i],
                 formats);
  }
}

// The sentences of all sections, so that the workbook says as much as the page.
Grid sentences(const ReportDocument& document) {
  Grid grid{"notes", "说明", {{"部分", true, true}, {"内容", true, true}}, {}, ""};
  grid.rows.push_back({GridCell::of(document.title), GridCell::of(document.subtitle)});
  for (const Section& section : document.sections) {
    for (const auto* part : {&section.before, &section.after}) {
      for (const std::string& sentence : *part)
        grid.rows.push_back({GridCell::of(section.title), GridCell::of(sentence)});
    }
  }
  return grid;
}

bool write_book(const std::string& file, const ReportDocument& document) {
  lxw_workbook* book = workbook_new(file.c_str());
  if (book == nullptr) return false;
  std::string title = document.title;
  lxw_doc_properties properties{};
  properties.title = title.data();
  // Otherwise the library asks the clock, and no two files would be alike.
  properties.created = static_cast<time_t>(to_millis(document.as_of) / 1000);
  workbook_set_properties(book, &properties);
  const Formats formats = add_formats(book);
  write_grid(book, sentences(document), formats);
  for (const Section& section : document.sections) {
    for (const Grid& grid : section.grids) write_grid(book, grid, formats);
  }
  return workbook_close(book) == LXW_NO_ERROR;
}

}  // namespace

Result<std::string> to_xlsx(const ReportDocument& document) {
  const OwnFolder folder;
  if (folder.path().empty())
    return Error(
        ErrorKind::Permanent,
        fmt::format("cannot make a folder in {}", std::filesystem::temp_directory_path().string()));
  const std::filesystem::path file = folder.path() / "report.xlsx";
  if (!write_book(file.string(), document))
    return Error(ErrorKind::Permanent,
                 fmt::format("cannot write the workbook to {}", folder.path().string()));
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace liandong
