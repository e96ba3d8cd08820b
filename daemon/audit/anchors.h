// Anchors the ledger outside of this machine: shows each new checkpoint to the witnesses and keeps
// their cosignatures, and has one a day stamped by a time-stamping authority.
//
// A witness that is away is asked again; what it costs does not grow with the ledger (growth.h).
// Each is heard once after a start even when it knows everything: one that knows more than this
// ledger has shows that the database is a restored backup.
//
// DIAGNOSTICS
//   checkpoint.witnessed INFO  witness, size
//   witness.unreached    WARN  why; once until it changes
//   checkpoint.stamped   INFO  size, the authority's time
//   timestamp.failed     WARN  why; tried again in an hour
// BUGS
//   What was added since the last cosignature is not witnessed yet: at most the ten minutes
//   between two checkpoints and a minute here, while the witness answers.

#ifndef LIANDONG_DAEMON_AUDIT_ANCHORS_H_
#define LIANDONG_DAEMON_AUDIT_ANCHORS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/ledger/growth.h"
#include "daemon/ledger/ledger.h"
#include "daemon/ledger/outside_checkpoint.h"
#include "daemon/platform/database.h"
#include "daemon/platform/http.h"
#include "daemon/platform/sm2_key.h"
#include "daemon/platform/task_group.h"
#include "daemon/settings/evidence_settings.h"

namespace liandong {

class Anchors {
 public:
  struct Options {
    std::vector<WitnessSettings> witnesses;
    TimestampSettings timestamp;
    std::optional<Sm2Key> sm2;  // a second signature of each checkpoint
    // A witness knows more of this ledger than is here. Runs in a transaction.
    std::function<void(Transaction&, const LedgerGap&)> behind = [](auto&, auto&) {};
  };

  // REQUIRES: all arguments outlive this object.
  Anchors(Database& database, Ledger& ledger, HttpClient& http, Clock& clock, Options options);

  void start(TaskGroup& tasks);
  void stop() { stopping_ = true; }
  [[nodiscard]] bool stopping() const { return stopping_; }

  // Every witness in turn, ten seconds each at most; before anything is sent.
  asio::awaitable<void> show_to_all();
  // Shows the newest checkpoint to the witness, when it does not know it yet or was not heard since
  // the start; public for tests.
  asio::awaitable<Result<void>> show(WitnessSettings witness);
  // Signs the newest checkpoint with the SM2 key too.
  asio::awaitable<void> sign_again();
  // Has the newest checkpoint stamped.
  asio::awaitable<Result<void>> stamp();

 private:
  // A checkpoint of ours, and what the witness knows.
  struct Shown {
    std::string note;
    Checkpoint checkpoint;
    TreeEdge known{HashKind::Sha256};  // as the witness saw it
  };
  // Its answer: the size it knows when it is not the one we thought.
  using Answer = Result<std::optional<std::uint64_t>>;

  asio::awaitable<void> work();
  asio::awaitable<void> keep_stamped();
  asio::awaitable<Shown> newest(std::string witness);
  asio::awaitable<void> each_line(std::uint64_t first, std::uint64_t end,
                                  std::function<void(const std::string&)> take);
  asio::awaitable<TreeEdge> edge_at(std::uint64_t size);
  asio::awaitable<Result<void>> try_to_show(WitnessSettings witness, Shown shown);
  asio::awaitable<Answer> send(WitnessSettings witness, Shown shown);
  asio::awaitable<Growth> growth_of(Shown shown);
  asio::awaitable<HttpResult> post(Endpoint endpoint, std::string path, std::string type,
                                   std::string body);
  void complain(const std::string& about, std::string_view event, const Result<void>& done);

  Database& database_;
  Ledger& ledger_;
  HttpClient& http_;
  Clock& clock_;
  Options options_;
  std::map<std::string, std::string> complained_;
  std::set<std::string> heard_;  // witnesses that have answered
  Instant next_stamp_{};
  bool stopping_ = false;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_ANCHORS_H_
