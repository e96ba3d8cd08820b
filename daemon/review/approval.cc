#include "daemon/review/approval.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr std::size_t kShortestHash = 8;

bool stands(const Approval& approval, Timestamp now) {
  return now - approval.at < kApprovalLasts;
}

// Who may approve now, as the ledger names them; empty as long as the console has no users. An
// approval counts no more once its giver was disabled, reset or given another role.
std::optional<std::set<std::string>> approvers(Transaction& tx) {
  std::optional<std::set<std::string>> all;
  std::int64_t id = 0;
  std::string role;
  std::string state;
  auto rows = tx.sql().rows("SELECT id, role, state FROM console_user");
  rows, into(id), into(role), into(state);
  while (rows.next()) {
    if (!all) all.emplace();
    if (role == "approver" && state == "active") all->insert(fmt::format("user:u{:06}", id));
  }
  return all;
}

std::vector<Approval> given_for(Transaction& tx, std::int64_t delivery) {
  std::vector<Approval> given;
  std::int64_t at = 0;
  std::string actor;
  auto rows = tx.sql().rows(
      "SELECT actor, approved_at FROM approval WHERE delivery = :delivery ORDER BY approved_at, "
      "actor");
  rows, use(delivery), into(actor), into(at);
  const auto now = approvers(tx);
  while (rows.next()) {
    if (!now || now->contains(actor)) given.push_back({actor, from_millis(at)});
  }
  return given;
}

std::optional<Urgency> urgency_of(Transaction& tx, std::int64_t delivery) {
  Urgency urgency;
  std::int64_t asked = 0;
  std::int64_t granted = 0;
  tx.sql() << "SELECT reason, asked_by, asked_at, granted_at FROM urgency WHERE delivery = "
              ":delivery",
      use(delivery), into(urgency.reason), into(urgency.asked_by), into(asked), into(granted);
  if (!tx.sql().got_data()) return std::nullopt;
  urgency.asked_at = from_millis(asked);
  if (granted != 0) urgency.granted_at = from_millis(granted);
  return urgency;
}

// What stands against it; empty: nothing.
std::string objection(const Approvals& approvals, std::string_view seen, const Approval& approval) {
  const ApprovalRequest& request = approvals.request;
  if (!seen.empty() && !names_hash(seen, request.sha256))
    return fmt::format("its text is {}, not the one that was read; read it again",
                       request.sha256.substr(0, kShortestHash));
  if (approval.actor == request.requester ||
      (approvals.urgency && approval.actor == approvals.urgency->asked_by))
    return "nobody approves what he asked for himself";
  const auto same = std::find_if(approvals.given.begin(), approvals.given.end(),
                                 [&](const Approval& a) { return a.actor == approval.actor; });
  if (same != approvals.given.end() && stands(*same, approval.at))
    return fmt::format("{} has approved it already, another person must", approval.actor);
  if (approvals.wanted(approval.at) == 0) return "it has every approval it needs";
  return "";
}

}  // namespace

bool names_hash(std::string_view seen, std::string_view sha256) {
  return seen.size() >= kShortestHash && sha256.starts_with(seen);
}

int Approvals::standing(Timestamp now) const {
  return static_cast<int>(std::count_if(given.begin(), given.end(),
                                        [now](const Approval& a) { return stands(a, now); }));
}

int Approvals::missing(Timestamp now) const {
  return std::max(0, request.needed - standing(now));
}

int Approvals::missing_for_urgent(Timestamp now) const {
  if (!urgency || urgency->granted_at) return 0;
  const auto count = std::count_if(given.begin(), given.end(), [&](const Approval& a) {
    return stands(a, now) && a.actor != urgency->asked_by;
  });
  return std::max(0, kApproversOfUrgent - static_cast<int>(count));
}

int Approvals::wanted(Timestamp now) const {
  return std::max(missing(now), missing_for_urgent(now));
}

void request_urgency(Transaction& tx, std::int64_t delivery, const std::string& sha256,
                     const Urgency& urgency) {
  if (!approvals_of(tx, delivery))
    request_approval(tx, {delivery, 0, sha256, urgency.asked_by, urgency.asked_at});
  const std::int64_t at = to_millis(urgency.asked_at);
  tx.sql() << "INSERT INTO urgency (delivery, reason, asked_by, asked_at, granted_at) VALUES "
              "(:delivery, :reason, :by, :at, 0)",
      use(delivery, "delivery"), use(urgency.reason, "reason"), use(urgency.asked_by, "by"),
      use(at, "at");
}

