// The console's pages and what they read: a JSON API with ETags; errors in the form of RFC 9457.
// What is decided there is in actions.h, who may in access.h.
//
//   GET /                     the page; its scripts and styles under /assets/
//   GET /login                the page to log in
//   GET /api/openapi.json     all of this and of actions.h, login.h and people.h, as OpenAPI 3.1
//   GET /api/v1/status        counts, channels, sources, ledger, screens
//   GET /api/v1/items         item x channel; limit, before, kind, channel, state, since, until,
//                             text
//   GET /api/v1/items/{id}    one item with its deliveries, revisions and log
//   GET /api/v1/items/{id}/finding  what screening found in what is out, with the text
//   GET /api/v1/review        what waits for approval, the oldest first; after, limit
//   GET /api/v1/deliveries/{id}  one delivery's exact text, its hash, who approved it
//   GET /api/v1/log           the sync log; channel, event, kind, state, since, text, before,
//   after,
//                             limit
//   GET /api/v1/channels      GET /api/v1/sources
//   GET /api/v1/events        server-sent events: "change" with {ledger_size} when anything changed
//   GET /healthz              200 while loop, store and scheduler move, else 503
//   GET /metrics              Prometheus

#ifndef LIANDONG_DAEMON_CONSOLE_API_H_
#define LIANDONG_DAEMON_CONSOLE_API_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/console/health.h"
#include "daemon/console/queries.h"
#include "daemon/console/server.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/review/screening.h"

namespace liandong {

struct ApiOptions {
  struct ChannelName {
    std::string name;
    std::string type;
  };
  std::string site_name;
  std::vector<ChannelName> channels;  // in the order of the configuration
  std::string screens_address;        // of the hall page, for a link; empty: none
  // What is in force.
  std::function<ScreeningRules()> screening = [] { return ScreeningRules(); };
};

class Api {
 public:
  Api(ApiOptions options, Database& database, Clock& clock, const Health& health);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // REQUIRES: this object outlives the server the router is given to.
  void add_routes(Router& router);

 private:
  using Method = asio::awaitable<WebResponse> (Api::*)(WebRequest);
  asio::awaitable<WebResponse> tagged(WebRequest request, Method method);
  asio::awaitable<WebResponse> status(WebRequest request);
  asio::awaitable<WebResponse> channels(WebRequest request);
  asio::awaitable<WebResponse> sources(WebRequest request);
  asio::awaitable<WebResponse> items(WebRequest request);
  asio::awaitable<WebResponse> item(WebRequest request);
  asio::awaitable<WebResponse> finding(WebRequest request);
  asio::awaitable<WebResponse> review(WebRequest request);
  asio::awaitable<WebResponse> delivery(WebRequest request);
  asio::awaitable<WebResponse> log_entries(WebRequest request);
  asio::awaitable<WebResponse> events(WebRequest request);
  asio::awaitable<WebResponse> health(WebRequest request);
  asio::awaitable<WebResponse> metrics(WebRequest request);
  // What one page watches.
  struct Watched {
    std::string session;
    Scope scope;
    StoreVersion version;
    bool has_looked = false;
    bool is_new = false;  // what the last look found

    // The log-in or the token, or the time without users.
    [[nodiscard]] bool is_over(Transaction& tx, Timestamp now) const;
    [[nodiscard]] Watched look(Transaction& tx) const;
  };
  asio::awaitable<std::optional<std::string>> next_event(std::shared_ptr<Watched> watched);
  [[nodiscard]] std::vector<std::string> channel_names() const;

  ApiOptions options_;
  Database& database_;
  Clock& clock_;
  const Health& health_;
  int streams_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_API_H_
