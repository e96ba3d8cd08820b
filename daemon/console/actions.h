// What people decide on the page: the decisions of the command line, by the user who is logged in.
//
//   POST /api/v1/deliveries/{id}/hold     reason       .../cancel   reason
//   POST /api/v1/deliveries/{id}/release               .../retry
//   POST /api/v1/deliveries/{id}/approve  text: the hash of what was read      .../deny   reason
//   POST /api/v1/deliveries/{id}/record   url, at (Beijing time; without: now)
//   POST /api/v1/items/{id}/withdraw      channel, reason     .../waive   channel, reason
//   POST /api/v1/items/{id}/urgent        reason: what waits of it goes at once when two approve
//   POST /api/v1/items/{id}/accept        seen, reason: what screening found in it may stay out
//   POST /api/v1/channels/{name}/pause    reason              .../resume
//   POST /api/v1/sources/{name}/release   seen, reason: what a mass change of the source held
//
// `seen` is the hash of what was on the page. Done whole or not at all. 404: there is no such
// thing; 409: it cannot be done as things stand ("changed": not any more, it is not what was seen);
// 422: a member is missing or wrong. Who may do what is the gate's matter (access.h), except what
// depends on the delivery: whoever held it does not release it, and `retry` sends what failed,
// never what waits for an approver.

#ifndef LIANDONG_DAEMON_CONSOLE_ACTIONS_H_
#define LIANDONG_DAEMON_CONSOLE_ACTIONS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/console/server.h"
#include "daemon/delivery/planner.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/review/approval.h"

namespace liandong {

// What can be decided of a delivery in that state, by somebody. `approvals`: that it has or wants.
[[nodiscard]] std::vector<std::string_view> possible_actions(
    std::string_view state, std::string_view purpose, const std::optional<Approvals>& approvals,
    Timestamp at);

class Actions {
 public:
  struct Options {
    std::vector<std::string> channels;  // that are configured
    std::vector<std::string> halls;     // of them, whose screens show what is delivered
    // The planner of now, asked on the io thread; it is kept while it is used.
    std::function<std::shared_ptr<Planner>()> planner;
    // Something was decided: look for what is to be sent.
    std::function<void()> decided;
  };
  Actions(Options options, Database& database, Ledger& ledger, Clock& clock);
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  // REQUIRES: this object outlives the server the router is given to.
  void add_routes(Router& router);

 private:
  struct Verb;
  struct Asked;
  using Work = std::function<Result<void>(Transaction&, const Decider&)>;

  asio::awaitable<WebResponse> decide_delivery(WebRequest request, const Verb* verb);
  asio::awaitable<WebResponse> decide_item(WebRequest request, bool withdraw);
  asio::awaitable<WebResponse> pause(WebRequest request);
  asio::awaitable<WebResponse> resume(WebRequest request);
  asio::awaitable<WebResponse> release_source(WebRequest request);
  asio::awaitable<WebResponse> accept(WebRequest request);
  asio::awaitable<WebResponse> urgent(WebRequest request);
  asio::awaitable<WebResponse> carry_out(std::string actor, Work work);
  [[nodiscard]] bool is_channel(const std::string& name) const;

  Options options_;
  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_ACTIONS_H_
