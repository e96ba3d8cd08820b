#include "daemon/app/daemon.h"

#include <algorithm>
#include <signal.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/app/key_file.h"
#include "daemon/audit/year_seal.h"
#include "daemon/console/organisations.h"
#include "daemon/delivery/planned_start.h"
#include "daemon/delivery/restored.h"
#include "daemon/ledger/reader.h"
#include "daemon/platform/fault_point.h"
#include "daemon/platform/log.h"
#include "daemon/platform/service_manager.h"
#include "daemon/platform/text.h"
#include "daemon/platform/unused_memory.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

constexpr Duration kBeat = 2s;
constexpr Duration kDrainReport = 5s;
constexpr Duration kCallRest = 10ms;
constexpr Duration kLedgerRound = 5s;
constexpr int kTrimBeats = 15;
constexpr int kExitBug = 70;
constexpr std::size_t kReadingAtOnce = 1'000;  // as many as the watcher has visitors

std::string words_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& failure) {
    return failure.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace

Daemon::Daemon(Settings settings, Calendar calendar)
    : settings_(std::move(settings)), calendar_(std::move(calendar)) {
  // From here on a signal waits for run(), even one that comes during the start.
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) signal_set_.add(number);
  CurlHttpClient::Options options;
  options.reuse_for_publish = control_is("reuse");
  CurlHttpClient::Options publishing = options;
  publishing.may_publish = [this] { return !node_ || node_->may_begin(); };
  http_ = std::make_unique<CurlHttpClient>(publishing, clock_);
  options.max_in_flight = kReadingAtOnce;
  site_curl_ = std::make_unique<CurlHttpClient>(options, clock_);
  PoliteHttpClient::Options polite;
  polite.gap = settings_.host_interval;
  site_http_ = std::make_unique<PoliteHttpClient>(*site_curl_, clock_, polite);
  mail_ = std::make_unique<CurlMailer>(clock_);
}

Result<void> Daemon::start(bool init, Problems& problems) {
  Lines lines = build_lines(settings_, {clock_, *http_, *site_http_, *mail_});
  rules_ = RuleSet::beside(settings_.file, problems);
  if (!settings_.ledger.sm2_key_file.empty()) {
    auto sm2 = read_sm2_key_file(settings_.ledger.sm2_key_file);
    if (!sm2) return sm2.error();
    sm2_ = *sm2;
  }
  if (problems.has_errors()) return Error(ErrorKind::Permanent, "the configuration has problems");
  auto workshop = open_workshop(settings_, clock_, init);
  if (!workshop) return workshop.error();
  workshop_ = std::move(*workshop);
  const auto placed = take_place();
  if (!placed) return placed.error();
  queue_ = std::make_unique<Queue>(*workshop_.ledger, clock_);
  engine_ = make_engine(settings_, std::move(lines));
  forget_tables();
  workshop_.database->write_now([this](Transaction& tx) { record_start(tx); });
  const auto looked = look_for_restored_backup();
  if (!looked) return looked.error();
  LIANDONG_FAULT_POINT(91);
  console_ = std::make_unique<Console>(io_.get_executor(), *workshop_.database, *workshop_.ledger,
                                       clock_, health_);
  ConsoleOptions console;
  console.listen = settings_.console;
  console.site_name = settings_.site.name;
  for (const ChannelSettings& channel : settings_.channels)
    console.channels.push_back({channel.name, channel.type});
  console.screening = [this] { return settings_.review.screening; };
  console.callback = [this](WebRequest request) { return answer_callback(std::move(request)); };
  console.planner = [this] { return engine_.planner; };
  console.decided = [this] {
    if (!stopping_) engine_.dispatcher->wake();
  };
  console.basis = [this] {
    return std::make_shared<const AuditBasis>(AuditBasis{settings_, rules_, calendar_});
  };
  console.store_url = settings_.store.url;
  return console_->start(console);
}

