// The [[channel]] table of WeChat.

#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::string_view kBaseUrl = "https://api.weixin.qq.com";
constexpr std::array<std::string_view, 2> kModes = {"publish", "draft_only"};
constexpr std::array<std::string_view, 2> kCovers = {"page", "drawn"};

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// Another address than the platform's own is a relay or a stand-in the operator chose: it may be
// private, but without TLS, which would show the secret, only on this machine.
std::shared_ptr<const AddressPolicy> policy_of(Table& table, const std::string& base_url) {
  const Result<CurlUrl> url = parse_url(base_url);
  if (!url) return nullptr;  // Table::url() has recorded the problem
  AddressPolicy::Options options;
  const bool plain = url->scheme == "http";
  if (plain && !is_loopback(url->host)) {
    table.problem("base_url", "must begin with https:// unless it leads to this machine");
    return nullptr;
  }
  options.hosts = {url->host};
  options.ports = {url->port};
  options.allow_http = plain;
  options.allow_private = base_url != kBaseUrl;
  return std::make_shared<const AddressPolicy>(std::move(options));
}

std::string author_of(Table& table) {
  std::string author = fold_blanks(table.string("author"));
  if (count_code_points(author) > kWechatAuthor) {
    table.problem("author", fmt::format("is longer than {} characters", kWechatAuthor));
  }
  return author;
}

}  // namespace

std::unique_ptr<Channel> make_wechat_channel(Table& table, const ChannelSetup& setup) {
  std::string base_url = table.url("base_url", std::string(kBaseUrl));
  while (base_url.ends_with('/')) base_url.pop_back();
  const std::string app_id = table.required_string("app_id");
  const Secret app_secret = table.secret("app_secret_file", true);
  const bool draft_only = table.choice("mode", "publish", kModes) == "draft_only";
  std::string author = author_of(table);
  const Result<TextTemplate> digest = TextTemplate::parse(table.string("digest", "{{summary}}"));
  if (!digest) table.problem("digest", digest.error().message());
  const std::int64_t limit = table.integer("content_limit", 20000, 2000, 1'000'000);
  const bool page_cover = table.choice("cover", "page", kCovers) == "page";
  auto policy = policy_of(table, base_url);
  if (app_id.empty() || app_secret.empty() || !digest || policy == nullptr ||
      count_code_points(author) > kWechatAuthor) {
    return nullptr;
  }
  WechatAccount account{std::move(base_url), app_id, app_secret, std::move(policy)};
  ArticleStyle style{setup.site_name, std::move(author), *digest, static_cast<std::size_t>(limit),
                     page_cover};
  WechatOptions options{std::move(account), std::move(style), draft_only, setup.site_policy};
  return std::make_unique<WechatChannel>(std::move(options), setup.clock, setup.http);
}

}  // namespace liandong
