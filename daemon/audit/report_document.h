// A report as sections of sentences, tables and charts: what text, HTML, XLSX and CSV are made of,
// so that all forms say the same. The same document gives the same bytes.

#ifndef LIANDONG_DAEMON_AUDIT_REPORT_DOCUMENT_H_
#define LIANDONG_DAEMON_AUDIT_REPORT_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"

namespace liandong {

struct GridCell {
  enum class Type : std::uint8_t { Text, Number, Percent, Took };
  Type type = Type::Text;
  std::string text;
  std::int64_t value = 0;  // Percent: hundredths of a percent; Took: milliseconds
  std::string figure;      // what `report --why` takes

  static GridCell of(std::string text) { return {Type::Text, std::move(text), 0, ""}; }
  static GridCell number(std::int64_t value, std::string figure = "") {
    return {Type::Number, "", value, std::move(figure)};
  }
  // Truncated; "—" when there is nothing to be a part of.
  static GridCell percent(std::int64_t part, std::int64_t whole, std::string figure = "");
  static GridCell took(Duration duration, std::string figure = "") {
    return {Type::Took, "", duration.count(), std::move(figure)};
  }
  [[nodiscard]] std::string shown() const;
};

struct GridColumn {
  std::string title;
  bool is_text = false;     // left-aligned
  bool in_terminal = true;  // too wide for a terminal otherwise: only in sheets
};

struct Grid {
  std::string name;   // of the CSV part: "completeness"
  std::string title;  // of the sheet, at most 31 characters
  std::vector<GridColumn> columns;
  std::vector<std::vector<GridCell>> rows;
  std::string if_empty;  // the sentence instead of an empty table
};

struct ChartSeries {
  std::string name;
  std::vector<std::int64_t> values;  // one a label
};
struct Chart {
  std::string title;
  std::vector<std::string> labels;
  std::vector<ChartSeries> series;
};

struct Section {
  std::string title;
  std::vector<std::string> before;  // sentences
  std::vector<Grid> grids;
  std::optional<Chart> chart;
  std::vector<std::string> after;
};

struct ReportDocument {
  std::string title;
  std::string subtitle;
  Timestamp as_of;
  std::vector<Section> sections;
  std::string qr;  // the text of a QR code on paper; empty: none
};

struct YearlyReport;
[[nodiscard]] ReportDocument make_document(const YearlyReport& report);

// For a terminal, columns aligned by its cells.
[[nodiscard]] std::string to_text(const ReportDocument& document);
[[nodiscard]] std::string to_text(const Grid& grid);
// One file, nothing from elsewhere, printable; charts are inline SVG.
[[nodiscard]] std::string to_html(const ReportDocument& document);
// Alone, for a page that shows it as a picture; what the HTML holds.
[[nodiscard]] std::string to_svg(const Chart& chart);
// One sheet a table, real numbers. An error when the temporary folder cannot be written.
[[nodiscard]] Result<std::string> to_xlsx(const ReportDocument& document);
// With the byte order mark Excel needs; a text it would take for a formula gets an apostrophe.
[[nodiscard]] std::string to_csv(const Grid& grid);

[[nodiscard]] const Grid* grid_named(const ReportDocument& document, std::string_view name);
// RFC 4180, disarmed as above.
[[nodiscard]] std::string csv_field(std::string_view value);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_REPORT_DOCUMENT_H_