// Adapters are made of them; the text of a long configuration is not kept.
void Daemon::forget_tables() {
  for (SourceSettings& source : settings_.sources) source.table = {};
  for (ChannelSettings& channel : settings_.channels) channel.table = {};
  settings_.alerts.routes.clear();
  give_back_heap();
}

// Recovery is the start path: what was being sent is unknown until it is looked for.
void Daemon::record_start(Transaction& tx) {
  if (!node_) {
    queue_->recover(tx);
    forget_planned_starts(tx);
  }
  fill_due_times(tx, calendar_);
  store_organisations(tx, settings_);
  const Timestamp now = clock_.now();
  for (const ChannelSettings& channel : settings_.channels) {
    if (load_use(tx, channel.name, now).not_before == Timestamp{})
      set_not_before(tx, channel.name, Timestamp{});
    const auto pause = channel_pause(tx, channel.name);
    if (channel.paused && (!pause || pause->automatic))
      pause_channel(tx, *workshop_.ledger, channel.name, {now, "paused in the configuration"},
                    "system:service");
  }
  Entry entry;
  entry.event = "service.started";
  entry.actor = "system:service";
  entry.facts["version"] = LIANDONG_VERSION;
  workshop_.ledger->append(tx, entry);
}

std::vector<std::string> Daemon::channel_names() const {
  std::vector<std::string> names;
  for (const ChannelSettings& channel : settings_.channels) names.push_back(channel.name);
  return names;
}

// Before anything is sent: does the ledger continue what was seen of it outside?
Result<void> Daemon::look_for_restored_backup() {
  const Ledger::Options& options = workshop_.ledger->options();
  if (!options.key) return {};
  const auto identity =
      workshop_.database->read_now([](Transaction& tx) { return read_ledger_identity(tx); });
  if (!identity) return identity.error();
  // The file may be the old key's when a rotation was interrupted.
  Result<std::optional<Checkpoint>> outside = std::optional<Checkpoint>();
  for (const std::string& key : identity->keys) {
    outside =
        read_outside_checkpoint(checkpoint_file(settings_), {options.origin, key, identity->hash});
    if (outside) break;
  }
  if (!outside) return outside.error();
  auto judge = [this, &outside](Transaction& tx) {
    const auto gap = *outside ? ledger_gap(tx, **outside) : std::nullopt;
    if (gap) note_restored(tx, *workshop_.ledger, *gap, clock_.now());
    keep_stopped(tx, *workshop_.ledger, channel_names(), clock_.now());
    return restored_backup(tx).has_value();
  };
  health_.set_reconcile_only(workshop_.database->write_now(std::move(judge)));
  return {};
}

// A checkpoint of a ledger whose gap nobody accepted must not hide the gap.
asio::awaitable<void> Daemon::keep_checkpoint_outside() {
  struct Newest {
    std::string note;
    bool restored = false;
  };
  auto load = [](Transaction& tx) {
    return Newest{newest_note(tx), restored_backup(tx).has_value()};
  };
  const Newest newest = co_await workshop_.database->read(std::move(load));
  health_.set_reconcile_only(newest.restored);
  if (newest.restored || newest.note.empty() || newest.note == outside_note_) co_return;
  LIANDONG_FAULT_POINT(83);
  const auto written = write_outside_checkpoint(checkpoint_file(settings_), newest.note);
  LIANDONG_FAULT_POINT(84);
  if (written) {
    outside_note_ = newest.note;
  } else {
    log(Level::Error, "ledger.unkept", {{"error", written.error().message()}});
  }
}

