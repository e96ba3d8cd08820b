// Who calls the daemon: websites, platforms and WebSub hubs.
#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "daemon/app/daemon.h"
#include "daemon/platform/address_policy.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/log.h"
#include "daemon/source/site_call.h"
#include "daemon/source/websub.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr Duration kHubRound = 5s;
constexpr Duration kHubAnswer = 30s;

// Counts what uses the engine without being one of its tasks.
class UnderWay {
 public:
  explicit UnderWay(int& count) : count_(count) { ++count_; }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() { --count_; }

 private:
  int& count_;
};

}  // namespace

// A website that has published something.
asio::awaitable<WebResponse> Daemon::answer_site(WebRequest request) {
  const auto& lines = engine_.lines.sources;
  const auto called = std::find_if(lines.begin(), lines.end(), [&request](const auto& line) {
    return line->settings.callback_path == request.path;
  });
  if (called == lines.end()) co_return problem(404, "not-found", "nobody is called here");
  const std::shared_ptr<SourceLine> line = *called;
  const SourceSettings& source = line->settings;
  if (request.method == "GET" && request.query.count("hub.mode") > 0) {
    WebResponse answer = co_await answer_hub(source.name, std::move(request));
    co_return answer;
  }
  const bool proven =
      request.method == "POST" &&
      is_signed_call(source.callback_secret, request.headers, request.body, clock_.now(),
                     source.callback_items ? CallUse::Items : CallUse::Wake);
  log(proven ? Level::Info : Level::Warn, proven ? "callback.received" : "callback.refused",
      {{"source", source.name}, {"peer", request.peer}});
  if (!proven)
    co_return problem(403, "forbidden", "the call is not signed with this source's secret");
  if (stopping_) co_return problem(503, "stopping", "call again in a minute");
  if (source.callback_items) {
    WebResponse taken = co_await take_items(*line, std::move(request));
    co_return taken;
  }
  co_await call_watcher(source.name);
  WebResponse response;
  response.status = 202;
  response.body = "{}";
  co_return response;
}

// Answered when the items are stored: a site that gets no answer calls again, and may.
asio::awaitable<WebResponse> Daemon::take_items(const SourceLine& line, WebRequest request) {
  Result<Listing> listing = line.source->receive(request.body, request.header("content-type"));
  if (!listing) {
    log(Level::Warn, "callback.refused",
        {{"source", line.settings.name}, {"error", listing.error().message()}});
    co_return problem(422, "no-items", listing.error().message());
  }
  const std::size_t items = listing->rows.size();
  const UnderWay under_way(calls_);
  std::string digest = digest_of_call(request.headers, request.body);
  const bool is_new =
      co_await engine_.watcher->take_call(line, std::move(digest), std::move(*listing));
  WebResponse response;
  response.status = is_new ? 202 : 200;
  response.body = fmt::format("{{\"items\":{}}}", is_new ? items : 0);
  co_return response;
}

asio::awaitable<WebResponse> Daemon::answer_callback(WebRequest request) {
  const auto& lines = engine_.lines.channels;
  const auto called = std::find_if(lines.begin(), lines.end(), [&request](const auto& line) {
    return line->channel->callback_path() == request.path;
  });
  if (called == lines.end()) {
    WebResponse response = co_await answer_site(std::move(request));
    co_return response;
  }
  const std::string name = (*called)->name;
  const CallbackRequest call{request.method, request.query, request.body, clock_.now()};
  const CallbackReply reply = (*called)->channel->answer_callback(call);
  int ended = 0;
  if (reply.hint) {
    auto follow = [this, &name, &hint = *reply.hint](Transaction& tx) {
      return queue_->end_waits(tx, name, hint.key, hint.value);
    };
    ended = co_await workshop_.database->write(std::move(follow));
    if (ended > 0 && !stopping_) engine_.dispatcher->wake();
  }
  const bool refused = reply.status != 200;
  log(refused ? Level::Warn : Level::Info, refused ? "callback.refused" : "callback.received",
      {{"channel", name},
       {"event", reply.hint ? reply.hint->event : std::string()},
       {"id", reply.hint ? reply.hint->value : std::string()},
       {"waits_ended", ended},
       {"peer", request.peer}});
  WebResponse response;
  response.status = reply.status;
  response.type = "text/plain; charset=utf-8";
  response.body = reply.body;
  co_return response;
}

