#include "tests/simulate/office.h"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/audit/recount.h"
#include "daemon/item/schema.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/verify.h"
#include "daemon/platform/log.h"

#include "tests/support/paths.h"

namespace liandong {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t kMostStepsAtOnce = 300'000;
// Every loop of the engine has turned once within it.
constexpr Duration kOneTurn = 1s;
constexpr Duration kOneRest = 200ms;

Calendar load_calendar() {
  Problems problems;
  Calendar calendar = Calendar::load(source_dir() + "/config/calendar", problems);
  if (problems.has_errors()) throw std::logic_error("the calendar does not load");
  return calendar;
}

std::unique_ptr<Database> open_database() {
  Database::Options options;
  options.url = "sqlite://:memory:";
  options.create = true;
  options.synchronous = false;
  auto opened = Database::open(options, schema());
  if (!opened) throw std::logic_error(opened.error().message());
  (*opened)->work_at_once();
  return std::move(*opened);
}

std::string words_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

void keep_quiet() {
  LogOptions options;
  options.level = Level::Error;
  options.file = "/dev/null";
  set_up_log(options);
}

}  // namespace

// What dies with the program. The event loop goes first, and with it every coroutine.
struct SimulatedOffice::Engine {
  Engine(Database& database, Ledger& ledger, Clock& clock, Random& random, const Calendar& calendar,
         TaskGroup::Failed failed)
      : queue(ledger, clock),
        planner(queue, ledger, clock, calendar),
        watcher(database, ledger, planner, clock, random, calendar),
        dispatcher(database, queue, ledger, clock, random, calendar),
        patrol(database, ledger, clock),
        tasks(io->get_executor(), std::move(failed)) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() { io.reset(); }

  std::vector<std::shared_ptr<ChannelLine>> lines;
  std::map<std::string, SourceLine> sources;
  std::unique_ptr<asio::io_context> io = std::make_unique<asio::io_context>(1);
  Queue queue;
  Planner planner;
  Watcher watcher;
  Dispatcher dispatcher;
  Patrol patrol;
  TaskGroup tasks;
};

SimulatedOffice::SimulatedOffice(std::uint64_t seed, Timestamp from)
    : clock(from), calendar_(load_calendar()), random_(seed), database_(open_database()) {
  keep_quiet();
  Ledger::Options options;
  options.origin = "example.gov.cn/liandong";
  options.key = SigningKey::generate();
  ledger_ = std::make_unique<Ledger>(std::move(options), clock);
  const auto opened = ledger_->open(*database_);
  if (!opened) throw std::logic_error(opened.error().message());
  column("notices");
}

SimulatedOffice::~SimulatedOffice() {
  crash();
}

SimulatedPlatform& SimulatedOffice::platform(const std::string& name) {
  auto& platform = platforms_[name];
  if (!platform) {
    platform = std::make_unique<SimulatedPlatform>(clock);
    lines_[name].name = name;
  }
  return *platform;
}

ChannelLine& SimulatedOffice::line(const std::string& name) {
  platform(name);
  return lines_.at(name);
}

SimulatedColumn& SimulatedOffice::column(const std::string& name) {
  auto& column = columns_[name];
  if (!column) {
    column = std::make_unique<SimulatedColumn>(clock);
    sources_[name].name = name;
    sources_[name].kind = "notice";
  }
  return *column;
}

SourceSettings& SimulatedOffice::source(const std::string& name) {
  column(name);
  return sources_.at(name);
}

std::vector<RouteSettings> SimulatedOffice::routes_in_force() const {
  if (!routes.empty()) return routes;
  RouteSettings everything;
  everything.name = "everything";
  for (const Kind kind : kAllKinds) everything.kinds.insert(std::string(to_string(kind)));
  for (const auto& [name, line] : lines_) everything.channels.push_back(name);
  return {everything};
}

