#include "adapters/sources/page/row_year.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/shared/article_head.h"
#include "adapters/shared/page_lines.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using std::chrono::years;

constexpr int kYearsBack = 8;
constexpr days kBesideAddress{60};  // a document is written not long before it is shown
constexpr double kNever = std::numeric_limits<double>::infinity();

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && !text.empty() ? std::optional(value) : std::nullopt;
}

std::optional<sys_days> in_year(sys_days day, std::chrono::year year) {
  const year_month_day date(day);
  const year_month_day moved(year, date.month(), date.day());
  return moved.ok() ? std::optional(sys_days(moved)) : std::nullopt;
}

// The years that a row may be of, the latest first.
std::vector<sys_days> choices_of(const RowDay& row, sys_days latest) {
  if (!row.year_missing) return {row.day};
  if (row.headed_year) {
    const auto day = in_year(row.day, std::chrono::year(*row.headed_year));
    if (day && *day <= latest) return {*day};
  }
  std::vector<sys_days> choices;
  for (int back = 0; back <= kYearsBack; ++back) {
    const auto day = in_year(row.day, year_month_day(latest).year() - years(back));
    if (!day || *day > latest) continue;
    const bool told = row.address_day && *day - *row.address_day <= kBesideAddress &&
                      *row.address_day - *day <= kBesideAddress;
    if (told) return {*day};
    choices.push_back(*day);
  }
  if (choices.empty()) choices.push_back(row.day);
  return choices;
}

// What an order of the rows costs: days that pass from row to row are cheap, days that go against
// the order dear, so that a row some weeks out of place stays in its year and a leap of most of a
// year ends one.
class Chain {
 public:
  Chain(const std::vector<RowDay>& rows, sys_days latest, bool newest_first)
      : latest_(latest), newest_first_(newest_first) {
    for (const RowDay& row : rows) {
      if (!row.pinned) steps_.push_back(Step{choices_of(row, latest), {}, {}});
    }
  }

  // The cheapest years, one day for each row that is not pinned.
  std::vector<sys_days> solve() {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      for (std::size_t choice = 0; choice < steps_[i].days.size(); ++choice) enter(i, choice);
    }
    std::vector<sys_days> chosen(steps_.size());
    std::size_t best = cheapest_end();
    for (std::size_t i = steps_.size(); i-- > 0;) {
      chosen[i] = steps_[i].days[best];
      best = steps_[i].before[best];
    }
    return chosen;
  }
  [[nodiscard]] double cost() const { return cost_; }

 private:
  struct Step {
    std::vector<sys_days> days;
    std::vector<double> costs;        // of the cheapest way to each
    std::vector<std::size_t> before;  // the choice of the row before on that way
  };

  static constexpr double kInOrder = 1.0 / 400;  // a day
  static constexpr double kAgainst = 1.0 / 100;
  static constexpr double kAtTheTop = 1.0 / 2000;
  static constexpr double kLater = 1e-6;  // a year back, where nothing else decides

  void enter(std::size_t at, std::size_t choice) {
    Step& step = steps_[at];
    double least = kNever;
    std::size_t from = 0;
    if (at == 0) least = newest_first_ ? silence(step.days[choice]) : 0;
    for (std::size_t i = 0; at > 0 && i < steps_[at - 1].days.size(); ++i) {
      const double cost =
          steps_[at - 1].costs[i] + between(at, steps_[at - 1].days[i], step.days[choice]);
      if (cost >= least) continue;
      least = cost;
      from = i;
    }
    step.costs.push_back(least + static_cast<double>(choice) * kLater);
    step.before.push_back(from);
  }

  [[nodiscard]] double silence(sys_days newest) const {
    return static_cast<double>((latest_ - newest).count()) * kInOrder;
  }

  [[nodiscard]] double between(std::size_t at, sys_days before, sys_days after) const {
    const auto gap = static_cast<double>((newest_first_ ? before - after : after - before).count());
    if (gap >= 0) return gap * kInOrder;
    // Rows are set above the others without a word; the first that is not is of
    // these weeks, and newer than they.
    constexpr std::size_t kMostAbove = 3;
    constexpr days kTheseWeeks{60};
    const bool above = newest_first_ && at <= kMostAbove && latest_ - after <= kTheseWeeks &&
                       steps_.front().days.front() < after;
    return -gap * (above ? kAtTheTop : kAgainst);
  }

  std::size_t cheapest_end() {
    std::size_t best = 0;
    cost_ = kNever;
    for (std::size_t i = 0; !steps_.empty() && i < steps_.back().days.size(); ++i) {
      const double end = newest_first_ ? 0 : silence(steps_.back().days[i]);
      if (steps_.back().costs[i] + end >= cost_) continue;
      cost_ = steps_.back().costs[i] + end;
      best = i;
    }
    return best;
  }

  sys_days latest_;
  bool newest_first_;
  std::vector<Step> steps_;
  double cost_ = kNever;
};

