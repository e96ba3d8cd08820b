#include "adapters/channels/anthias/anthias_channel.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/shared/raw_answer.h"
#include "adapters/shared/signage.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxReply = 4U << 20U;
constexpr std::size_t kSummary = 60;  // code points
constexpr std::size_t kLongestTitle = 80;
constexpr std::size_t kLongestId = 64;
constexpr std::string_view kPath = "/api/v2/assets";

constexpr std::array kPublish = {Step{"create", StepClass::ReadBack}};
constexpr std::array kCorrect = {Step{"edit", StepClass::ServerKey}};
constexpr std::array kWithdraw = {Step{"delete", StepClass::ServerKey}};

std::string name_prefix(std::string_view marker) {
  return fmt::format("[liandong:{}]", marker);
}

std::string asset_path(std::string_view id) {
  return fmt::format("{}/{}", kPath, percent_encode(id));
}

std::string value_of(const Rendition& rendition, const std::string& name) {
  const auto found = rendition.fields.find(name);
  return found == rendition.fields.end() ? "" : found->second;
}

// What both a new asset and a changed one are told.
boost::json::object asset_of(const Attempt& attempt) {
  const Rendition& rendition = attempt.rendition;
  return {{"name", name_prefix(attempt.marker) + " " + rendition.title},
          {"uri", rendition.link},
          {"start_date", value_of(rendition, "from")},
          {"end_date", value_of(rendition, "to")},
          {"duration", std::stoi(value_of(rendition, "duration"))},
          {"is_enabled", true}};
}

Diagnostic no_id() {
  return {"no-id", "the id of the asset is not known", 0};
}

}  // namespace

AnthiasChannel::AnthiasChannel(Options options, const ChannelSetup& setup)
    : options_(std::move(options)),
      name_(setup.name),
      site_name_(setup.site_name),
      clock_(setup.clock),
      http_(setup.http) {}

Traits AnthiasChannel::traits() const {
  Traits traits;
  traits.can_edit = true;
  traits.can_delete = true;
  traits.can_find = true;
  traits.can_inspect = true;
  traits.withdraws_at_once = true;  // our own screen, as the hall's
  traits.settle = 1min;             // the player looks at the page before it answers
  return traits;
}

Result<Rendition> AnthiasChannel::render(const Item& item, std::string_view marker) const {
  const Article& article = item.revision.article;
  Rendition rendition;
  rendition.link = ascii_url(with_marker(article.url, marker));
  const auto values = template_values(item, site_name_, article.url, kSummary);
  rendition.title =
      shorten(fold_blanks(signage_words(options_.words.render(values))), kLongestTitle);
  auto& fields = rendition.fields;
  fields["from"] = rfc3339(item.first_seen);
  fields["to"] = rfc3339(item.first_seen + options_.expiry);
  fields["duration"] = std::to_string(options_.shown_for.count());
  return rendition;
}

std::span<const Step> AnthiasChannel::steps(Purpose purpose) const {
  if (purpose == Purpose::Publish) return kPublish;
  return purpose == Purpose::Correct ? std::span<const Step>(kCorrect) : kWithdraw;
}

asio::awaitable<Outcome> AnthiasChannel::perform(Step step, Attempt attempt,
                                                 Progress /*progress*/) {
  if (step.name == "create") co_return co_await create(std::move(attempt));
  if (attempt.published.remote_id.empty()) co_return Refused{no_id()};
  if (step.name == "edit") co_return co_await edit(std::move(attempt));
  co_return co_await remove(std::move(attempt));
}

asio::awaitable<Finding> AnthiasChannel::find(Step step, Attempt attempt, Progress /*progress*/) {
  const Assets shown = co_await assets(attempt.deadline);
  if (const auto* outcome = std::get_if<Outcome>(&shown))
    co_return CannotTell{*diagnostic_of(*outcome)};
  const std::string prefix = name_prefix(attempt.marker);
  const std::string id = attempt.published.remote_id;
  for (const Asset& asset : std::get<std::vector<Asset>>(shown)) {
    if (step.name == "delete" && asset.id == id) co_return Absent{};
    if (step.name != "delete" && asset.name.starts_with(prefix))
      co_return Found{Delivered{receipt(asset.id, "read-back")}};
  }
  if (step.name == "delete") co_return Found{Delivered{receipt(id, "read-back")}};
  co_return Absent{};
}

