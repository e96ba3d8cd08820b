// Which sources and channels there are, and how they are built from the configuration.
//
// registry.cc is the only file of the daemon that includes adapters/. A new adapter is one line in
// it.

#ifndef LIANDONG_DAEMON_APP_REGISTRY_H_
#define LIANDONG_DAEMON_APP_REGISTRY_H_

#include <memory>
#include <vector>

#include "daemon/channel/notice.h"
#include "daemon/delivery/dispatcher.h"
#include "daemon/platform/http.h"
#include "daemon/platform/mail.h"
#include "daemon/settings/settings.h"
#include "daemon/source/inspection.h"
#include "daemon/source/setup.h"
#include "daemon/source/watcher.h"

namespace liandong {

// What adapters reach the outside with.
struct Outside {
  Clock& clock;
  HttpClient& http;       // platforms
  HttpClient& site_http;  // websites: one request at a time a host
  Mailer& mail;
};

struct Lines {
  std::vector<std::shared_ptr<SourceLine>> sources;
  // What they may reach together: pictures may come from any of their hosts.
  std::shared_ptr<const AddressPolicy> sites;
  std::vector<std::shared_ptr<ChannelLine>> channels;
  std::vector<NamedPost> posts;  // [alerts.email], [alerts.webhook]
};

// Builds everything; what is wrong (unknown type, an adapter's key) is recorded with the Problems
// the settings were read with, and the lines are then not to be used. Talks to nobody. The lines
// refer to `settings.sources`.
[[nodiscard]] Lines build_lines(const Settings& settings, const Outside& outside);

// For `liandong probe`: what stands at `setup.url`, read as a source of `type` would read it, or,
// when that is empty, as what it looks like. An unknown type is a fault.
[[nodiscard]] asio::awaitable<Inspection> inspect(SourceSetup setup, std::string type,
                                                  Instant deadline);
// The types a [[source]] may have.
[[nodiscard]] std::vector<std::string> source_types();

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_REGISTRY_H_
