#include "daemon/settings/cross_checks.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxOriginBytes = 100;

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// "127.0.0.1:8460", "[::1]:8460". Names are not resolved: a listener must not depend on DNS.
bool parse_listen(std::string_view text, boost::asio::ip::address& address) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  std::uint16_t number = 0;
  const auto [end, wrong] = std::from_chars(port.data(), port.data() + port.size(), number);
  boost::system::error_code error;
  address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_v6() == bracketed && wrong == std::errc() && !port.empty() &&
         end == port.data() + port.size();
}

// "www.example.gov.cn", "*.example.gov.cn", "10.0.0.7", "[fd00::7]": a host and nothing else.
bool is_host(std::string_view text) {
  if (text.starts_with("*.")) {
    text.remove_prefix(2);
  }
  const bool bracketed = text.starts_with('[') && text.ends_with(']');
  return text.find_first_of(bracketed ? "/?#@%" : "/?#@%:") == std::string_view::npos &&
         parse_url("https://" + std::string(text) + "/").has_value();
}

template <typename Named>
void check_unique(std::vector<Table>& tables, const std::vector<Named>& all) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].name.empty() && !seen.insert(all[i].name).second) {
      tables[i].problem("name", fmt::format("'{}' is used twice", all[i].name));
    }
  }
}

void check_route(Table& table, const RouteSettings& route, const Settings& settings) {
  const std::vector<std::string> channels = names_of(settings.channels);
  const std::vector<std::string> sources = names_of(settings.sources);
  if (table.has("channels") && route.channels.empty()) {
    table.problem("channels", "must name at least one channel");
  } else if (!table.has("channels")) {
    table.problem("channels", "is required");
  }
  std::set<std::string> seen;
  for (const std::string& channel : route.channels) {
    if (!contains(channels, channel)) {
      table.problem("channels", unknown_name("channel", channel, channels));
    } else if (!seen.insert(channel).second) {
      table.problem("channels", fmt::format("'{}' is named twice", channel));
    }
  }
  for (const std::string& source : route.sources) {
    if (!contains(sources, source)) {
      table.problem("sources", unknown_name("source", source, sources));
    }
  }
}

// A route's items come from its own organisation, and reach the public by accounts of its own or of
// one above it.
void check_route_organisation(Table& table, const RouteSettings& route, const Settings& settings) {
  if (!route.organisation) return;
  const std::string& own = route.organisation->name;
  for (const ChannelSettings& channel : settings.channels) {
    if (!contains(route.channels, channel.name) || !channel.organisation) continue;
    const std::string& theirs = channel.organisation->name;
    if (!settings.organisations.reaches(theirs, own))
      table.problem("channels",
                    fmt::format("channel '{}' is of organisation '{}'; a route of '{}' sends to "
                                "channels of its own organisation or of one above it",
                                channel.name, theirs, own));
  }
  for (const SourceSettings& source : settings.sources) {
    if (!route.sources.contains(source.name) || !source.organisation) continue;
    const std::string& theirs = source.organisation->name;
    if (route.organisations.contains(theirs)) continue;
    const bool is_below = settings.organisations.reaches(own, theirs);
    table.problem("sources",
                  fmt::format("source '{}' is of organisation '{}'; a route of '{}' takes items of "
                              "its own organisation only{}",
                              source.name, theirs, own,
                              is_below ? ", or with `below = true` also of those below it" : ""));
  }
}

bool is_routed(const Settings& settings, const SourceSettings& source) {
  std::set<std::string> kinds{source.kind};
  for (const KindRule& rule : source.kind_rules) {
    kinds.insert(rule.kind);
  }
  return std::any_of(
      settings.routes.begin(), settings.routes.end(), [&](const RouteSettings& route) {
        const bool takes =
            (route.sources.empty() || route.sources.contains(source.name)) &&
            (!source.organisation || route.organisations.contains(source.organisation->name));
        return takes && std::any_of(kinds.begin(), kinds.end(), [&route](const std::string& kind) {
                 return route.kinds.contains(kind);
               });
      });
}

// What is legal but hardly meant.
void warn_of_the_forgotten(Origins& origins, const Settings& settings) {
  for (std::size_t i = 0; i < settings.sources.size(); ++i) {
    if (!is_routed(settings, settings.sources[i])) {
      origins.sources[i].problem("", "no route takes anything from this source", true);
    }
  }
  for (std::size_t i = 0; i < settings.channels.size(); ++i) {
    const std::string& name = settings.channels[i].name;
    if (std::none_of(
            settings.routes.begin(), settings.routes.end(),
            [&name](const RouteSettings& route) { return contains(route.channels, name); })) {
      origins.channels[i].problem("", "no route sends anything to this channel", true);
    }
  }
}

