// Rules of what was re-posted, of the texts that were pushed and of what is kept. Pure, as rules.h.

#ifndef LIANDONG_DAEMON_AUDIT_POST_RULES_H_
#define LIANDONG_DAEMON_AUDIT_POST_RULES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/audit/rules.h"

namespace liandong {

// Where a superior office's item has to be re-posted: our site, our Weibo, our WeChat account.
enum class RepostPlace : std::uint8_t { Site, Weibo, Wechat };

// `reposted`: when it was there; empty: not yet. In working days on WeChat, so a year without a
// calendar is Unknown.
[[nodiscard]] Judgement judge_repost(const Rule& rule, RepostPlace place, Timestamp published,
                                     const std::optional<Timestamp>& reposted, Timestamp now,
                                     const Calendar& calendar);

// Of log files that are kept so many days.
[[nodiscard]] Judgement judge_retention(const Rule& rule, int log_days);

// Of a link that so many looks in a row found dead.
[[nodiscard]] Judgement judge_link(const Rule& rule, std::int64_t failures, std::string_view url,
                                   std::string_view why);

// What one account was given, for comparison.
struct PushedText {
  std::int64_t item = 0;
  std::string title;
  std::string text;
  Timestamp at;
  bool has_more = false;  // pictures, attachments, tables: short words are not all
};
// How alike two texts are, 0 to 100: the share of their runs of four characters that both have,
// blanks and punctuation aside.
[[nodiscard]] int likeness(std::string_view a, std::string_view b);

struct TextFinding {
  std::size_t index = 0;  // of the later text
  Judgement judgement;
};
// Texts that repeat an earlier one of the same account within the rule's days. In the order of
// time.
[[nodiscard]] std::vector<TextFinding> judge_likeness(const Rule& rule,
                                                      const std::vector<PushedText>& texts);
// A greeting, a picture of the day: what is pushed to keep an account alive.
[[nodiscard]] Judgement judge_filler(const Rule& rule, const PushedText& text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_POST_RULES_H_
