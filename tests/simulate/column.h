// A column of the simulated website: rows that a test publishes, edits, unlists and removes.

#ifndef LIANDONG_TESTS_SIMULATE_COLUMN_H_
#define LIANDONG_TESTS_SIMULATE_COLUMN_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/source/source.h"

namespace liandong {

class SimulatedColumn {
 public:
  explicit SimulatedColumn(Clock& clock) : clock_(clock) {}

  // --- How it works.
  bool carries_articles = false;  // rows bring the whole text, as feeds do
  bool tells_versions = false;    // rows say when their item changed, as WordPress does
  bool validates = false;         // answers NotModified when nothing changed
  std::optional<Duration> poll_after;
  std::size_t page_size = 1000;  // rows it shows; older ones are on page two

  // --- What goes wrong.
  Duration answers_after{0};                                // each look takes so long
  std::deque<SourceFault> faults;                           // the answers to the next looks
  std::function<std::optional<SourceFault>()> look_chance;  // when `faults` is empty; else none
  std::function<std::optional<SourceFault>()> read_chance;
  bool list_throws = false;                       // an adapter with a bug
  std::map<std::string, SourceFault> unreadable;  // by row key, while they are here
  std::map<std::string, std::string> gone;        // by row key: the evidence
  std::string read_throws;                        // the row key whose reading throws

  // --- What happened.
  std::vector<Timestamp> looks;
  std::map<std::string, int> reads;

  // A new row on top; its key is its address.
  std::string publish(const std::string& name, const std::string& text = "正文");
  // Any row on top, as it is.
  void add(const std::string& key, const Article& article);
  [[nodiscard]] Article& article(const std::string& key) { return rows_.at(key).article; }
  void edit(const std::string& key, const std::function<void(Article&)>& change);
  // What the row itself says, where it differs from the article.
  void set_row_date(const std::string& key, std::optional<StatedTime> date);
  void set_row_title(const std::string& key, const std::string& title);
  // The row leaves the column, its article stays: page two.
  void unlist(const std::string& key);
  // The row leaves and the article answers 404.
  void remove(const std::string& key);
  // It is there again, on top.
  void restore(const std::string& key);
  // To the top of the list, as an editor pins it.
  void pin(const std::string& key);
  // Nothing is on page two.
  [[nodiscard]] bool shows_everything() const { return listed_.size() <= page_size; }
  // A new site: every row has another address under `folder`, the old ones answer 404. Returns the
  // new keys by the old.
  std::map<std::string, std::string> redesign(const std::string& folder);

 private:
  friend class SimulatedSource;
  struct Row {
    Article article;
    std::optional<StatedTime> row_date;
    std::string row_title;  // empty: the article's
    int version = 1;
  };

  [[nodiscard]] ListingRow row(const std::string& key) const;

  Clock& clock_;
  std::map<std::string, Row> rows_;
  std::deque<std::string> listed_;  // newest first
  int edition_ = 0;                 // goes up with every change of the column
};

// The adapter, one a run of the program; the column outlives it.
[[nodiscard]] std::shared_ptr<Source> make_simulated_source(SimulatedColumn& column);

// Text as one paragraph.
[[nodiscard]] Body body_of(const std::string& text);

}  // namespace liandong

#endif  // LIANDONG_TESTS_SIMULATE_COLUMN_H_