// --- the steps ---

asio::awaitable<Outcome> AnthiasChannel::create(Attempt attempt) {
  Assets shown = co_await assets(attempt.deadline);
  if (auto* outcome = std::get_if<Outcome>(&shown)) co_return std::move(*outcome);
  const std::string prefix = name_prefix(attempt.marker);
  for (const Asset& asset : std::get<std::vector<Asset>>(shown)) {
    if (asset.name.starts_with(prefix)) co_return Delivered{receipt(asset.id, "read-back")};
  }
  HttpRequest sending = request("POST", kPath, attempt.deadline);
  sending.use = HttpUse::Publish;
  sending.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  boost::json::object asset = asset_of(attempt);
  asset["mimetype"] = "webpage";
  sending.body = boost::json::serialize(asset);
  const HttpResult result = co_await http_.send(std::move(sending));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::optional<Asset> made;
  if (json && reply.status == 201) made = read_asset(*json);
  if (!made) co_return refusal(reply);
  co_return Delivered{receipt(made->id, "reply")};
}

asio::awaitable<Outcome> AnthiasChannel::edit(Attempt attempt) {
  const std::string id = attempt.published.remote_id;
  HttpRequest sending = request("PATCH", asset_path(id), attempt.deadline);
  sending.use = HttpUse::Publish;
  sending.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  sending.body = boost::json::serialize(asset_of(attempt));
  const HttpResult result = co_await http_.send(std::move(sending));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  std::optional<Asset> edited;
  if (json && reply.status == 200) edited = read_asset(*json);
  if (edited && edited->id == id) co_return Delivered{receipt(id, "reply")};
  if (reply.status == 404) co_return Refused{why("the asset to correct is not there", reply)};
  co_return refusal(reply);
}

asio::awaitable<Outcome> AnthiasChannel::remove(Attempt attempt) {
  const std::string id = attempt.published.remote_id;
  HttpRequest sending = request("DELETE", asset_path(id), attempt.deadline);
  sending.use = HttpUse::Publish;
  const HttpResult result = co_await http_.send(std::move(sending));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  if (reply.status == 204) co_return Delivered{receipt(id, "reply")};
  if (reply.status != 404) co_return refusal(reply);
  // Gone already, or an address that is not the player's: the list tells.
  const Assets shown = co_await assets(attempt.deadline);
  if (const auto* outcome = std::get_if<Outcome>(&shown)) co_return *outcome;
  const bool there = std::ranges::any_of(std::get<std::vector<Asset>>(shown),
                                         [&](const Asset& asset) { return asset.id == id; });
  if (there) co_return Unconfirmed{why("the asset is there and cannot be deleted", reply)};
  co_return Delivered{receipt(id, "read-back")};
}

// --- reading back ---

std::optional<AnthiasChannel::Asset> AnthiasChannel::read_asset(const boost::json::value& json) {
  if (!json.is_object()) return std::nullopt;
  const boost::json::object& object = json.get_object();
  Asset asset{text_member(object, "asset_id"), text_member(object, "name"),
              text_member(object, "uri")};
  const bool usable = !asset.id.empty() && asset.id.size() <= kLongestId &&
                      std::ranges::all_of(asset.id, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!usable) return std::nullopt;
  return asset;
}

asio::awaitable<AnthiasChannel::Assets> AnthiasChannel::assets(Instant deadline) {
  HttpRequest asking = request("GET", kPath, deadline);
  const HttpResult result = co_await http_.send(std::move(asking));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    Outcome outcome = outcome_of(*failure);
    if (std::holds_alternative<Unconfirmed>(outcome))
      outcome = Deferred{{failure->code, failure->message}, std::nullopt};
    co_return std::move(outcome);
  }
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto list = json_array(reply);
  if (!list || reply.status != 200) {
    Outcome outcome = refusal(reply);
    const bool said = std::holds_alternative<Unauthorized>(outcome) ||
                      std::holds_alternative<RateLimited>(outcome);
    if (!said) outcome = Deferred{*diagnostic_of(outcome), std::nullopt};
    co_return std::move(outcome);
  }
  std::vector<Asset> all;
  for (const boost::json::value& each : *list) {
    auto asset = read_asset(each);
    if (!asset) co_return Outcome(Deferred{why("an asset has no usable id", reply), std::nullopt});
    all.push_back(std::move(*asset));
  }
  co_return all;
}

