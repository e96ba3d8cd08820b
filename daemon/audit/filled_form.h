// The yearly form of a report: what Liandong counted goes to its fields.

#ifndef LIANDONG_DAEMON_AUDIT_FILLED_FORM_H_
#define LIANDONG_DAEMON_AUDIT_FILLED_FORM_H_

#include "daemon/audit/yearly_report.h"

namespace liandong {

// REQUIRES: the report's figures, interpretations and new media are there.
[[nodiscard]] YearlyForm filled_form(const YearlyReport& report,
                                     const PublicationFigures& publication,
                                     const ManualValues& manual);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_FILLED_FORM_H_
