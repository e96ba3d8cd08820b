#include "adapters/channels/webhook/webhook_channel.h"

#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/webhook/webhook_event.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

using std::chrono_literals::operator""s;

constexpr int kParallel = 8;
constexpr std::size_t kMaxReply = 64U << 10U;
constexpr std::size_t kLeastKeyBytes = 24;  // domain/security.md T15
constexpr auto kPauseWhenNoneStated = 60s;

constexpr std::array kPublish = {Step{"publish", StepClass::ServerKey}};
constexpr std::array kCorrect = {Step{"correct", StepClass::ServerKey}};
constexpr std::array kWithdraw = {Step{"withdraw", StepClass::ServerKey}};

struct Target {
  std::string url;
  std::shared_ptr<const AddressPolicy> policy;
};

std::optional<Target> read_target(Table& table) {
  const bool internal = table.boolean("internal", false);
  const std::string text = table.url("url");
  if (text.empty()) {
    if (!table.has("url")) table.problem("url", "is required");
    return std::nullopt;
  }
  const Result<CurlUrl> url = parse_url(text);
  if (url.has_error()) {
    table.problem("url", url.error().message());
    return std::nullopt;
  }
  const bool loopback = is_loopback_host(url->host);
  if (url->scheme == "http" && !loopback && !internal) {
    table.problem("url", "must be https (http is accepted for internal = true only)");
    return std::nullopt;
  }
  AddressPolicy::Options reach;
  reach.hosts = {url->host};
  reach.ports = {url->port};
  reach.allow_http = url->scheme == "http";
  reach.allow_private = loopback || internal;
  return Target{url->text, std::make_shared<const AddressPolicy>(std::move(reach))};
}

// The bytes of `whsec_<base64>`; empty when it is none, the problem is recorded.
Secret read_key(Table& table) {
  const Secret written = table.secret("secret_file", true);
  if (written.empty()) return {};
  constexpr std::string_view kPrefix = "whsec_";
  std::optional<std::string> bytes;
  if (written.reveal().starts_with(kPrefix)) {
    bytes = from_base64(std::string_view(written.reveal()).substr(kPrefix.size()));
  }
  if (!bytes || bytes->size() < kLeastKeyBytes) {
    table.problem("secret_file",
                  "must hold whsec_ and the base64 of at least 24 random bytes, for example "
                  "`echo whsec_$(openssl rand -base64 32)`");
    return {};
  }
  return Secret(std::move(*bytes));
}

}  // namespace

std::string webhook_signature(std::string_view key, std::string_view id, std::string_view timestamp,
                              std::string_view body) {
  const std::string text = fmt::format("{}.{}.{}", id, timestamp, body);
  return "v1," + base64(as_bytes(hmac_sha256(key, text)));
}

WebhookChannel::WebhookChannel(Options options, const ChannelSetup& setup)
    : options_(std::move(options)),
      site_name_(setup.site_name),
      clock_(setup.clock),
      http_(setup.http) {}

Traits WebhookChannel::traits() const {
  Traits traits;
  traits.can_edit = true;
  traits.can_delete = true;
  traits.parallel = kParallel;
  return traits;
}

Result<Rendition> WebhookChannel::render(const Item& item, std::string_view marker) const {
  return render_event(item, marker, site_name_, options_.words);
}

std::span<const Step> WebhookChannel::steps(Purpose purpose) const {
  switch (purpose) {
    case Purpose::Publish:
      return kPublish;
    case Purpose::Correct:
      return kCorrect;
    case Purpose::Withdraw:
      break;
  }
  return kWithdraw;
}

asio::awaitable<Outcome> WebhookChannel::perform(Step /*step*/, Attempt attempt,
                                                 Progress /*progress*/) {
  HttpRequest request = request_for(attempt);
  const HttpResult result = co_await http_.send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  co_return read_reply(std::get<HttpReply>(result), attempt);
}

asio::awaitable<Finding> WebhookChannel::find(Step /*step*/, Attempt /*attempt*/,
                                              Progress /*progress*/) {
  Diagnostic why;
  why.code = "webhook";
  why.message = "a receiver cannot be asked; it drops a webhook-id it has seen";
  co_return CannotTell{std::move(why)};
}

asio::awaitable<Result<Traits>> WebhookChannel::probe(Instant deadline) {
  HttpRequest request;
  request.method = "HEAD";
  request.url = options_.url;
  request.policy = options_.policy;
  request.ca_file = options_.ca_file;
  request.deadline = deadline;
  const HttpResult result = co_await http_.send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    const ErrorKind kind = failure->untrusted ? ErrorKind::Unauthorized : ErrorKind::Transient;
    co_return Error(kind, failure->message);
  }
  Traits reached = traits();
  reached.note =
      fmt::format("reachable, HEAD is answered with HTTP {}", std::get<HttpReply>(result).status);
  co_return reached;
}

HttpRequest WebhookChannel::request_for(const Attempt& attempt) const {
  const std::string id = webhook_id(attempt);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock_.now());
  const std::string timestamp = std::to_string(seconds.time_since_epoch().count());
  HttpRequest request;
  request.method = "POST";
  request.url = options_.url;
  request.body = event_body(attempt);
  request.headers = {
      {"Content-Type", "application/json; charset=utf-8"},
      {"webhook-id", id},
      {"webhook-timestamp", timestamp},
      {"webhook-signature", webhook_signature(options_.key.reveal(), id, timestamp, request.body)}};
  request.use = HttpUse::Publish;
  request.max_bytes = kMaxReply;
  request.policy = options_.policy;
  request.ca_file = options_.ca_file;
  request.deadline = attempt.deadline;
  return request;
}

Outcome WebhookChannel::read_reply(const HttpReply& reply, const Attempt& attempt) const {
  const int status = reply.status;
  if (status >= 200 && status < 300) {
    return Delivered{Receipt{webhook_id(attempt), "", clock_.now(), "reply"}};
  }
  const std::array<Secret, 1> secrets = {options_.key};
  Diagnostic why =
      undocumented(fmt::format("http-{}", status), "the receiver refused it", reply, secrets);
  const std::optional<Duration> pause = retry_after(reply, clock_.now());
  if (status == 429 || (status == 503 && pause)) {
    const Duration wait = pause.value_or(kPauseWhenNoneStated);
    return RateLimited{std::move(why), clock_.now() + wait};
  }
  if (status == 401 || status == 403 || status == 404) return Unauthorized{std::move(why)};
  if (status == 408 || status == 425) return Deferred{std::move(why), pause};
  if (status >= 400 && status < 500) return Refused{std::move(why)};
  return Unconfirmed{std::move(why)};
}

std::unique_ptr<Channel> make_webhook_channel(Table& table, const ChannelSetup& setup) {
  std::optional<Target> target = read_target(table);
  Secret key = read_key(table);
  std::string ca_file = table.string("ca_file");
  if (!ca_file.empty()) ca_file = (table.folder() / ca_file).string();
  const std::string text = table.string("text_template", "【{{kind_name}}】{{title}} {{link}}");
  auto words = TextTemplate::parse(text);
  if (!words) table.problem("text_template", words.error().message());
  if (!target || key.empty() || !words) return nullptr;
  WebhookChannel::Options options{std::move(target->url), std::move(target->policy),
                                  std::move(ca_file), std::move(key), std::move(words).value()};
  return std::make_unique<WebhookChannel>(std::move(options), setup);
}

}  // namespace liandong
