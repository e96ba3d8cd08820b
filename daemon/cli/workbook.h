// The first sheet of an XLSX workbook as rows of text, for `import`. The file comes from outside:
// its parts are bounded, and nothing it names is fetched or expanded.

#ifndef LIANDONG_DAEMON_CLI_WORKBOOK_H_
#define LIANDONG_DAEMON_CLI_WORKBOOK_H_

#include <optional>
#include <string_view>
#include <vector>

#include "daemon/platform/clock.h"
#include "daemon/platform/csv.h"
#include "daemon/platform/result.h"

namespace liandong {

[[nodiscard]] bool is_workbook(std::string_view bytes);

// `line` of a row is its number in the sheet. Numbers are given as the file has them: a date is a
// count of days, which serial_time() reads.
[[nodiscard]] Result<std::vector<CsvRow>> read_workbook(std::string_view bytes,
                                                        std::size_t most_rows);

// A spreadsheet's date in Beijing, to the second; empty when the text is no number of a day between
// 1954 and 2119.
[[nodiscard]] std::optional<Timestamp> serial_time(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CLI_WORKBOOK_H_
