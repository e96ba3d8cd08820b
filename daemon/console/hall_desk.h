// The hall's screens as people see and order them, on the page /screens.
//
//   GET  /api/v1/screens                 screens, groups, emergency messages and pins of now
//   POST /api/v1/screens/{id}/approve    .../revoke    .../group  group: a hall channel, or ""
//   POST /api/v1/emergencies             title, text, group, minutes      .../{id}/end
//   POST /api/v1/items/{id}/pin          days      .../unpin

#ifndef LIANDONG_DAEMON_CONSOLE_HALL_DESK_H_
#define LIANDONG_DAEMON_CONSOLE_HALL_DESK_H_

#include <functional>
#include <string>
#include <vector>

#include "daemon/console/server.h"
#include "daemon/delivery/decisions.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

class JsonBody;
struct Screen;

class HallDesk {
 public:
  // `halls`: the names of the channels of type "hall", which are the groups of screens.
  HallDesk(std::vector<std::string> halls, Database& database, Ledger& ledger, Clock& clock);
  HallDesk(const HallDesk&) = delete;
  HallDesk& operator=(const HallDesk&) = delete;

  // REQUIRES: this object outlives the server the router is given to.
  void add_routes(Router& router);

 private:
  using Work = std::function<Result<void>(Transaction&, const Decider&)>;
  using ScreenWork = std::function<Result<void>(Transaction&, const Screen&, const Decider&)>;

  asio::awaitable<WebResponse> screens(WebRequest request);
  asio::awaitable<WebResponse> approve(WebRequest request);
  asio::awaitable<WebResponse> revoke(WebRequest request);
  asio::awaitable<WebResponse> group(WebRequest request);
  asio::awaitable<WebResponse> show(WebRequest request);
  asio::awaitable<WebResponse> end(WebRequest request);
  asio::awaitable<WebResponse> pin(WebRequest request);
  asio::awaitable<WebResponse> unpin(WebRequest request);
  asio::awaitable<WebResponse> change_screen(WebRequest request, ScreenWork work);
  [[nodiscard]] std::string group_in(JsonBody& body) const;
  asio::awaitable<WebResponse> carry_out(std::string actor, Work work);

  std::vector<std::string> halls_;
  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_HALL_DESK_H_
