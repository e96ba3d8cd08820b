#include "daemon/console/hall_desk.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include "daemon/console/hall_orders.h"
#include "daemon/console/json_body.h"
#include "daemon/console/screens.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostTitle = 40;  // legible from ten metres
constexpr std::size_t kMostText = 200;
constexpr std::int64_t kMostMinutes = std::int64_t{7} * 24 * 60;
constexpr std::int64_t kMostDays = 90;

json::object to_json(const Screen& screen, Timestamp now) {
  const bool is_heard = screen.seen_at && now - *screen.seen_at < kScreenSilent;
  json::object object{{"id", screen.id},
                      {"name", screen.name},
                      {"group", screen.group},
                      {"state", screen.state},
                      {"registered_at", rfc3339(screen.registered_at)},
                      {"seen_at", nullptr},
                      {"heard", is_heard},
                      {"report", nullptr}};
  if (screen.seen_at) object["seen_at"] = rfc3339(*screen.seen_at);
  boost::system::error_code code;
  json::value report = json::parse(screen.report, code);
  if (!code && report.is_object()) object["report"] = std::move(report);
  return object;
}

json::object to_json(const Emergency& message) {
  return {{"id", message.id},
          {"group", message.group},
          {"title", message.title},
          {"text", message.text},
          {"made_by", message.made_by},
          {"made_at", rfc3339(message.made_at)},
          {"ends_at", rfc3339(message.ends_at)}};
}

json::object to_json(const Pin& pin) {
  return {{"item", pin.item}, {"title", pin.title}, {"ends_at", rfc3339(pin.ends_at)}};
}

WebResponse not_found(std::string_view what) {
  return problem(404, "not-found", fmt::format("there is no such {}", what));
}

}  // namespace

HallDesk::HallDesk(std::vector<std::string> halls, Database& database, Ledger& ledger, Clock& clock)
    : halls_(std::move(halls)), database_(database), ledger_(ledger), clock_(clock) {}

void HallDesk::add_routes(Router& router) {
  router.add("GET", "/api/v1/screens", this, &HallDesk::screens);
  router.add("POST", "/api/v1/screens/{id}/approve", this, &HallDesk::approve);
  router.add("POST", "/api/v1/screens/{id}/revoke", this, &HallDesk::revoke);
  router.add("POST", "/api/v1/screens/{id}/group", this, &HallDesk::group);
  router.add("POST", "/api/v1/emergencies", this, &HallDesk::show);
  router.add("POST", "/api/v1/emergencies/{id}/end", this, &HallDesk::end);
  router.add("POST", "/api/v1/items/{id}/pin", this, &HallDesk::pin);
  router.add("POST", "/api/v1/items/{id}/unpin", this, &HallDesk::unpin);
}

asio::awaitable<WebResponse> HallDesk::screens(WebRequest request) {
  auto work = [now = clock_.now(), halls = halls_](Transaction& tx) {
    json::object body{{"groups", json::value_from(halls)}};
    json::array& screens = body["screens"].emplace_array();
    for (const Screen& screen : read_screens(tx)) screens.push_back(to_json(screen, now));
    json::array& emergencies = body["emergencies"].emplace_array();
    for (const Emergency& message : open_emergencies(tx, now))
      emergencies.push_back(to_json(message));
    json::array& pins = body["pins"].emplace_array();
    for (const Pin& pin : open_pins(tx, now)) pins.push_back(to_json(pin));
    return body;
  };
  const json::object body = co_await database_.read(std::move(work));
  WebResponse response;
  response.body = json::serialize(body);
  tag(response, request.header("if-none-match"));
  co_return response;
}

asio::awaitable<WebResponse> HallDesk::carry_out(std::string actor, Work work) {
  const Decider by{std::move(actor), clock_.now()};
  auto decide = [by, work = std::move(work)](Transaction& tx) {
    return whole_or_nothing(tx, [&](Transaction& inner) { return work(inner, by); });
  };
  const Result<void> done = co_await database_.write(std::move(decide));
  if (!done && done.error().kind() == ErrorKind::Malformed) co_return not_found("screen");
  if (!done) co_return problem(409, "not-possible", done.error().message());
  WebResponse response;
  response.body = json::serialize(json::object{{"done", true}});
  co_return response;
}