// A column sorted by anything but its days would change the year at every other row. Years that
// stand there are no guess.
bool is_ordered(const std::vector<RowDay>& rows, const std::vector<sys_days>& chosen) {
  std::size_t changes = 0;
  std::size_t at = 0;
  bool guessed = false;  // the year of the row before
  for (const RowDay& row : rows) {
    if (row.pinned) continue;
    const bool both = guessed && row.year_missing;
    if (both && year_month_day(chosen[at]).year() != year_month_day(chosen[at - 1]).year()) {
      ++changes;
    }
    guessed = row.year_missing;
    ++at;
  }
  return changes * 3 <= chosen.size();
}

std::vector<sys_days> in_order(const std::vector<RowDay>& rows, sys_days latest) {
  Chain falling(rows, latest, true);
  Chain rising(rows, latest, false);
  std::vector<sys_days> newest_first = falling.solve();
  std::vector<sys_days> oldest_first = rising.solve();
  return rising.cost() < falling.cost() ? oldest_first : newest_first;
}

}  // namespace

std::optional<TimeHeading> time_heading_in(std::string_view line) {
  line = trim(line);
  if (line.size() < 4 || line.size() > 20) return std::nullopt;
  const auto year = number(line.substr(0, 4));
  if (!year || *year < 1995 || *year > 2099) return std::nullopt;
  line.remove_prefix(4);
  for (const std::string_view mark : {"年度", "年", "-", "/", "."}) {
    if (!line.starts_with(mark)) continue;
    line.remove_prefix(mark.size());
    break;
  }
  line = trim(line);
  if (line.ends_with("月份")) line.remove_suffix(3);
  if (line.ends_with("月")) line.remove_suffix(3);
  if (line.empty()) return TimeHeading{static_cast<int>(*year), 0};
  const auto month = number(line);
  if (!month || *month < 1 || *month > 12 || line.size() > 2) return std::nullopt;
  return TimeHeading{static_cast<int>(*year), *month};
}

std::map<const xmlNode*, TimeHeading> headings_above(const HtmlTree& tree,
                                                     const std::vector<xmlNode*>& rows) {
  constexpr std::size_t kLongestHeading = 60;  // size_of()
  std::map<const xmlNode*, TimeHeading> above;
  const std::set<const xmlNode*> known(rows.begin(), rows.end());
  std::optional<TimeHeading> last;
  if (tree.root() == nullptr) return above;
  walk(tree.root(), [&](xmlNode* node) {
    if (!is_element(node) || is_invisible(node)) return false;
    if (known.contains(node)) {
      if (last) above.emplace(node, *last);
      return false;
    }
    // A choice of years leads to other pages.
    if (is_element(node, "a") || is_element(node, "select") || is_furniture(node)) return false;
    if (!has_little_text(node, kLongestHeading)) return true;
    if (const auto heading = time_heading_in(text_of(node))) {
      last = heading;
      return false;
    }
    return true;
  });
  return above;
}

std::string settle_years(std::vector<RowDay>& rows, sys_days latest) {
  std::set<std::string> told;
  for (RowDay& row : rows) {
    if (!row.year_missing) continue;
    const std::vector<sys_days> choices = choices_of(row, latest);
    row.day = choices.front();
    if (choices.size() > 1) continue;
    const bool headed = row.headed_year && int(year_month_day(row.day).year()) == *row.headed_year;
    told.insert(headed ? "the heading above" : "the address");
    row.year_missing = false;
  }
  const auto is_open = [](const RowDay& row) { return row.year_missing; };
  if (std::none_of(rows.begin(), rows.end(), is_open)) {
    return told.empty() ? "" : fmt::format("year inferred from {}", fmt::join(told, ", "));
  }
  const std::vector<sys_days> chosen = in_order(rows, latest);
  const bool ordered = is_ordered(rows, chosen);
  told.insert(ordered ? "the order of the rows and today" : "today");
  std::size_t at = 0;
  for (RowDay& row : rows) {
    if (row.pinned) continue;
    if (row.year_missing && ordered) row.day = chosen[at];
    ++at;
  }
  return fmt::format("year inferred from {}", fmt::join(told, ", "));
}

Timestamp today_of_page(std::string_view page, Timestamp now) {
  constexpr std::string_view kToday = "今天是";
  const std::size_t at = page.find(kToday);
  if (at == std::string_view::npos) return now;
  std::string_view words = page.substr(at + kToday.size(), 60);
  while (words.starts_with("：") || words.starts_with(":") || words.starts_with(" ")) {
    words.remove_prefix(words.starts_with("：") ? 3 : 1);
  }
  const auto today = time_at_start(words);
  return today && today->at < now ? today->at : now;
}

}  // namespace liandong
