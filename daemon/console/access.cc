#include "daemon/console/access.h"

#include <array>

namespace liandong {

namespace {

constexpr std::uint8_t bit(Role role) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(role));
}
constexpr std::uint8_t kEveryRole = 0b1'1111;
constexpr std::uint8_t kOperator = bit(Role::Operator);
constexpr std::uint8_t kApprover = bit(Role::Approver);
constexpr std::uint8_t kAuditor = bit(Role::Auditor);
constexpr std::uint8_t kAdmin = bit(Role::Admin);

constexpr Access open_to_all(std::string_view method, std::string_view pattern) {
  return {method, pattern, kEveryRole, true, ""};
}
constexpr Access reading(std::string_view pattern) {
  return {"GET", pattern, kEveryRole, false, ""};
}
constexpr Access acting(std::string_view pattern, std::uint8_t roles, std::string_view action) {
  return {"POST", pattern, roles, false, action};
}

constexpr Access managing(std::string_view method, std::string_view pattern,
                          std::string_view action = "") {
  return {method, pattern, kAdmin, false, action};
}

// The hall's screens stand in the hall that all organisations share.
constexpr Access of_all(Access access) {
  access.whole = true;
  return access;
}

constexpr std::array kTable = {
    open_to_all("GET", "/login"),
    open_to_all("GET", "/healthz"),
    open_to_all("GET", "/assets/console.css"),
    open_to_all("GET", "/assets/console_words.mjs"),
    open_to_all("GET", "/assets/console_words_record.mjs"),
    open_to_all("GET", "/assets/login.mjs"),
    open_to_all("POST", "/api/v1/session"),
    open_to_all("POST", "/api/v1/setup"),
    open_to_all("POST", "/api/v1/setup/finish"),
    reading("/"),
    managing("GET", "/users"),
    managing("GET", "/assets/users.mjs"),
    reading("/assets/console.mjs"),
    reading("/assets/console_actions.mjs"),
    reading("/assets/console_page.mjs"),
    reading("/metrics"),
    reading("/api/openapi.json"),
    reading("/api/v1/session"),
    reading("/api/v1/status"),
    reading("/api/v1/items"),
    reading("/api/v1/items/{id}"),
    reading("/api/v1/items/{id}/finding"),
    reading("/api/v1/log"),
    reading("/api/v1/channels"),
    reading("/api/v1/sources"),
    reading("/api/v1/events"),
    reading("/api/v1/review"),
    reading("/api/v1/deliveries/{id}"),
    reading("/ledger"),
    reading("/assets/ledger.mjs"),
    reading("/api/v1/ledger"),
    reading("/api/v1/ledger/proof"),
    // It changes nothing, and costs much.
    of_all(acting("/api/v1/ledger/verify", kOperator | kApprover | kAuditor | kAdmin,
                  "verify_ledger")),
    reading("/audit"),
    reading("/assets/audit.mjs"),
    reading("/assets/audit_report.mjs"),
    reading("/api/v1/coverage"),
    reading("/api/v1/rules"),
    reading("/api/v1/report"),
    reading("/api/v1/report/file"),
    reading("/api/v1/report/why"),
    of_all(reading("/screens")),
    of_all(reading("/assets/screens.mjs")),
    of_all(reading("/api/v1/screens")),
    of_all(managing("POST", "/api/v1/screens/{id}/approve", "approve_screen")),
    of_all(managing("POST", "/api/v1/screens/{id}/revoke", "revoke_screen")),
    of_all(managing("POST", "/api/v1/screens/{id}/group", "group_screen")),
    of_all(acting("/api/v1/emergencies", kApprover, "show_emergency")),
    of_all(acting("/api/v1/emergencies/{id}/end", kOperator | kApprover, "end_emergency")),
    acting("/api/v1/items/{id}/pin", kOperator | kApprover, "pin"),
    acting("/api/v1/items/{id}/unpin", kOperator | kApprover, "unpin"),
    managing("GET", "/api/v1/users"),
    managing("POST", "/api/v1/users", "invite"),
    managing("POST", "/api/v1/users/{id}/role", "change_role"),
    managing("POST", "/api/v1/users/{id}/reset", "reset_user"),
    managing("POST", "/api/v1/users/{id}/disable", "disable_user"),
    managing("POST", "/api/v1/users/{id}/log_out", "log_out_user"),
    managing("GET", "/api/v1/tokens"),
    managing("POST", "/api/v1/tokens", "make_token"),
    managing("POST", "/api/v1/tokens/{id}/revoke", "revoke_token"),
    acting("/api/v1/recovery_codes", kEveryRole, "renew_codes"),
    acting("/api/v1/session/end", kEveryRole, "log_out"),
    // Stopping is never in the wrong hands; letting out again wants somebody else.
    acting("/api/v1/deliveries/{id}/hold", kOperator | kApprover, "hold"),
    acting("/api/v1/deliveries/{id}/release", kApprover, "release"),
    acting("/api/v1/deliveries/{id}/approve", kApprover, "approve"),
    acting("/api/v1/deliveries/{id}/deny", kApprover, "deny"),
    acting("/api/v1/deliveries/{id}/retry", kOperator, "retry"),
    acting("/api/v1/deliveries/{id}/cancel", kOperator, "cancel"),
    acting("/api/v1/deliveries/{id}/record", kOperator, "record"),
    acting("/api/v1/sources/{name}/release", kApprover, "release_source"),
    acting("/api/v1/items/{id}/withdraw", kApprover, "withdraw"),
    acting("/api/v1/items/{id}/accept", kApprover, "accept"),
    acting("/api/v1/items/{id}/urgent", kOperator, "urgent"),
    acting("/api/v1/items/{id}/waive", kOperator, "waive"),
    acting("/api/v1/channels/{name}/pause", kOperator | kApprover | kAdmin, "pause"),
    acting("/api/v1/channels/{name}/resume", kOperator | kAdmin, "resume"),
};

}  // namespace

bool Access::is_for_programs() const {
  return pattern == "/metrics" ||
         (pattern.starts_with("/api/") && pattern != "/api/v1/session/end" &&
          pattern != "/api/v1/recovery_codes");
}

std::span<const Access> access_table() {
  return kTable;
}

const Access* access_to(std::string_view method, std::string_view pattern) {
  for (const Access& access : kTable) {
    if (access.method == method && access.pattern == pattern) return &access;
  }
  return nullptr;
}

std::vector<std::string_view> actions_of(Role role, bool is_bound) {
  std::vector<std::string_view> actions;
  for (const Access& access : kTable) {
    if (access.whole && is_bound) continue;
    if (!access.action.empty() && access.allows(role)) actions.push_back(access.action);
  }
  return actions;
}

}  // namespace liandong