Daemon::Engine Daemon::make_engine(const Settings& settings, Lines lines) {
  Engine engine;
  engine.lines = std::move(lines);
  for (const auto& line : engine.lines.channels) line->trust_absence = control_is("no-read-back");
  Database& database = *workshop_.database;
  Ledger& ledger = *workshop_.ledger;
  engine.planner = std::make_shared<Planner>(*queue_, ledger, clock_, calendar_);
  engine.planner->configure(settings.routes, settings.review,
                            {engine.lines.channels.begin(), engine.lines.channels.end()});
  engine.watcher =
      std::make_unique<Watcher>(database, ledger, *engine.planner, clock_, random_, calendar_);
  engine.dispatcher =
      std::make_unique<Dispatcher>(database, *queue_, ledger, clock_, random_, calendar_);
  if (node_)
    engine.dispatcher->share_with_others([this] { return node_->may_begin(); }, longest_call());
  engine.channel_watch = std::make_unique<ChannelWatch>(database, clock_);
  engine.watcher->on_planned([dispatcher = engine.dispatcher.get()] { return dispatcher->lend(); });
  engine.patrol = std::make_unique<Patrol>(database, ledger, clock_);
  engine.harvest = std::make_unique<Harvest>(database, ledger, clock_);
  engine.alerts = std::make_unique<Alerts>(database, ledger, clock_, settings, calendar_);
  engine.alerts->configure(rules_, engine.lines.posts);
  engine.anchors = std::make_unique<Anchors>(
      database, ledger, *http_, clock_,
      Anchors::Options{settings.witnesses, settings.timestamp, sm2_,
                       [this](Transaction& tx, const LedgerGap& gap) { stop_sending(tx, gap); }});
  engine.links = std::make_unique<LinkWatch>(database, *site_http_, clock_, engine.lines.sites);
  engine.rescreening = std::make_unique<Rescreening>(database, ledger, clock_, settings.review);
  engine.tasks = std::make_unique<TaskGroup>(
      io_.get_executor(),
      [this](const std::string& name, std::exception_ptr why) { fail(name, std::move(why)); });
  return engine;
}

// A witness may know that the database is a restored backup when the checkpoint's file does not.
void Daemon::stop_sending(Transaction& tx, const LedgerGap& gap) {
  note_restored(tx, *workshop_.ledger, gap, clock_.now());
  keep_stopped(tx, *workshop_.ledger, channel_names(), clock_.now());
}

// Nothing is sent before the witnesses were asked; one that is away keeps nobody waiting for long.
asio::awaitable<void> Daemon::begin() {
  co_await engine_.anchors->show_to_all();
  co_await keep_checkpoint_outside();
  if (!engine_.anchors->stopping()) start_engine();
  has_begun_ = true;
}

void Daemon::start_engine() {
  for (const auto& line : engine_.lines.channels) {
    if (!works_on(channel_work(line->name))) continue;
    engine_.channel_watch->start(line->name, line->channel, *engine_.tasks);
    engine_.dispatcher->start(*line, *engine_.tasks);
    engine_.patrol->start(*line, *engine_.tasks);
    engine_.harvest->start(line->name, line->channel, *engine_.tasks);
  }
  for (const auto& line : engine_.lines.sources) {
    if (works_on(site_work(line->settings.url))) engine_.watcher->start(*line, *engine_.tasks);
  }
  if (!leads()) return;
  engine_.alerts->start(*engine_.tasks);
  engine_.anchors->start(*engine_.tasks);
  engine_.links->start(*engine_.tasks);
  engine_.rescreening->start(*engine_.tasks);
}

int Daemon::run() {
  // A peer that goes away is an error of that connection, not the end of the program.
  ::signal(SIGPIPE, SIG_IGN);
  tasks_ = std::make_unique<TaskGroup>(
      io_.get_executor(),
      [this](const std::string& name, std::exception_ptr why) { fail(name, std::move(why)); });
  tasks_->spawn("signals", signals());
  tasks_->spawn("beat", beat());
  tasks_->spawn("ledger", keep_ledger());
  tasks_->spawn("subscriptions", keep_subscriptions());
  if (node_) tasks_->spawn("share", keep_share());
  engine_.tasks->spawn("begin", begin());
  log(Level::Info, "service.started",
      {{"version", LIANDONG_VERSION},
       {"console", console_->console_address()},
       {"screens", console_->screens_address()},
       {"callbacks", console_->callbacks_address()}});
  notify_service_manager("READY=1");
  io_.run();
  // The other tasks stand where they were, and would use what is taken down before them.
  if (exit_code_ == kExitBug) ::_exit(kExitBug);
  return exit_code_;
}

