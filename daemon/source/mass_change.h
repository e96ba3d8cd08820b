// Is what one look at a column brought too much to be true? A relaunched site, a changed template
// or a broken list must not empty the accounts or flood them: all of such a look waits for a
// person. Pure.

#ifndef LIANDONG_DAEMON_SOURCE_MASS_CHANGE_H_
#define LIANDONG_DAEMON_SOURCE_MASS_CHANGE_H_

#include <string>

#include "daemon/platform/clock.h"

namespace liandong {

struct MassLimits {
  int most_new = 0;      // for every day since the last good look; 0: any number
  int most_changed = 0;  // percent of what was compared; 0: any share
};

struct LookCounts {
  int fresh = 0;          // rows never seen before
  int changed = 0;        // known items with another text
  int gone = 0;           // known items about to count as withdrawn
  int compared = 0;       // known items whose text or version was compared, those above included
  bool has_list = false;  // the column was read, and not only said to be as it was
};

// Why the look must be held; empty: it need not. Fewer than five changed items are no mass.
[[nodiscard]] std::string mass_change(const MassLimits& limits, const LookCounts& counts,
                                      Duration since_last_look);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_MASS_CHANGE_H_
