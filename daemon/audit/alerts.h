// Tells people, before a limit is reached: looks at the alarms every few minutes, keeps what
// changed, and sends it by log, e-mail and webhook; once a day a digest.
//
// Looks on the reading thread, reads and judges a text once, and sends in a coroutine of its own,
// so a slow mail server delays nothing. What it tells survives a restart (alert_store.h,
// notices.h).
//
// DIAGNOSTICS
//   alert.raised    WARN   severity, subject, words; ERROR for what fails a rule
//   alert.reminded  WARN   still the case
//   alert.cleared   INFO
//   notice.sent     INFO   post, type
//   notice.unsent   WARN   tried again later; ERROR when it is given up after three days

#ifndef LIANDONG_DAEMON_AUDIT_ALERTS_H_
#define LIANDONG_DAEMON_AUDIT_ALERTS_H_

#include <memory>
#include <string>
#include <vector>

#include "daemon/audit/alert_store.h"
#include "daemon/audit/audit_memory.h"
#include "daemon/audit/notices.h"
#include "daemon/audit/rules.h"
#include "daemon/platform/task_group.h"

namespace liandong {

class Alerts {
 public:
  // REQUIRES: all arguments outlive this object; `settings` and `calendar` do not change.
  Alerts(Database& database, Ledger& ledger, Clock& clock, const Settings& settings,
         const Calendar& calendar);

  // Before start().
  void configure(RuleSet rules, std::vector<NamedPost> posts);
  void start(TaskGroup& tasks);
  void stop() { stopping_ = true; }

  // One look, and what it has to tell is kept; public for tests.
  asio::awaitable<std::vector<AlertChange>> look();
  // The day's digest, once its hour has come.
  asio::awaitable<void> digest();
  // Sends what is due.
  asio::awaitable<void> send_due();

 private:
  asio::awaitable<void> work();
  asio::awaitable<void> send(KeptNotice kept);
  asio::awaitable<Result<void>> try_to_send(std::shared_ptr<NoticePost> post, Notice notice);
  [[nodiscard]] std::vector<std::string> post_names() const;
  [[nodiscard]] bool digest_is_due(Timestamp now) const;

  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
  const Settings& settings_;
  const Calendar& calendar_;
  RuleSet rules_ = RuleSet::built_in();
  AuditMemory memory_;  // of `rules_`; touched by the look that is under way only
  std::vector<NamedPost> posts_;
  std::string digested_;  // the day of the last digest, as far as this process knows
  bool stopping_ = false;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_ALERTS_H_
