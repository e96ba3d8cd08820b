// A report as a file: the same bytes for the command `report` and for the console's downloads.

#ifndef LIANDONG_DAEMON_AUDIT_REPORT_FORM_H_
#define LIANDONG_DAEMON_AUDIT_REPORT_FORM_H_

#include <array>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "daemon/audit/report_document.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/platform/result.h"

namespace liandong {

struct ReportFormat {
  std::string_view name;
  std::string_view ending;  // of the file's name
  std::string_view media_type;
};
inline constexpr std::array kReportFormats = {
    ReportFormat{"text", "txt", "text/plain; charset=utf-8"},
    ReportFormat{"html", "html", "text/html; charset=utf-8"},
    ReportFormat{"xlsx", "xlsx",
                 "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    ReportFormat{"csv", "csv", "text/csv; charset=utf-8"},
    ReportFormat{"json", "json", "application/json"},
};
inline constexpr std::string_view to_string(const ReportFormat& format) {
  return format.name;
}

struct ReportForm {
  std::string format;            // one of the names above
  std::string part = "figures";  // of the CSV: figures, or a table's name
};

// An error names the parts there are, or says that a workbook could not be written.
[[nodiscard]] Result<std::string> in_form(const YearlyReport& report, const ReportForm& form);

// The sections with their tables and charts, for a page; of each table the first `most_rows`. A
// chart is an SVG that stands alone.
[[nodiscard]] boost::json::object to_json(const ReportDocument& document, std::size_t most_rows);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_REPORT_FORM_H_
