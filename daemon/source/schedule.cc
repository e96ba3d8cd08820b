#include "daemon/source/schedule.h"

#include <algorithm>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/platform/curl_url.h"

namespace liandong {
namespace {

constexpr std::size_t kFewLanes = 256;

HttpFailure not_sent(const CurlUrl& url, std::string code, const std::string& why) {
  HttpFailure failure;
  failure.code = std::move(code);
  failure.message = url.without_query() + ": " + why;
  return failure;
}

}  // namespace

// A place in the queue of a host, then one among its requests under way. Left by the destructor,
// so a coroutine that is cancelled or throws never blocks the others.
class PoliteHttpClient::Seat {
 public:
  Seat(PoliteHttpClient& client, Lane& lane, asio::any_io_executor executor)
      : client_(client),
        lane_(lane),
        event_(std::move(executor), asio::steady_timer::time_point::max()) {
    lane_.waiting.push_back(this);
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
    if (under_way_) {
      --lane_.under_way;
      lane_.free_at = std::max(lane_.free_at, client_.clock_.after(client_.options_.gap));
    } else {
      std::erase(lane_.waiting, this);
    }
    client_.wake_next(lane_);
  }

  [[nodiscard]] bool is_next() const {
    return lane_.waiting.front() == this && lane_.under_way < client_.options_.at_once;
  }
  void set_out() {
    lane_.waiting.pop_front();
    ++lane_.under_way;
    under_way_ = true;
    lane_.free_at = client_.clock_.after(client_.options_.gap);
    client_.wake_next(lane_);
  }
  void wake() { event_.cancel(); }
  asio::awaitable<void> wait_for_wake() {
    boost::system::error_code
        woken;  // always operation_aborted: the event is a timer that is cancelled
    co_await event_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }

 private:
  PoliteHttpClient& client_;
  Lane& lane_;
  asio::steady_timer event_;
  bool under_way_ = false;
};

PoliteHttpClient::PoliteHttpClient(HttpClient& inner, Clock& clock, Options options)
    : inner_(inner), clock_(clock), options_(options) {}

asio::awaitable<HttpResult> PoliteHttpClient::send(HttpRequest request) {
  const Result<CurlUrl> url = parse_url(request.url);
  if (url.has_error()) co_return not_sent(CurlUrl{}, "url", url.error().message());
  forget_idle_lanes();
  // `www.` is no other machine.
  Lane& lane = lanes_[url->host.starts_with("www.") ? url->host.substr(4) : url->host];
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Seat seat(*this, lane, executor);
  const bool has_turn = co_await wait_for_turn(seat, lane, request.deadline);
  if (!has_turn) {
    const Duration pause = lane.paused_until - clock_.tick();
    if (pause <= Duration(0)) co_return not_sent(*url, "deadline", "no time left for its turn");
    HttpFailure failure = not_sent(*url, "paused", "the host asked to be left alone");
    failure.retry_after = pause;
    co_return failure;
  }
  seat.set_out();
  HttpResult result = co_await inner_.send(std::move(request));
  const auto* reply = std::get_if<HttpReply>(&result);
  if (reply != nullptr && (reply->status == 429 || reply->status == 503)) {
    const auto pause = retry_after(*reply, clock_.now());
    if (pause) lane.paused_until = std::max(lane.paused_until, clock_.after(*pause));
  }
  co_return result;
}

// False when the turn cannot come before the deadline.
asio::awaitable<bool> PoliteHttpClient::wait_for_turn(Seat& seat, Lane& lane, Instant deadline) {
  for (;;) {
    const Instant start = std::max(lane.free_at, lane.paused_until);
    const Instant now = clock_.tick();
    if (std::max(start, now) >= deadline) co_return false;
    if (!seat.is_next()) {
      co_await seat.wait_for_wake();
    } else if (start > now) {
      co_await clock_.sleep_until(start);
    } else {
      co_return true;
    }
  }
}

void PoliteHttpClient::wake_next(Lane& lane) {
  if (!lane.waiting.empty()) lane.waiting.front()->wake();
}

void PoliteHttpClient::forget_idle_lanes() {
  if (lanes_.size() < std::max(kFewLanes, lanes_kept_)) return;
  const Instant now = clock_.tick();
  std::erase_if(lanes_, [now](const auto& entry) {
    const Lane& lane = entry.second;
    return lane.waiting.empty() && lane.under_way == 0 && lane.free_at <= now &&
           lane.paused_until <= now;
  });
  lanes_kept_ = 2 * lanes_.size();  // or each request would look at all that are under way
}

}  // namespace liandong
