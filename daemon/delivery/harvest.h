// Takes the figures of every channel's account once a Beijing day, for the yearly report.
//
// Not before nine in the morning: platforms count the day before until about eight. What cannot be
// had is asked for again every hour; what a channel does not state at all, or not to us, is left
// for the next day.
//
// DIAGNOSTICS
//   figures.taken   INFO  how many, by channel
//   figures.refused INFO  the account may not ask for them
//   figures.missed  WARN  the platform did not state them; once a day

#ifndef LIANDONG_DAEMON_DELIVERY_HARVEST_H_
#define LIANDONG_DAEMON_DELIVERY_HARVEST_H_

#include <memory>
#include <string>
#include <vector>

#include "daemon/channel/channel.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/database.h"
#include "daemon/platform/task_group.h"

namespace liandong {

class Harvest {
 public:
  // REQUIRES: all arguments outlive this object.
  Harvest(Database& database, Ledger& ledger, Clock& clock)
      : database_(database), ledger_(ledger), clock_(clock) {}

  // Begins to harvest a channel in `tasks`.
  void start(std::string name, std::shared_ptr<Channel> channel, TaskGroup& tasks);
  void stop() { stopping_ = true; }

 private:
  asio::awaitable<void> work(std::string name, std::shared_ptr<Channel> channel);
  // Whether today's figures are there, or there are none to be had.
  asio::awaitable<bool> take(std::string name, std::shared_ptr<Channel> channel);
  asio::awaitable<Result<std::vector<Figure>>> ask(std::shared_ptr<Channel> channel);
  asio::awaitable<void> wait_until(Timestamp when);

  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
  bool stopping_ = false;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_HARVEST_H_
