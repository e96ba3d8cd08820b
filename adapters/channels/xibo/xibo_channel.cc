#include "adapters/channels/xibo/xibo_channel.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/shared/raw_answer.h"
#include "adapters/shared/signage.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxReply = 1U << 20U;
constexpr std::size_t kSummary = 300;  // code points
constexpr std::size_t kLongestTitle = 100;
constexpr std::size_t kLongestText = 4000;
constexpr int kCollectTries = 3;
constexpr std::string_view kKeyColumn = "liandong_id";
constexpr std::array<std::string_view, 3> kNeeded = {kKeyColumn, "title", "link"};

constexpr std::array kPublish = {Step{"import", StepClass::ReadBack},
                                 Step{"collect", StepClass::Harmless}};
constexpr std::array kCorrect = {Step{"update", StepClass::ServerKey},
                                 Step{"collect", StepClass::Harmless}};
constexpr std::array kWithdraw = {Step{"remove", StepClass::ServerKey},
                                  Step{"collect", StepClass::Harmless}};

// The row's key: the delivery that published it made it.
std::string key_of(const Attempt& attempt) {
  return attempt.purpose == Purpose::Publish ? attempt.marker : attempt.published.remote_id;
}

Diagnostic no_key() {
  return {"no-id", "the key of the row is not known", 0};
}

}  // namespace

XiboChannel::XiboChannel(Options options, const ChannelSetup& setup)
    : options_(std::move(options)),
      name_(setup.name),
      site_name_(setup.site_name),
      clock_(setup.clock),
      http_(setup.http),
      token_(setup.clock,
             [this](AccessToken::Mode, Instant deadline) { return fetch_token(deadline); }) {}

Traits XiboChannel::traits() const {
  Traits traits;
  traits.can_edit = true;
  traits.can_delete = true;
  traits.can_find = true;
  traits.can_inspect = true;
  traits.withdraws_at_once = true;  // our own screens, as the hall's
  traits.settle = 1min;             // a proxy may have given up on a request the CMS still works on
  return traits;
}

Result<Rendition> XiboChannel::render(const Item& item, std::string_view marker) const {
  const Article& article = item.revision.article;
  Rendition rendition;
  rendition.link = ascii_url(with_marker(article.url, marker));
  auto values = template_values(item, site_name_, article.url, kSummary);
  rendition.title = shorten(fold_blanks(signage_words(article.title)), kLongestTitle);
  rendition.text = shorten(signage_words(options_.words.render(values)), kLongestText);
  auto& fields = rendition.fields;
  fields["kind"] = values["kind_name"];
  fields["source"] = signage_words(values["source"]);
  fields["date"] = values["date"];
  if (options_.expiry.count() > 0)
    fields["until"] = beijing_time(item.first_seen + options_.expiry) + ":00";
  return rendition;
}

std::span<const Step> XiboChannel::steps(Purpose purpose) const {
  std::span<const Step> all = kWithdraw;
  if (purpose == Purpose::Publish) all = kPublish;
  if (purpose == Purpose::Correct) all = kCorrect;
  return options_.display_group > 0 ? all : all.first(1);
}

asio::awaitable<Outcome> XiboChannel::perform(Step step, Attempt attempt, Progress progress) {
  if (step.name == "collect") co_return co_await collect(std::move(attempt), std::move(progress));
  if (key_of(attempt).empty()) co_return Refused{no_key()};
  if (step.name == "remove") co_return co_await remove_row(std::move(attempt));
  co_return co_await import_row(std::move(attempt));
}

asio::awaitable<Finding> XiboChannel::find(Step step, Attempt attempt, Progress /*progress*/) {
  const std::string key = key_of(attempt);
  if (key.empty() || step.name == "collect") co_return CannotTell{no_key()};
  const Rows rows = co_await rows_of(key, attempt.deadline);
  if (const auto* words = std::get_if<Diagnostic>(&rows)) co_return CannotTell{*words};
  const auto& found = std::get<std::vector<Row>>(rows);
  const bool there = std::ranges::any_of(
      found, [&](const Row& row) { return row.link.find(attempt.marker) != std::string::npos; });
  const bool acted = step.name == "remove" ? found.empty() : there;
  if (!acted) co_return Absent{};
  const Outcome outcome = written(key, "read-back");
  if (const auto* done = std::get_if<Done>(&outcome)) co_return Found{*done};
  co_return Found{std::get<Delivered>(outcome)};
}