void SimulatedOffice::start() {
  auto failed = [this](const std::string& name, std::exception_ptr why) {
    deaths_.push_back(name + ": " + words_of(why));
    died_ = true;
  };
  engine_ =
      std::make_unique<Engine>(*database_, *ledger_, clock, random_, calendar_, std::move(failed));
  std::vector<std::shared_ptr<const ChannelLine>> planned;
  for (const auto& [name, line] : lines_) {
    auto copy = std::make_shared<ChannelLine>(line);
    copy->channel = make_simulated_channel(*platforms_.at(name));
    engine_->lines.push_back(copy);
    planned.push_back(copy);
  }
  for (const auto& [name, settings] : sources_)
    engine_->sources.emplace(name, SourceLine{settings, make_simulated_source(*columns_.at(name))});
  engine_->planner.configure(routes_in_force(), review, std::move(planned));
  recover();
  // Where a test looks by itself, it wants to see what was planned before it is sent.
  if (watching)
    engine_->watcher.on_planned([dispatcher = &engine_->dispatcher] { return dispatcher->lend(); });
  for (const auto& line : engine_->lines) {
    engine_->dispatcher.start(*line, engine_->tasks);
    engine_->patrol.start(*line, engine_->tasks);
  }
  for (const auto& [name, source] : engine_->sources) {
    if (watching) engine_->watcher.start(source, engine_->tasks);
  }
  settle();
  for (const auto& [name, settings] : sources_) {
    const std::string state = "SELECT count(*) FROM source_state WHERE source = '" + name + "'";
    if (!watching && is_running() && number(state) == 0) look(name);
  }
}

void SimulatedOffice::recover() {
  write([this](Transaction& tx) {
    engine_->queue.recover(tx);
    for (const auto& [name, line] : lines_) {
      if (load_use(tx, name, clock.now()).not_before == Timestamp{})
        set_not_before(tx, name, Timestamp{});
    }
    ledger_->append(tx, Entry{"service.started", "system:service", {}});
  });
}

void SimulatedOffice::crash() {
  engine_.reset();
}

bool SimulatedOffice::step() {
  if (!engine_) return false;
  if (fuse_ && *fuse_ == 0) {
    fuse_.reset();
    restart_ = true;
    crash();
    return false;
  }
  engine_->io->restart();
  if (engine_->io->poll_one() == 0) return false;
  ++steps_taken_;
  if (fuse_) --*fuse_;
  if (died_) {
    died_ = false;
    restart_ = true;
    crash();
  }
  return true;
}

void SimulatedOffice::settle() {
  for (std::size_t steps = 0; step(); ++steps) {
    if (steps > kMostStepsAtOnce) throw std::logic_error("the program never comes to rest");
  }
}

void SimulatedOffice::move_to(Instant when) {
  clock.advance(std::max(Duration::zero(), when - clock.tick()));
  for (const auto& [name, platform] : platforms_) platform->let_late_ones_act();
  settle();
}

void SimulatedOffice::advance(Duration by) {
  const Instant end = clock.tick() + by;
  settle();
  move_to(std::min(end, clock.tick() + kOneTurn));
  while (clock.tick() < end) {
    if (!engine_ && restart_) {
      restart_ = false;
      clock.advance(std::min(downtime, end - clock.tick()));
      start();
      continue;
    }
    const Instant from = clock.tick();
    const Instant arrival = next_arrival();
    // The engine rests that long between two looks at what is due.
    if (arrival <= from + kOneRest) {
      move_to(std::min(end, arrival));
      continue;
    }
    const Instant event = next_event();
    move_to(std::min({end, event, arrival}));
    // Who went to rest shortly before sleeps through the event.
    if (event <= arrival && event < from + kOneTurn) move_to(std::min(end, event + kOneTurn));
  }
}

Instant SimulatedOffice::next_arrival() const {
  Instant first = Instant::max();
  for (const auto& [name, platform] : platforms_) {
    if (!platform->arrivals.empty()) first = std::min(first, *platform->arrivals.begin());
  }
  return first;
}

// The first moment at which something is due that is not due yet. What waits for a person, or for a
// probe, is met on the way by the farthest jump.
Instant SimulatedOffice::next_event() {
  const Timestamp now = clock.now();
  const std::int64_t then = to_millis(now);
  Timestamp first = now + farthest_jump;
  const auto consider = [&](Timestamp moment) {
    if (moment > now) first = std::min(first, moment);
  };
  if (engine_) consider(engine_->watcher.next_look().value_or(now));
  read([&](Transaction& tx) {
    std::int64_t next = 0;
    for (const auto& [name, line] : lines_) {
      // Channel and one state, so that the index leads to it.
      for (const std::string state : {"queued", "deferred", "unconfirmed"}) {
        tx.sql() << "SELECT coalesce(min(due_at), 0) FROM delivery WHERE channel = :channel AND "
                    "state = :state AND due_at > :then",
            soci::use(name), soci::use(state), soci::use(then), soci::into(next);
        consider(from_millis(next));
      }
      const ChannelUse used = load_use(tx, name, now);
      consider(used.not_before);
      const auto start = earliest_start(line.pacing, used, now, calendar_);
      if (start) consider(*start);
    }
  });
  return clock.tick() + (first - now);
}

