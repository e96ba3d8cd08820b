// A figure of an account: how many follow it, how often it was read on a day.

#ifndef LIANDONG_DAEMON_CHANNEL_FIGURE_H_
#define LIANDONG_DAEMON_CHANNEL_FIGURE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace liandong {

// Levels: the state at the end of the day, or when they were taken. Levels of several days are
// never added up.
inline constexpr std::string_view kFollowers = "followers";
inline constexpr std::string_view kPosts = "posts";
// Flows: what happened on that one day.
inline constexpr std::string_view kReads = "reads";  // people who read anything of the account
inline constexpr std::string_view kShares = "shares";
inline constexpr std::string_view kLikes = "likes";
inline constexpr std::string_view kComments = "comments";

struct Figure {
  std::string day;   // of Beijing, "2026-11-22"
  std::string name;  // one of the above
  std::int64_t value = 0;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_FIGURE_H_
