#include "adapters/channels/weibo/weibo_timeline.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/channels/weibo/weibo_text.h"
#include "adapters/shared/service.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::chrono::minutes kClockDifference{2};
constexpr std::string_view kBase62 =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stopped != end || value < 0) return std::nullopt;
  return value;
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Seconds of "+0800".
std::optional<std::chrono::seconds> zone(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = number(text.substr(1, 2));
  const auto minutes = number(text.substr(3, 2));
  if (!hours || !minutes) return std::nullopt;
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '-' ? -offset : offset;
}

std::string base62(std::uint64_t value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), kBase62[value % 62]);
    value /= 62;
  } while (value > 0);
  return digits;
}

// The rows run from new to old; only a pinned one may stand out, in front.
bool is_in_order(const std::vector<WeiboPost>& posts) {
  const auto from = posts.begin() + (posts.empty() ? 0 : 1);
  return std::is_sorted(from, posts.end(), [](const WeiboPost& a, const WeiboPost& b) {
    return a.created_at > b.created_at;
  });
}

}  // namespace

std::optional<Timestamp> parse_weibo_time(std::string_view text) {
  const std::vector<std::string> words = split(text, ' ');
  if (words.size() != 6) return std::nullopt;
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), words[1]);
  const std::vector<std::string> clock = split(words[3], ':');
  const auto day = number(words[2]);
  const auto year = number(words[5]);
  const auto offset = zone(words[4]);
  if (month == kMonths.end() || clock.size() != 3 || !day || !year || !offset) return std::nullopt;
  const auto hours = number(clock[0]);
  const auto minutes = number(clock[1]);
  const auto seconds = number(clock[2]);
  const std::chrono::year_month_day date(
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || !hours || !minutes || !seconds || *hours > 23 || *minutes > 59 ||
      *seconds > 60) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) - *offset;
}

std::optional<WeiboPost> read_weibo_post(const boost::json::object& status) {
  WeiboPost post;
  post.id = text_member(status, "idstr");
  if (post.id.empty()) post.id = text_member(status, "id");
  if (post.id.empty()) post.id = text_member(status, "mid");
  const auto created = parse_weibo_time(text_member(status, "created_at"));
  const boost::json::value* text = status.if_contains("text");
  if (!is_id(post.id) || !created || text == nullptr || !text->is_string()) return std::nullopt;
  post.created_at = *created;
  post.text = to_valid_utf8(std::string_view(text->get_string()));
  const boost::json::value* user = status.if_contains("user");
  if (user != nullptr && user->is_object()) {
    post.user_id = text_member(user->get_object(), "idstr");
    if (post.user_id.empty()) post.user_id = text_member(user->get_object(), "id");
  }
  return post;
}

std::string weibo_permalink(std::string_view user_id, std::string_view id) {
  if (!is_id(user_id) || !is_id(id)) return {};
  // Groups of seven decimal digits from the right, each as base 62; all but the first take four.
  std::string encoded;
  while (!id.empty()) {
    const std::size_t size = std::min<std::size_t>(7, id.size());
    std::uint64_t value = 0;
    for (const char digit : id.substr(id.size() - size)) {
      value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    std::string group = base62(value);
    id.remove_suffix(size);
    if (!id.empty()) group.insert(0, 4 - group.size(), '0');
    encoded.insert(0, group);
  }
  return fmt::format("https://weibo.com/{}/{}", user_id, encoded);
}

Receipt receipt_of(const WeiboPost& post, std::string_view evidence) {
  Receipt receipt;
  receipt.remote_id = post.id;
  receipt.permalink = weibo_permalink(post.user_id, post.id);
  receipt.accepted_at = post.created_at;
  receipt.evidence = evidence;
  return receipt;
}

std::optional<WeiboTimeline> read_weibo_timeline(const boost::json::object& reply) {
  const boost::json::value* rows = reply.if_contains("statuses");
  if (rows == nullptr || !rows->is_array()) return std::nullopt;
  WeiboTimeline timeline;
  timeline.total = integer_member(reply, "total_number");
  for (const boost::json::value& row : rows->get_array()) {
    std::optional<WeiboPost> post;
    if (row.is_object()) post = read_weibo_post(row.get_object());
    if (!post) return std::nullopt;
    timeline.posts.push_back(std::move(*post));
  }
  return timeline;
}

Finding look_for_weibo(const WeiboTimeline& timeline, std::string_view text, Timestamp sent,
                       const std::function<bool(const std::string&)>& taken) {
  const Timestamp earliest = sent - kClockDifference;
  for (const WeiboPost& post : timeline.posts) {
    if (post.created_at >= earliest && !taken(post.id) && is_same_weibo(text, post.text)) {
      return Found{Delivered{receipt_of(post, "read-back")}};
    }
  }
  const bool whole =
      timeline.total && *timeline.total <= static_cast<std::int64_t>(timeline.posts.size());
  const bool reaches_back = timeline.posts.size() > 1 && is_in_order(timeline.posts) &&
                            timeline.posts.back().created_at < earliest;
  if (whole || reaches_back) return Absent{};
  Diagnostic why;
  why.code = "short-timeline";
  why.message = fmt::format("the {} posts shown do not reach back to {}", timeline.posts.size(),
                            rfc3339(earliest));
  why.http = 200;
  return CannotTell{std::move(why)};
}

}  // namespace liandong
