#include "daemon/console/api.h"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/audit/rescreening.h"
#include "daemon/console/actions.h"
#include "daemon/console/assets.h"
#include "daemon/console/metrics.h"
#include "daemon/console/parameters.h"
#include "daemon/console/queries.h"
#include "daemon/console/queries_json.h"
#include "daemon/console/sessions.h"
#include "daemon/console/story.h"
#include "daemon/console/tokens.h"
#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"
#include "daemon/review/approval.h"

namespace liandong {

namespace {

constexpr int kMostStreams = 8;
constexpr std::int64_t kSearchDepth = 200'000;  // entries a search from the page may look at

WebResponse json_response(const boost::json::value& value) {
  WebResponse response;
  response.body = boost::json::serialize(value);
  return response;
}

asio::awaitable<WebResponse> page(std::string name) {
  WebResponse response;
  const Asset* found = find_asset(name);
  response.type = found->type;
  response.body = found->content;
  co_return response;
}

boost::json::value to_json(const std::optional<Urgency>& urgency) {
  if (!urgency) return nullptr;
  boost::json::object object{{"reason", urgency->reason},
                             {"asked_by", urgency->asked_by},
                             {"asked_at", rfc3339(urgency->asked_at)},
                             {"granted_at", nullptr}};
  if (urgency->granted_at) object["granted_at"] = rfc3339(*urgency->granted_at);
  return object;
}

void add_possible_actions(Transaction& tx, boost::json::object& delivery, Timestamp now) {
  const auto approvals = approvals_of(tx, delivery.at("id").as_int64());
  boost::json::array can;
  for (const std::string_view action : possible_actions(
           delivery.at("state").as_string(), delivery.at("purpose").as_string(), approvals, now))
    can.emplace_back(action);
  delivery["can"] = std::move(can);
  delivery["approvals_missing"] = approvals ? approvals->wanted(now) : 0;
  delivery["urgency"] = approvals ? to_json(approvals->urgency) : nullptr;
}

boost::json::object to_json(const Approvals& approvals, Timestamp now) {
  boost::json::array given;
  for (const Approval& approval : approvals.given)
    given.push_back({{"actor", approval.actor}, {"at", rfc3339(approval.at)}});
  return {{"text", approvals.request.sha256},
          {"requested_at", rfc3339(approvals.request.requested_at)},
          {"needed", approvals.request.needed},
          {"missing", approvals.wanted(now)},
          {"urgency", to_json(approvals.urgency)},
          {"given", std::move(given)}};
}

// What the rules of now find in the newest text, and whether it holds a push.
boost::json::array screened(Transaction& tx, ItemId id, int number, const Screener& screener) {
  boost::json::array all;
  const std::optional<Revision> revision = ItemStore::load_revision(tx, id, number);
  if (!revision) return all;  // known before texts were kept
  for (const ScreeningFinding& finding : screener.screen(revision->article))
    all.push_back({{"holds", finding.severity == ScreeningSeverity::Hold},
                   {"words", fold_blanks(describe(finding))}});
  return all;
}

}  // namespace

Api::Api(ApiOptions options, Database& database, Clock& clock, const Health& health)
    : options_(std::move(options)), database_(database), clock_(clock), health_(health) {}

void Api::add_routes(Router& router) {
  const auto add = [this, &router](const char* path, Method method) {
    router.add("GET", path,
               [this, method](WebRequest request) { return tagged(std::move(request), method); });
  };
  add("/api/v1/status", &Api::status);
  add("/api/v1/channels", &Api::channels);
  add("/api/v1/sources", &Api::sources);
  add("/api/v1/items", &Api::items);
  add("/api/v1/items/{id}", &Api::item);
  add("/api/v1/items/{id}/finding", &Api::finding);
  add("/api/v1/review", &Api::review);
  add("/api/v1/deliveries/{id}", &Api::delivery);
  add("/api/v1/log", &Api::log_entries);
  add("/api/v1/events", &Api::events);
  add("/healthz", &Api::health);
  add("/metrics", &Api::metrics);
  router.add("GET", "/", [](WebRequest /*request*/) { return page("console.html"); });
  router.add("GET", "/login", [](WebRequest /*request*/) { return page("login.html"); });
  router.add("GET", "/api/openapi.json",
             [](WebRequest /*request*/) { return page("openapi.json"); });
  router.add("GET", "/users", [](WebRequest /*request*/) { return page("users.html"); });
  router.add("GET", "/screens", [](WebRequest /*request*/) { return page("screens.html"); });
  router.add("GET", "/ledger", [](WebRequest /*request*/) { return page("ledger.html"); });
  router.add("GET", "/audit", [](WebRequest /*request*/) { return page("audit.html"); });
  for (const std::string name :
       {"ledger.mjs", "audit.mjs", "audit_report.mjs", "screens.mjs", "console.css", "console.mjs",
        "console_actions.mjs", "console_page.mjs", "console_words.mjs", "console_words_record.mjs",
        "login.mjs", "users.mjs"})
    router.add("GET", "/assets/" + name, [name](WebRequest /*request*/) { return page(name); });
}

asio::awaitable<WebResponse> Api::tagged(WebRequest request, Method method) {
  const std::string known(request.header("if-none-match"));
  asio::awaitable<WebResponse> asked = (this->*method)(std::move(request));
  WebResponse response = co_await std::move(asked);
  tag(response, known);
  co_return response;
}

std::vector<std::string> Api::channel_names() const {
  std::vector<std::string> names;
  for (const auto& channel : options_.channels) names.push_back(channel.name);
  return names;
}

asio::awaitable<WebResponse> Api::status(WebRequest request) {
  auto work = [now = clock_.now(), names = channel_names(), scope = Scope{request.organisation}](
                  Transaction& tx) { return read_status(tx, now, names, scope); };
  const StatusReport report = co_await database_.read(std::move(work));
  boost::json::object body = to_json(report);
  body["site"] = options_.site_name;
  body["program"] = LIANDONG_VERSION;
  body["screens_address"] = request.organisation.empty() ? options_.screens_address : "";
  boost::json::object types;
  for (const auto& channel : options_.channels) {
    const bool is_shown =
        std::any_of(report.channels.begin(), report.channels.end(),
                    [&channel](const ChannelStatus& one) { return one.name == channel.name; });
    if (is_shown) types[channel.name] = channel.type;
  }
  body["channel_types"] = std::move(types);
  co_return json_response(body);
}

asio::awaitable<WebResponse> Api::channels(WebRequest request) {
  auto work = [names = channel_names(), scope = Scope{request.organisation}](Transaction& tx) {
    return read_channels(tx, names, scope);
  };
  const std::vector<ChannelStatus> rows = co_await database_.read(std::move(work));
  boost::json::array array;
  for (const ChannelStatus& row : rows) array.push_back(to_json(row));
  co_return json_response(boost::json::object{{"channels", std::move(array)}});
}

asio::awaitable<WebResponse> Api::sources(WebRequest request) {
  auto work = [scope = Scope{request.organisation}](Transaction& tx) {
    return read_sources(tx, scope);
  };
  const std::vector<SourceStatus> rows = co_await database_.read(std::move(work));
  boost::json::array array;
  for (const SourceStatus& row : rows) array.push_back(to_json(row));
  co_return json_response(boost::json::object{{"sources", std::move(array)}});
}

asio::awaitable<WebResponse> Api::items(WebRequest request) {
  Parameters parameters(request);
  ItemQuery query;
  query.before = parameters.number("before", 1, Parameters::kMostNumber).value_or(0);
  query.limit = parameters.page();
  query.kind = parameters.one_of("kind", kAllKinds);
  query.channel = parameters.text("channel");
  query.state = parameters.one_of("state", kAllStates);
  query.since = parameters.time("since");
  query.until = parameters.time_after("until");
  query.text = parameters.text("text");
  query.scope.organisation = request.organisation;
  if (parameters.wrong()) co_return *parameters.wrong();
  auto work = [query](Transaction& tx) { return read_items(tx, query); };
  const std::vector<ItemRow> rows = co_await database_.read(std::move(work));
  boost::json::array array;
  for (const ItemRow& row : rows) array.push_back(to_json(row));
  boost::json::object body;
  body["next"] = nullptr;
  if (static_cast<int>(rows.size()) == query.limit) body["next"] = rows.back().id;
  body["items"] = std::move(array);
  co_return json_response(body);
}

asio::awaitable<WebResponse> Api::item(WebRequest request) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return problem(404, "not-found", "an item's id is a number");
  auto work = [screener = Screener(options_.screening()), id = *id, now = clock_.now(),
               names = channel_names()](Transaction& tx) {
    std::optional<boost::json::object> body;
    if (const std::optional<ItemDetail> detail = read_item(tx, id)) {
      body = to_json(*detail);
      for (boost::json::value& delivery : (*body)["deliveries"].as_array())
        add_possible_actions(tx, delivery.as_object(), now);
      (*body)["finding"] = nullptr;
      if (const auto open = open_findings(tx, id)) (*body)["finding"] = open->words();
      (*body)["screening"] = screened(tx, id, detail->item.revision, screener);
      (*body)["story"] = to_json(story_of(*detail));
      (*body)["next"] = to_json(outlook_of(*detail, read_channels(tx, names), now));
    }
    return body;
  };
  const std::optional<boost::json::object> body = co_await database_.read(std::move(work));
  if (!body) co_return problem(404, "not-found", fmt::format("there is no item {}", *id));
  co_return json_response(*body);
}

