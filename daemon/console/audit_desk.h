// The console's audit: what is missing and why, what the rules find, and the report of a period
// with its files, each figure down to the ledger entries it counts. It only reads, and says what
// the commands `coverage`, `audit` and `report` say, by the same functions.
//
//   GET /api/v1/coverage      item x channel, what is missing first; year, quarter, month, channel,
//                             fulfilment, after, limit
//   GET /api/v1/rules         the rules with their basis, and their findings; days, rule, after,
//                             limit
//   GET /api/v1/report        the sections of a report; year, quarter, month, organisation, as_of
//   GET /api/v1/report/file   the same as a file; format, part
//   GET /api/v1/report/why    a figure's parts; figure, as_of, limit
//
// Whoever is bound to an organisation gets what it reaches: a report is then of that organisation,
// or of one below it. Reports and findings are made by a RecordWorker; findings are kept for a
// minute.

#ifndef LIANDONG_DAEMON_CONSOLE_AUDIT_DESK_H_
#define LIANDONG_DAEMON_CONSOLE_AUDIT_DESK_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/audit/findings.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/console/parameters.h"
#include "daemon/console/record_worker.h"
#include "daemon/console/server.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/settings/settings.h"

namespace liandong {

// What is in force, for one piece of work.
struct AuditBasis {
  Settings settings;
  RuleSet rules;
  Calendar calendar;
};

class AuditDesk {
 public:
  using Basis = std::function<std::shared_ptr<const AuditBasis>()>;

  // `url`: of the store. REQUIRES: the other arguments outlive this object.
  AuditDesk(Basis basis, std::string url, Database& database, Clock& clock);
  AuditDesk(const AuditDesk&) = delete;
  AuditDesk& operator=(const AuditDesk&) = delete;

  // REQUIRES: this object outlives the server the router is given to.
  void add_routes(Router& router);

 private:
  struct Findings {
    int days = 0;
    Timestamp at;
    RuleSet rules;
    RuleFindings found;
  };
  // What a report is asked for.
  struct Asked {
    ReportQuery query;
    std::optional<WebResponse> wrong;
  };

  asio::awaitable<WebResponse> coverage_page(WebRequest request);
  asio::awaitable<WebResponse> rules_page(WebRequest request);
  asio::awaitable<WebResponse> report_page(WebRequest request);
  asio::awaitable<WebResponse> report_file(WebRequest request);
  asio::awaitable<WebResponse> report_why(WebRequest request);

  // Empty: the worker is busy.
  asio::awaitable<std::shared_ptr<const Findings>> findings_of(int days);
  [[nodiscard]] Period period_in(Parameters& parameters, int year_if_none) const;
  // The scope a report is of: the caller's, or that of the organisation named.
  asio::awaitable<std::optional<Scope>> scope_of(std::string bound, std::string wanted);
  asio::awaitable<Asked> asked_in(const WebRequest& request, Parameters& parameters);

  Basis basis_;
  Database& database_;
  Clock& clock_;
  std::shared_ptr<const Findings> findings_;
  RecordWorker worker_;  // last: it waits for what is at work
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_AUDIT_DESK_H_
