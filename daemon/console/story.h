// An item's story in plain words, told from its ledger entries: what an operator reads instead of
// asking an engineer. Chinese and English from one table.

#ifndef LIANDONG_DAEMON_CONSOLE_STORY_H_
#define LIANDONG_DAEMON_CONSOLE_STORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "daemon/console/queries.h"
#include "daemon/platform/clock.h"

namespace liandong {

struct Sentence {
  Timestamp at;          // when it happened, or will at the earliest
  std::int64_t seq = 0;  // the first ledger entry that says so; 0: not yet in the ledger
  std::string chinese;
  std::string english;
};

// What happened, oldest first. Entries that say the same of several channels are one sentence; the
// intent before a result that is known is left to the result. Last, what the hall's screens showed.
[[nodiscard]] std::vector<Sentence> story_of(const ItemDetail& detail);

// What happens next and when, or what it waits for: one sentence for each delivery that is not at
// its end, and for each obligation not met. `channels` tell what is paused or paced.
[[nodiscard]] std::vector<Sentence> outlook_of(const ItemDetail& detail,
                                               const std::vector<ChannelStatus>& channels,
                                               Timestamp now);

// [{"at", "seq", "zh", "en"}]
[[nodiscard]] boost::json::array to_json(const std::vector<Sentence>& sentences);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_STORY_H_