// --- the steps ---

std::string XiboChannel::row_json(const Attempt& attempt, const std::string& key) const {
  const Rendition& rendition = attempt.rendition;
  boost::json::object row;
  row[kKeyColumn] = key;
  row["title"] = rendition.title;
  row["text"] = rendition.text;
  row["link"] = rendition.link;
  for (const auto& [name, value] : rendition.fields) row[name] = value;
  return boost::json::serialize(boost::json::object{
      {"uniqueKeys", {kKeyColumn}}, {"truncate", false}, {"rows", boost::json::array{row}}});
}

asio::awaitable<Outcome> XiboChannel::import_row(Attempt attempt) {
  const std::string key = key_of(attempt);
  HttpRequest sending = request(
      "POST", fmt::format("/api/dataset/importjson/{}", options_.data_set), attempt.deadline);
  sending.use = HttpUse::Publish;
  sending.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  sending.body = row_json(attempt, key);
  Said said = co_await call(std::move(sending));
  if (auto* outcome = std::get_if<Outcome>(&said)) co_return std::move(*outcome);
  const HttpReply& reply = std::get<HttpReply>(said);
  // The documented answer has no body; a page with 200 is a proxy speaking.
  if (reply.status == 204) co_return written(key, "reply");
  co_return refusal(reply);
}

asio::awaitable<Outcome> XiboChannel::remove_row(Attempt attempt) {
  const std::string key = key_of(attempt);
  const Rows rows = co_await rows_of(key, attempt.deadline);
  if (const auto* words = std::get_if<Diagnostic>(&rows)) {
    if (words->http == 401 || words->http == 403 || words->http == 404)
      co_return Unauthorized{*words};
    co_return Deferred{*words, std::nullopt};
  }
  for (const Row& row : std::get<std::vector<Row>>(rows)) {
    HttpRequest sending = request(
        "DELETE", fmt::format("/api/dataset/data/{}/{}", options_.data_set, percent_encode(row.id)),
        attempt.deadline);
    sending.use = HttpUse::Publish;
    Said said = co_await call(std::move(sending));
    if (auto* outcome = std::get_if<Outcome>(&said)) co_return std::move(*outcome);
    const HttpReply& reply = std::get<HttpReply>(said);
    // 404: somebody was faster; the next attempt reads whether any is left.
    if (reply.status == 404) co_return Deferred{why("the row is gone", reply), std::nullopt};
    if (reply.status != 204) co_return refusal(reply);
  }
  co_return written(key, "reply");
}

// The row stands in the CMS whatever comes of this: it only makes players fetch it now.
asio::awaitable<Outcome> XiboChannel::collect(Attempt attempt, Progress progress) {
  HttpRequest sending =
      request("POST", fmt::format("/api/displaygroup/{}/action/collectNow", options_.display_group),
              attempt.deadline);
  sending.use = HttpUse::Publish;
  const Said said = co_await call(std::move(sending));
  Diagnostic words;
  if (const auto* outcome = std::get_if<Outcome>(&said)) {
    words = *diagnostic_of(*outcome);
  } else if (const HttpReply& reply = std::get<HttpReply>(said);
             reply.status != 200 && reply.status != 204) {
    words = why("the CMS did not tell the players", reply);
  }
  if (!words.code.empty()) {
    if (attempt.number < kCollectTries) co_return Deferred{std::move(words), std::nullopt};
    log(Level::Warn, "delivery.reduced",
        {{"channel", name_}, {"delivery", attempt.delivery}, {"why", words.message}});
  }
  const auto evidence = progress.find("evidence");
  Receipt receipt;
  receipt.remote_id = key_of(attempt);
  receipt.accepted_at = clock_.now();
  if (evidence != progress.end()) receipt.evidence = evidence->second;
  co_return Delivered{std::move(receipt)};
}

