// Tables people save from a spreadsheet: RFC 4180, with or without a byte order mark.

#ifndef LIANDONG_DAEMON_PLATFORM_CSV_H_
#define LIANDONG_DAEMON_PLATFORM_CSV_H_

#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/result.h"

namespace liandong {

struct CsvRow {
  int line = 0;  // where it begins in the file, from 1
  std::vector<std::string> fields;
};

// Empty lines are left out. An error names the line: not UTF-8, a quote that is never closed or
// stands inside a field, more than `most_rows`.
[[nodiscard]] Result<std::vector<CsvRow>> parse_csv(std::string_view text, std::size_t most_rows);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CSV_H_
