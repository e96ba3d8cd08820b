// Every figure of a report has an address, and behind the address stand the ledger entries it
// counts:
//
//   MEASURE/CHANNEL/KIND/PERIOD      deliveries/weibo/policy/2026-03, items/-/-/2026,
//   missing/wechat/-/2026-Q1
//
// `-` is any. Measures: those of the counters, told from the ledger by the rules of the recount;
// and those of completeness (owed pushed pushed_late waived not_yet_due missing), told per item and
// channel with the entries that explain it.

#ifndef LIANDONG_DAEMON_AUDIT_WHY_H_
#define LIANDONG_DAEMON_AUDIT_WHY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/audit/coverage.h"
#include "daemon/audit/period.h"
#include "daemon/audit/recount.h"
#include "daemon/platform/result.h"

namespace liandong {

struct ReportFigure {
  std::string measure;
  std::string channel;  // empty: any
  std::string kind;     // empty: any
  Period period;

  // An error says what an address looks like.
  [[nodiscard]] static Result<ReportFigure> parse(std::string_view text);
  [[nodiscard]] bool is_counted() const;  // by the counters; else by completeness
};

struct CountedEntry {
  std::int64_t seq = 0;
  std::string line;
};

struct Explanation {
  std::int64_t value = 0;             // the figure
  std::vector<CountedEntry> entries;  // what it counts, or what explains it
  std::vector<CoverageCell> cells;    // of completeness: item × channel
};

// `most`: of the entries, or cells, that are kept; `value` counts all. Reads the whole ledger for a
// counted figure.
[[nodiscard]] Result<Explanation> explain_figure(Database& database, const ReportFigure& figure,
                                                 Timestamp as_of, std::size_t most,
                                                 const RecountProgress& progress = {});

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_WHY_H_
