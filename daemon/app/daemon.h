// The running daemon: everything `run` builds, and how it starts, reloads and stops.

#ifndef LIANDONG_DAEMON_APP_DAEMON_H_
#define LIANDONG_DAEMON_APP_DAEMON_H_

#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "daemon/app/registry.h"
#include "daemon/app/workshop.h"
#include "daemon/audit/alerts.h"
#include "daemon/audit/anchors.h"
#include "daemon/audit/link_watch.h"
#include "daemon/audit/rescreening.h"
#include "daemon/console/console.h"
#include "daemon/delivery/channel_watch.h"
#include "daemon/delivery/harvest.h"
#include "daemon/delivery/patrol.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/platform/node.h"
#include "daemon/source/schedule.h"
#include "daemon/source/websub.h"

namespace liandong {

// What nodes share out (platform/node.h).
[[nodiscard]] std::string channel_work(const std::string& channel);
[[nodiscard]] std::string site_work(const std::string& url);

class Daemon {
 public:
  Daemon(Settings settings, Calendar calendar);

  // Builds, opens, recovers, starts. An error is a sentence for the operator (exit 78).
  // Problems of the adapters' own keys go to the Problems the settings were read with.
  [[nodiscard]] Result<void> start(bool init, Problems& problems);
  // Until a signal or a failed task; the exit code.
  int run();

 private:
  // What a reload replaces as a whole.
  struct Engine {
    Lines lines;
    std::shared_ptr<Planner> planner;  // a decision on the console may outlive a reload
    std::unique_ptr<Watcher> watcher;
    std::unique_ptr<Dispatcher> dispatcher;
    std::unique_ptr<ChannelWatch> channel_watch;
    std::unique_ptr<Patrol> patrol;
    std::unique_ptr<Harvest> harvest;
    std::unique_ptr<Alerts> alerts;
    std::unique_ptr<Anchors> anchors;
    std::unique_ptr<LinkWatch> links;
    std::unique_ptr<Rescreening> rescreening;
    std::unique_ptr<TaskGroup> tasks;
  };

  [[nodiscard]] Engine make_engine(const Settings& settings, Lines lines);
  void forget_tables();
  asio::awaitable<void> begin();
  // Beside other processes on one database (daemon_nodes.cc); alone on SQLite.
  [[nodiscard]] Result<void> take_place();
  [[nodiscard]] WorkNames all_work() const;
  [[nodiscard]] bool works_on(const std::string& work) const;
  [[nodiscard]] bool leads() const { return works_on(std::string(kLeadership)); }
  [[nodiscard]] Duration longest_call() const;
  [[nodiscard]] Duration change_grace() const;
  asio::awaitable<void> keep_share();
  asio::awaitable<void> hear_calls();
  asio::awaitable<void> call_watcher(std::string source);
  asio::awaitable<void> change_share(WorkNames wanted);
  [[nodiscard]] WorkNames take_over(Transaction& tx, const WorkNames& wanted);
  asio::awaitable<void> begin_change();
  asio::awaitable<void> leave_others();
  void replace_engine(Settings settings, RuleSet rules, Lines lines);
  void start_engine();
  void stop_sending(Transaction& tx, const LedgerGap& gap);
  void record_start(Transaction& tx);
  [[nodiscard]] std::vector<std::string> channel_names() const;
  [[nodiscard]] Result<void> look_for_restored_backup();
  asio::awaitable<void> keep_checkpoint_outside();
  asio::awaitable<void> stop_engine(Duration grace);
  asio::awaitable<void> signals();
  asio::awaitable<void> reload();
  asio::awaitable<void> stop();
  asio::awaitable<void> beat();
  asio::awaitable<void> keep_ledger();
  // A platform calls: a hint to ask about its job now.
  asio::awaitable<WebResponse> answer_callback(WebRequest request);
  asio::awaitable<WebResponse> answer_site(WebRequest request);
  asio::awaitable<WebResponse> answer_hub(std::string source, WebRequest request);
  asio::awaitable<void> keep_subscriptions();
  asio::awaitable<void> ask_hub(Subscription subscription);
  [[nodiscard]] std::optional<HttpRequest> hub_request(const SourceSettings& source,
                                                       const Subscription& subscription) const;
  asio::awaitable<WebResponse> take_items(const SourceLine& line, WebRequest request);
  void fail(const std::string& name, std::exception_ptr why);

  std::unique_ptr<Problems> problems_ = std::make_unique<Problems>();  // outlives the tables
  Settings settings_;
  Calendar calendar_;
  RuleSet rules_;
  std::optional<Sm2Key> sm2_;
  SystemClock clock_;
  Random random_;
  asio::io_context io_{1};
  asio::signal_set signal_set_{io_};
  std::unique_ptr<Node> node_;  // outlives the client that asks it
  WorkNames share_;             // what the engine works on; of a node only
  bool has_begun_ = false;
  bool is_changing_ = false;  // the engine is being replaced
  Instant change_ends_{};     // then at the latest, or something hangs
  std::unique_ptr<CurlHttpClient> http_;
  std::unique_ptr<CurlHttpClient> site_curl_;  // of its own: slow sites must not hold up deliveries
  std::unique_ptr<PoliteHttpClient> site_http_;
  std::unique_ptr<Mailer> mail_;
  Workshop workshop_;
  std::unique_ptr<Queue> queue_;
  Health health_{clock_};
  std::optional<std::chrono::year> sealed_until_;  // no year before it is open
  std::string outside_note_;                       // what the file outside of the database holds
  Engine engine_;
  std::unique_ptr<Console> console_;
  std::unique_ptr<TaskGroup> tasks_;
  int calls_ = 0;  // of sites, whose items are being stored
  bool stopping_ = false;
  int exit_code_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_APP_DAEMON_H_
