// The [[channel]] table of Weibo.

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "adapters/channels/weibo/weibo_channel.h"
#include "daemon/platform/curl_url.h"

namespace liandong {

namespace {

WeiboArticles articles_of(Table& table) {
  WeiboArticles articles;
  for (const std::string& name : table.strings("article_kinds")) {
    const auto kind = kind_from(name);
    if (kind) articles.kinds.insert(*kind);
    if (!kind) table.problem("article_kinds", fmt::format("there is no kind '{}'", name));
  }
  articles.from = static_cast<std::size_t>(table.integer("article_from", 1000, 0, 80'000));
  articles.cover = table.url("article_cover");
  return articles;
}

bool is_address(const std::string& text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

}  // namespace

std::unique_ptr<Channel> make_weibo_channel(Table& table, const ChannelSetup& setup) {
  constexpr std::array<std::string_view, 2> kCosts = {"face", "10"};
  const auto service = read_service(table, "https://api.weibo.com");
  Secret token = table.secret("access_token_file", true);
  const std::string uid = table.string("uid");
  std::string rip = table.required_string("rip");
  if (!rip.empty() && !is_address(rip)) {
    table.problem("rip", "expected the address the platform sees, such as \"203.0.113.7\"");
    rip.clear();
  }
  std::vector<std::string> domains = table.strings("safe_domains");
  for (std::string& domain : domains) {
    const std::string host = ascii_host(domain);
    if (host.empty()) table.problem("safe_domains", fmt::format("'{}' is no host name", domain));
    domain = host;
  }
  if (domains.empty()) {
    table.problem("safe_domains", "is required: the 安全域名 of the application");
  }
  const std::int64_t most = table.integer("limit", 140, 20, 2000);
  const std::int64_t margin = table.integer("margin", 10, 0, most - 10);
  const std::string cost = table.choice("url_cost", "face", kCosts);
  const std::string text = table.string("template", "【{{kind_name}}】{{title}} {{summary}}");
  auto words = TextTemplate::parse(text);
  if (!words) table.problem("template", words.error().message());
  const bool with_picture = table.boolean("with_picture", false);
  // Who lifts the engine's daily limit (a stand-in, an agreed higher one) lifts this one too.
  const bool unlimited = table.integer("per_day", 1, 0, 1'000'000) == 0;
  const auto calls =
      static_cast<int>(table.integer("calls_per_day", unlimited ? 0 : 100, 0, 1'000'000));
  const auto reserved =
      static_cast<int>(table.integer("calls_reserved", std::min(calls, 20), 0, 1'000'000));
  if (calls > 0 && reserved >= calls) {
    table.problem("calls_reserved", "must be smaller than calls_per_day, or nothing is ever sent");
    return nullptr;
  }
  WeiboArticles articles = articles_of(table);
  if (!service || token.empty() || rip.empty() || domains.empty() || !words) return nullptr;
  WeiboLimit limit;
  limit.characters = static_cast<std::size_t>(most - margin);
  limit.cost = cost == "10" ? UrlCost::Ten : UrlCost::Face;
  WeiboChannel::Options options{*service,
                                std::move(token),
                                uid,
                                rip,
                                std::move(domains),
                                limit,
                                std::move(words).value(),
                                with_picture,
                                calls,
                                reserved,
                                std::move(articles)};
  return std::make_unique<WeiboChannel>(std::move(options), setup);
}

}  // namespace liandong