asio::awaitable<WebResponse> HallDesk::change_screen(WebRequest request, ScreenWork work) {
  const std::optional<std::int64_t> id = request.number_argument("id");
  Work change = [id, work = std::move(work)](Transaction& tx, const Decider& by) -> Result<void> {
    const std::vector<Screen> all = read_screens(tx);
    const auto screen =
        std::find_if(all.begin(), all.end(), [id](const Screen& one) { return one.id == id; });
    if (screen == all.end()) return Error(ErrorKind::Malformed, "there is no such screen");
    return work(tx, *screen, by);
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(change));
  co_return response;
}

asio::awaitable<WebResponse> HallDesk::approve(WebRequest request) {
  JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  ScreenWork work = [this](Transaction& tx, const Screen& screen, const Decider& by) {
    return approve_screen(tx, ledger_, screen.name, by.actor);
  };
  WebResponse response = co_await change_screen(std::move(request), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> HallDesk::revoke(WebRequest request) {
  JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  ScreenWork work = [this](Transaction& tx, const Screen& screen, const Decider& by) {
    return revoke_screen(tx, ledger_, screen.name, by.actor);
  };
  WebResponse response = co_await change_screen(std::move(request), std::move(work));
  co_return response;
}

// Empty or a hall; complains of anything else.
std::string HallDesk::group_in(JsonBody& body) const {
  std::string group = body.optional_line("group", kMostTitle);
  if (!group.empty() && std::find(halls_.begin(), halls_.end(), group) == halls_.end())
    body.complain("group", "unknown", "there is no such hall channel");
  return group;
}

asio::awaitable<WebResponse> HallDesk::group(WebRequest request) {
  JsonBody body(request, {"group"});
  const std::string group = group_in(body);
  if (body.wrong()) co_return *body.wrong();
  ScreenWork work = [this, group](Transaction& tx, const Screen& screen, const Decider& by) {
    return group_screen(tx, ledger_, screen.name, group, by.actor);
  };
  WebResponse response = co_await change_screen(std::move(request), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> HallDesk::show(WebRequest request) {
  JsonBody body(request, {"title", "text", "group", "minutes"});
  Emergency message;
  message.title = body.line("title", kMostTitle);
  message.text = body.optional_line("text", kMostText);
  message.group = group_in(body);
  message.ends_at = clock_.now() + std::chrono::minutes(body.number("minutes", 1, kMostMinutes));
  if (body.wrong()) co_return *body.wrong();
  const Decider by{request.actor, clock_.now()};
  auto work = [this, message, by](Transaction& tx) {
    return show_emergency(tx, ledger_, message, by);
  };
  const Emergency shown = co_await database_.write(std::move(work));
  WebResponse response;
  response.body = json::serialize(to_json(shown));
  co_return response;
}

asio::awaitable<WebResponse> HallDesk::end(WebRequest request) {
  JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return not_found("message");
  Work work = [this, id = *id](Transaction& tx, const Decider& by) {
    return end_emergency(tx, ledger_, id, by);
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> HallDesk::pin(WebRequest request) {
  JsonBody body(request, {"days"});
  const std::int64_t days = body.number("days", 1, kMostDays);
  if (body.wrong()) co_return *body.wrong();
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return not_found("item");
  Work work = [this, id = *id, days](Transaction& tx, const Decider& by) {
    return pin_item(tx, ledger_, id, halls_, by.now + std::chrono::days(days), by);
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

asio::awaitable<WebResponse> HallDesk::unpin(WebRequest request) {
  JsonBody body(request, {});
  if (body.wrong()) co_return *body.wrong();
  const std::optional<std::int64_t> id = request.number_argument("id");
  if (!id) co_return not_found("item");
  Work work = [this, id = *id](Transaction& tx, const Decider& by) {
    return unpin_item(tx, ledger_, id, by);
  };
  WebResponse response = co_await carry_out(std::move(request.actor), std::move(work));
  co_return response;
}

}  // namespace liandong
