// The later sections of a report: what became of documents, the yearly form, the lists that prove
// the figures, the draft for the summary, and the rules of counting.

#ifndef LIANDONG_DAEMON_AUDIT_REPORT_LISTS_H_
#define LIANDONG_DAEMON_AUDIT_REPORT_LISTS_H_

#include <vector>

#include "daemon/audit/coverage.h"
#include "daemon/audit/report_document.h"

namespace liandong {

[[nodiscard]] std::vector<Section> report_lists(const YearlyReport& report);

// Item × channel, in the order of the cells.
[[nodiscard]] Grid coverage_grid(const std::vector<CoverageCell>& cells);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_REPORT_LISTS_H_