void grant_urgency(Transaction& tx, std::int64_t delivery, Timestamp now) {
  const std::int64_t at = to_millis(now);
  tx.sql() << "UPDATE urgency SET granted_at = :at WHERE delivery = :delivery", use(at, "at"),
      use(delivery, "delivery");
}

void request_approval(Transaction& tx, const ApprovalRequest& request) {
  const std::int64_t at = to_millis(request.requested_at);
  tx.sql() << "INSERT INTO approval_request (delivery, needed, sha256, requester, requested_at) "
              "VALUES (:delivery, :needed, :sha256, :requester, :at)",
      use(request.delivery), use(request.needed), use(request.sha256), use(request.requester),
      use(at);
}

std::optional<Approvals> approvals_of(Transaction& tx, std::int64_t delivery) {
  Approvals approvals;
  ApprovalRequest& request = approvals.request;
  request.delivery = delivery;
  std::int64_t at = 0;
  tx.sql() << "SELECT needed, sha256, requester, requested_at FROM approval_request WHERE delivery "
              "= :delivery",
      use(delivery), into(request.needed), into(request.sha256), into(request.requester), into(at);
  if (!tx.sql().got_data()) return std::nullopt;
  request.requested_at = from_millis(at);
  approvals.given = given_for(tx, delivery);
  approvals.urgency = urgency_of(tx, delivery);
  return approvals;
}

Result<Approvals> add_approval(Transaction& tx, std::int64_t delivery, std::string_view seen,
                               const Approval& approval) {
  auto approvals = approvals_of(tx, delivery);
  if (!approvals)
    return Error(ErrorKind::Permanent,
                 fmt::format("delivery {} needs nobody's approval", delivery));
  const auto now = approvers(tx);
  if (now && !now->contains(approval.actor))
    return Error(ErrorKind::Permanent,
                 "the console has users, so one approves there, logged in as oneself: an account "
                 "of this machine and a user might be one person");
  const std::string against = objection(*approvals, seen, approval);
  if (!against.empty())
    return Error(ErrorKind::Permanent, fmt::format("delivery {}: {}", delivery, against));
  const std::int64_t at = to_millis(approval.at);
  // His former approval ran out: the new one takes its place.
  tx.sql() << "INSERT INTO approval (delivery, actor, requester, approved_at) VALUES (:delivery, "
              ":actor, :requester, :at) ON CONFLICT (delivery, actor) DO UPDATE SET approved_at = "
              "excluded.approved_at",
      use(delivery), use(approval.actor), use(approvals->request.requester), use(at);
  approvals->given = given_for(tx, delivery);
  return *std::move(approvals);
}

std::vector<WaitingForApproval> waiting_for_approval(Transaction& tx, Timestamp now, int limit,
                                                     std::int64_t after, const Scope& scope) {
  std::vector<WaitingForApproval> waiting;
  WaitingForApproval row;
  ApprovalRequest& request = row.approvals.request;
  std::int64_t at = 0;
  auto rows = tx.sql().rows(
      "SELECT r.delivery, r.needed, r.sha256, r.requester, r.requested_at, d.item, d.revision, "
      "i.title, d.kind, d.channel, d.purpose, d.reason FROM delivery d JOIN approval_request r ON "
      "r.delivery = d.id JOIN item i ON i.id = d.item WHERE d.id > :after AND (d.state = 'held' OR "
      "(d.state IN ('queued', 'deferred') AND d.id IN (SELECT delivery FROM urgency WHERE "
      "granted_at = 0))) AND " +
      narrowed(scope, "i.organisation") + " ORDER BY d.id");
  rows, use(after, "after"), use(scope.organisation, "scope"), into(request.delivery),
      into(request.needed), into(request.sha256), into(request.requester), into(at), into(row.item),
      into(row.revision), into(row.title), into(row.kind), into(row.channel), into(row.purpose),
      into(row.reason);
  while (static_cast<int>(waiting.size()) < limit && rows.next()) {
    request.requested_at = from_millis(at);
    WaitingForApproval found = row;
    found.approvals.given = given_for(tx, request.delivery);
    found.approvals.urgency = urgency_of(tx, request.delivery);
    if (found.approvals.wanted(now) > 0) waiting.push_back(std::move(found));
  }
  return waiting;
}

}  // namespace liandong
