// The [[channel]] table of WeChat.

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"
#include "daemon/settings/callback_path.h"

namespace liandong {
namespace {

constexpr std::string_view kBaseUrl = "https://api.weixin.qq.com";
constexpr std::array<std::string_view, 3> kModes = {"publish", "mass_send", "draft_only"};
constexpr std::array<std::string_view, 2> kAccounts = {"subscription", "service"};
constexpr std::array<std::string_view, 2> kCovers = {"page", "drawn"};

// Another address than the platform's own is a relay or a stand-in the operator chose: it may be
// private, but without TLS, which would show the secret, only on this machine.
std::shared_ptr<const AddressPolicy> policy_of(Table& table, const std::string& base_url) {
  const Result<CurlUrl> url = parse_url(base_url);
  if (!url) return nullptr;  // Table::url() has recorded the problem
  AddressPolicy::Options options;
  const bool plain = url->scheme == "http";
  if (plain && !is_loopback_host(url->host)) {
    table.problem("base_url", "must begin with https:// unless it leads to this machine");
    return nullptr;
  }
  options.hosts = {url->host};
  options.ports = {url->port};
  options.allow_http = plain;
  options.allow_private = base_url != kBaseUrl;
  return std::make_shared<const AddressPolicy>(std::move(options));
}

std::optional<std::string> author_of(Table& table) {
  std::string author = fold_blanks(table.string("author"));
  if (count_code_points(author) <= kWechatAuthor) return author;
  table.problem("author", fmt::format("is longer than {} characters", kWechatAuthor));
  return std::nullopt;
}

std::optional<TextTemplate> template_of(Table& table, const char* key, std::string fallback) {
  auto parsed = TextTemplate::parse(table.string(key, std::move(fallback)));
  if (parsed) return std::move(parsed).value();
  table.problem(key, parsed.error().message());
  return std::nullopt;
}

// What the platform takes changes and is documented in two ways; so the limits are data.
std::optional<ArticleStyle> style_of(Table& table, const std::string& site_name) {
  const std::optional<std::string> author = author_of(table);
  auto title = template_of(table, "title", "{{title}}");
  auto digest = template_of(table, "digest", "{{summary}}");
  const auto limit = [&table](const char* key, std::size_t usual, int least, int most) {
    return static_cast<std::size_t>(
        table.integer(key, static_cast<std::int64_t>(usual), least, most));
  };
  const std::size_t of_title = limit("title_limit", kWechatTitle, 8, 64);
  const std::size_t of_digest = limit("digest_limit", kWechatDigest, 20, 128);
  const std::size_t of_content = limit("content_limit", 20'000, 2000, 1'000'000);
  const bool page_cover = table.choice("cover", "page", kCovers) == "page";
  if (!author || !title || !digest) return std::nullopt;
  return ArticleStyle{site_name, *author,   std::move(*title), std::move(*digest),
                      of_title,  of_digest, of_content,        page_cover};
}

WechatMode mode_of(Table& table) {
  const std::string mode = table.choice("mode", "publish", kModes);
  if (mode == "mass_send") return WechatMode::MassSend;
  return mode == "draft_only" ? WechatMode::DraftOnly : WechatMode::Publish;
}

// All of it or nothing; a problem is recorded.
std::optional<WechatCallback> callback_of(Table& table, const std::string& app_id) {
  const bool wanted = table.has("callback_path");
  const std::string path = read_callback_path(table);
  const Secret token = table.secret("callback_token_file", wanted);
  const Secret key = table.secret("callback_aes_key_file", false);
  if (!wanted && (!token.empty() || !key.empty()))
    table.problem("callback_path", "is required beside a file of its token or key");
  const bool is_key = key.empty() || is_encoding_aes_key(key.reveal());
  if (wanted && !is_key)
    table.problem("callback_aes_key_file", "expected the EncodingAESKey, 43 letters and digits");
  if (path.empty() || token.empty() || !is_key) return std::nullopt;
  return WechatCallback(path, app_id, token, key);
}

}  // namespace

std::unique_ptr<Channel> make_wechat_channel(Table& table, const ChannelSetup& setup) {
  std::string base_url = table.url("base_url", std::string(kBaseUrl));
  while (base_url.ends_with('/')) base_url.pop_back();
  const std::string app_id = table.required_string("app_id");
  const Secret app_secret = table.secret("app_secret_file", true);
  const WechatMode mode = mode_of(table);
  const bool service = table.choice("account", "subscription", kAccounts) == "service";
  const std::int64_t tag = table.integer("mass_tag", 0, 0, 1'000'000'000);
  std::optional<WechatCallback> callback = callback_of(table, app_id);
  std::optional<ArticleStyle> style = style_of(table, setup.site_name);
  auto policy = policy_of(table, base_url);
  if (app_id.empty() || app_secret.empty() || !style || policy == nullptr) return nullptr;
  WechatAccount account{std::move(base_url), app_id, app_secret, std::move(policy), setup.name};
  WechatOptions options{std::move(account), std::move(*style), mode,
                        setup.site_policy,  service,           tag,
                        std::move(callback)};
  return std::make_unique<WechatChannel>(std::move(options), setup.clock, setup.http);
}

}  // namespace liandong
