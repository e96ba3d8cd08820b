// The hall screens the daemon knows: registered, approved, seen, and what they showed.
//
//   (unknown) --register--> waiting --approve--> approved --revoke--> revoked
//
// A screen proves itself at registration by the random key it made for itself, afterwards by a
// token; of both only the SHA-256 is stored. Registering again with the same key gives a new token
// and ends the old one. Every change of state stands in the ledger.

#ifndef LIANDONG_DAEMON_CONSOLE_SCREENS_H_
#define LIANDONG_DAEMON_CONSOLE_SCREENS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ledger/ledger.h"
#include "daemon/platform/clock.h"
#include "daemon/platform/database.h"
#include "daemon/platform/result.h"

namespace liandong {

// Not heard of for longer: out of order, or without a network.
inline constexpr std::chrono::minutes kScreenSilent{5};

struct Screen {
  std::int64_t id = 0;
  std::string name;
  std::string group;  // the hall channel it shows; empty: all of them
  std::string state;  // "waiting", "approved", "revoked"
  Timestamp registered_at;
  std::optional<Timestamp> seen_at;
  std::string list_version;
  std::string report;  // the last heartbeat, JSON
};

struct Registration {
  std::string key;  // made by the screen, at least 32 random characters
  std::string name;
  std::string report;     // model and resolution, JSON
  bool approve = false;   // no person needs to look
  std::string new_token;  // given out when the screen is approved
  Timestamp now;
};

struct Registered {
  enum class Answer : std::uint8_t { Waiting, Ready, NameTaken, Revoked, TooManyWaiting };
  Answer answer = Answer::Waiting;
};
[[nodiscard]] Registered register_screen(Transaction& tx, Ledger& ledger,
                                         const Registration& registration);

// An error when no screen of that name waits. `actor` as in the ledger: "operator:cli".
[[nodiscard]] Result<void> approve_screen(Transaction& tx, Ledger& ledger, std::string_view name,
                                          std::string_view actor);
// From any state; its token works no more.
[[nodiscard]] Result<void> revoke_screen(Transaction& tx, Ledger& ledger, std::string_view name,
                                         std::string_view actor);

// Which hall channel it shows; empty: all of them. An error when there is no such screen.
[[nodiscard]] Result<void> group_screen(Transaction& tx, Ledger& ledger, std::string_view name,
                                        const std::string& group, std::string_view actor);

// The screen this token belongs to, in whatever state; empty when there is none.
[[nodiscard]] std::optional<Screen> find_screen_by_token(Transaction& tx, std::string_view token);
[[nodiscard]] std::vector<Screen> read_screens(Transaction& tx);

void record_heartbeat(Transaction& tx, std::int64_t screen, const std::string& list_version,
                      const std::string& report, Timestamp now);

// An approved screen has fetched a list with these deliveries: an obligation that waited for it is
// met now, with a `delivery.fetched` entry. Does nothing for those that were fetched before.
void note_fetched(Transaction& tx, Ledger& ledger, std::string_view screen,
                  const std::vector<std::int64_t>& deliveries, Timestamp now);

// One of these deliveries is what an obligation waits for.
[[nodiscard]] bool is_any_awaited(Transaction& tx, const std::vector<std::int64_t>& deliveries);

// One showing of one slide. The title stays with it: the item may be gone when somebody asks.
struct Play {
  std::string id;  // UUID made by the screen
  std::int64_t delivery = 0;
  std::string title;
  Timestamp started_at;
  Timestamp ended_at;
  std::string clock;  // "server" or "local": whose time it is
};
// False when this play is known already. It counts (audit/screen_time.h) when there is such a
// delivery.
[[nodiscard]] bool record_play(Transaction& tx, const Screen& screen, const Play& play);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_SCREENS_H_
