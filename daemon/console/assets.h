// The pages, embedded in the binary by embed.cmake.

#ifndef LIANDONG_DAEMON_CONSOLE_ASSETS_H_
#define LIANDONG_DAEMON_CONSOLE_ASSETS_H_

#include <span>
#include <string_view>

namespace liandong {

struct Asset {
  std::string_view name;  // "hall.css"
  std::string_view type;  // "text/css; charset=utf-8"
  std::string_view content;
};

[[nodiscard]] std::span<const Asset> assets();
// Null when there is none of that name.
[[nodiscard]] const Asset* find_asset(std::string_view name);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CONSOLE_ASSETS_H_
