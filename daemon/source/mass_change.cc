#include "daemon/source/mass_change.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "daemon/delivery/mass_hold.h"

namespace liandong {

namespace {
constexpr int kLeastMass = 5;
}

std::string mass_change(const MassLimits& limits, const LookCounts& counts,
                        Duration since_last_look) {
  const std::int64_t days = std::clamp<std::int64_t>(
      since_last_look / std::chrono::duration_cast<Duration>(std::chrono::days(1)), 0, 365);
  const std::int64_t most_new = limits.most_new * (days + 1);
  if (limits.most_new > 0 && counts.fresh > most_new)
    return fmt::format("{}{} new items in one look, more than {}", kMassChange, counts.fresh,
                       most_new);
  const std::int64_t other = counts.changed + counts.gone;
  if (limits.most_changed > 0 && other >= kLeastMass &&
      other * 100 > static_cast<std::int64_t>(limits.most_changed) * counts.compared)
    return fmt::format("{}{} of {} known items changed and {} gone in one look, more than {} %",
                       kMassChange, counts.changed, counts.compared, counts.gone,
                       limits.most_changed);
  return "";
}

}  // namespace liandong
