#include "daemon/console/hall.h"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/audit/screen_time.h"
#include "daemon/console/assets.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/result.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr const char* kPage = "hall.html";
constexpr std::array kBesidePage = {"hall.css", "hall.mjs", "hall_type.mjs", "sw.mjs"};
constexpr std::size_t kMostPlays = 500;
constexpr int kRegistrationsAMinute = 20;

std::optional<boost::json::value> parse_body(const WebRequest& request) {
  boost::json::parse_options options;
  options.max_depth = 4;
  boost::system::error_code code;
  boost::json::value value = boost::json::parse(request.body, code, {}, options);
  if (code) return std::nullopt;
  return value;
}

// The string member `name` of at most `most` code points, folded to one line; empty when absent.
std::string text_member(const boost::json::object& object, std::string_view name,
                        std::size_t most) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return "";
  return shorten(fold_blanks(value->as_string()), most);
}

std::int64_t number_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr) return 0;
  boost::system::error_code code;
  const auto number = value->to_number<std::int64_t>(code);
  return code ? 0 : number;
}

bool is_key(std::string_view text) {
  return text.size() >= 32 && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_';
         });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hexadecimal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hexadecimal) return false;
  }
  return true;
}

WebResponse json_response(const boost::json::value& value) {
  WebResponse response;
  response.body = boost::json::serialize(value);
  return response;
}

// Why a screen in that state gets nothing, or nothing when it may.
std::optional<WebResponse> refuse(const std::optional<Screen>& screen) {
  if (!screen || screen->state == "waiting") {
    WebResponse response = problem(401, "screen-unknown", "register this screen first");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  if (screen->state != "approved")
    return problem(403, "screen-revoked", "an administrator has revoked this screen");
  return std::nullopt;
}

Error untrue(std::string why) {
  return {ErrorKind::Malformed, std::move(why)};
}

// An error when the record cannot be true (contracts/display.md 2, row 10).
Result<Play> read_play(const boost::json::value& value, Timestamp now) {
  const boost::json::object* object = value.if_object();
  if (object == nullptr) return untrue("expected an object");
  Play play;
  play.id = text_member(*object, "play_id", 36);
  play.delivery = number_member(*object, "id");
  play.title = text_member(*object, "title", 200);
  const auto start = parse_rfc3339(text_member(*object, "start", 40));
  const auto end = parse_rfc3339(text_member(*object, "end", 40));
  play.clock = text_member(*object, "clock", 6) == "server" ? "server" : "local";
  if (!is_uuid(play.id)) return untrue("play_id: expected a UUID");
  if (play.delivery <= 0) return untrue("id: expected that of a slide");
  if (!start || !end) return untrue("start, end: expected times of RFC 3339");
  play.started_at = *start;
  play.ended_at = *end;
  if (play.started_at >= play.ended_at) return untrue("it ends before it starts");
  if (play.ended_at - play.started_at > kLongestPlay)
    return untrue("longer than an hour: the clock was set meanwhile");
  if (play.started_at <= now - std::chrono::days(365)) return untrue("more than a year ago");
  if (play.ended_at >= now + std::chrono::days(1)) return untrue("it is to come");
  return play;
}

std::string version_of_page() {
  std::string all = LIANDONG_VERSION;
  all += find_asset(kPage)->content;
  for (const char* name : kBesidePage) all += find_asset(name)->content;
  return sha256_hex(all).substr(0, 16);
}

}  // namespace

Hall::Hall(HallOptions options, Database& database, Ledger& ledger, const Clock& clock)
    : options_(std::move(options)),
      database_(database),
      ledger_(ledger),
      clock_(clock),
      page_version_(version_of_page()) {}

void Hall::add_routes(Router& router) {
  router.add("POST", "/display/v1/register", this, &Hall::register_one);
  router.add("GET", "/display/v1/list", this, &Hall::list);
  router.add("POST", "/display/v1/heartbeat", this, &Hall::heartbeat);
  router.add("POST", "/display/v1/plays", this, &Hall::plays);
  router.add("GET", "/display/v1/page",
             [this](WebRequest request) { return asset(std::move(request), kPage); });
  for (const std::string name : kBesidePage) {
    router.add("GET", "/display/v1/" + name,
               [this, name](WebRequest request) { return asset(std::move(request), name); });
  }
  router.add("GET", "/", [](WebRequest /*request*/) -> asio::awaitable<WebResponse> {
    WebResponse response;
    response.status = 302;
    response.headers.emplace_back("Location", "/display/v1/page");
    co_return response;
  });
}

