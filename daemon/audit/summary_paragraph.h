// A draft of the paragraph of the yearly summary, in the style of such reports: large figures are
// truncated with 余, never rounded up; the exact ones stand in the annex. “全部” is said only when
// nothing is open.

#ifndef LIANDONG_DAEMON_AUDIT_SUMMARY_PARAGRAPH_H_
#define LIANDONG_DAEMON_AUDIT_SUMMARY_PARAGRAPH_H_

#include <cstdint>
#include <string>

namespace liandong {

struct YearlyReport;

// 9876, 1.3万余 (13 412), 2万 (20 000), 1.2亿余.
[[nodiscard]] std::string about(std::int64_t number);

[[nodiscard]] std::string summary_paragraph(const YearlyReport& report);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_SUMMARY_PARAGRAPH_H_
