// The listeners of the daemon: the console for people, the hall for screens, and, where platforms
// call us, one for their callbacks.
//
// The console speaks plain HTTP, so it listens on loopback addresses only; start() refuses any
// other with a sentence that says so. A server with TLS in front makes it reachable
// (console.public_url).

#ifndef LIANDONG_DAEMON_CONSOLE_CONSOLE_H_
#define LIANDONG_DAEMON_CONSOLE_CONSOLE_H_

#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/console/actions.h"
#include "daemon/console/api.h"
#include "daemon/console/audit_desk.h"
#include "daemon/console/gate.h"
#include "daemon/console/hall.h"
#include "daemon/console/hall_desk.h"
#include "daemon/console/health.h"
#include "daemon/console/ledger_desk.h"
#include "daemon/console/login.h"
#include "daemon/console/people.h"
#include "daemon/console/server.h"
#include "daemon/ledger/ledger.h"
#include "daemon/settings/settings.h"

namespace liandong {

// Why a value of console.listen cannot be used, or success. For `check` and for start().
[[nodiscard]] Result<ListenAddress> check_console_listen(const std::string& listen);
[[nodiscard]] Result<ListenAddress> check_screens_listen(const std::string& listen);

struct ConsoleOptions {
  ConsoleSettings listen;
  std::string site_name;
  std::vector<ApiOptions::ChannelName> channels;
  std::function<ScreeningRules()> screening = [] { return ScreeningRules(); };  // in force
  Duration poll{10'000};                                                        // of the screens
  // What platforms call at /callback/{name} of console.callbacks_listen.
  WebHandler callback;
  // For what people decide; the channels' names come from `channels`.
  std::function<std::shared_ptr<Planner>()> planner;
  std::function<void()> decided;
  // For the audit and the ledger.
  AuditDesk::Basis basis;
  std::string store_url;
};

class Console {
 public:
  // REQUIRES: all arguments outlive this object.
  Console(asio::any_io_executor executor, Database& database, Ledger& ledger, Clock& clock,
          const Health& health);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console();

  // Opens the listeners that are configured. REQUIRES: called once.
  [[nodiscard]] Result<void> start(const ConsoleOptions& options);
  // Lets requests under way end until `deadline`.
  asio::awaitable<void> stop(Instant deadline);

  // Of the callbacks' listener, "http://127.0.0.1:8462/callback/"; empty: not listening.
  [[nodiscard]] const std::string& callbacks_address() const { return callbacks_address_; }
  // "http://127.0.0.1:8460/" and "http://127.0.0.1:8461/display/v1/page"; empty: not listening.
  [[nodiscard]] const std::string& console_address() const { return console_address_; }
  [[nodiscard]] const std::string& screens_address() const { return screens_address_; }

 private:
  [[nodiscard]] Result<void> listen_for_callbacks(const ConsoleOptions& options);
  [[nodiscard]] Result<void> listen_for_screens(const ConsoleOptions& options);
  [[nodiscard]] Result<void> listen_for_people(const ConsoleOptions& options);

  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
  const Health& health_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Login> login_;
  std::unique_ptr<Actions> actions_;
  std::unique_ptr<People> people_;
  std::unique_ptr<HallDesk> hall_desk_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<AuditDesk> audit_desk_;
  std::unique_ptr<LedgerDesk> ledger_desk_;
  std::unique_ptr<Hall> hall_;
  std::string console_address_;
  std::string screens_address_;
  std::string callbacks_address_;
  WebServer server_;  // last: it goes first
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_CONSOLE_H_
