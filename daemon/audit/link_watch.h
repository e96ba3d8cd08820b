// Follows the links of what was pushed: does the page a post leads to still answer, and what it
// links to on the office's own sites? A few requests every ten minutes, each link once a week, one
// that was dead again after six hours.
//
// Only an answer counts: 404, 410 and other 4xx that are no question of rights or pace. A site that
// does not answer at all is a source's fault, not every link's.
//
// DIAGNOSTICS
//   link.checked  DEBUG  url, status

#ifndef LIANDONG_DAEMON_AUDIT_LINK_WATCH_H_
#define LIANDONG_DAEMON_AUDIT_LINK_WATCH_H_

#include <memory>
#include <string>
#include <vector>

#include "daemon/platform/address_policy.h"
#include "daemon/platform/database.h"
#include "daemon/platform/http.h"
#include "daemon/platform/task_group.h"

namespace liandong {

class LinkWatch {
 public:
  // `policy`: what may be asked; null: nothing is. REQUIRES: all arguments outlive this object.
  LinkWatch(Database& database, HttpClient& http, Clock& clock,
            std::shared_ptr<const AddressPolicy> policy);

  void start(TaskGroup& tasks);
  void stop() { stopping_ = true; }

  // One round; public for tests.
  asio::awaitable<void> round();

 private:
  struct Due {
    std::string url;
    std::int64_t failures = 0;
  };
  asio::awaitable<void> work();
  asio::awaitable<void> check(Due due);

  Database& database_;
  HttpClient& http_;
  Clock& clock_;
  std::shared_ptr<const AddressPolicy> policy_;
  bool stopping_ = false;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_LINK_WATCH_H_