asio::awaitable<LaterLook> AnthiasChannel::inspect(Attempt attempt) {
  const Assets shown = co_await assets(attempt.deadline);
  if (const auto* outcome = std::get_if<Outcome>(&shown))
    co_return CannotTell{*diagnostic_of(*outcome)};
  for (const Asset& asset : std::get<std::vector<Asset>>(shown)) {
    if (asset.id != attempt.published.remote_id) continue;
    if (asset.uri != attempt.rendition.link) co_return Drifted{"the asset shows another address"};
    if (!asset.name.ends_with(attempt.rendition.title))
      co_return Drifted{"the asset has another name"};
    co_return Verified{};
  }
  co_return Vanished{"the player has no such asset"};
}

asio::awaitable<Result<Traits>> AnthiasChannel::probe(Instant deadline) {
  const Assets shown = co_await assets(deadline);
  if (const auto* outcome = std::get_if<Outcome>(&shown)) {
    const bool refused = std::holds_alternative<Unauthorized>(*outcome);
    co_return Error(refused ? ErrorKind::Unauthorized : ErrorKind::Transient,
                    diagnostic_of(*outcome)->message);
  }
  Traits reached = traits();
  reached.note = fmt::format("播放器上有 {} 项", std::get<std::vector<Asset>>(shown).size());
  co_return reached;
}

// --- requests and replies ---

Receipt AnthiasChannel::receipt(std::string id, std::string_view evidence) const {
  Receipt receipt;  // without a permalink: nothing on a screen has an address
  receipt.remote_id = std::move(id);
  receipt.accepted_at = clock_.now();
  receipt.evidence = evidence;
  return receipt;
}

HttpRequest AnthiasChannel::request(std::string method, std::string_view path,
                                    Instant deadline) const {
  HttpRequest request = request_to(options_.service, std::move(method), path, deadline);
  request.headers = {{"Accept", "application/json"}};
  if (!options_.user.empty()) {
    const std::string pair = options_.user + ":" + options_.password.reveal();
    request.headers.emplace_back("Authorization", "Basic " + base64(pair));
  }
  request.max_bytes = kMaxReply;
  return request;
}

Outcome AnthiasChannel::refusal(const HttpReply& reply) const {
  return outcome_of_signage(name_, reply, why("the player did not take it", reply), clock_.now());
}

Diagnostic AnthiasChannel::why(std::string_view what, const HttpReply& reply) const {
  const std::array<Secret, 2> secrets = {
      options_.password, Secret(base64(options_.user + ":" + options_.password.reveal()))};
  return undocumented(fmt::format("http-{}", reply.status), what, reply, secrets);
}

std::unique_ptr<Channel> make_anthias_channel(Table& table, const ChannelSetup& setup) {
  auto service = read_service(table, "", PlainHttp::Inside);
  if (service) service->ca_file = read_ca_file(table);
  std::string user = table.string("user");
  Secret password = table.secret("password_file", false);
  if (user.empty() != password.empty())
    table.problem("user", "goes with `password_file`: both or neither");
  const bool plain = service && service->base.starts_with("http://");
  if (plain && !password.empty() && !is_loopback_host(host_of(service->base)))
    table.problem("password_file", "is sent over https only");
  auto words = TextTemplate::parse(table.string("title", "{{title}}"));
  if (!words) table.problem("title", words.error().message());
  const auto shown_for =
      std::chrono::duration_cast<std::chrono::seconds>(table.duration("shown_for", 20s));
  if (shown_for < 5s || shown_for > 1h)
    table.problem("shown_for", "must be between \"5s\" and \"1h\"");
  const std::chrono::days expiry(table.integer("expiry_days", 30, 1, 3650));
  if (!service || !words) return nullptr;
  AnthiasChannel::Options options{std::move(*service), std::move(user), std::move(password),
                                  std::move(*words),   shown_for,       expiry};
  return std::make_unique<AnthiasChannel>(std::move(options), setup);
}

}  // namespace liandong
