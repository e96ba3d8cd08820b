#include "daemon/console/console.h"

#include <fmt/format.h>

#include "daemon/platform/text.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

Result<ListenAddress> check_console_listen(const std::string& listen) {
  auto address = parse_listen_address(listen);
  if (!address) return std::move(address).error().during("console.listen");
  if (!address->loopback)
    return Error(ErrorKind::Permanent,
                 fmt::format("console.listen: '{}' is not a loopback address; the console speaks "
                             "plain HTTP, so it may listen only on 127.0.0.1 or [::1] (reach it "
                             "from elsewhere through a server with TLS, see console.public_url, or "
                             "an SSH tunnel)",
                             listen));
  return address;
}

Result<ListenAddress> check_screens_listen(const std::string& listen) {
  auto address = parse_listen_address(listen);
  if (!address) return std::move(address).error().during("console.screens_listen");
  return address;
}

Console::Console(asio::any_io_executor executor, Database& database, Ledger& ledger, Clock& clock,
                 const Health& health)
    : database_(database),
      ledger_(ledger),
      clock_(clock),
      health_(health),
      server_(std::move(executor), clock) {}

Console::~Console() = default;

// Nothing else is served there, whoever reaches it.
Result<void> Console::listen_for_callbacks(const ConsoleOptions& options) {
  if (options.listen.callbacks_listen.empty()) return {};
  const auto address = parse_listen_address(options.listen.callbacks_listen);
  if (!address) return Error(address.error()).during("console.callbacks_listen");
  Router router;
  for (const char* method : {"GET", "POST"})
    router.add(method, "/callback/{name}", options.callback);
  const auto bound = server_.listen(*address, std::move(router));
  if (!bound) return Error(bound.error()).during("console.callbacks_listen");
  callbacks_address_ = fmt::format("http://{}/callback/", *bound);
  return {};
}

Result<void> Console::listen_for_screens(const ConsoleOptions& options) {
  if (options.listen.screens_listen.empty()) return {};
  const auto address = check_screens_listen(options.listen.screens_listen);
  if (!address) return address.error();
  HallOptions hall;
  hall.site_name = options.site_name;
  hall.channels = halls_of(options.channels);
  hall.approve_loopback_screens = options.listen.approve_loopback_screens;
  hall.poll = options.poll;
  hall_ = std::make_unique<Hall>(std::move(hall), database_, ledger_, clock_);
  Router router;
  hall_->add_routes(router);
  const auto bound = server_.listen(*address, std::move(router));
  if (!bound) return Error(bound.error()).during("console.screens_listen");
  // Bound to every address: this machine's own is one of them.
  std::string shown = *bound;
  if (shown.starts_with("0.0.0.0:")) shown = replace_all(shown, "0.0.0.0", "127.0.0.1");
  if (shown.starts_with("[::]:")) shown = replace_all(shown, "[::]", "[::1]");
  screens_address_ = fmt::format("http://{}/display/v1/page", shown);
  return {};
}

Result<void> Console::listen_for_people(const ConsoleOptions& options) {
  if (options.listen.listen.empty()) return {};
  const auto address = check_console_listen(options.listen.listen);
  if (!address) return address.error();
  const PublicOrigin at = public_origin(options.listen.public_url);
  Login::Options login;
  login.site_name = options.site_name;
  login.at = at;
  Actions::Options actions;
  for (const auto& channel : options.channels) actions.channels.push_back(channel.name);
  actions.halls = halls_of(options.channels);
  actions.planner = options.planner;
  actions.decided = options.decided;
  ApiOptions api;
  api.site_name = options.site_name;
  api.channels = options.channels;
  api.screens_address = screens_address_;
  api.screening = options.screening;
  gate_ = std::make_unique<Gate>(at, database_, clock_);
  login_ = std::make_unique<Login>(std::move(login), database_, ledger_, clock_);
  actions_ = std::make_unique<Actions>(std::move(actions), database_, ledger_, clock_);
  hall_desk_ = std::make_unique<HallDesk>(halls_of(options.channels), database_, ledger_, clock_);
  people_ = std::make_unique<People>(database_, ledger_, clock_);
  api_ = std::make_unique<Api>(std::move(api), database_, clock_, health_);
  audit_desk_ = std::make_unique<AuditDesk>(options.basis, options.store_url, database_, clock_);
  ledger_desk_ = std::make_unique<LedgerDesk>(options.store_url, database_, clock_);
  Router router;
  router.guard([at](const WebRequest& request) { return console_guard(request, at); });
  router.gate([this](std::string_view method, std::string_view pattern, WebRequest& request) {
    return gate_->judge(method, pattern, request);
  });
  login_->add_routes(router);
  actions_->add_routes(router);
  people_->add_routes(router);
  hall_desk_->add_routes(router);
  api_->add_routes(router);
  audit_desk_->add_routes(router);
  ledger_desk_->add_routes(router);
  const auto bound = server_.listen(*address, std::move(router));
  if (!bound) return Error(bound.error()).during("console.listen");
  console_address_ = fmt::format("http://{}/", *bound);
  return {};
}

Result<void> Console::start(const ConsoleOptions& options) {
  const auto callbacks = listen_for_callbacks(options);
  if (!callbacks) return callbacks.error();
  const auto screens = listen_for_screens(options);
  if (!screens) return screens.error();
  return listen_for_people(options);
}

asio::awaitable<void> Console::stop(Instant deadline) {
  co_await server_.stop(deadline);
}

}  // namespace liandong