void Daemon::fail(const std::string& name, std::exception_ptr why) {
  log(Level::Error, "task.failed", {{"task", name}, {"error", words_of(why)}});
  exit_code_ = kExitBug;
  io_.stop();
}

asio::awaitable<void> Daemon::signals() {
  while (!stopping_) {
    const int number = co_await signal_set_.async_wait(asio::use_awaitable);
    if (number == SIGHUP) {
      tasks_->spawn("reload", reload());  // a stop that comes meanwhile must not wait for it
    } else {
      co_await stop();
    }
  }
}

// An engine that is to be replaced is left as it is when the program is stopped meanwhile.
asio::awaitable<void> Daemon::stop_engine(Duration grace) {
  const bool is_the_end = stopping_;
  engine_.watcher->stop();
  engine_.dispatcher->stop();
  engine_.channel_watch->stop();
  engine_.patrol->stop();
  engine_.harvest->stop();
  engine_.alerts->stop();
  engine_.anchors->stop();
  engine_.links->stop();
  engine_.rescreening->stop();
  const Instant deadline = clock_.after(grace);
  bool empty = false;
  while (!empty && clock_.tick() < deadline) {
    const Instant pause = std::min(clock_.after(kDrainReport), deadline);
    empty = co_await engine_.tasks->wait_until_empty(clock_, pause);
    if (stopping_ != is_the_end) co_return;
    if (!empty)
      log(Level::Info, "drain.waiting",
          {{"for", fmt::format("{}", fmt::join(engine_.tasks->running(), ", "))}});
  }
  // What does not end is found InFlight afterwards and looked for. An engine that is replaced must
  // be empty: what waits for the database uses it still.
  engine_.tasks->cancel();
  do {
    empty = co_await engine_.tasks->wait_until_empty(clock_, clock_.after(kDrainReport));
  } while (!empty && !stopping_);
  while (calls_ > 0) co_await clock_.sleep_until(clock_.after(kCallRest));
}

// Lines refer to the settings they were made of, which a move leaves in their place; those that are
// replaced are given up after the lines that were made of them.
void Daemon::replace_engine(Settings settings, RuleSet rules, Lines lines) {
  const Settings before = std::exchange(settings_, std::move(settings));
  rules_ = std::move(rules);
  if (node_) node_->offer(all_work());
  engine_ = make_engine(settings_, std::move(lines));
  forget_tables();
}

asio::awaitable<void> Daemon::reload() {
  notify_service_manager("RELOADING=1");
  auto problems = std::make_unique<Problems>();
  Settings settings = read_settings(settings_.file, *problems);
  Lines lines;
  if (!problems->has_errors()) lines = build_lines(settings, {clock_, *http_, *site_http_, *mail_});
  RuleSet rules = RuleSet::beside(settings.file, *problems);
  const bool fixed_changed =
      settings.store.url != settings_.store.url || settings.store.lease != settings_.store.lease ||
      settings.ledger.origin != settings_.ledger.origin ||
      settings.ledger.hash != settings_.ledger.hash ||
      settings.console.listen != settings_.console.listen ||
      settings.console.screens_listen != settings_.console.screens_listen ||
      settings.console.callbacks_listen != settings_.console.callbacks_listen ||
      settings.console.public_url != settings_.console.public_url;
  if (problems->has_errors() || fixed_changed) {
    for (const Problem& problem : problems->list())
      log(Level::Error, "config.refused", {{"problem", problem.to_string()}});
    if (fixed_changed)
      log(Level::Error, "config.refused",
          {{"problem", "store, ledger and listeners change with a restart only"}});
    notify_service_manager("READY=1");
    co_return;
  }
  co_await begin_change();
  if (!stopping_) co_await stop_engine(settings_.shutdown_grace);
  if (stopping_) {  // meanwhile; what is left of the engine is stop()'s to end
    is_changing_ = false;
    co_return;
  }
  replace_engine(std::move(settings), std::move(rules), std::move(lines));
  problems_ = std::move(problems);
  auto record = [this, wanted = share_](Transaction& tx) {
    WorkNames kept;
    if (node_) {
      kept = take_over(tx, wanted);
    } else {
      queue_->recover(tx);
    }
    forget_planned_starts(tx);
    store_organisations(tx, settings_);
    keep_stopped(tx, *workshop_.ledger, channel_names(), clock_.now());
    Entry entry;
    entry.event = "config.changed";
    entry.actor = "system:service";
    workshop_.ledger->append(tx, entry);
    return kept;
  };
  share_ = co_await workshop_.database->write(std::move(record));
  has_begun_ = true;  // where the witnesses were still being asked
  start_engine();
  is_changing_ = false;
  log(Level::Info, "config.changed", {{"file", settings_.file.string()}});
  notify_service_manager("READY=1");
}

