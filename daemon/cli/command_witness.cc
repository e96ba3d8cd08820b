// `liandong witness`: needs no configuration and no database, only its folder.

#include <cstdio>
#include <filesystem>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "daemon/app/key_file.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/console/server.h"
#include "daemon/ledger/witness.h"
#include "daemon/platform/log.h"
#include "daemon/platform/service_manager.h"

namespace liandong {

namespace {

constexpr Duration kStopTime = std::chrono::seconds(5);

// ORIGIN=KEY, or ORIGIN=sm3:KEY for a ledger hashed with SM3.
Result<std::map<std::string, LogKey>> read_logs(const std::vector<std::string>& texts) {
  constexpr std::string_view kSm3 = "sm3:";
  std::map<std::string, LogKey> logs;
  for (const std::string& text : texts) {
    const std::size_t sign = text.find('=');
    const std::string origin = text.substr(0, sign);
    std::string_view rest(text);
    rest.remove_prefix(sign == std::string::npos ? text.size() : sign + 1);
    const bool is_sm3 = rest.starts_with(kSm3);
    const auto key = from_base64(is_sm3 ? rest.substr(kSm3.size()) : rest);
    if (!is_origin(origin) || !key || key->size() != kPublicKeyBytes)
      return Error(ErrorKind::Permanent,
                   fmt::format("--log {}: expected the ledger's origin, '=' and its public key in "
                               "base64, after `sm3:` for a ledger hashed with SM3 (as `liandong "
                               "ledger key` prints it)",
                               text));
    logs[origin] = {origin, *key, is_sm3 ? HashKind::Sm3 : HashKind::Sha256};
  }
  return logs;
}

Result<Witness::Options> prepare(const WitnessOptions& options) {
  if (!is_origin(options.name))
    return Error(ErrorKind::Permanent, "--name: expected visible ASCII without blank and +");
  auto logs = read_logs(options.logs);
  if (!logs) return logs.error();
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  const std::filesystem::path file = std::filesystem::path(options.folder) / "witness.key";
  if (!std::filesystem::exists(file, error)) {
    const auto written = write_key_file(file, SigningKey::generate());
    if (!written) return written.error();
  }
  auto key = read_key_file(file);
  if (!key) return key.error();
  return Witness::Options{options.name, *key, std::move(*logs), options.folder};
}

Router routes_to(Witness& witness) {
  Router router;
  router.add("POST", "/add-checkpoint",
             [&witness](WebRequest request) -> asio::awaitable<WebResponse> {
               WitnessAnswer answer = witness.add_checkpoint(request.body);
               WebResponse response;
               response.status = answer.status;
               response.type = std::move(answer.type);
               response.body = std::move(answer.body);
               co_return response;
             });
  return router;
}

}  // namespace

int run_witness(const WitnessOptions& options) {
  auto prepared = prepare(options);
  if (!prepared) return refuse(prepared.error());
  const auto address = parse_listen_address(options.listen);
  if (!address) return refuse(Error(address.error()).during("--listen"));
  SystemClock clock;
  const std::string key = base64(prepared->key.public_raw());
  Witness witness(std::move(*prepared), clock);
  asio::io_context io{1};
  asio::signal_set signals(io, SIGTERM, SIGINT);
  WebServer server(io.get_executor(), clock);
  const auto bound = server.listen(*address, routes_to(witness));
  if (!bound) return refuse(Error(bound.error()).during("--listen"));
  fmt::print("[[witness]]\nname = \"{}\"\npublic_key = \"{}\"\nurl = \"http://{}\"\n", options.name,
             key, *bound);
  std::fflush(stdout);
  log(Level::Info, "service.started", {{"witness", options.name}, {"address", *bound}});
  notify_service_manager("READY=1");
  signals.async_wait([&](const boost::system::error_code& error, int /*number*/) {
    if (error) return;
    auto stop = [&server, &clock, &io]() -> asio::awaitable<void> {
      co_await server.stop(clock.after(kStopTime));
      io.stop();
    };
    asio::co_spawn(io, std::move(stop), [](const std::exception_ptr&) {});
  });
  io.run();
  return kExitDone;
}

}  // namespace liandong
