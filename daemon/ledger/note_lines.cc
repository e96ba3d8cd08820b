#include "daemon/ledger/note_lines.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace liandong {

std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t size = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, size);
  if (failure != std::errc() || stop != end || std::to_string(size) != text) return std::nullopt;
  return size;
}

std::optional<Digest> parse_digest(std::string_view text) {
  const auto bytes = from_base64(text);
  Digest digest{};
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::transform(bytes->begin(), bytes->end(), digest.begin(),
                 [](char c) { return static_cast<unsigned char>(c); });
  return digest;
}

}  // namespace liandong
