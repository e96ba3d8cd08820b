// Review before publication (先审后发): who must approve the exact text of a delivery, and who has.
//
// An approval is for a hash. A delivery's text never changes, an edit on the website makes another
// delivery, and that asks anew (domain/security.md T25). Nobody approves what he asked for, nobody
// counts twice; the database refuses both.
//
// One person has one name: while the console has no users, the account of this machine; from the
// first user on, that user. Nobody can tell which account is which user, so accounts approve no
// more then, and what they approved before does not count.

#ifndef LIANDONG_DAEMON_REVIEW_APPROVAL_H_
#define LIANDONG_DAEMON_REVIEW_APPROVAL_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/item/scope.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

// Why a delivery is held that needs nothing but its approvals.
inline constexpr std::string_view kWaitsForApproval = "waits for approval";

// An older approval does not count: what was right yesterday may be wrong today (T25).
inline constexpr std::chrono::hours kApprovalLasts{24};

// Does `seen`, a hash whole or its first 8 digits or more, name `sha256`? A person who decides says
// so what he saw.
[[nodiscard]] bool names_hash(std::string_view seen, std::string_view sha256);

struct ApprovalRequest {
  std::int64_t delivery = 0;
  int needed = 0;         // persons
  std::string sha256;     // of what would be sent
  std::string requester;  // the ledger's actor
  Timestamp requested_at;
};

struct Approval {
  std::string actor;
  Timestamp at;
};

// A person wants it sent at once, ahead of all others (应急): two must approve, and he is neither.
struct Urgency {
  std::string reason;
  std::string asked_by;  // the ledger's actor
  Timestamp asked_at;
  std::optional<Timestamp> granted_at;
};
inline constexpr int kApproversOfUrgent = 2;

struct Approvals {
  ApprovalRequest request;
  std::vector<Approval> given;  // in order
  std::optional<Urgency> urgency;

  // Persons whose approval stands at `now`, and how many are still wanted before it may be sent at
  // all.
  [[nodiscard]] int standing(Timestamp now) const;
  [[nodiscard]] int missing(Timestamp now) const;
  // How many are still wanted before it is sent as urgent; 0: nobody asked for that, or it is.
  [[nodiscard]] int missing_for_urgent(Timestamp now) const;
  // The larger of both: what a person sees.
  [[nodiscard]] int wanted(Timestamp now) const;
};

void request_approval(Transaction& tx, const ApprovalRequest& request);

// Empty: the delivery needs nobody's approval.
[[nodiscard]] std::optional<Approvals> approvals_of(Transaction& tx, std::int64_t delivery);

// `seen`: the hash of the text the person saw, whole or its first 8 digits or more; empty: of what
// would be sent. Errors (Permanent) say why it does not count.
[[nodiscard]] Result<Approvals> add_approval(Transaction& tx, std::int64_t delivery,
                                             std::string_view seen, const Approval& approval);

// Notes that it is wanted at once; its text needs no more persons' approval than before to be sent
// in its turn. REQUIRES: nobody asked for it yet.
void request_urgency(Transaction& tx, std::int64_t delivery, const std::string& sha256,
                     const Urgency& urgency);
void grant_urgency(Transaction& tx, std::int64_t delivery, Timestamp now);

// The review queue: what is held and wants approvals yet, and what is wanted at once; the oldest
// first, after `after`.
struct WaitingForApproval {
  Approvals approvals;
  std::int64_t item = 0;
  int revision = 0;
  std::string title;
  std::string kind;
  std::string channel;
  std::string purpose;
  std::string reason;  // why it is held
};
[[nodiscard]] std::vector<WaitingForApproval> waiting_for_approval(Transaction& tx, Timestamp now,
                                                                   int limit,
                                                                   std::int64_t after = 0,
                                                                   const Scope& scope = {});

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_APPROVAL_H_
