// Screens again what is already out when the rules of screening have changed: another list of
// what is allowed, another dictionary, or another program (of the texts of this year).
//
// In the background, a few items at a time, beginning with the newest; a restart goes on where it
// was. What is found is told as an alarm and stands in the ledger; nothing is taken down by itself:
// a person withdraws the item, or accepts the finding. What still waits to be sent is held. What a
// person let out although the same was found before is not asked again.
//
// DIAGNOSTICS
//   screening.found      WARN  field item
//   screening.overtaken  WARN  what was to be held is being sent; field delivery
//   screening.repeated   INFO  every text of the year has been screened by the rules of now

#ifndef LIANDONG_DAEMON_AUDIT_RESCREENING_H_
#define LIANDONG_DAEMON_AUDIT_RESCREENING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/delivery/decisions.h"
#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/platform/task_group.h"
#include "daemon/review/screening.h"
#include "daemon/settings/settings.h"

namespace liandong {

// What the rules found in a text that is public, and that nobody has accepted.
struct ScreeningCase {
  ItemId item = 0;
  int revision = 0;
  std::string words;
  std::vector<std::string> channels;  // that show it
};
// The newest first. `item`: only of this one.
[[nodiscard]] std::vector<ScreeningCase> open_screening_cases(
    Transaction& tx, int limit, std::optional<ItemId> item = std::nullopt);
// All that is open of one item, for whoever decides about it; never without a case.
struct OpenFindings {
  std::vector<ScreeningCase> cases;
  std::string text;  // that was screened, whole; of several revisions one after the other
  std::string seen;  // the hash of these texts and findings: names what a person saw

  [[nodiscard]] std::string words() const;
};
// An error (Permanent): nothing is open.
[[nodiscard]] Result<OpenFindings> open_findings(Transaction& tx, ItemId item);
// A person looked and lets it stay. `seen`: of the OpenFindings, whole or its first 8 digits.
// Errors: there is nothing to accept (Permanent); it is something else than was seen (Transient).
[[nodiscard]] Result<void> accept_screening(Transaction& tx, Ledger& ledger, ItemId item,
                                            std::string_view seen, const std::string& reason,
                                            const Decider& by);

class Rescreening {
 public:
  // REQUIRES: all references outlive this object.
  Rescreening(Database& database, Ledger& ledger, Clock& clock, const ReviewSettings& review);

  void start(TaskGroup& tasks);
  void stop() { stopping_ = true; }

  // The next few items; false: nothing is left. Public for tests.
  asio::awaitable<bool> step();

 private:
  // What the rules of now find in a text, and no person has let out.
  struct Found {
    ItemId item = 0;
    int revision = 0;
    bool is_out = false;
    std::vector<DeliveryId> waiting;  // what would still send it
    std::vector<ScreeningFinding> findings;
  };
  struct Look {
    std::int64_t before = 0;  // items with smaller numbers are left; 0: none
    std::vector<Found> found;
  };
  asio::awaitable<void> work();
  [[nodiscard]] Look look(Transaction& tx, Timestamp now) const;
  [[nodiscard]] std::vector<Found> judge(Transaction& tx, ItemId item) const;
  void keep(Transaction& tx, const Look& look, Timestamp now);
  void keep(Transaction& tx, const Found& found, Timestamp now);
  void tell(Transaction& tx, const Found& found, const std::string& words, Timestamp now);

  Database& database_;
  Ledger& ledger_;
  Clock& clock_;
  Screener screener_;
  std::string rules_;  // SHA-256 of what decides
  bool stopping_ = false;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_RESCREENING_H_
