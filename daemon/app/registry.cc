#include "daemon/app/registry.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/channels/anthias/anthias_channel.h"
#include "adapters/channels/email/email_channel.h"
#include "adapters/channels/email/email_notice.h"
#include "adapters/channels/hall/hall_channel.h"
#include "adapters/channels/mastodon/mastodon_channel.h"
#include "adapters/channels/webhook/webhook_channel.h"
#include "adapters/channels/webhook/webhook_notice.h"
#include "adapters/channels/wechat/wechat_channel.h"
#include "adapters/channels/weibo/weibo_channel.h"
#include "adapters/channels/xibo/xibo_channel.h"
#include "adapters/shared/fetch.h"
#include "adapters/sources/drupal/drupal_source.h"
#include "adapters/sources/feed/feed_inspection.h"
#include "adapters/sources/feed/feed_source.h"
#include "adapters/sources/page/page_inspection.h"
#include "adapters/sources/page/page_source.h"
#include "adapters/sources/sitemap/sitemap_source.h"
#include "adapters/sources/table/table_source.h"
#include "adapters/sources/wordpress/wordpress_source.h"
#include "daemon/channel/reposting.h"
#include "daemon/delivery/obligation.h"
#include "daemon/platform/curl_url.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

struct SourceType {
  std::string_view name;
  MakeSource make;
};
constexpr std::array kSourceTypes = {
    SourceType{"page", &make_page_source},           SourceType{"feed", &make_feed_source},
    SourceType{"wordpress", &make_wordpress_source}, SourceType{"drupal", &make_drupal_source},
    SourceType{"sitemap", &make_sitemap_source},     SourceType{"intake", &make_intake_source},
    SourceType{"table", &make_table_source},
};

struct ChannelType {
  std::string_view name;
  MakeChannel make;
};
constexpr std::array kChannelTypes = {
    ChannelType{"weibo", &make_weibo_channel},       ChannelType{"wechat", &make_wechat_channel},
    ChannelType{"mastodon", &make_mastodon_channel}, ChannelType{"hall", &make_hall_channel},
    ChannelType{"webhook", &make_webhook_channel},   ChannelType{"email", &make_email_channel},
    ChannelType{"xibo", &make_xibo_channel},         ChannelType{"anthias", &make_anthias_channel},
};

struct PostType {
  std::string_view name;
  MakeNoticePost make;
};
constexpr std::array kPostTypes = {
    PostType{"email", &make_email_notice},
    PostType{"webhook", &make_webhook_notice},
};

template <typename Types>
auto make_of(const Types& types, const std::string& name) -> decltype(types.front().make) {
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const auto& type) { return type.name == name; });
  return found == types.end() ? nullptr : found->make;
}

template <typename Types>
std::vector<std::string> names_of(const Types& types) {
  std::vector<std::string> names;
  for (const auto& type : types) names.emplace_back(type.name);
  return names;
}

void add(AddressPolicy::Options& all, const AddressPolicy::Options& one) {
  all.hosts.insert(one.hosts.begin(), one.hosts.end());
  all.ports.insert(one.ports.begin(), one.ports.end());
  all.allow_http = all.allow_http || one.allow_http;
  all.allow_private = all.allow_private || one.allow_private;
  all.with_www = true;
}

AddressPolicy::Options reach_of(const SourceSettings& source) {
  AddressPolicy::Options options;
  options.hosts.insert(source.hosts.begin(), source.hosts.end());
  options.allow_private = source.internal;
  options.with_www = true;
  options.ports = {80, 443};
  if (const Result<CurlUrl> url = parse_url(source.url)) {
    options.hosts.insert(url->host);
    options.allow_http = url->scheme == "http";
    options.ports.insert(url->port);
  }
  return options;
}

// Sources of one site share its policy: tens of thousands are watched.
class Policies {
 public:
  std::shared_ptr<const AddressPolicy> of(const SourceSettings& source) {
    AddressPolicy::Options reach = reach_of(source);
    add(all_, reach);
    auto& policy = known_[{reach.hosts, reach.ports, reach.allow_http, reach.allow_private}];
    if (!policy) policy = std::make_shared<AddressPolicy>(std::move(reach));
    return policy;
  }
  // What those that were asked for may reach together.
  [[nodiscard]] std::shared_ptr<const AddressPolicy> together() const {
    return std::make_shared<AddressPolicy>(all_);
  }

 private:
  using Reach = std::tuple<std::set<std::string>, std::set<int>, bool, bool>;
  std::map<Reach, std::shared_ptr<const AddressPolicy>> known_;
  AddressPolicy::Options all_;
};

std::shared_ptr<SourceLine> build_source(const SourceSettings& settings, const Outside& outside,
                                         Policies& policies) {
  Table table = settings.table;
  const MakeSource make = make_of(kSourceTypes, settings.type);
  if (settings.type.empty()) return nullptr;  // a problem already
  if (make == nullptr) {
    table.problem("type", unknown_name("source type", settings.type, names_of(kSourceTypes)));
    return nullptr;
  }
  const SourceSetup setup{settings.name,    settings.url,  policies.of(settings),
                          settings.ca_file, outside.clock, outside.site_http};
  std::shared_ptr<Source> source = make(table, setup);
  table.reject_unknown();
  if (source == nullptr) return nullptr;
  return std::make_shared<SourceLine>(SourceLine{settings, std::move(source)});
}

