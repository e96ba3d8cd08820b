#include "daemon/platform/read_file.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace liandong {

std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t limit) {
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) return std::nullopt;
  std::string bytes;
  std::array<char, 65536> chunk{};
  while (in && bytes.size() <= limit) {
    const std::size_t most = std::min(chunk.size(), limit + 1 - bytes.size());
    in.read(chunk.data(), static_cast<std::streamsize>(most));
    bytes.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return std::nullopt;
  return bytes;
}

}  // namespace liandong
