// What must hold between the values of a configuration. Used by settings.cc; unknown_name() is for
// every list of names.
//
// Each function records what is wrong at the key that is wrong and changes nothing.

#ifndef LIANDONG_DAEMON_SETTINGS_CROSS_CHECKS_H_
#define LIANDONG_DAEMON_SETTINGS_CROSS_CHECKS_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/settings/settings.h"
#include "daemon/settings/table.h"

namespace liandong {

// Those of item.h, which this level does not know; a test compares them.
inline constexpr std::array<std::string_view, 5> kKindNames = {
    "policy", "interpretation", "notice_important", "notice", "news"};

// The names of the channels whose posts the hall's screens show; of whatever has a name and a type.
template <typename Channel>
[[nodiscard]] std::vector<std::string> halls_of(const std::vector<Channel>& channels) {
  std::vector<std::string> halls;
  for (const Channel& channel : channels) {
    if (channel.type == "hall") halls.push_back(channel.name);
  }
  return halls;
}

template <typename Named>
[[nodiscard]] std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const Named& one : all) {
    names.push_back(one.name);
  }
  return names;
}

// "there is no channel 'webo'; did you mean "weibo"?", or the list of those there are.
[[nodiscard]] std::string unknown_name(std::string_view what, std::string_view name,
                                       const std::vector<std::string>& known);

inline constexpr std::size_t kMaxNameBytes = 40;
// a-z, 0-9, _ and -.
[[nodiscard]] bool is_name(std::string_view text);
// The name of an organisation, source, channel or route: stands in the ledger, in file names and on
// command lines.
[[nodiscard]] std::string read_name(Table& table);

// "08:30".
[[nodiscard]] bool is_time_of_day(std::string_view text);

void check_listen(Table& table, std::string_view key, const std::string& address);
void check_public_url(Table& table, const std::string& url);
void check_store(Table& table, const StoreSettings& store);
void check_origin(Table& table, const std::string& origin);
void check_source(Table& table, const SourceSettings& source);
void check_quiet_hours(Table& table, const ChannelSettings& channel);
void check_batches(Table& table, const ChannelSettings& channel);
void check_retries(Table& table, const ChannelSettings& channel);

// The tables a Settings was read from, where what concerns several of them is reported.
struct Origins {
  Table root;
  std::vector<Table> sources;
  std::vector<Table> channels;
  std::vector<Table> routes;
  Table accounts;
};
// Names are unique, references lead somewhere, nothing is forgotten.
void check_together(Origins& origins, const Settings& settings);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_CROSS_CHECKS_H_