// Only a warning: what a column brought while it was still watched stays counted.
void check_sources_named(Table& table, std::string_view key, const std::set<std::string>& named,
                         const std::vector<std::string>& known) {
  for (const std::string& source : named) {
    if (!contains(known, source)) {
      table.problem(key, unknown_name("source", source, known), true);
    }
  }
}

void check_report_sources(Table& root, const Settings& settings) {
  const std::vector<std::string> sources = names_of(settings.sources);
  Table report = root.table("report");
  std::vector<Table> fields = report.tables("field");
  for (std::size_t i = 0; i < settings.report.fields.size(); ++i) {
    check_sources_named(fields[i], "sources", settings.report.fields[i].sources, sources);
  }
  Table columns = report.table("columns");
  check_sources_named(columns, "overview", settings.report.overview, sources);
  check_sources_named(columns, "news", settings.report.news, sources);
  check_sources_named(columns, "catalogue", settings.report.catalogue, sources);
}

}  // namespace

std::string unknown_name(std::string_view what, std::string_view name,
                         const std::vector<std::string>& known) {
  std::string message = fmt::format("there is no {} '{}'", what, shorten(fold_blanks(name), 40));
  const std::string* nearest = nullptr;
  std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& one : known) {
    const std::size_t distance = edit_distance(name, one);
    if (distance < best) {
      best = distance;
      nearest = &one;
    }
  }
  if (nearest != nullptr) {
    return message + fmt::format("; did you mean \"{}\"?", *nearest);
  }
  return known.empty() ? message : message + fmt::format("; there are: {}", fmt::join(known, ", "));
}