// A hub asks whether we want what we asked it for, or says that it will not give it.
asio::awaitable<WebResponse> Daemon::answer_hub(std::string source, WebRequest request) {
  auto hear = [source, query = std::move(request.query), now = clock_.now()](Transaction& tx) {
    return hear_hub(tx, source, query, now);
  };
  const std::optional<HubWord> word = co_await workshop_.database->write(std::move(hear));
  const bool subscribed = word && !word->denied;
  log(subscribed ? Level::Info : Level::Warn,
      subscribed ? "hub.subscribed" : (word ? "hub.denied" : "hub.refused"),
      {{"source", source},
       {"peer", request.peer},
       {"until", subscribed ? rfc3339(word->lease_until) : std::string()},
       {"reason", word ? word->reason : std::string()}});
  if (!word) co_return problem(404, "not-found", "nobody asked for this subscription");
  WebResponse response;
  response.type = "text/plain; charset=utf-8";
  response.body = word->challenge;
  co_return response;
}

// Asks the hubs for what is new or ends soon. One at a time: it is never urgent.
asio::awaitable<void> Daemon::keep_subscriptions() {
  for (;;) {
    co_await clock_.sleep_until(clock_.after(kHubRound));
    if (settings_.console.callbacks_url.empty() || !leads()) continue;
    auto load = [now = clock_.now()](Transaction& tx) { return due_subscriptions(tx, now); };
    const std::vector<Subscription> due = co_await workshop_.database->read(std::move(load));
    for (const Subscription& subscription : due) co_await ask_hub(subscription);
  }
}

asio::awaitable<void> Daemon::ask_hub(Subscription subscription) {
  const auto& lines = engine_.lines.sources;
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& line) {
    return line->settings.name == subscription.source;
  });
  // First on record: the hub's question may come before its answer.
  subscription = asked(std::move(subscription), clock_.now());
  // Made before anything is awaited: a reload replaces the lines and their settings.
  std::optional<HttpRequest> request;
  if (found != lines.end()) request = hub_request((*found)->settings, subscription);
  auto record = [subscription](Transaction& tx) { store_subscription(tx, subscription); };
  co_await workshop_.database->write(std::move(record));
  if (!request) co_return;
  request->deadline = clock_.after(kHubAnswer);
  const HttpResult result = co_await site_http_->send(std::move(*request));
  const auto* reply = std::get_if<HttpReply>(&result);
  const bool accepted = reply != nullptr && reply->status / 100 == 2;
  log(accepted ? Level::Info : Level::Warn, "hub.asked",
      {{"source", subscription.source},
       {"hub", subscription.hub},
       {"status", reply == nullptr ? 0 : reply->status}});
}

// None where the source is no longer called.
std::optional<HttpRequest> Daemon::hub_request(const SourceSettings& source,
                                               const Subscription& subscription) const {
  if (source.callback_path.empty()) return std::nullopt;
  HttpRequest request =
      subscribe_request(subscription, settings_.console.callbacks_url + source.callback_path,
                        source.callback_secret.reveal());
  AddressPolicy::Options reach;  // any public host; an internal site's hub may be private
  reach.allow_private = source.internal;
  reach.allow_http = source.url.starts_with("http://");
  reach.ports = {80, 443};
  if (const Result<CurlUrl> hub = parse_url(subscription.hub)) reach.ports.insert(hub->port);
  request.policy = std::make_shared<AddressPolicy>(std::move(reach));
  request.ca_file = source.ca_file;
  return request;
}

}  // namespace liandong
