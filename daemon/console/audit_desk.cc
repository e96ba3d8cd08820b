#include "daemon/console/audit_desk.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/audit/coverage.h"
#include "daemon/audit/reasons.h"
#include "daemon/audit/report_form.h"
#include "daemon/audit/why.h"
#include "daemon/console/queries.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::int64_t kFirstYear = 2000;  // as the command `report` takes it
constexpr std::int64_t kLastYear = 2200;
constexpr std::int64_t kMostDays = 3660;
constexpr int kUsualDays = 365;
constexpr Duration kFindingsHold{60'000};
// Of what is not there, and of every table, on the page; a file has all.
constexpr std::size_t kMostRows = 200;
// At whose a finding is, a page; each is up to four queries.
constexpr std::size_t kMostLooks = 300;

WebResponse json_response(const json::value& value, std::string_view known) {
  WebResponse response;
  response.body = json::serialize(value);
  tag(response, known);
  return response;
}

WebResponse no_organisation() {
  return problem(404, "not-found", "there is no such organisation here");
}

WebResponse refused(const Error& error) {
  return problem(error.kind() == ErrorKind::Transient ? 503 : 422, "not-possible", error.message());
}

// "0-42-weibo": where a page of the coverage ended.
std::string place_words(const CoverageCell& cell) {
  return fmt::format("{}-{}-{}", to_string(cell.fulfilment), cell.item, cell.channel);
}

std::optional<Fulfilment> fulfilment_from(std::string_view name) {
  const auto found = std::find_if(kAllFulfilments.begin(), kAllFulfilments.end(),
                                  [name](Fulfilment one) { return to_string(one) == name; });
  return found == kAllFulfilments.end() ? std::nullopt : std::optional(*found);
}

std::optional<CoverageQuery::Place> place_from(std::string_view words) {
  const std::size_t first = words.find('-');
  const std::size_t second = words.find('-', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto fulfilment = fulfilment_from(words.substr(0, first));
  CoverageQuery::Place place;
  const char* const end = words.data() + second;
  const auto read = std::from_chars(words.data() + first + 1, end, place.item);
  if (!fulfilment || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  place.fulfilment = *fulfilment;
  place.channel = std::string(words.substr(second + 1));
  return place;
}

json::object to_row(const CoverageCell& cell) {
  json::object row = to_json(cell);
  row["words"] = reason_in_words(cell);
  return row;
}

// The name of a downloaded report: "liandong-2026-Q1-figures.csv".
std::string file_name(const ReportQuery& query, const ReportForm& form,
                      const ReportFormat& format) {
  std::string name = "liandong-" + query.period.name();
  if (!query.scope.organisation.empty()) name += "-" + query.scope.organisation;
  if (form.format == "csv") name += "-" + form.part;
  return fmt::format("{}.{}", name, format.ending);
}

}  // namespace

AuditDesk::AuditDesk(Basis basis, std::string url, Database& database, Clock& clock)
    : basis_(std::move(basis)), database_(database), clock_(clock), worker_(std::move(url)) {}

void AuditDesk::add_routes(Router& router) {
  router.add("GET", "/api/v1/coverage", this, &AuditDesk::coverage_page);
  router.add("GET", "/api/v1/rules", this, &AuditDesk::rules_page);
  router.add("GET", "/api/v1/report", this, &AuditDesk::report_page);
  router.add("GET", "/api/v1/report/file", this, &AuditDesk::report_file);
  router.add("GET", "/api/v1/report/why", this, &AuditDesk::report_why);
}

// --- what is missing ---

Period AuditDesk::period_in(Parameters& parameters, int year_if_none) const {
  const auto year = parameters.number("year", kFirstYear, kLastYear).value_or(year_if_none);
  const auto quarter = parameters.number("quarter", 1, 4).value_or(0);
  const auto month = parameters.number("month", 1, 12).value_or(0);
  if (quarter > 0 && month > 0) parameters.complain("give a quarter or a month, not both");
  return Period::of(static_cast<int>(year), static_cast<int>(quarter), static_cast<int>(month));
}

asio::awaitable<WebResponse> AuditDesk::coverage_page(WebRequest request) {
  Parameters parameters(request);
  CoverageQuery query;
  const Period period = period_in(parameters, 0);
  query.to = Timestamp(Duration(std::numeric_limits<std::int64_t>::max()));
  if (period.year > 0) {
    query.from = period.begins();
    query.to = period.ends();
  }
  query.channel = parameters.text("channel");
  query.only = fulfilment_from(parameters.one_of("fulfilment", kAllFulfilments));
  query.limit = parameters.page();
  query.scope.organisation = request.organisation;
  if (const std::string after = parameters.text("after"); !after.empty()) {
    query.after = place_from(after);
    if (!query.after) parameters.complain("after: expected the `next` of a page");
  }
  if (parameters.wrong()) co_return *parameters.wrong();
  const Timestamp now = clock_.now();
  auto look = [query, now](Transaction& tx) { return coverage(tx, query, now); };
  std::vector<CoverageCell> cells;
  if (query.are_open()) {
    cells = co_await database_.read(std::move(look));
  } else if (worker_.is_busy()) {
    co_return RecordWorker::busy();
  } else {
    // Everything that was ever owed is read and put in order, for each page.
    std::function<Result<std::vector<CoverageCell>>(Database&)> work =
        [look = std::move(look)](Database& database) { return database.read_now(look); };
    auto made = co_await worker_.run(std::move(work));
    if (!made) co_return refused(made.error());
    cells = std::move(*made);
  }
  json::array rows;
  for (const CoverageCell& cell : cells) rows.push_back(to_row(cell));
  json::object body{{"next", nullptr}, {"cells", std::move(rows)}};
  if (static_cast<std::int64_t>(cells.size()) == query.limit)
    body["next"] = place_words(cells.back());
  co_return json_response(body, request.header("if-none-match"));
}

// --- what the rules find ---

asio::awaitable<std::shared_ptr<const AuditDesk::Findings>> AuditDesk::findings_of(int days) {
  const Timestamp now = clock_.now();
  std::shared_ptr<const Findings> kept = findings_;
  const bool is_fresh = kept && kept->days == days && now - kept->at < kFindingsHold;
  if (is_fresh) co_return kept;
  if (worker_.is_busy()) co_return nullptr;
  std::function<Result<std::shared_ptr<const Findings>>(Database&)> work =
      [basis = basis_(), days, now](Database& database) -> Result<std::shared_ptr<const Findings>> {
    const AuditSetting setting{basis->settings, basis->rules, basis->calendar,
                               now - std::chrono::days(days), now};
    RuleFindings found =
        database.read_now([&setting](Transaction& tx) { return audit(tx, setting); });
    return std::make_shared<const Findings>(Findings{days, now, basis->rules, std::move(found)});
  };
  auto made = co_await worker_.run(std::move(work));
  if (!made) throw DatabaseError(made.error().message());
  findings_ = *made;
  co_return findings_;
}

asio::awaitable<WebResponse> AuditDesk::rules_page(WebRequest request) {
  Parameters parameters(request);
  const auto days = static_cast<int>(parameters.number("days", 1, kMostDays).value_or(kUsualDays));
  const std::string rule = parameters.text("rule");
  const auto after =
      static_cast<std::size_t>(parameters.number("after", 0, Parameters::kMostNumber).value_or(0));
  const auto limit = static_cast<std::size_t>(parameters.page());
  if (parameters.wrong()) co_return *parameters.wrong();
  const auto findings = co_await findings_of(days);
  if (!findings) co_return RecordWorker::busy();
  struct Shown {
    RuleFindings page;
    std::size_t next = 0;  // 0: there are no more
  };
  auto work = [findings, rule, after, limit, scope = Scope{request.organisation}](Transaction& tx) {
    Shown shown;
    const auto& all = findings->found.bad;
    std::size_t looks = 0;
    for (std::size_t i = after; i < all.size() && shown.next == 0; ++i) {
      if (!rule.empty() && all[i].rule != rule) continue;
      if (looks == kMostLooks) {
        shown.next = i;
        break;
      }
      if (!scope.is_whole()) ++looks;
      if (!shows_subject(tx, scope, all[i].key())) continue;
      if (shown.page.bad.size() == limit) shown.next = i;
      if (shown.next == 0) shown.page.bad.push_back(all[i]);
    }
    if (scope.is_whole()) shown.page.judged = findings->found.judged;
    return shown;
  };
  const Shown shown = co_await database_.read(std::move(work));
  json::object body = to_json(shown.page, findings->rules);
  // How many were looked at would tell of others' things.
  if (!request.organisation.empty()) {
    for (json::value& one : body.at("rules").as_array()) one.as_object()["judged"] = nullptr;
  }
  body["at"] = rfc3339(findings->at);
  body["next"] = nullptr;
  if (shown.next > 0) body["next"] = shown.next;
  co_return json_response(body, request.header("if-none-match"));
}

// --- the report of a period ---

asio::awaitable<std::optional<Scope>> AuditDesk::scope_of(std::string bound, std::string wanted) {
  if (wanted.empty()) co_return Scope{bound};
  auto look = [bound, wanted](Transaction& tx) {
    return sees_organisation(tx, Scope{bound}, wanted);
  };
  const bool is_shown = co_await database_.read(std::move(look));
  if (!is_shown) co_return std::nullopt;
  co_return Scope{wanted};
}

asio::awaitable<AuditDesk::Asked> AuditDesk::asked_in(const WebRequest& request,
                                                      Parameters& parameters) {
  Asked asked;
  const Timestamp now = clock_.now();
  asked.query.period = period_in(parameters, static_cast<int>(beijing_day(now).year()));
  asked.query.as_of = parameters.time("as_of").value_or(now);
  asked.wrong = parameters.wrong();
  if (asked.wrong) co_return asked;
  const auto scope = co_await scope_of(request.organisation, parameters.text("organisation"));
  if (scope) asked.query.scope = *scope;
  if (!scope) asked.wrong = no_organisation();
  if (scope && worker_.is_busy()) asked.wrong = RecordWorker::busy();
  co_return asked;
}

asio::awaitable<WebResponse> AuditDesk::report_page(WebRequest request) {
  Parameters parameters(request);
  Asked asked = co_await asked_in(request, parameters);
  if (asked.wrong) co_return std::move(*asked.wrong);
  std::function<Result<json::object>(Database&)> work = [basis = basis_(),
                                                         query = asked.query](Database& database) {
    const YearlyReport report = database.read_now(
        [&](Transaction& tx) { return yearly_report(tx, basis->settings, query); });
    return to_json(make_document(report), kMostRows);
  };
  auto made = co_await worker_.run(std::move(work));
  if (!made) co_return refused(made.error());
  json::object body = std::move(*made);
  body["period"] = asked.query.period.name();
  body["organisation"] = asked.query.scope.organisation;
  body["as_of"] = rfc3339(asked.query.as_of);
  co_return json_response(body, request.header("if-none-match"));
}

asio::awaitable<WebResponse> AuditDesk::report_file(WebRequest request) {
  Parameters parameters(request);
  ReportForm form;
  form.format = parameters.one_of("format", kReportFormats);
  if (form.format.empty()) form.format = "html";
  if (const std::string part = parameters.text("part"); !part.empty()) form.part = part;
  Asked asked = co_await asked_in(request, parameters);
  if (asked.wrong) co_return std::move(*asked.wrong);
  std::function<Result<std::string>(Database&)> work = [basis = basis_(), query = asked.query,
                                                        form](Database& database) {
    const YearlyReport report = database.read_now(
        [&](Transaction& tx) { return yearly_report(tx, basis->settings, query); });
    return in_form(report, form);
  };
  auto made = co_await worker_.run(std::move(work));
  if (!made) co_return refused(made.error());
  const auto format =
      std::find_if(kReportFormats.begin(), kReportFormats.end(),
                   [&form](const ReportFormat& one) { return one.name == form.format; });
  WebResponse response;
  response.type = format->media_type;
  response.body = std::move(*made);
  response.headers.emplace_back(
      "Content-Disposition",
      fmt::format("attachment; filename=\"{}\"", file_name(asked.query, form, *format)));
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  co_return response;
}

asio::awaitable<WebResponse> AuditDesk::report_why(WebRequest request) {
  Parameters parameters(request);
  const std::string words = parameters.text("figure");
  if (words.empty()) parameters.complain("figure: name one, as a cell of the report has it");
  const Timestamp as_of = parameters.time("as_of").value_or(clock_.now());
  const auto limit = static_cast<std::size_t>(parameters.page());
  if (parameters.wrong()) co_return *parameters.wrong();
  Result<ReportFigure> figure = ReportFigure::parse(words);
  if (!figure) co_return problem(400, "bad-parameter", "figure: " + figure.error().message());
  const auto scope = co_await scope_of(request.organisation, figure->scope.organisation);
  const bool is_nobodys = figure->scope.only_own && figure->scope.organisation.empty();
  if (!scope || (is_nobodys && !request.organisation.empty())) co_return no_organisation();
  figure->scope.organisation = scope->organisation;
  if (worker_.is_busy()) co_return RecordWorker::busy();
  std::function<Result<Explanation>(Database&)> work = [basis = basis_(), figure = *figure, as_of,
                                                        limit](Database& database) {
    const ManualValues manual;
    const WhyQuery query{basis->settings, manual, as_of, limit};
    return database.read_now([&](Transaction& tx) { return explain_figure(tx, figure, query); });
  };
  auto made = co_await worker_.run(std::move(work));
  if (!made) co_return refused(made.error());
  co_return json_response(to_json(*made, words), request.header("if-none-match"));
}

}  // namespace liandong