bool Hall::asks_too_often(const std::string& peer) {
  constexpr std::size_t kMostPeers = 1000;
  if (asked_.size() > kMostPeers) asked_.clear();
  Asked& asked = asked_[peer];
  if (clock_.tick() - asked.since > std::chrono::minutes(1)) {
    asked.since = clock_.tick();
    asked.times = 0;
  }
  return ++asked.times > kRegistrationsAMinute;
}

asio::awaitable<WebResponse> Hall::register_one(WebRequest request) {
  if (asks_too_often(request.peer)) {
    WebResponse response = problem(429, "too-many-registrations", "try again in a minute");
    response.headers.emplace_back("Retry-After", "60");
    co_return response;
  }
  const std::optional<boost::json::value> body = parse_body(request);
  if (!body || !body->is_object()) co_return problem(400, "bad-json", "expected a JSON object");
  const boost::json::object& object = body->get_object();
  Registration registration;
  registration.key = text_member(object, "screen_key", 128);
  registration.name = text_member(object, "name", 40);
  if (!is_key(registration.key) || registration.name.empty())
    co_return problem(400, "bad-registration",
                      "expected screen_key (32 to 128 letters and digits) and name");
  boost::json::object report;
  report["model"] = text_member(object, "model", 120);
  report["resolution"] = text_member(object, "resolution", 20);
  report["address"] = request.peer;
  registration.report = boost::json::serialize(report);
  registration.approve = options_.approve_loopback_screens && request.peer_is_loopback;
  registration.new_token = hex(random_bytes(32));
  registration.now = clock_.now();

  auto work = [this, registration](Transaction& tx) {
    return register_screen(tx, ledger_, registration);
  };
  const Registered registered = co_await database_.write(std::move(work));
  boost::json::object reply;
  switch (registered.answer) {
    case Registered::Answer::NameTaken:
      co_return problem(409, "name-taken", "another screen has this name");
    case Registered::Answer::TooManyWaiting:
      co_return problem(429, "too-many-waiting", "too many screens wait for approval");
    case Registered::Answer::Revoked:
      co_return problem(403, "screen-revoked", "an administrator has revoked this screen");
    case Registered::Answer::Waiting:
      reply["state"] = "waiting";
      break;
    case Registered::Answer::Ready:
      reply["state"] = "ready";
      reply["token"] = registration.new_token;
      break;
  }
  reply["site"] = options_.site_name;
  co_return json_response(reply);
}

std::vector<std::string> Hall::channels_of(const std::string& group) const {
  if (group.empty()) return options_.channels;
  const bool known = std::find(options_.channels.begin(), options_.channels.end(), group) !=
                     options_.channels.end();
  return known ? std::vector<std::string>{group} : std::vector<std::string>{};
}

asio::awaitable<WebResponse> Hall::list(WebRequest request) {
  struct Answer {
    std::optional<Screen> screen;
    HallList list;
    bool is_awaited = false;
  };
  const Timestamp now = clock_.now();
  const std::string token(request.bearer_token());
  auto work = [this, token, now](Transaction& tx) {
    Answer answer;
    answer.screen = find_screen_by_token(tx, token);
    if (refuse(answer.screen)) return answer;
    const std::string& group = answer.screen->group;
    std::int64_t size = 0;
    tx.sql() << "SELECT coalesce(max(seq) + 1, 0) FROM ledger_index", soci::into(size);
    // Every change of a delivery or an obligation has its ledger entry, so the same size means the
    // same list, as long as no slide begins or ends by itself.
    Remembered& remembered = remembered_[group];
    const auto& change = remembered.list.next_change;
    if (remembered.ledger_size != size || (change && *change <= now)) {
      remembered.list = read_hall_list(tx, channels_of(group), group, now);
      remembered.is_awaited = is_any_awaited(tx, remembered.list.deliveries);
      remembered.ledger_size = size;
    }
    answer.list = remembered.list;
    answer.is_awaited = remembered.is_awaited;
    return answer;
  };
  const Answer answer = co_await database_.read(std::move(work));
  std::optional<WebResponse> refusal = refuse(answer.screen);
  if (refusal) co_return std::move(*refusal);

  // Screens poll all the time: most find nothing to note.
  if (answer.is_awaited) co_await note_list(*answer.screen, answer.list.deliveries);
  WebResponse response;
  const std::string tag = fmt::format("\"{}\"", answer.list.version);
  if (request.header("if-none-match") == tag) {
    response.status = 304;
    response.type.clear();
  } else {
    boost::json::object body = answer.list.body;
    body["server_time"] = rfc3339(now);
    body["poll_s"] = std::chrono::duration_cast<std::chrono::seconds>(options_.poll).count();
    body["site"] = options_.site_name;
    response.body = boost::json::serialize(body);
  }
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("X-Config-Version", page_version_);
  co_return response;
}

