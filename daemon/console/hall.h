// The screens' API and page (contracts/display.md 7), served on a listener of its own that knows
// nothing of the console (domain/security.md T22).
//
//   POST /display/v1/register   {screen_key, name, model, resolution} -> {state, token}
//   GET  /display/v1/list       Bearer token, If-None-Match -> the list, or 304
//   POST /display/v1/heartbeat  Bearer token -> 204; X-Config-Version tells the page to reload
//   POST /display/v1/plays      Bearer token, [{play_id, id, title, start, end, clock}] -> counts
//   GET  /display/v1/page       the page; hall.css, hall.mjs, hall_type.mjs, sw.mjs beside it
//
// "Delivered" to a screen means listed here. What had to be on the screens is there when an
// approved one has fetched a list with it; "shown" is a play record.
//
// BUGS
//   A service worker needs https or a loopback address; elsewhere the page keeps its list over a
//   network failure, but not over a restart of the browser without network.

#ifndef LIANDONG_DAEMON_CONSOLE_HALL_H_
#define LIANDONG_DAEMON_CONSOLE_HALL_H_

#include <map>
#include <string>
#include <vector>

#include "daemon/console/hall_list.h"
#include "daemon/console/screens.h"
#include "daemon/console/server.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

struct HallOptions {
  std::string site_name;              // shown on every screen
  std::vector<std::string> channels;  // names of the channels of type "hall"
  // Lets a screen on this machine in without a person: for a demonstration, never behind a proxy.
  bool approve_loopback_screens = false;
  Duration poll{10'000};  // how often a screen asks
};

class Hall {
 public:
  Hall(HallOptions options, Database& database, Ledger& ledger, const Clock& clock);
  Hall(const Hall&) = delete;
  Hall& operator=(const Hall&) = delete;

  // REQUIRES: this object outlives the server the router is given to.
  void add_routes(Router& router);

  // Of the page and its parts; a screen whose page is another reloads it.
  [[nodiscard]] const std::string& page_version() const { return page_version_; }

 private:
  struct Remembered {
    std::int64_t ledger_size = -1;
    HallList list;
    bool is_awaited =
        false;  // what has to be on the screens is in it, and no screen has fetched it
  };
  struct Asked {
    Instant since;
    int times = 0;
  };

  asio::awaitable<WebResponse> register_one(WebRequest request);
  asio::awaitable<WebResponse> list(WebRequest request);
  asio::awaitable<void> note_list(Screen screen, std::vector<std::int64_t> deliveries);
  asio::awaitable<WebResponse> heartbeat(WebRequest request);
  asio::awaitable<WebResponse> plays(WebRequest request);
  asio::awaitable<WebResponse> asset(WebRequest request, std::string name) const;
  [[nodiscard]] bool asks_too_often(const std::string& peer);
  [[nodiscard]] std::vector<std::string> channels_of(const std::string& group) const;

  HallOptions options_;
  Database& database_;
  Ledger& ledger_;
  const Clock& clock_;
  std::string page_version_;
  // Touched only inside Database::read, which is one thread.
  std::map<std::string, Remembered> remembered_;
  std::map<std::string, Asked> asked_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_HALL_H_