void SimulatedOffice::look(const std::string& source) {
  bool ended = false;
  auto finished = [&](std::exception_ptr error) {
    ended = true;
    if (error) deaths_.push_back("look " + source + ": " + words_of(error));
  };
  asio::co_spawn(*engine_->io, engine_->watcher.look(engine_->sources.at(source)), finished);
  settle();
  if (!ended && is_running()) throw std::logic_error("the look waits for something");
}

bool SimulatedOffice::call(const std::string& source, const std::string& digest, Listing listing) {
  std::optional<bool> answer;
  auto finished = [&](std::exception_ptr error, bool is_new) {
    answer = is_new;
    if (error) deaths_.push_back("call " + source + ": " + words_of(error));
  };
  asio::co_spawn(
      *engine_->io,
      engine_->watcher.take_call(engine_->sources.at(source), digest, std::move(listing)),
      finished);
  settle();
  if (!answer && is_running()) throw std::logic_error("the call waits for something");
  return answer.value_or(false);
}

ItemId SimulatedOffice::publish(const std::string& name, const std::string& source) {
  const std::string key = column(source).publish(name);
  look(source);
  const auto item = item_of(key);
  if (!item) throw std::logic_error("the new row made no item");
  return *item;
}

std::int64_t SimulatedOffice::number(const std::string& sql) {
  return read([&sql](Transaction& tx) {
    std::int64_t value = 0;
    tx.sql() << sql, soci::into(value);
    return value;
  });
}

std::optional<ItemId> SimulatedOffice::item_of(const std::string& row_key) {
  return read([&row_key](Transaction& tx) {
    std::int64_t item = 0;
    soci::indicator known = soci::i_null;
    tx.sql() << "SELECT item FROM sighting WHERE row_key = :key", soci::use(row_key),
        soci::into(item, known);
    return tx.sql().got_data() && known == soci::i_ok ? std::optional<ItemId>(item) : std::nullopt;
  });
}

std::vector<Delivery> SimulatedOffice::deliveries() {
  return read([](Transaction& tx) {
    std::int64_t last = 0;
    tx.sql() << "SELECT coalesce(max(id), 0) FROM delivery", soci::into(last);
    std::vector<Delivery> all;
    for (DeliveryId id = 1; id <= last; ++id) {
      if (auto delivery = Queue::load(tx, id)) all.push_back(std::move(*delivery));
    }
    return all;
  });
}

std::vector<Delivery> SimulatedOffice::deliveries_in(const std::vector<State>& states) {
  return read([&states](Transaction& tx) {
    std::vector<Delivery> all;
    for (const State state : states) {
      const std::string name(to_string(state));
      std::vector<DeliveryId> ids;
      DeliveryId id = 0;
      {
        auto rows = tx.sql().rows("SELECT id FROM delivery WHERE state = :state ORDER BY id");
        rows, soci::use(name), soci::into(id);
        while (rows.next()) ids.push_back(id);
      }
      for (const DeliveryId one : ids) all.push_back(Queue::load(tx, one).value());
    }
    return all;
  });
}

std::vector<Delivery> SimulatedOffice::deliveries_of(ItemId item) {
  return read([item](Transaction& tx) { return Queue::of_item(tx, item); });
}

Delivery SimulatedOffice::delivery(ItemId item, const std::string& channel, Purpose purpose) {
  std::optional<Delivery> found;
  for (const Delivery& candidate : deliveries()) {
    if (candidate.item == item && candidate.channel == channel && candidate.purpose == purpose)
      found = candidate;
  }
  if (!found)
    throw std::logic_error(
        fmt::format("item {} has no {} on {}", item, to_string(purpose), channel));
  return *found;
}

