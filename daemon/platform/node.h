// One of several `liandong run` processes on one PostgreSQL database. Nobody is told of the others:
// they find each other in the database. SQLite has one process and none of this.
//
// The rules that make it safe (domain/delivery.md 2.6):
//
// A process joins as a row of `node`, whose number is never used twice, and renews its lease by a
// heartbeat on a session of its own. The database's clock alone decides who is alive.
//
// Each channel, each website and the leadership is a row of `node_work` that names one node. A node
// takes what is free up to its fair share, gives up what it has beyond that once it has stopped
// working on it, and takes nothing from a node whose row is there.
//
// A node whose lease ran out is fenced: whoever notices deletes its row, and its work is free.
//
// Every transaction a node writes begins by locking its row against deletion (Database::join_as).
// No row: it was fenced, writes nothing and ends at once; it comes back as a new node. So what a
// lease covers is written by its holder only, whatever the statement.
//
// All writing transactions of all processes go one after another, behind one advisory lock, as they
// do in SQLite: each sees what the former committed, and the ledger's head cannot fork. A process
// that stops in a transaction is disconnected by the server after five seconds.
//
// A fence in the database stops no packet. A node begins nothing outside once its lease is over by
// its own clock, a quarter before the database says so (may_begin), which is asked again when the
// connection stands; and who takes a channel over finds what was being sent Unconfirmed, and looks
// for it only when the longest call has ended (Queue::take_over). The nodes have one and the same
// lease; a machine that is stopped between that question and the packet for longer than lease, wait
// and looks together, as a hypervisor can, is beyond it.
//
// The leader also holds an advisory lock on its heartbeat's session, so that of two candidates one
// gets it. All nodes share another, which a program that must be alone on the database (an older
// one, `restore`, a new schema) does not get beside them.
//
// A node tells the time by the database's clock: what one stamps another can judge.
//
// DIAGNOSTICS
//   node.joined node.left    INFO
//   node.share               INFO   what this node works on from now on
//   node.fenced              WARN   another one, whose lease ran out; ERROR: this one, which ends
//   node.unheard             WARN   the heartbeat's session failed; tried again
// BUGS
//   A website's pace (reading.host_interval) is kept by the node that watches it; the leader's look
//   at links is not part of it.

#ifndef LIANDONG_DAEMON_PLATFORM_NODE_H_
#define LIANDONG_DAEMON_PLATFORM_NODE_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"

namespace liandong {

// "channel NAME", "site HOST", or the leadership. What stands before the blank is shared out
// evenly.
using WorkNames = std::set<std::string>;
inline constexpr std::string_view kChannelWork = "channel ";
inline constexpr std::string_view kSiteWork = "site ";
inline constexpr std::string_view kLeadership = "leader";
using HeldWork = std::map<std::string, Timestamp>;  // since when

class Node {
 public:
  struct Options {
    std::string url;
    std::string name;  // for people
    Duration lease{30'000};
  };

  // Joins, and sets `clock` by the database's.
  [[nodiscard]] static Result<std::unique_ptr<Node>> join(Options options, SystemClock& clock);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();  // ends the heartbeat, and takes the row back if it is there

  [[nodiscard]] std::int64_t id() const { return id_; }
  // Before the row is given up (Database::leave).
  void end_heartbeat();

  // What the configuration has for all nodes. The first call starts the heartbeat.
  void offer(WorkNames work);
  // What this node should work on: a part of what it holds.
  [[nodiscard]] WorkNames share() const;

  // Is the lease surely not over yet? From any thread.
  [[nodiscard]] bool may_begin() const;

 private:
  struct Session;
  // When the database was asked, by both clocks, in milliseconds.
  struct Asked {
    std::int64_t monotonic;
    std::int64_t wall;
  };
  Node(Options options, SystemClock& clock, std::unique_ptr<Session> session);

  void set_up_session();
  void join_now();
  void withdraw();
  void loop();
  void reconnect();
  void beat();
  [[nodiscard]] bool renew();
  void balance();
  [[nodiscard]] WorkNames list_offered();
  [[nodiscard]] std::size_t count_nodes();
  void fence_others();
  [[nodiscard]] WorkNames held();
  [[nodiscard]] WorkNames free_work();
  void take(const WorkNames& names);
  [[nodiscard]] bool can_lead();
  void note_lease(const Asked& asked, std::int64_t database_now);

  Options options_;
  SystemClock& clock_;
  std::unique_ptr<Session> session_;
  std::int64_t id_ = 0;
  int schema_ = 0;  // the version there was when it joined
  bool has_leader_lock_ = false;
  bool is_unheard_ = false;
  std::atomic<std::int64_t> valid_until_{0};  // of the monotonic clock, in milliseconds
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  WorkNames offered_;
  WorkNames share_;
  WorkNames listed_;  // of what is offered: there is a row for each
  bool stopping_ = false;
  std::thread thread_;
};

// In the node's own transaction: gives up what is not in `wanted`, and returns what it holds then.
[[nodiscard]] WorkNames keep_work(Transaction& tx, std::int64_t node, const WorkNames& wanted);

// All that the node holds is nobody's.
void free_work_of(Transaction& tx, std::int64_t node);

struct NodeStatus {
  std::int64_t id = 0;
  std::string name;
  Timestamp joined_at;
  Duration lease_left{0};
  HeldWork work;

  [[nodiscard]] bool leads() const { return work.contains(std::string(kLeadership)); }
};

// Who shares the database; none on SQLite.
[[nodiscard]] std::vector<NodeStatus> read_nodes(Transaction& tx);

// What some nodes' configurations have and others' lack, so that it may be nobody's share.
struct LeftWork {
  std::string name;
  Timestamp since;
  std::vector<std::string> offering;  // names of nodes
  std::vector<std::string> lacking;
};
// That is nobody's since before `before`; none on SQLite.
[[nodiscard]] std::vector<LeftWork> read_left_work(Transaction& tx, Timestamp before);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_NODE_H_
