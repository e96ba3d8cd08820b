// Is the daemon alive, as opposed to merely running? Its three moving parts say so when they move:
// the event loop, the store, the scheduler. /healthz and the systemd watchdog ask here.
//
// Touched only on the io thread.

#ifndef LIANDONG_DAEMON_CONSOLE_HEALTH_H_
#define LIANDONG_DAEMON_CONSOLE_HEALTH_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "daemon/platform/clock.h"

namespace liandong {

class Health {
 public:
  enum class Part : std::uint8_t { Loop, Store, Scheduler };
  static constexpr std::array kParts = {Part::Loop, Part::Store, Part::Scheduler};

  explicit Health(const Clock& clock) : clock_(clock) { moved_.fill(clock.tick()); }

  // `part` did something, or could have: the scheduler calls it on every round, also an idle one.
  void moved(Part part) { moved_[index(part)] = clock_.tick(); }

  [[nodiscard]] Duration since(Part part) const { return clock_.tick() - moved_[index(part)]; }
  [[nodiscard]] bool is_moving(Part part) const { return since(part) <= kPatience; }
  [[nodiscard]] bool is_well() const {
    return is_moving(Part::Loop) && is_moving(Part::Store) && is_moving(Part::Scheduler);
  }

  // A restored backup: alive, but nothing is sent until a person says so.
  void set_reconcile_only(bool yes) { reconcile_only_ = yes; }
  [[nodiscard]] bool reconcile_only() const { return reconcile_only_; }

 private:
  static constexpr Duration kPatience{20'000};
  static constexpr std::size_t index(Part part) { return static_cast<std::size_t>(part); }

  const Clock& clock_;
  std::array<Instant, kParts.size()> moved_{};
  bool reconcile_only_ = false;
};

[[nodiscard]] constexpr std::string_view to_string(Health::Part part) {
  switch (part) {
    case Health::Part::Loop:
      return "loop";
    case Health::Part::Store:
      return "store";
    case Health::Part::Scheduler:
      return "scheduler";
  }
  return "";
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_HEALTH_H_