// The smaller of two budgets of which 0 means none.
int tighter(int ours, int theirs) {
  if (ours == 0 || theirs == 0) return std::max(ours, theirs);
  return std::min(ours, theirs);
}

Pacing pacing_of(const ChannelSettings& settings, const Traits& traits, Table& table) {
  Pacing pacing;
  pacing.min_interval = settings.min_interval;
  pacing.per_hour = settings.per_hour;
  pacing.per_day = tighter(settings.per_day, traits.allowed_per_day);
  pacing.per_month = tighter(settings.per_month, traits.allowed_per_month);
  pacing.reserved = settings.reserved;
  for (const std::string& name : settings.reserved_kinds) {
    if (const auto kind = kind_from(name)) pacing.reserved_for.insert(*kind);
  }
  const int budget = pacing.per_month > 0 ? pacing.per_month : pacing.per_day;
  if (pacing.reserved > 0 && pacing.reserved >= budget)
    table.problem("reserved", "must leave something of per_month, or of per_day without one");
  if ((pacing.reserved > 0) == pacing.reserved_for.empty())
    table.problem("reserved_kinds", "goes with `reserved`: both or neither");
  pacing.quiet_from = parse_time_of_day(settings.quiet_from);
  pacing.quiet_to = parse_time_of_day(settings.quiet_to).value_or(std::chrono::minutes(0));
  pacing.working_days_only = settings.working_days_only;
  return pacing;
}

Batching batching_of(const ChannelSettings& settings, const Traits& traits, Table& table) {
  Batching batching;
  batching.most = settings.batch_max;
  for (const std::string& text : settings.batch_at) {
    if (const auto time = parse_time_of_day(text)) batching.at.push_back(*time);
  }
  if (batching.most > traits.group_most)
    table.problem(
        "batch_max",
        traits.group_most > 1
            ? fmt::format("this channel puts at most {} articles into a post", traits.group_most)
            : "this channel cannot put several articles into one post");
  return batching;
}

// The channel's own wait for everything, or else that of the kind.
FirstWait first_wait_of(const ChannelSettings& settings, const FirstWaitSettings& all) {
  FirstWait wait;
  wait.fallback = settings.first_wait.value_or(all.fallback);
  if (settings.first_wait) return wait;
  for (const auto& [name, duration] : all.by_kind) {
    if (const auto kind = kind_from(name)) wait.by_kind[*kind] = duration;
  }
  return wait;
}

Withdrawals withdrawals_of(std::string_view name) {
  if (name == "ask") return Withdrawals::Ask;
  if (name == "at_once") return Withdrawals::AtOnce;
  return name == "by_hand" ? Withdrawals::ByHand : Withdrawals::Own;
}

std::shared_ptr<ChannelLine> build_channel(const ChannelSettings& settings, const Settings& all,
                                           const std::shared_ptr<const AddressPolicy>& sites,
                                           const Outside& outside) {
  Table table = settings.table;
  const MakeChannel make = make_of(kChannelTypes, settings.type);
  if (settings.type.empty()) return nullptr;  // a problem already
  if (make == nullptr) {
    table.problem("type", unknown_name("channel type", settings.type, names_of(kChannelTypes)));
    return nullptr;
  }
  const ChannelSetup setup{settings.name, all.site.name, sites,
                           outside.clock, outside.http,  outside.mail};
  auto line = std::make_shared<ChannelLine>();
  line->name = settings.name;
  auto channel = make(table, setup);
  if (settings.corrections == "repost") channel = reposting(std::move(channel));
  line->channel = std::move(channel);
  line->corrects_by_hand = settings.corrections == "by_hand";
  line->withdrawals = withdrawals_of(settings.withdrawals);
  if (line->channel) line->pacing = pacing_of(settings, line->channel->traits(), table);
  if (line->channel) line->batching = batching_of(settings, line->channel->traits(), table);
  line->retry = {settings.retry_first, settings.retry_most, settings.max_attempts};
  line->settle = settings.settle;
  line->first_wait = first_wait_of(settings, all.first_wait);
  line->policy_first = all.policy_first;
  line->adopts = settings.adopt;
  line->patrol_per_day = settings.patrol_per_day;
  line->patrol_first = settings.patrol_first;
  table.reject_unknown();
  const bool called = line->channel && !line->channel->callback_path().empty();
  if (called && all.console.callbacks_listen.empty())
    table.problem("callback_path", "needs console.callbacks_listen");
  return line->channel ? line : nullptr;
}

