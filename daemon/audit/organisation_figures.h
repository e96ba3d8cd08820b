// The figures of a report organisation by organisation, and how they add up over the tree.

#ifndef LIANDONG_DAEMON_AUDIT_ORGANISATION_FIGURES_H_
#define LIANDONG_DAEMON_AUDIT_ORGANISATION_FIGURES_H_

#include <vector>

#include "daemon/audit/period.h"
#include "daemon/audit/report_document.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/platform/database.h"
#include "daemon/settings/organisation_settings.h"

namespace liandong {

// Each organisation of the extent before those below it, in the order of the configuration; at the
// end, in a report of everything, what belongs to none that is configured. Empty where that is one
// line or none.
[[nodiscard]] std::vector<OrganisationFigures> organisation_figures(Transaction& tx,
                                                                    const Organisations& all,
                                                                    const ReportExtent& extent,
                                                                    Timestamp as_of);

// A line each, and their sum.
[[nodiscard]] Section organisations_section(const YearlyReport& report);
[[nodiscard]] boost::json::array organisations_to_json(const YearlyReport& report);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_ORGANISATION_FIGURES_H_
