// What a source has shown so far: its state and every row it ever listed. Runs inside the caller's
// transaction.

#ifndef LIANDONG_DAEMON_SOURCE_SIGHTING_H_
#define LIANDONG_DAEMON_SOURCE_SIGHTING_H_

#include <optional>
#include <string>
#include <vector>

#include "daemon/platform/database.h"
#include "daemon/source/source.h"

namespace liandong {

struct SourceState {
  ListingState listing;
  bool baseline_done = false;  // the first look is behind us
  Timestamp looked_at;         // 1970: never
  Timestamp read_at;           // the last look that was no fault
  Timestamp next_look;
  int failures = 0;   // looks in a row that were faults
  std::string fault;  // kind of the present fault; empty: none
  std::string message;
  std::string advice;
  int rows_seen = 0;   // of the last good listing
  Timestamp moved_at;  // the last look that brought a row never seen; 1970: none yet
  int usual_gap = 0;   // between days with something new, in working days; 0: not known
  std::optional<Timestamp> next_reread{};  // the first of its rows'; read only
};
[[nodiscard]] SourceState load_source_state(Transaction& tx, const std::string& source);
void store_source_state(Transaction& tx, const std::string& source, const SourceState& state);

// When a source was and is to be looked at: of all that is known, what changes with every look.
struct LookTimes {
  std::string source;
  Timestamp looked_at;
  Timestamp read_at;
  Timestamp next_look;
};
[[nodiscard]] std::vector<LookTimes> load_look_times(Transaction& tx);
// Only of sources that have a state.
void store_look_times(Transaction& tx, const std::vector<LookTimes>& all);

// Notes a call of the site, for 400 days. False: it was noted before, and is not to be heard again.
[[nodiscard]] bool note_call(Transaction& tx, const std::string& source, const std::string& digest,
                             Timestamp now);

// One row of a column, and when its article is to be read again.
struct Sighting {
  std::string row_key;
  std::optional<ItemId> item;
  std::string version;
  std::string url;
  std::string title;
  Timestamp first_seen;
  Timestamp last_seen;
  std::optional<Timestamp> reread_at;
  int rereads = 0;
  int gone = 0;          // times in a row that the article answered "gone"
  bool pending = false;  // listed, but its article could not be read yet
};
[[nodiscard]] std::optional<Sighting> load_sighting(Transaction& tx, const std::string& source,
                                                    const std::string& row_key);
void store_sighting(Transaction& tx, const std::string& source, const Sighting& sighting);
// Those whose reading is due, the oldest first.
[[nodiscard]] std::vector<Sighting> due_sightings(Transaction& tx, const std::string& source,
                                                  Timestamp now, int limit);

// The rows of a source that are this item: more than one when it has moved or is listed twice.
[[nodiscard]] std::vector<Sighting> sightings_of_item(Transaction& tx, const std::string& source,
                                                      ItemId item);

// 10 min, 1 h, 6 h, 1 d, 7 d after the first sight (contracts/cms.md 6), then no more.
[[nodiscard]] std::optional<Timestamp> next_reread(Timestamp first_seen, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_SIGHTING_H_