std::vector<NamedPost> build_posts(const Settings& settings, const Outside& outside) {
  std::vector<NamedPost> posts;
  for (const NoticeRoute& route : settings.alerts.routes) {
    Table table = route.table;
    const ChannelSetup setup{route.name,    settings.site.name, nullptr,
                             outside.clock, outside.http,       outside.mail};
    std::shared_ptr<NoticePost> post = make_of(kPostTypes, route.name)(table, setup);
    table.reject_unknown();
    if (post) posts.push_back({route.name, std::move(post)});
  }
  return posts;
}

// A platform's callback reaches one channel.
bool is_called_like(const ChannelLine& line, const Lines& others) {
  const std::string path = line.channel->callback_path();
  return !path.empty() &&
         std::any_of(others.channels.begin(), others.channels.end(), [&path](const auto& other) {
           return other->channel->callback_path() == path;
         });
}

constexpr std::size_t kMostSitesTried = 200;  // this is no test of each source of a country

// A channel may show links of certain hosts only: told now, and not by the first item that fails.
void check_shown(const Settings& settings, const Lines& lines) {
  std::set<std::pair<std::string, std::string>> tried;
  for (const SourceSettings& source : settings.sources) {
    const auto parsed = parse_url(source.url);
    if (!parsed) continue;
    Item sample;
    sample.kind = kind_from(source.kind).value_or(Kind::Notice);
    sample.source = source.name;
    if (source.organisation) sample.organisation = source.organisation->name;
    sample.revision.article.title = "标题";
    sample.revision.article.url = source.url;
    for (const std::string& name :
         routed_channels(settings.routes, {sample.kind, sample.source, sample.organisation})) {
      const auto line = std::find_if(lines.channels.begin(), lines.channels.end(),
                                     [&name](const auto& one) { return one->name == name; });
      if (line == lines.channels.end() || tried.size() >= kMostSitesTried ||
          !tried.emplace(name, parsed->host).second)
        continue;
      const auto shown = (*line)->channel->render(sample, "000000000000");
      if (shown) continue;
      Table table = source.table;
      table.problem("url",
                    fmt::format("channel '{}' cannot show an item of this address: {}", name,
                                shown.error().message()),
                    true);
    }
  }
}

// A REST interface cannot be told from one reply: its source itself looks.
asio::awaitable<Inspection> inspect_wordpress(const SourceSetup& setup, Instant deadline) {
  Table defaults;
  const std::unique_ptr<Source> source = make_wordpress_source(defaults, setup);
  ListingState none;
  Look look = co_await source->list(std::move(none), deadline);
  Inspection inspection;
  if (auto* fault = std::get_if<SourceFault>(&look)) {
    inspection = inspection_of(std::move(*fault));
  } else if (auto* listing = std::get_if<Listing>(&look)) {
    inspection.kind = Inspection::Kind::List;
    inspection.confidence = 99;
    inspection.type = "wordpress";
    inspection.encoding = "utf-8";
    inspection.rows = std::move(listing->rows);
  }
  inspection.family = "wordpress";
  inspection.url = setup.url;
  co_return inspection;
}

}  // namespace

Lines build_lines(const Settings& settings, const Outside& outside) {
  Lines lines;
  Policies policies;
  lines.sources.reserve(settings.sources.size());
  for (const SourceSettings& source : settings.sources) {
    auto line = build_source(source, outside, policies);
    if (line) lines.sources.push_back(std::move(line));
  }
  lines.sites = policies.together();
  std::set<std::string> called;
  for (const SourceSettings& source : settings.sources) {
    if (source.callback_path.empty()) continue;
    Table table = source.table;
    if (settings.console.callbacks_listen.empty())
      table.problem("callback_path", "needs console.callbacks_listen");
    if (!called.insert(source.callback_path).second)
      table.problem("callback_path", "is another source's already");
  }
  for (const ChannelSettings& channel : settings.channels) {
    auto line = build_channel(channel, settings, lines.sites, outside);
    Table table = channel.table;
    if (line && (is_called_like(*line, lines) || called.count(line->channel->callback_path()) > 0))
      table.problem("callback_path", "is another channel's or source's already");
    if (line) lines.channels.push_back(std::move(line));
  }
  check_shown(settings, lines);
  lines.posts = build_posts(settings, outside);
  return lines;
}

asio::awaitable<Inspection> inspect(SourceSetup setup, std::string type, Instant deadline) {
  if (type == "wordpress") co_return co_await inspect_wordpress(setup, deadline);
  HttpHeaders headers;
  Fetched fetched = co_await fetch(setup, setup.url, std::move(headers), deadline);
  if (auto* fault = std::get_if<SourceFault>(&fetched)) {
    Inspection inspection = inspection_of(std::move(*fault));
    inspection.url = setup.url;
    co_return inspection;
  }
  const auto& reply = std::get<HttpReply>(fetched);
  const bool is_feed =
      type.empty() ? begins_as_feed(reply.body, reply.header("content-type")) : type == "feed";
  const InspectReply read = is_feed ? &inspect_feed : &inspect_page;
  co_return read(reply, setup.clock.now());
}

std::vector<std::string> source_types() {
  return names_of(kSourceTypes);
}

}  // namespace liandong