asio::awaitable<void> Daemon::stop() {
  stopping_ = true;
  notify_service_manager("STOPPING=1");
  LIANDONG_FAULT_POINT(93);
  co_await begin_change();
  co_await stop_engine(settings_.shutdown_grace);
  co_await console_->stop(clock_.after(kDrainReport));
  auto record = [this](Transaction& tx) {
    Entry entry;
    entry.event = "service.stopped";
    entry.actor = "system:service";
    workshop_.ledger->append(tx, entry);
    workshop_.ledger->checkpoint(tx);
  };
  co_await workshop_.database->write(std::move(record));
  co_await keep_checkpoint_outside();
  co_await leave_others();
  log(Level::Info, "service.stopped");
  io_.stop();
}

// The three parts move, or the watchdog is not fed and systemd restarts us.
asio::awaitable<void> Daemon::beat() {
  std::uint64_t turns = 0;
  int beats = 0;
  bool has_given_back = false;
  auto touch = [](Transaction& tx) {
    int one = 0;
    tx.sql() << "SELECT 1", soci::into(one);
  };
  for (;;) {
    health_.moved(Health::Part::Loop);
    co_await workshop_.database->write(touch);
    health_.moved(Health::Part::Store);
    const std::uint64_t now = engine_.watcher->turns() + engine_.dispatcher->turns();
    // Witnesses that are away take their time before anything begins, and an engine that is being
    // replaced waits for what it has begun.
    const bool is_replaced = is_changing_ && clock_.tick() < change_ends_;
    if (now != turns || !has_begun_ || is_replaced || engine_.tasks->running().empty())
      health_.moved(Health::Part::Scheduler);
    turns = now;
    if (health_.is_well()) notify_service_manager("WATCHDOG=1");
    if (has_begun_ && !std::exchange(has_given_back, true)) give_back_start();
    if (++beats % kTrimBeats == 0) give_back_heap();
    co_await clock_.sleep_until(clock_.after(kBeat));
  }
}

asio::awaitable<void> Daemon::keep_ledger() {
  auto checkpoint = [this](Transaction& tx) {
    if (!sealed_until_ || *sealed_until_ != beijing_day(clock_.now()).year()) {
      seal_years(tx, *workshop_.ledger, clock_.now());
      sealed_until_ = beijing_day(clock_.now()).year();
    }
    if (!workshop_.ledger->checkpoint_due(tx)) return;
    LIANDONG_FAULT_POINT(81);
    workshop_.ledger->checkpoint(tx);
    LIANDONG_FAULT_POINT(82);
  };
  for (;;) {
    if (leads()) co_await workshop_.database->write(checkpoint);
    co_await keep_checkpoint_outside();
    co_await clock_.sleep_until(clock_.after(kLedgerRound));
  }
}

}  // namespace liandong
