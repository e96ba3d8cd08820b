// How a MastodonChannel is read from the configuration.

#include <array>
#include <utility>

#include "adapters/channels/mastodon/mastodon_channel.h"

namespace liandong {

std::unique_ptr<Channel> make_mastodon_channel(Table& table, const ChannelSetup& setup) {
  constexpr std::array<std::string_view, 5> kVisibilities = {"public", "unlisted", "private",
                                                             "direct", "account"};
  const auto service = read_service(table);
  Secret token = table.secret("access_token_file", true);
  const std::string account = table.string("account");
  std::string visibility = table.choice("visibility", "public", kVisibilities);
  if (visibility == "account") visibility.clear();
  const std::string language = table.string("language", "zh");
  MastodonLimit limit;
  limit.characters = static_cast<std::size_t>(table.integer("max_characters", 500, 100, 100'000));
  limit.url_cost = static_cast<std::size_t>(table.integer("url_cost", 32, 1, 2'000));
  const std::string text = table.string("template", "【{{kind_name}}】{{title}}\n\n{{summary}}");
  auto words = TextTemplate::parse(text);
  if (!words) table.problem("template", words.error().message());
  const bool with_picture = table.boolean("with_picture", false);
  if (!service || token.empty() || !words) return nullptr;
  MastodonChannel::Options options{
      *service, std::move(token),         account,     std::move(visibility), language,
      limit,    std::move(words).value(), with_picture};
  return std::make_unique<MastodonChannel>(std::move(options), setup);
}

}  // namespace liandong
