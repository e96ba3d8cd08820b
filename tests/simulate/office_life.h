// Sixty days of an office, out of one seed: a website that publishes, edits, withdraws and is
// redesigned, platforms with faults of all kinds, people who decide, a program that dies. Then two
// quiet weeks, in which everything must come to its end.
//
// What is wrong is in `broken()`: what the ledger's lines show (LedgerOracle), what the public saw,
// and, at the end, every document on every channel against the website.

#ifndef LIANDONG_TESTS_SIMULATE_OFFICE_LIFE_H_
#define LIANDONG_TESTS_SIMULATE_OFFICE_LIFE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulate/ledger_oracle.h"
#include "tests/simulate/office.h"

namespace liandong {

// Bugs to have on purpose: the oracle must see them.
struct NegativeControl {
  bool no_read_back = false;   // what is unknown counts as absent
  bool stutters = false;       // a platform posts twice what was sent once
  bool forgets_quiet = false;  // the engine's quiet hours are not those of the office
  bool loses_rows = false;     // a column never shows some of its rows
};

class OfficeLife {
 public:
  static constexpr int kDays = 60;
  static constexpr int kQuietDays = 16;

  explicit OfficeLife(std::uint64_t seed, NegativeControl control = {});
  OfficeLife(const OfficeLife&) = delete;
  OfficeLife& operator=(const OfficeLife&) = delete;

  void live(int days = kDays);

  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
  // Faults and events by kind.
  [[nodiscard]] const std::map<std::string, std::size_t>& events() const { return events_; }
  [[nodiscard]] std::size_t documents() const { return documents_.size(); }
  [[nodiscard]] std::size_t posts();
  [[nodiscard]] std::size_t ledger_lines();
  [[nodiscard]] std::size_t steps() const { return office_.steps_taken(); }
  // One line for every ledger entry: the same for the same seed.
  [[nodiscard]] std::string ledger_digest();

 private:
  struct Document {
    std::string column;
    std::string key;
    std::string title;
    Timestamp since;
    bool removed = false;
    bool baseline = false;  // there before Liandong came
    std::optional<std::size_t> explains;
  };

  // --- office_life.cc: the course of things.
  void set_up();
  void set_up_column(const std::string& name, const std::string& kind);
  SimulatedPlatform& set_up_platform(const std::string& name, std::vector<Step> publish);
  void set_up_platforms();
  void set_up_routes();
  void one_tick();
  void keep_record();

  // --- office_website.cc: what editors do, and what befalls website and platforms.
  void website();
  void publish();
  void publish_burst();
  void add_document(const std::string& column, Timestamp stated, Precision precision);
  void edit(Document& document);
  void remove(Document& document);
  void redesign();
  [[nodiscard]] bool everything_is_seen(const std::string& column);
  Document* recent_document();
  void trouble();
  void website_trouble();
  void platform_trouble(SimulatedPlatform& platform, const std::string& name);
  void tampering(SimulatedPlatform& platform, const std::string& name);
  void program_trouble();
  Reply next_reply();
  std::optional<SourceFault> next_fault(double share);

  // --- office_operator.cc: what people decide.
  void operator_comes(bool thorough);
  void decide(const Delivery& held);
  void decide_publish(Transaction& tx, const Delivery& held);
  void decide_correct(Transaction& tx, const Delivery& held);
  void decide_withdraw(Transaction& tx, const Delivery& held);
  void retry_failed(const Delivery& failed);
  void meddle(const Delivery& open);
  void drop(Transaction& tx, const Delivery& delivery, const std::string& reason);
  void record(Transaction& tx, const Delivery& delivery, const Post& post);
  void approve(Transaction& tx, const Delivery& delivery);
  void release(Transaction& tx, const Delivery& held);
  void hand_post(const Delivery& delivery);

  // --- office_check.cc: the verdict.
  void check_intent(const std::string& channel, const Step& step, const Attempt& attempt);
  void check_all_along();
  void check_at_the_end();
  void check_document(const Document& document);
  void check_channel(const Document& document, ItemId item, const std::string& channel);
  void check_ledger_against_public();
  void check_coverage();
  void complain(const std::string& what);
  // With all that the ledger tells of the item there.
  void complain(ItemId item, const std::string& channel, const std::string& what);

  // --- chance.
  bool chance(double share) { return random_.unit() < share; }
  std::size_t pick(std::size_t count) { return random_.next() % count; }
  Duration up_to(Duration most) {
    return Duration(static_cast<Duration::rep>(random_.unit() * static_cast<double>(most.count())));
  }
  // Notes that it happens.
  bool happens(const std::string& kind, double share) {
    if (!chance(share)) return false;
    ++events_[kind];
    return true;
  }

  std::uint64_t seed_;
  NegativeControl control_;
  Random random_;
  bool quiet_ = false;
  double roughness_ = 0;  // share of the calls to platforms that go wrong
  SimulatedOffice office_;
  LedgerOracle oracle_;
  std::vector<std::string> columns_;
  std::vector<std::string> channels_;
  std::vector<Document> documents_;
  std::size_t edits_ = 0;
  int designs_ = 0;
  Timestamp site_down_until_;
  std::map<std::string, Timestamp> down_until_;  // by platform
  Timestamp last_visit_;
  std::set<std::pair<ItemId, std::string>> dropped_;    // a person decided against it
  std::set<std::pair<std::string, std::string>> gone_;  // platform, post: the platform took it down
  std::set<std::pair<std::string, std::string>> tampered_;
  std::map<std::string, std::size_t> events_;
  std::vector<std::string> broken_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SIMULATE_OFFICE_LIFE_H_