asio::awaitable<WebResponse> Api::finding(WebRequest request) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return problem(404, "not-found", "an item's id is a number");
  auto work = [id = *id](Transaction& tx) { return open_findings(tx, id); };
  const Result<OpenFindings> open = co_await database_.read(std::move(work));
  if (!open) co_return problem(404, "not-found", open.error().message());
  co_return json_response(to_json(*open));
}

asio::awaitable<WebResponse> Api::review(WebRequest request) {
  Parameters parameters(request);
  const std::int64_t after = parameters.number("after", 0, Parameters::kMostNumber).value_or(0);
  const int limit = parameters.page();
  if (parameters.wrong()) co_return *parameters.wrong();
  const Timestamp now = clock_.now();
  auto work = [after, limit, now, scope = Scope{request.organisation}](Transaction& tx) {
    return waiting_for_approval(tx, now, limit, after, scope);
  };
  const std::vector<WaitingForApproval> rows = co_await database_.read(std::move(work));
  boost::json::array array;
  for (const WaitingForApproval& row : rows) {
    boost::json::object one = to_json(row.approvals, now);
    one["delivery"] = row.approvals.request.delivery;
    one["item"] = row.item;
    one["rev"] = row.revision;
    one["title"] = row.title;
    one["kind"] = row.kind;
    one["channel"] = row.channel;
    one["purpose"] = row.purpose;
    one["reason"] = row.reason;
    array.push_back(std::move(one));
  }
  boost::json::object body;
  body["next"] = nullptr;
  if (static_cast<int>(rows.size()) == limit) body["next"] = rows.back().approvals.request.delivery;
  body["waiting"] = std::move(array);
  co_return json_response(body);
}