bool is_name(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  return !text.empty() && text.size() <= kMaxNameBytes && text.front() != '-' &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::string read_name(Table& table) {
  std::string name = table.required_string("name");
  if (!trim(name).empty() && !is_name(name)) {
    table.problem("name", fmt::format("expected up to {} of a-z, 0-9, _ and -, got '{}'",
                                      kMaxNameBytes, fold_blanks(name)));
  }
  return name;
}

bool is_time_of_day(std::string_view text) {
  const auto digit = [&text](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  return text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4) &&
         text.substr(0, 2) < "24" && text[3] < '6';
}

void check_listen(Table& table, std::string_view key, const std::string& address) {
  if (address.empty()) {
    return;
  }
  boost::asio::ip::address host;
  if (!parse_listen(address, host)) {
    table.problem(key, fmt::format("expected an address and port such as \"127.0.0.1:8460\", got "
                                   "'{}'",
                                   fold_blanks(address)));
  } else if (key == "listen" && !host.is_loopback()) {
    table.problem(key,
                  "the console speaks plain HTTP: let it listen on 127.0.0.1 and put a server with "
                  "TLS in front of it",
                  true);
  }
}

void check_public_url(Table& table, const std::string& url) {
  if (url.empty()) return;
  const Result<CurlUrl> parsed = parse_url(url);
  if (is_web_url(url) && parsed && parsed->scheme == "https" && parsed->path() == "/" &&
      parsed->query().empty())
    return;
  table.problem("public_url", fmt::format("expected an https address without a path such as "
                                          "\"https://liandong.example.gov.cn\", got '{}'",
                                          shorten(fold_blanks(url), 60)));
}

void check_store(Table& table, const StoreSettings& store) {
  if (store.lease > std::chrono::minutes(10))
    table.problem("lease", "at most 10m: so long a node's accounts wait when it is lost");
  const std::string& url = store.url;
  const bool sqlite = url.starts_with("sqlite://") && url.size() > 9;
  const bool postgres = url.starts_with("postgresql://") || url.starts_with("postgres://");
  if (!sqlite && !postgres) {
    table.problem("url", "expected \"sqlite:///path/to/file\" or \"postgresql://…\"");
    return;
  }
  const std::string_view rest = std::string_view(url).substr(url.find("://") + 3);
  const std::string_view user = rest.substr(0, std::min(rest.find('@'), rest.size()));
  if (postgres &&
      ((rest.find('@') != std::string_view::npos && user.find(':') != std::string_view::npos) ||
       rest.find("password=") != std::string_view::npos)) {
    table.problem(
        "url",
        "a password does not belong here; use peer authentication over the Unix socket, or "
        "passfile=… with a file of mode 0600");
  }
}

void check_origin(Table& table, const std::string& origin) {
  if (origin.empty()) {
    table.problem("origin", "is required, or site.url to make it from");
    return;
  }
  const bool good = std::all_of(origin.begin(), origin.end(),
                                [](char c) { return c > ' ' && c < '\x7f' && c != '+'; });
  if (!good || origin.size() > kMaxOriginBytes) {
    table.problem("origin",
                  fmt::format("expected up to {} visible ASCII characters other than '+', "
                              "such as \"www.example.gov.cn/liandong\"",
                              kMaxOriginBytes));
  }
}

void check_source(Table& table, const SourceSettings& source) {
  for (const std::string& host : source.hosts) {
    if (!is_host(host)) {
      table.problem("hosts", fmt::format("expected a host such as \"www.example.gov.cn\", got '{}'",
                                         shorten(fold_blanks(host), 60)));
    }
  }
  std::error_code error;
  if (!source.ca_file.empty() && !std::filesystem::is_regular_file(source.ca_file, error)) {
    table.problem("ca_file", fmt::format("{} is not a file", source.ca_file));
  }
  if (source.every < 1min && !source.internal) {
    table.problem("every", "more than once a minute is not polite to a public website", true);
  }
}

void check_quiet_hours(Table& table, const ChannelSettings& channel) {
  const std::string& from = channel.quiet_from;
  const std::string& to = channel.quiet_to;
  for (const auto& [key, time] : {std::pair("quiet_from", from), std::pair("quiet_to", to)}) {
    if (!time.empty() && !is_time_of_day(time)) {
      table.problem(key, fmt::format("expected a time of day such as \"22:00\", got '{}'",
                                     shorten(fold_blanks(time), 40)));
    }
  }
  if (from.empty() != to.empty()) {
    table.problem(from.empty() ? "quiet_from" : "quiet_to",
                  "quiet hours need both quiet_from and quiet_to");
  } else if (!from.empty() && from == to) {
    table.problem("quiet_to", "must differ from quiet_from; to stop a channel use paused = true");
  }
}

void check_batches(Table& table, const ChannelSettings& channel) {
  for (const std::string& time : channel.batch_at) {
    if (!is_time_of_day(time)) {
      table.problem("batch_at", fmt::format("expected times of day such as \"09:00\", got '{}'",
                                            shorten(fold_blanks(time), 40)));
    }
  }
  if (!channel.batch_at.empty() && channel.batch_max < 2) {
    table.problem("batch_at", "needs batch_max of at least 2");
  }
}

void check_retries(Table& table, const ChannelSettings& channel) {
  if (channel.retry_most < channel.retry_first) {
    table.problem("retry_most", "must not be shorter than retry_first");
  }
}

void check_together(Origins& origins, const Settings& settings) {
  const std::pair<std::string_view, bool> needed[] = {{"source", settings.sources.empty()},
                                                      {"channel", settings.channels.empty()},
                                                      {"route", settings.routes.empty()}};
  for (const auto& [what, missing] : needed) {
    if (missing && !origins.root.has(what)) {
      origins.root.problem(what, fmt::format("at least one [[{}]] is needed", what));
    }
  }
  check_unique(origins.sources, settings.sources);
  check_unique(origins.channels, settings.channels);
  check_unique(origins.routes, settings.routes);
  for (std::size_t i = 0; i < settings.routes.size(); ++i) {
    check_route(origins.routes[i], settings.routes[i], settings);
    check_route_organisation(origins.routes[i], settings.routes[i], settings);
  }
  const std::vector<std::string> channels = names_of(settings.channels);
  for (const auto& [channel, account] : settings.report.accounts) {
    if (!contains(channels, channel)) {
      origins.accounts.problem(channel, unknown_name("channel", channel, channels));
    }
  }
  check_report_sources(origins.root, settings);
  for (std::size_t i = 0; i < settings.channels.size(); ++i) {
    if (settings.channels[i].type == "hall" && settings.console.screens_listen.empty()) {
      origins.channels[i].problem("type", "a hall channel needs console.screens_listen");
    }
  }
  warn_of_the_forgotten(origins, settings);
}

}  // namespace liandong
