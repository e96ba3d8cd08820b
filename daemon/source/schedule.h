// Politeness towards the websites that are watched (contracts/cms.md 7.7).
//
// An HttpClient that lets requests to one host through one after the other, in the order they came,
// with a least gap between the end of one and the start of the next, and that leaves a host alone
// for as long as its 429 or 503 asked (Retry-After, at most a day). Other hosts are not held up.
// A request whose deadline ends before its turn can come fails without being sent: code "paused",
// with the rest of the pause, or "deadline".
//
// Lives on one io_context thread. Does not back off after failures: the Watcher does.
//
// BUGS
//   A redirect to another host is followed within the turn of the first.

#ifndef LIANDONG_DAEMON_SOURCE_SCHEDULE_H_
#define LIANDONG_DAEMON_SOURCE_SCHEDULE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "daemon/platform/clock.h"
#include "daemon/platform/http.h"

namespace liandong {

class PoliteHttpClient final : public HttpClient {
 public:
  struct Options {
    Duration gap = std::chrono::seconds(1);
    int at_once = 1;  // requests under way to one host
  };

  // REQUIRES: `inner` and `clock` outlive this object, which outlives the coroutines of send().
  PoliteHttpClient(HttpClient& inner, Clock& clock, Options options);

  asio::awaitable<HttpResult> send(HttpRequest request) override;

 private:
  class Seat;
  struct Lane {
    std::deque<Seat*> waiting;
    int under_way = 0;
    Instant free_at{};       // the gap
    Instant paused_until{};  // what the host asked for
  };

  asio::awaitable<bool> wait_for_turn(Seat& seat, Lane& lane, Instant deadline);
  void wake_next(Lane& lane);
  void forget_idle_lanes();

  HttpClient& inner_;
  Clock& clock_;
  const Options options_;
  std::map<std::string, Lane> lanes_;  // by host
  std::size_t lanes_kept_ = 0;         // so many may be there before the idle ones are looked for
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_SCHEDULE_H_
