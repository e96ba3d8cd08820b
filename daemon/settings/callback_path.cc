#include "daemon/settings/callback_path.h"

#include <algorithm>
#include <string_view>

namespace liandong {

std::string read_callback_path(Table& table) {
  constexpr std::string_view kCallbacks = "/callback/";
  std::string path = table.string("callback_path");
  if (path.empty()) return path;
  const std::string_view name =
      path.starts_with(kCallbacks) ? std::string_view(path).substr(kCallbacks.size()) : "";
  const bool good = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (good) return path;
  table.problem("callback_path", "expected \"/callback/\" and up to 64 of a-z, 0-9 and -");
  return {};
}

}  // namespace liandong