asio::awaitable<WebResponse> Api::delivery(WebRequest request) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return problem(404, "not-found", "a delivery's id is a number");
  struct Text {
    std::optional<Delivery> delivery;
    std::optional<Approvals> approvals;
  };
  auto work = [id = *id](Transaction& tx) {
    return Text{Queue::load(tx, id), approvals_of(tx, id)};
  };
  const Text text = co_await database_.read(std::move(work));
  if (!text.delivery)
    co_return problem(404, "not-found", fmt::format("there is no delivery {}", *id));
  const Delivery& delivery = *text.delivery;
  boost::json::object body{{"id", delivery.id},
                           {"item", delivery.item},
                           {"rev", delivery.revision},
                           {"channel", delivery.channel},
                           {"state", to_string(delivery.state)},
                           {"text", delivery.sha256},
                           {"shown", nullptr},
                           {"approvals", nullptr}};
  if (!delivery.rendition.empty()) body["shown"] = boost::json::parse(delivery.rendition);
  if (text.approvals) body["approvals"] = to_json(*text.approvals, clock_.now());
  co_return json_response(body);
}

asio::awaitable<WebResponse> Api::log_entries(WebRequest request) {
  Parameters parameters(request);
  LogQuery query;
  query.channel = parameters.text("channel");
  query.event = parameters.text("event");
  query.kind = parameters.text("kind");
  query.state = parameters.text("state");
  query.text = parameters.text("text");
  query.item = parameters.number("item", 1, Parameters::kMostNumber);
  query.since = parameters.time("since");
  query.after = parameters.number("after", -1, Parameters::kMostNumber);
  query.before = parameters.number("before", 0, Parameters::kMostNumber);
  query.limit = static_cast<int>(parameters.number("limit", 1, 1000).value_or(100));
  query.depth = kSearchDepth;
  query.scope.organisation = request.organisation;
  if (parameters.wrong()) co_return *parameters.wrong();
  auto work = [query](Transaction& tx) { return read_log(tx, query); };
  const std::vector<LogEntry> rows = co_await database_.read(std::move(work));
  boost::json::array array;
  for (const LogEntry& row : rows) array.push_back(to_json(row));
  boost::json::object body;
  body["next"] = nullptr;
  if (static_cast<int>(rows.size()) == query.limit) body["next"] = rows.back().seq;
  body["entries"] = std::move(array);
  co_return json_response(body);
}

