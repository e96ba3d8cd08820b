// The rules of the audit: limits as data with the text they rest on (config/rules/*.toml, defaults
// of domain/standards.md 3), and what each says of one case. Pure; findings.h applies them.
//
// A rule in working days needs the calendar of every year it touches: without one it answers
// Unknown, never a guess.

#ifndef LIANDONG_DAEMON_AUDIT_RULES_H_
#define LIANDONG_DAEMON_AUDIT_RULES_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/item/item.h"
#include "daemon/platform/clock.h"
#include "daemon/settings/calendar.h"
#include "daemon/settings/table.h"

namespace liandong {

enum class Severity : std::uint8_t { Good, Unknown, Warn, Alarm, Fail };
[[nodiscard]] std::string_view to_string(Severity severity);  // good unknown warn alarm fail
[[nodiscard]] std::string_view chinese(Severity severity);  // 正常 无法判断 提醒 警告 不合格

struct Rule {
  std::string name;
  std::string title;  // 应推未推 …
  std::string basis;
  bool enabled = true;
  std::map<std::string, std::int64_t> limits;
  [[nodiscard]] std::int64_t limit(const std::string& of) const { return limits.at(of); }
};

class RuleSet {
 public:
  [[nodiscard]] static RuleSet built_in();
  // The built-in rules, changed by what every *.toml of the folder says. What is wrong is recorded
  // with file, line and what would be right.
  [[nodiscard]] static RuleSet load(const std::filesystem::path& folder, Problems& problems);
  // load() of the folder `rules` beside the configuration; without one, the built-in rules.
  [[nodiscard]] static RuleSet beside(const std::filesystem::path& configuration,
                                      Problems& problems);
  void change(Table file);

  [[nodiscard]] const Rule& at(std::string_view name) const;
  // The rule when it is on, else nullptr.
  [[nodiscard]] const Rule* enabled(std::string_view name) const;
  [[nodiscard]] const std::vector<Rule>& all() const { return rules_; }

 private:
  std::vector<Rule> rules_;
};

struct Judgement {
  Severity severity = Severity::Good;
  std::string words;                 // what is the case, for a person
  std::optional<Timestamp> worsens;  // when the next worse severity begins, if nothing is done
};

// Of an account that posted last at `last`; empty: never.
[[nodiscard]] Judgement judge_account_idle(const Rule& rule, const std::optional<Timestamp>& last,
                                           Timestamp now);
// Of an account that posted so often in the last seven days; 0 in the rule: not asked for.
[[nodiscard]] Judgement judge_posts_of_week(const Rule& rule, std::int64_t posts);
// Of an obligation whose clock started at `start`, not met yet. `due_at`: its own limit, made when
// the item was found; empty: the calendar was missing.
[[nodiscard]] Judgement judge_push_latency(const Rule& rule, Timestamp start,
                                           const std::optional<Timestamp>& due_at, Timestamp now);
// `interpreted`: when the interpretation was published; empty: there is none yet.
[[nodiscard]] Judgement judge_interpretation(const Rule& rule, Timestamp policy,
                                             const std::optional<Timestamp>& interpreted,
                                             Timestamp now, const Calendar& calendar);
// Of an interpretation on one channel it is owed to; `pushed`: empty, not yet. The clock is the
// policy's.
[[nodiscard]] Judgement judge_interpretation_push(const Rule& rule, Timestamp policy,
                                                  const std::optional<Timestamp>& pushed,
                                                  Timestamp now, const Calendar& calendar);
[[nodiscard]] Judgement judge_links(bool policy_links, bool interpretation_links);
// From the day a document was made to its publication.
[[nodiscard]] Judgement judge_disclosure(const Rule& rule, Timestamp made, Timestamp published,
                                         const Calendar& calendar);
[[nodiscard]] Judgement judge_column_idle(const Rule& rule, Kind kind,
                                          const std::optional<Timestamp>& newest, Timestamp now);
// Is it one of the columns that nobody has cared for in a long time (T11)?
[[nodiscard]] bool is_long_stale(const Rule& rule, const std::optional<Timestamp>& newest,
                                 Timestamp now);
// Of all columns together, as the home page shows them.
[[nodiscard]] Judgement judge_home_idle(const Rule& rule, const std::optional<Timestamp>& newest,
                                        Timestamp now);
// Of so many columns that were read and hold nothing.
[[nodiscard]] Judgement judge_empty_columns(const Rule& rule, std::int64_t empty);
// Of a normative document whose page says that it is in force. `lapses`: as the page states it.
[[nodiscard]] Judgement judge_validity(const Rule& rule, Timestamp made,
                                       const std::optional<Timestamp>& lapses, Timestamp now);
// Index number, document number, issuing body, dates and their order.
[[nodiscard]] Judgement judge_metadata(const Article& article);
// `first_seen` of an item whose column had not been looked at for `unseen` then.
[[nodiscard]] Judgement judge_back_dating(const Rule& rule,
                                          const std::optional<StatedTime>& published,
                                          Timestamp first_seen, Duration unseen);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_RULES_H_