std::vector<json::object> SimulatedOffice::entries(const std::string& event) {
  std::vector<json::object> found;
  for_each_line(*database_, 0, INT64_MAX, [&](const StoredLine& line) {
    json::object entry = json::parse(line.line).as_object();
    if (event.empty() || entry.at("event").as_string() == std::string_view(event))
      found.push_back(std::move(entry));
    return true;
  });
  return found;
}

std::string SimulatedOffice::story(DeliveryId delivery) {
  std::string told;
  for (const json::object& entry : entries()) {
    const json::value* about = entry.if_contains("delivery");
    if (about == nullptr || about->as_int64() != delivery) continue;
    const std::string event(entry.at("event").as_string());
    told += (told.empty() ? "" : " ") + event.substr(event.find('.') + 1);
    if (const json::value* result = entry.if_contains("result"))
      told += "(" + std::string(result->as_string()) + ")";
  }
  return told;
}

std::string SimulatedOffice::story(ItemId item, const std::string& channel) {
  std::string told;
  for (const json::object& entry : entries()) {
    const json::value* about = entry.if_contains("item");
    const json::value* where = entry.if_contains("channel");
    const bool is_its = about != nullptr && about->as_int64() == item &&
                        (where == nullptr || where->as_string() == channel);
    if (!is_its) continue;
    told += "\n   ";
    for (const char* name :
         {"ts", "delivery", "purpose", "event", "rev", "step", "attempt", "result", "reason"}) {
      if (const json::value* value = entry.if_contains(name)) told += " " + json::serialize(*value);
    }
  }
  return told;
}

std::vector<std::string> SimulatedOffice::double_posts() {
  std::vector<std::string> found;
  for (const auto& [name, platform] : platforms_) {
    for (const auto& [item, how] : platform->doubles)
      found.push_back(fmt::format("item {} on {} was {}:{}", item, name, how, story(item, name)));
    std::map<ItemId, std::size_t> shown;
    for (const Post& post : platform->posts) {
      if (!post.removed && post.item != 0) ++shown[post.item];
    }
    for (const auto& [item, times] : shown) {
      if (times > 1) found.push_back(fmt::format("item {} is on {} {} times", item, name, times));
    }
  }
  return found;
}

std::vector<std::string> SimulatedOffice::violations() {
  std::vector<std::string> found = double_posts();
  const auto unrecorded = number(
      "SELECT count(*) FROM delivery d WHERE state = 'in_flight' AND NOT EXISTS (SELECT 1 FROM "
      "ledger_index i JOIN ledger l ON l.seq = i.seq WHERE i.delivery = d.id AND i.event = "
      "'delivery.attempted' AND instr(l.line, '\"epoch\":' || d.epoch || ',') > 0)");
  if (unrecorded > 0) found.push_back("something is being sent without its intent in the ledger");
  for (const LedgerFault& fault : verify_database(*database_, {}).faults)
    found.push_back("ledger: " + fault.message);
  const auto differences = recount(*database_);
  if (!differences) found.push_back("recount: " + differences.error().message());
  if (differences && !differences->empty())
    found.push_back("the counters disagree with the ledger");
  return found;
}

std::vector<std::string> SimulatedOffice::violations_at_rest() {
  std::vector<std::string> found = violations();
  std::map<std::pair<ItemId, std::string>, bool> expected;
  for (const Delivery& delivery : deliveries()) {
    if (delivery.state == State::InFlight)
      found.push_back(fmt::format("delivery {} is still being sent", delivery.id));
    if (delivery.state != State::Delivered || delivery.purpose == Purpose::Correct) continue;
    expected[{delivery.item, delivery.channel}] = delivery.purpose == Purpose::Publish;
  }
  for (const auto& [where, visible] : expected) {
    if (platforms_.at(where.second)->shown(where.first) != (visible ? 1U : 0U))
      found.push_back(fmt::format("item {} on {}: on record as {}, {} are there", where.first,
                                  where.second, visible ? "delivered" : "withdrawn",
                                  platforms_.at(where.second)->shown(where.first)));
  }
  return found;
}

Watcher& SimulatedOffice::watcher() {
  return engine_->watcher;
}
Planner& SimulatedOffice::planner() {
  return engine_->planner;
}

}  // namespace liandong
