// An office in a box: the real watcher, planner, queue, dispatcher, ledger and database, run on a
// virtual clock between a simulated website and simulated platforms.
//
// Everything happens on one thread and in one order, decided by the seed, so a failure can be seen
// again. Time jumps from one moment at which something is due to the next; the program may die
// between any two steps of its event loop and is then started again as systemd would.
//
//   SimulatedOffice office;
//   office.platform("weibo").replies = {Reply::LoseAnswer};
//   office.start();
//   const ItemId item = office.publish("招生");
//   office.advance(1h);
//   EXPECT_EQ(office.platform("weibo").shown(item), 1);

#ifndef LIANDONG_TESTS_SIMULATE_OFFICE_H_
#define LIANDONG_TESTS_SIMULATE_OFFICE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "daemon/delivery/dispatcher.h"
#include "daemon/delivery/patrol.h"
#include "daemon/delivery/planner.h"
#include "daemon/source/watcher.h"

#include "tests/simulate/column.h"
#include "tests/simulate/platform.h"
#include "tests/support/fake_clock.h"

namespace liandong {

class SimulatedOffice {
 public:
  explicit SimulatedOffice(std::uint64_t seed = 1, Timestamp from = FakeClock::kStart);
  SimulatedOffice(const SimulatedOffice&) = delete;
  SimulatedOffice& operator=(const SimulatedOffice&) = delete;
  ~SimulatedOffice();

  // --- What there is; made when first named. Settings count from the next start().
  SimulatedPlatform& platform(const std::string& name);
  ChannelLine& line(const std::string& name);
  SimulatedColumn& column(const std::string& name = "notices");
  SourceSettings& source(const std::string& name = "notices");
  // Empty: everything goes to every platform.
  std::vector<RouteSettings> routes;
  ReviewSettings review;
  // Whether the watchers run by themselves; else only look() and publish() look.
  bool watching = false;

  // --- The program.
  // As the daemon starts: recovers, then works. Without watchers, a source's first look is taken.
  void start();
  // Ends it at this instant, as kill -9 does.
  void crash();
  // Dies after that many steps of the event loop; advance() starts it again after `downtime`.
  void crash_after(std::size_t steps) { fuse_ = steps; }
  Duration downtime = std::chrono::seconds(10);
  // Of time, when nothing is due before.
  Duration farthest_jump = std::chrono::hours(1);
  [[nodiscard]] bool is_running() const { return engine_ != nullptr; }
  // Tasks that ended with an exception: the daemon would have ended with exit code 70.
  [[nodiscard]] const std::vector<std::string>& deaths() const { return deaths_; }
  [[nodiscard]] std::size_t steps_taken() const { return steps_taken_; }

  // Everything that can happen without time passing.
  // THROWS: std::logic_error when the program never comes to rest.
  void settle();
  void advance(Duration by);
  // One look at a source, now.
  void look(const std::string& source = "notices");
  // A call of the site that brings items. False: it was heard before.
  bool call(const std::string& source, const std::string& digest, Listing listing);
  // A new row, seen at once. Returns its item.
  ItemId publish(const std::string& name, const std::string& source = "notices");

  // --- What is on record.
  template <typename Work>
  auto read(Work work) {
    return database_->read_now(std::move(work));
  }
  template <typename Work>
  auto write(Work work) {
    return database_->write_now(std::move(work));
  }
  // Runs one SQL query that gives one number.
  [[nodiscard]] std::int64_t number(const std::string& sql);
  [[nodiscard]] std::optional<ItemId> item_of(const std::string& row_key);
  [[nodiscard]] std::vector<Delivery> deliveries();
  [[nodiscard]] std::vector<Delivery> deliveries_in(const std::vector<State>& states);
  [[nodiscard]] std::vector<Delivery> deliveries_of(ItemId item);
  // The newest of this kind. THROWS: std::logic_error when there is none.
  [[nodiscard]] Delivery delivery(ItemId item, const std::string& channel,
                                  Purpose purpose = Purpose::Publish);
  // The ledger's entries, of one event or all.
  [[nodiscard]] std::vector<boost::json::object> entries(const std::string& event = "");
  // "delivery.planned delivery.attempted …" of one delivery, in order.
  [[nodiscard]] std::string story(DeliveryId delivery);
  // A line an entry about the item, or about it on this channel.
  [[nodiscard]] std::string story(ItemId item, const std::string& channel);

  // --- The oracle.
  // Every time an item became visible a second time on a platform, and what is so now.
  [[nodiscard]] std::vector<std::string> double_posts();
  // What must hold at every moment: nothing is visible twice, nothing is being sent without its
  // intent in the ledger, the ledger verifies, the counters agree with it.
  [[nodiscard]] std::vector<std::string> violations();
  // What must hold besides when nothing is under way: delivered is what is visible.
  [[nodiscard]] std::vector<std::string> violations_at_rest();

  FakeClock clock;
  Ledger& ledger() { return *ledger_; }
  const Calendar& calendar() const { return calendar_; }
  Watcher& watcher();
  Planner& planner();

 private:
  struct Engine;

  [[nodiscard]] std::vector<RouteSettings> routes_in_force() const;
  void recover();
  // At most one step; false when none is ready.
  bool step();
  [[nodiscard]] Instant next_event();
  [[nodiscard]] Instant next_arrival() const;
  void move_to(Instant when);

  Calendar calendar_;
  Random random_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Ledger> ledger_;
  std::map<std::string, std::unique_ptr<SimulatedPlatform>> platforms_;
  std::map<std::string, ChannelLine> lines_;
  std::map<std::string, std::unique_ptr<SimulatedColumn>> columns_;
  std::map<std::string, SourceSettings> sources_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::string> deaths_;
  bool died_ = false;     // a task failed in this step
  bool restart_ = false;  // it is to be started again
  std::optional<std::size_t> fuse_;
  std::size_t steps_taken_ = 0;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SIMULATE_OFFICE_H_
