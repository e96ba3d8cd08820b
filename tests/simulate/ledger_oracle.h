// Reads the ledger as it grows and judges the engine by its lines alone: nothing is sent again
// without a look, nothing in quiet hours, on holidays, beyond a budget or on a paused channel, no
// interpretation before its policy; and it knows what the ledger says is public.

#ifndef LIANDONG_TESTS_SIMULATE_LEDGER_ORACLE_H_
#define LIANDONG_TESTS_SIMULATE_LEDGER_ORACLE_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "tests/simulate/office.h"

namespace liandong {

class LedgerOracle {
 public:
  explicit LedgerOracle(SimulatedOffice& office) : office_(office) {}

  void add_channel(const ChannelLine& line) { lines_[line.name] = line; }
  // The policy that an interpretation names; 0: none.
  std::function<ItemId(ItemId interpretation)> policy_of;

  // Takes the lines that are new.
  void read();

  std::vector<std::string> broken;

  // What the ledger says of an item on a channel.
  struct Standing {
    bool is_public = false;
    std::string remote_id;
    DeliveryId delivery = 0;  // the last that changed it
    std::string evidence;
  };
  [[nodiscard]] const std::map<std::pair<ItemId, std::string>, Standing>& standings() const {
    return standings_;
  }
  [[nodiscard]] bool is_drifted(DeliveryId delivery) const { return drifted_.contains(delivery); }

 private:
  struct Story {
    DeliveryId id = 0;
    ItemId item = 0;
    std::string channel;
    std::string purpose;
    std::string last;  // "planned(queued)", "attempted", "settled(done)" …
    bool begun = false;
    bool waits_for_nobody = false;  // a person released it, or it has waited long enough
  };
  struct Use {
    std::map<std::string, int> by_slot;
    std::optional<Timestamp> last_start;
  };

  void take(const boost::json::object& entry);
  void take_delivery(const std::string& event, const boost::json::object& entry);
  void take_intent(Story& story, const boost::json::object& entry, Timestamp at);
  void check_pacing(const Story& story, Timestamp at, bool is_start);
  void check_order(const Story& story);
  void note_limit(const Story& story, Timestamp at);
  void note_accepted(const Story& story, const boost::json::object& entry);
  [[nodiscard]] bool is_on_its_way(ItemId policy, const std::string& channel) const;
  void complain(const Story& story, Timestamp at, const std::string& what);

  SimulatedOffice& office_;
  std::int64_t next_ = 0;
  std::map<std::string, ChannelLine> lines_;
  std::map<ItemId, std::string> kinds_;
  std::map<DeliveryId, Story> stories_;
  std::map<ItemId, std::vector<DeliveryId>> of_item_;
  std::map<std::string, Use> uses_;
  std::set<std::string> paused_;
  std::map<std::string, Timestamp> limited_until_;
  std::set<DeliveryId> drifted_;
  std::map<std::pair<ItemId, std::string>, Standing> standings_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SIMULATE_LEDGER_ORACLE_H_
