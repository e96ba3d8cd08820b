#include "adapters/channels/webhook/webhook_target.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/service.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/curl_url.h"

namespace liandong {
namespace {

constexpr std::size_t kMaxReply = 64U << 10U;
constexpr std::size_t kLeastKeyBytes = 24;  // domain/security.md T15

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

std::optional<WebhookTarget> read_webhook_target(Table& table) {
  std::optional<Target> target = read_target(table);
  Secret key = read_key(table);
  std::string ca_file = read_ca_file(table);
  if (!target || key.empty()) return std::nullopt;
  return WebhookTarget{std::move(target->url), std::move(target->policy), std::move(ca_file),
                       std::move(key)};
}

HttpRequest signed_request(const WebhookTarget& target, const std::string& id, Timestamp now,
                           std::string body) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::string timestamp = std::to_string(seconds.time_since_epoch().count());
  HttpRequest request;
  request.method = "POST";
  request.url = target.url;
  request.body = std::move(body);
  request.headers = {
      {"Content-Type", "application/json; charset=utf-8"},
      {"webhook-id", id},
      {"webhook-timestamp", timestamp},
      {"webhook-signature", webhook_signature(target.key.reveal(), id, timestamp, request.body)}};
  request.use = HttpUse::Publish;
  request.max_bytes = kMaxReply;
  request.policy = target.policy;
  request.ca_file = target.ca_file;
  return request;
}

}  // namespace liandong