// A screen gets its list all the same where that cannot be noted, and the next fetch is noted.
asio::awaitable<void> Hall::note_list(Screen screen, std::vector<std::int64_t> deliveries) {
  const Timestamp now = clock_.now();
  auto work = [this, name = screen.name, deliveries = std::move(deliveries), now](Transaction& tx) {
    note_fetched(tx, ledger_, name, deliveries, now);
  };
  try {
    co_await database_.write(std::move(work));
  } catch (const std::exception& thrown) {
    log(Level::Warn, "hall.list_not_noted", {{"screen", screen.name}, {"error", thrown.what()}});
  }
}

asio::awaitable<WebResponse> Hall::heartbeat(WebRequest request) {
  const std::optional<boost::json::value> body = parse_body(request);
  if (!body || !body->is_object()) co_return problem(400, "bad-json", "expected a JSON object");
  const boost::json::object& object = body->get_object();
  boost::json::object report;
  for (const char* name : {"page_version", "current", "resolution", "last_error", "model"})
    report[name] = text_member(object, name, 200);
  for (const char* name : {"uptime_s", "clock_offset_ms", "plays_waiting"})
    report[name] = number_member(object, name);
  report["address"] = request.peer;
  const std::string list_version = text_member(object, "list_version", 64);
  const std::string token(request.bearer_token());
  const std::string report_text = boost::json::serialize(report);
  const Timestamp now = clock_.now();
  auto work = [token, list_version, report_text, now](Transaction& tx) {
    std::optional<Screen> screen = find_screen_by_token(tx, token);
    if (!refuse(screen)) record_heartbeat(tx, screen->id, list_version, report_text, now);
    return screen;
  };
  const std::optional<Screen> screen = co_await database_.write(std::move(work));
  std::optional<WebResponse> refusal = refuse(screen);
  if (refusal) co_return std::move(*refusal);
  WebResponse response;
  response.status = 204;
  response.type.clear();
  response.headers.emplace_back("X-Config-Version", page_version_);
  co_return response;
}

asio::awaitable<WebResponse> Hall::plays(WebRequest request) {
  const std::optional<boost::json::value> body = parse_body(request);
  if (!body || !body->is_array()) co_return problem(400, "bad-json", "expected a JSON array");
  const boost::json::array& records = body->get_array();
  if (records.size() > kMostPlays)
    co_return problem(413, "too-many-plays", "send at most 500 records at once");
  const Timestamp now = clock_.now();
  std::vector<Play> good;
  boost::json::array rejected;
  for (const boost::json::value& record : records) {
    auto play = read_play(record, now);
    if (play) {
      good.push_back(std::move(*play));
      continue;
    }
    const boost::json::object* object = record.if_object();
    const std::string id = object == nullptr ? "" : text_member(*object, "play_id", 36);
    rejected.push_back({{"play_id", id}, {"reason", play.error().message()}});
  }
  struct Answer {
    std::optional<Screen> screen;
    int accepted = 0;
  };
  const std::string token(request.bearer_token());
  auto work = [token, good](Transaction& tx) {
    Answer answer;
    answer.screen = find_screen_by_token(tx, token);
    if (refuse(answer.screen)) return answer;
    for (const Play& play : good) answer.accepted += record_play(tx, *answer.screen, play) ? 1 : 0;
    return answer;
  };
  const Answer answer = co_await database_.write(std::move(work));
  std::optional<WebResponse> refusal = refuse(answer.screen);
  if (refusal) co_return std::move(*refusal);
  boost::json::object reply;
  reply["accepted"] = answer.accepted;
  reply["duplicates"] = static_cast<int>(good.size()) - answer.accepted;
  reply["rejected"] = std::move(rejected);
  co_return json_response(reply);
}

asio::awaitable<WebResponse> Hall::asset(WebRequest /*request*/, std::string name) const {
  const Asset* found = find_asset(name);
  WebResponse response;
  response.type = found->type;
  // The page knows its own version by this, and a worker whose bytes change is a new worker.
  response.body = replace_all(std::string(found->content), "{{page_version}}", page_version_);
  response.headers.emplace_back("X-Config-Version", page_version_);
  co_return response;
}

}  // namespace liandong