asio::awaitable<WebResponse> Api::events(WebRequest request) {
  if (streams_ >= kMostStreams)
    co_return try_later(503, "too-many-streams", "too many pages watch already", 30);
  ++streams_;
  // Counts this stream for as long as the server keeps it.
  const std::shared_ptr<void> counted(nullptr, [this](void*) { --streams_; });
  const auto watched = std::make_shared<Watched>();
  watched->session = std::move(request.session);
  watched->scope.organisation = std::move(request.organisation);
  WebResponse response;
  response.type = "text/event-stream";
  response.body = "retry: 3000\n\n";
  response.stream = [this, counted, watched] { return next_event(watched); };
  co_return response;
}

bool Api::Watched::is_over(Transaction& tx, Timestamp now) const {
  if (session.empty()) return has_users(tx);
  return !find_session(tx, session, now) && !find_token(tx, session, now);
}

// Both parts of a version only grow. Of entries only those count that are shown.
Api::Watched Api::Watched::look(Transaction& tx) const {
  Watched after = *this;
  after.version = read_version(tx, scope);
  after.has_looked = true;
  after.is_new = !has_looked || after.version.looked_at != version.looked_at ||
                 (after.version.ledger_size != version.ledger_size &&
                  (scope.is_whole() || shows_any_since(tx, scope, version.ledger_size)));
  return after;
}

// Waits for the next change, at most 15 s: then a comment, so that a lost connection is noticed.
// Ends with the session or the token.
asio::awaitable<std::optional<std::string>> Api::next_event(std::shared_ptr<Watched> watched) {
  constexpr Duration kLook{1000};
  constexpr int kLooks = 15;
  for (int look = 0; look < kLooks; ++look) {
    if (watched->has_looked) co_await clock_.sleep_until(clock_.after(kLook));
    auto work = [watched = *watched, now = clock_.now()](Transaction& tx) {
      return watched.is_over(tx, now) ? std::nullopt : std::optional(watched.look(tx));
    };
    const std::optional<Watched> seen = co_await database_.read(std::move(work));
    if (!seen) co_return std::nullopt;
    *watched = *seen;
    if (!watched->is_new) continue;
    co_return fmt::format("event: change\ndata: {{\"ledger_size\":{}}}\n\n",
                          watched->version.ledger_size);
  }
  co_return ": still here\n\n";
}

asio::awaitable<WebResponse> Api::health(WebRequest /*request*/) {
  boost::json::object parts;
  for (const Health::Part part : Health::kParts) {
    boost::json::object one;
    one["moving"] = health_.is_moving(part);
    one["still_ms"] = health_.since(part).count();
    parts[to_string(part)] = std::move(one);
  }
  boost::json::object body;
  body["status"] = health_.is_well() ? "ok" : "stuck";
  body["mode"] = health_.reconcile_only() ? "reconcile-only" : "normal";
  body["parts"] = std::move(parts);
  WebResponse response = json_response(body);
  response.status = health_.is_well() ? 200 : 503;
  co_return response;
}

asio::awaitable<WebResponse> Api::metrics(WebRequest request) {
  auto work = [now = clock_.now(), names = channel_names(), scope = Scope{request.organisation}](
                  Transaction& tx) { return read_status(tx, now, names, scope); };
  const StatusReport report = co_await database_.read(std::move(work));
  WebResponse response;
  response.type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_text(report, health_, database_.commits());
  co_return response;
}

}  // namespace liandong
