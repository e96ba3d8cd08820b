// Rules of what was re-posted, of the texts that were pushed and of what is kept. Pure, as rules.h.

#ifndef LIANDONG_DAEMON_AUDIT_POST_RULES_H_
#define LIANDONG_DAEMON_AUDIT_POST_RULES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
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

// What one account was given, as it is compared: hashes of every run of four characters, sorted,
// each once, blanks and punctuation aside.
struct PushedText {
  std::string title;
  std::vector<std::uint32_t> runs;
  std::int64_t length = 0;  // of its words, in characters
  bool has_more = false;    // pictures, attachments, tables: short words are not all
};
[[nodiscard]] PushedText pushed_text(const Article& article);

// How alike two texts are, 0 to 100: the share of their runs that both have.
[[nodiscard]] int likeness(const PushedText& a, const PushedText& b);

// One push of a text. The text is read only when it is needed for the comparison.
struct PushOfText {
  std::int64_t item = 0;
  Timestamp at;
  std::function<std::shared_ptr<const PushedText>()> text;
};
// Does the last one repeat an earlier one within the rule's days? REQUIRES: in the order of time,
// not empty.
[[nodiscard]] std::optional<Judgement> judge_likeness(const Rule& rule,
                                                      std::span<const PushOfText> pushes);
// A greeting, a picture of the day: what is pushed to keep an account alive.
[[nodiscard]] Judgement judge_filler(const Rule& rule, const PushedText& text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_POST_RULES_H_