Outcome XiboChannel::written(std::string key, std::string_view evidence) const {
  if (options_.display_group > 0) return Done{{{"evidence", std::string(evidence)}}};
  Receipt receipt;  // without a permalink: nothing on a screen has an address
  receipt.remote_id = std::move(key);
  receipt.accepted_at = clock_.now();
  receipt.evidence = evidence;
  return Delivered{std::move(receipt)};
}

// --- reading back ---

asio::awaitable<XiboChannel::Rows> XiboChannel::rows_of(std::string key, Instant deadline) {
  HttpRequest asking = request("GET",
                               fmt::format("/api/dataset/data/{}?{}={}&start=0&length=10",
                                           options_.data_set, kKeyColumn, percent_encode(key)),
                               deadline);
  const Said said = co_await call(std::move(asking));
  if (const auto* outcome = std::get_if<Outcome>(&said)) co_return *diagnostic_of(*outcome);
  const HttpReply& reply = std::get<HttpReply>(said);
  const auto list = json_array(reply);
  if (!list || reply.status != 200) co_return why("the CMS does not show its rows", reply);
  std::vector<Row> rows;
  for (const boost::json::value& each : *list) {
    if (!each.is_object()) co_return why("a row is none", reply);
    const boost::json::object& row = each.get_object();
    const std::string id = text_member(row, "id");
    const std::string row_key = text_member(row, kKeyColumn);
    // It looks for a part of the value; what does not even hold that was never looked for.
    if (id.empty() || row_key.find(key) == std::string::npos)
      co_return why(fmt::format("the rows are not those of one {}", kKeyColumn), reply);
    if (row_key == key) rows.push_back({id, text_member(row, "title"), text_member(row, "link")});
  }
  co_return rows;
}

asio::awaitable<LaterLook> XiboChannel::inspect(Attempt attempt) {
  const Rows rows = co_await rows_of(attempt.published.remote_id, attempt.deadline);
  if (const auto* words = std::get_if<Diagnostic>(&rows)) co_return CannotTell{*words};
  const auto& found = std::get<std::vector<Row>>(rows);
  if (found.empty()) co_return Vanished{"the data set has no such row"};
  const Row& row = found.front();
  if (row.link.find(attempt.marker) == std::string::npos)
    co_return Drifted{"the link to the website is not in the row any more"};
  if (row.title != attempt.rendition.title) co_return Drifted{"the row has another title"};
  co_return Verified{};
}

asio::awaitable<Result<Traits>> XiboChannel::probe(Instant deadline) {
  HttpRequest asking = request(
      "GET", fmt::format("/api/dataset/{}/column?start=0&length=100", options_.data_set), deadline);
  const Said said = co_await call(std::move(asking));
  if (const auto* outcome = std::get_if<Outcome>(&said)) {
    const bool refused = std::holds_alternative<Unauthorized>(*outcome);
    co_return Error(refused ? ErrorKind::Unauthorized : ErrorKind::Transient,
                    diagnostic_of(*outcome)->message);
  }
  const HttpReply& reply = std::get<HttpReply>(said);
  const auto list = json_array(reply);
  if (!list || reply.status != 200) {
    const bool refused = reply.status == 401 || reply.status == 403 || reply.status == 404;
    co_return Error(refused ? ErrorKind::Unauthorized : ErrorKind::Malformed,
                    why("the CMS does not show the columns of the data set", reply).message);
  }
  std::set<std::string> columns;
  for (const boost::json::value& column : *list) {
    if (column.is_object()) columns.insert(text_member(column.get_object(), "heading"));
  }
  for (const std::string_view needed : kNeeded) {
    if (!columns.contains(std::string(needed)))
      co_return Error(ErrorKind::Permanent,
                      fmt::format("data set {} has no column {}: add it, as a value of type String",
                                  options_.data_set, needed));
  }
  Traits reached = traits();
  reached.note = fmt::format("数据集 {}，{} 列", options_.data_set, columns.size());
  co_return reached;
}

// --- requests and replies ---

