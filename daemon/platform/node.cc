#include "daemon/platform/node.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include "daemon/platform/fault_point.h"
#include "daemon/platform/log.h"
#include "daemon/platform/migration.h"
#include "daemon/platform/postgres.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

constexpr Duration kMostBetweenBeats = 2s;
constexpr Duration kClockError = 500ms;  // what is less may be the network's
constexpr std::string_view kNow = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

// Goes on while the machine is suspended, as the others do meanwhile.
std::int64_t monotonic_millis() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

std::int64_t wall_millis() {
  return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string kind_of(const std::string& work) {
  return work.substr(0, work.find(' '));
}

std::map<std::string, std::vector<std::string>> by_kind(const WorkNames& names) {
  std::map<std::string, std::vector<std::string>> kinds;
  for (const std::string& name : names) kinds[kind_of(name)].push_back(name);
  return kinds;
}

WorkNames both(const WorkNames& a, const WorkNames& b) {
  WorkNames result;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                        std::inserter(result, result.end()));
  return result;
}

// The first `most` of a kind; how many there were.
std::size_t add_first(WorkNames& to, const std::map<std::string, std::vector<std::string>>& kinds,
                      const std::string& kind, std::size_t most) {
  const auto found = kinds.find(kind);
  if (found == kinds.end()) return 0;
  const std::vector<std::string>& names = found->second;
  const std::size_t count = std::min(most, names.size());
  to.insert(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

WorkNames read_names(soci::session& session, const std::string& text) {
  WorkNames names;
  soci::rowset<std::string> rows = (session.prepare << text);
  for (const std::string& name : rows) names.insert(name);
  return names;
}

HeldWork read_held(Transaction& tx, std::int64_t node) {
  HeldWork held;
  std::string name;
  std::int64_t since = 0;
  auto rows = tx.sql().rows("SELECT name, taken_at FROM node_work WHERE node = :node");
  rows, use(node), into(name), into(since);
  while (rows.next()) held.emplace(name, from_millis(since));
  return held;
}

}  // namespace

struct Node::Session {
  soci::session sql;
};

Result<std::unique_ptr<Node>> Node::join(Options options, SystemClock& clock) {
  try {
    auto session = std::make_unique<Session>();
    session->sql.open(soci::postgresql, with_time_limits(options.url));
    std::unique_ptr<Node> node(new Node(std::move(options), clock, std::move(session)));
    node->join_now();
    return node;
  } catch (const soci::soci_error& error) {
    return Error(ErrorKind::Transient,
                 fmt::format("this process cannot join the others on the database: {}; start "
                             "PostgreSQL, or correct store.url",
                             error.what()));
  }
}

Node::Node(Options options, SystemClock& clock, std::unique_ptr<Session> session)
    : options_(std::move(options)), clock_(clock), session_(std::move(session)) {}

Node::~Node() {
  end_heartbeat();
  withdraw();
}

// Of a start that failed: nobody shall wait for its lease. Else the row is gone already.
void Node::withdraw() {
  try {
    if (session_->sql.is_connected())
      session_->sql.once << "DELETE FROM node WHERE id = :id", use(id_);
  } catch (const soci::soci_error& error) {
    log(Level::Debug, "node.not_withdrawn", {{"node", id_}, {"error", error.what()}});
  }
}

void Node::end_heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Node::set_up_session() {
  set_time_limits(session_->sql);
  set_idle_limits(session_->sql, options_.lease);
}

void Node::join_now() {
  set_up_session();
  schema_ = schema_version(session_->sql, Dialect::Postgres);
  const std::int64_t lease = options_.lease.count();
  const std::string version = LIANDONG_VERSION;
  const Asked asked{monotonic_millis(), wall_millis()};
  std::int64_t database_now = 0;
  session_->sql.once << fmt::format(
      "INSERT INTO node (name, version, joined_at, lease_until) VALUES (:name, :version, {0}, {0} "
      "+ :lease) RETURNING id, joined_at",
      kNow),
      use(options_.name), use(version), use(lease), into(id_), into(database_now);
  note_lease(asked, database_now);
  log(Level::Info, "node.joined", {{"node", id_}, {"name", options_.name}});
}

// The database has renewed the lease. And it told the time: stamps of one node are judged by
// others, and a clock that is an hour wrong must not make them wait, or not wait.
void Node::note_lease(const Asked& asked, std::int64_t database_now) {
  const std::int64_t lease = options_.lease.count();
  valid_until_ = asked.monotonic + lease - lease / 4;
  const std::int64_t took = wall_millis() - asked.wall;
  if (Duration(took) > kClockError) return;  // too slow an answer to tell
  const Duration offset(database_now - (asked.wall + took / 2));
  if (std::chrono::abs(offset - clock_.offset()) > kClockError) clock_.set_offset(offset);
}

void Node::offer(WorkNames work) {
  const std::lock_guard lock(mutex_);
  offered_ = std::move(work);
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
}

WorkNames Node::share() const {
  const std::lock_guard lock(mutex_);
  return share_;
}

bool Node::may_begin() const {
  return monotonic_millis() < valid_until_ || control_is("no-fence");
}

void Node::loop() {
  const Duration pause = std::min<Duration>(options_.lease / 4, kMostBetweenBeats);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    beat();
    lock.lock();
    wake_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

// A newer program may have changed the tables meanwhile.
void Node::reconnect() {
  session_->sql.reconnect();
  set_up_session();
  const auto checked = check_schema(session_->sql, Dialect::Postgres, schema_);
  if (!checked) throw soci::soci_error(checked.error().message());
}

void Node::beat() {
  try {
    if (!session_->sql.is_connected()) reconnect();
    if (renew()) balance();
    if (std::exchange(is_unheard_, false)) log(Level::Info, "node.heard", {{"node", id_}});
  } catch (const soci::soci_error& error) {
    if (!std::exchange(is_unheard_, true))
      log(Level::Warn, "node.unheard", {{"node", id_}, {"error", error.what()}});
    has_leader_lock_ = false;
    session_->sql.close();
  }
}

// False only for the control that lets a fenced node go on.
bool Node::renew() {
  const std::int64_t lease = options_.lease.count();
  const Asked asked{monotonic_millis(), wall_millis()};
  std::int64_t database_now = 0;
  session_->sql.once << fmt::format(
      "UPDATE node SET lease_until = {0} + :lease WHERE id = :id RETURNING lease_until - :lease",
      kNow),
      use(lease, "lease"), use(id_, "id"), into(database_now);
  if (!session_->sql.got_data()) {
    end_fenced(id_);
    return false;
  }
  note_lease(asked, database_now);
  return true;
}

// One node at a time; who finds another at it has had its heartbeat, and looks the next time.
void Node::balance() {
  const WorkNames offered = list_offered();
  soci::transaction transaction(session_->sql);
  if (!try_lock(session_->sql, DatabaseLock::Shares, LockMode::Transaction)) return;
  fence_others();
  const std::size_t nodes = count_nodes();
  WorkNames share;
  WorkNames taken;
  const auto held_of = by_kind(both(held(), offered));
  const auto free_of = by_kind(both(free_work(), offered));
  for (const auto& [kind, all] : by_kind(offered)) {
    const std::size_t fair = (all.size() + nodes - 1) / nodes;
    const std::size_t has = add_first(share, held_of, kind, fair);
    add_first(taken, free_of, kind, fair - has);
  }
  const std::string leadership(kLeadership);
  if ((share.contains(leadership) || taken.contains(leadership)) && !can_lead()) {
    share.erase(leadership);
    taken.erase(leadership);
  }
  take(taken);
  transaction.commit();
  share.merge(taken);
  const std::lock_guard lock(mutex_);
  share_ = std::move(share);
}

// A row for each that has none yet; what is nobody's has been so since now, for all that is known.
WorkNames Node::list_offered() {
  WorkNames offered;
  {
    const std::lock_guard lock(mutex_);
    offered = offered_;
  }
  if (offered == listed_) return offered;
  soci::transaction transaction(session_->sql);
  std::string name;
  soci::statement statement(
      (session_->sql.prepare << fmt::format("INSERT INTO node_work (name, node, taken_at) "
                                            "VALUES (:name, 0, {0}) ON CONFLICT (name) DO "
                                            "UPDATE SET taken_at = {0} WHERE node_work.node "
                                            "NOT IN (SELECT id FROM node)",
                                            kNow),
       use(name)));
  for (const std::string& one : offered) {
    name = one;
    statement.execute(true);
  }
  const std::string lines = fmt::format("{}", fmt::join(offered, "\n"));
  session_->sql.once << "UPDATE node SET offers = :offers WHERE id = :id", use(lines, "offers"),
      use(id_, "id");
  transaction.commit();
  listed_ = offered;
  return offered;
}

// A row that its node is renewing just now, or writing under, is left alone.
void Node::fence_others() {
  soci::rowset<std::string> fenced =
      (session_->sql.prepare << fmt::format(
           "DELETE FROM node WHERE id IN (SELECT id FROM node WHERE lease_until < {} FOR UPDATE "
           "SKIP LOCKED) RETURNING name",
           kNow));
  for (const std::string& name : fenced) log(Level::Warn, "node.fenced", {{"name", name}});
  session_->sql.once << fmt::format(
      "UPDATE node_work SET node = 0, taken_at = {} WHERE node <> 0 AND node NOT IN (SELECT id "
      "FROM node)",
      kNow);
}

// At least one: this one has just renewed its lease.
std::size_t Node::count_nodes() {
  std::size_t nodes = 0;
  session_->sql.once << "SELECT count(*) FROM node", into(nodes);
  return std::max<std::size_t>(nodes, 1);
}

WorkNames Node::held() {
  return read_names(session_->sql, fmt::format("SELECT name FROM node_work WHERE node = {}", id_));
}

// A number whose row is gone is that of a node that was fenced, and is never given again.
WorkNames Node::free_work() {
  return read_names(session_->sql,
                    "SELECT name FROM node_work WHERE node NOT IN (SELECT id FROM node)");
}

void Node::take(const WorkNames& names) {
  for (const std::string& name : names) {
    session_->sql.once << fmt::format(
        "UPDATE node_work SET node = :node, taken_at = {} WHERE name = :name", kNow),
        use(id_, "node"), use(name, "name");
  }
}

bool Node::can_lead() {
  has_leader_lock_ =
      has_leader_lock_ || try_lock(session_->sql, DatabaseLock::Leader, LockMode::Session);
  return has_leader_lock_;
}

WorkNames keep_work(Transaction& tx, std::int64_t node, const WorkNames& wanted) {
  static const std::string kFree = fmt::format(
      "UPDATE node_work SET node = 0, taken_at = {} WHERE name = :name AND node = :node", kNow);
  WorkNames kept;
  for (const auto& [name, unused] : read_held(tx, node)) {
    if (wanted.contains(name)) {
      kept.insert(name);
    } else {
      tx.sql() << kFree, use(name, "name"), use(node, "node");
    }
  }
  return kept;
}

void free_work_of(Transaction& tx, std::int64_t node) {
  tx.sql() << fmt::format("UPDATE node_work SET node = 0, taken_at = {} WHERE node = :node", kNow),
      use(node);
}

std::vector<NodeStatus> read_nodes(Transaction& tx) {
  if (tx.dialect() == Dialect::Sqlite) return {};
  std::vector<NodeStatus> nodes;
  NodeStatus node;
  std::int64_t joined_at = 0;
  std::int64_t left = 0;
  auto rows = tx.sql().rows(
      fmt::format("SELECT id, name, joined_at, lease_until - {} FROM node ORDER BY id", kNow));
  rows, into(node.id), into(node.name), into(joined_at), into(left);
  while (rows.next()) {
    node.joined_at = from_millis(joined_at);
    node.lease_left = Duration(left);
    nodes.push_back(node);
  }
  for (NodeStatus& one : nodes) one.work = read_held(tx, one.id);
  return nodes;
}

std::vector<LeftWork> read_left_work(Transaction& tx, Timestamp before) {
  if (tx.dialect() == Dialect::Sqlite) return {};
  std::map<std::string, WorkNames> offers;  // by the node's name
  std::string name;
  std::string lines;
  auto nodes = tx.sql().rows("SELECT name, offers FROM node");
  nodes, into(name), into(lines);
  while (nodes.next()) {
    for (const std::string& line : split(lines, '\n')) offers[name].insert(line);
  }
  std::vector<LeftWork> left;
  std::int64_t since = 0;
  const std::int64_t at = to_millis(before);
  auto rows = tx.sql().rows(
      "SELECT name, taken_at FROM node_work WHERE taken_at < :before AND node NOT IN (SELECT id "
      "FROM node) ORDER BY name");
  rows, use(at), into(name), into(since);
  while (rows.next()) {
    LeftWork one{name, from_millis(since), {}, {}};
    for (const auto& [node, offered] : offers)
      (offered.contains(name) ? one.offering : one.lacking).push_back(node);
    if (!one.offering.empty()) left.push_back(std::move(one));  // else no configuration has it
  }
  return left;
}

}  // namespace liandong
