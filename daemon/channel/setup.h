// What every channel adapter is made from, beside its own [[channel]] table.

#ifndef LIANDONG_DAEMON_CHANNEL_SETUP_H_
#define LIANDONG_DAEMON_CHANNEL_SETUP_H_

#include <memory>
#include <string>

#include "daemon/channel/channel.h"
#include "daemon/platform/address_policy.h"
#include "daemon/platform/http.h"
#include "daemon/platform/mail.h"
#include "daemon/settings/table.h"

namespace liandong {

struct ChannelSetup {
  std::string name;       // of the [[channel]]: "weibo"
  std::string site_name;  // 安徽省教育厅
  // For pictures of the watched site: what the sources may reach.
  std::shared_ptr<const AddressPolicy> site_policy;
  Clock& clock;
  HttpClient& http;
  Mailer& mail = no_mail();
};

// Reads its own keys from `table` (name, type, and the engine's keys are already taken), records
// what is wrong there, and returns null when it cannot be built.
using MakeChannel = std::unique_ptr<Channel> (*)(Table& table, const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_SETUP_H_