// A 401 acted on nothing, so the same request may go once more with a new token.
asio::awaitable<XiboChannel::Said> XiboChannel::call(HttpRequest request) {
  AccessToken::Answer token = co_await token_.get(request.deadline);
  for (int round = 0;; ++round) {
    if (auto* outcome = std::get_if<Outcome>(&token)) co_return std::move(*outcome);
    last_token_ = std::get<Secret>(token);
    HttpRequest sending = request;
    sending.headers.emplace_back("Authorization", "Bearer " + last_token_.reveal());
    HttpResult result = co_await http_.send(std::move(sending));
    if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
    HttpReply reply = std::get<HttpReply>(std::move(result));
    if (reply.status != 401 || round > 0) co_return std::move(reply);
    token = co_await token_.renew(last_token_, request.deadline);
  }
}

asio::awaitable<AccessToken::Fetched> XiboChannel::fetch_token(Instant deadline) {
  HttpRequest asking = request("POST", "/api/authorize/access_token", deadline);
  asking.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  asking.body = form_encoded({{"grant_type", "client_credentials"},
                              {"client_id", options_.client_id},
                              {"client_secret", options_.client_secret.reveal()}});
  const HttpResult result = co_await http_.send(std::move(asking));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    Outcome outcome = outcome_of(*failure);
    if (std::holds_alternative<Unconfirmed>(outcome))  // nothing of the delivery was sent
      outcome = Deferred{{failure->code, failure->message}, std::nullopt};
    co_return std::move(outcome);
  }
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::string token = json ? text_member(*json, "access_token") : "";
  const std::int64_t seconds = json ? integer_member(*json, "expires_in").value_or(0) : 0;
  constexpr std::int64_t kMaxSeconds = 3600;  // never trust a token for longer than documented
  if (reply.status == 200 && !token.empty() && token.size() <= kMaxReply && seconds > 0) {
    co_return IssuedToken{Secret(std::move(token)),
                          std::chrono::seconds(std::min(seconds, kMaxSeconds))};
  }
  Diagnostic words = why("the CMS gives no token", reply);
  if (reply.status >= 400 && reply.status < 500 && reply.status != 408 && reply.status != 429)
    co_return Outcome(Unauthorized{std::move(words)});
  co_return Outcome(Deferred{std::move(words), retry_after(reply, clock_.now())});
}

HttpRequest XiboChannel::request(std::string method, std::string_view path,
                                 Instant deadline) const {
  HttpRequest request = request_to(options_.service, std::move(method), path, deadline);
  request.headers = {{"Accept", "application/json"}};
  request.max_bytes = kMaxReply;
  return request;
}

Outcome XiboChannel::refusal(const HttpReply& reply) const {
  return outcome_of_signage(name_, reply, why("the CMS did not take it", reply), clock_.now());
}

Diagnostic XiboChannel::why(std::string_view what, const HttpReply& reply) const {
  const std::array<Secret, 2> secrets = {options_.client_secret, last_token_};
  return undocumented(fmt::format("http-{}", reply.status), what, reply, secrets);
}

std::unique_ptr<Channel> make_xibo_channel(Table& table, const ChannelSetup& setup) {
  constexpr std::int64_t kLargestId = 2'000'000'000;
  auto service = read_service(table);
  if (service) service->ca_file = read_ca_file(table);
  std::string client_id = table.required_string("client_id");
  Secret secret = table.secret("client_secret_file", true);
  const std::int64_t data_set = table.integer("data_set", 0, 0, kLargestId);
  if (data_set == 0) table.problem("data_set", "is required: the id of the data set in the CMS");
  const std::int64_t group = table.integer("display_group", 0, 0, kLargestId);
  auto words = TextTemplate::parse(table.string("template", "{{summary}}"));
  if (!words) table.problem("template", words.error().message());
  const std::chrono::days expiry(table.integer("expiry_days", 30, 0, 3650));
  if (!service || client_id.empty() || secret.empty() || data_set == 0 || !words) return nullptr;
  XiboChannel::Options options{std::move(*service),
                               std::move(client_id),
                               std::move(secret),
                               data_set,
                               group,
                               std::move(*words),
                               expiry};
  return std::make_unique<XiboChannel>(std::move(options), setup);
}

}  // namespace liandong
