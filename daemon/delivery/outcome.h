// What an attempt did outside. The question behind every alternative is "may this be sent again?"
//
//                 did it act?   next                           who acts
//   Done          yes           the next step                  dispatcher
//   Delivered     yes           nothing, it is public          -
//   Deferred      no            again, with back-off           dispatcher
//   RateLimited   no            again, not before `until`      dispatcher
//   Refused       no            stop; the item must change     editor
//   Unauthorized  no            pause the whole channel        operator
//   Unconfirmed   nobody knows  ask find(), never send blindly dispatcher, then operator
//
// This header is all an adapter sees of daemon/delivery.

#ifndef LIANDONG_DAEMON_DELIVERY_OUTCOME_H_
#define LIANDONG_DAEMON_DELIVERY_OUTCOME_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/platform/clock.h"

namespace liandong {

// What the steps of one delivery have produced so far (draft id, picture URLs …). Stored by the
// engine before the next step begins.
using Progress = std::map<std::string, std::string>;

// The platform's own code and words, verbatim but without any credential. `http` 0: no reply.
struct Diagnostic {
  std::string code;
  std::string message;
  int http = 0;
};

struct Receipt {
  std::string remote_id;
  std::string permalink;
  Timestamp accepted_at;
  // How it is known: "reply", "read-back", "clientmsgid", "listed", "draft", "operator", "adopted".
  std::string evidence = "reply";

  // It stands among the account's drafts: nobody but its owner sees it.
  [[nodiscard]] bool is_draft() const { return evidence == "draft"; }
};

struct Done {
  Progress progress;
};
struct Delivered {
  Receipt receipt;
};
struct Deferred {
  Diagnostic why;
  std::optional<Duration> retry_after;
};
struct RateLimited {
  Diagnostic why;
  Timestamp until;
};
struct Refused {
  Diagnostic why;
};
struct Unauthorized {
  Diagnostic why;
};
struct Unconfirmed {
  Diagnostic why;
};
using Outcome =
    std::variant<Done, Delivered, Deferred, RateLimited, Refused, Unauthorized, Unconfirmed>;
// done delivered deferred rate_limited refused unauthorized unconfirmed
[[nodiscard]] std::string_view name_of(const Outcome& outcome);
[[nodiscard]] const Diagnostic* diagnostic_of(const Outcome& outcome);  // null for Done, Delivered

// Is what the step would do out there? Found says which answer the lost reply would have given.
struct Found {
  std::variant<Done, Delivered> what;
};
struct Absent {};
struct CannotTell {
  Diagnostic why;
};
using Finding = std::variant<Found, Absent, CannotTell>;

// Is what was delivered still as it was? What the patrol asks long afterwards.
struct Verified {};
struct Drifted {
  std::string how;  // what is different, for a person
};
struct Vanished {
  std::string how;
};
using LaterLook = std::variant<Verified, Drifted, Vanished, CannotTell>;

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_OUTCOME_H_
