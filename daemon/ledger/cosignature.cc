#include "daemon/ledger/cosignature.h"

#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace liandong {

namespace {

constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kMaxBytes = 65536;
constexpr std::string_view kStart = "— ";
constexpr std::uint64_t kMostSeconds = 253'402'300'799;  // the year 9999

std::string key_id(std::string_view name, std::string_view public_raw) {
  const Digest digest = sha256(std::string(name) + "\n\x04", public_raw);
  return std::string(as_bytes(digest).substr(0, kKeyIdBytes));
}

std::string signed_text(std::string_view note, std::uint64_t seconds) {
  return fmt::format("cosignature/v1\ntime {}\n{}", seconds, note.substr(0, note.find("\n\n") + 1));
}

std::string big_endian(std::uint64_t number) {
  std::string bytes(kTimeBytes, '\0');
  for (std::size_t i = 0; i < kTimeBytes; ++i)
    bytes[kTimeBytes - 1 - i] = static_cast<char>((number >> (8U * i)) & 0xFFU);
  return bytes;
}

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = (number << 8U) | static_cast<unsigned char>(c);
  return number;
}

// Empty: not a line of that witness.
std::optional<std::string> signature_of(std::string_view line, std::string_view name,
                                        std::string_view public_raw) {
  if (!line.starts_with(kStart)) return std::nullopt;
  line.remove_prefix(kStart.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.substr(0, space) != name) return std::nullopt;
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() != kKeyIdBytes + kTimeBytes + kSignatureBytes) return std::nullopt;
  if (std::string_view(*bytes).substr(0, kKeyIdBytes) != key_id(name, public_raw))
    return std::nullopt;
  return bytes->substr(kKeyIdBytes);
}

}  // namespace

std::string cosign(std::string_view note, std::string_view name, const SigningKey& key,
                   Timestamp now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const auto time = static_cast<std::uint64_t>(seconds);
  const std::string bytes =
      key_id(name, key.public_raw()) + big_endian(time) + key.sign(signed_text(note, time));
  return fmt::format("{}{} {}\n", kStart, name, base64(bytes));
}

Result<Cosignature> find_cosignature(std::string_view lines, std::string_view note,
                                     std::string_view name, std::string_view public_raw) {
  if (lines.size() > kMaxBytes)
    return Error(ErrorKind::Malformed, "the witness answers with more than 64 KiB");
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    const auto signature = signature_of(line, name, public_raw);
    if (!signature) continue;
    const std::uint64_t time = number_of(std::string_view(*signature).substr(0, kTimeBytes));
    const bool good =
        time <= kMostSeconds && verify_ed25519(public_raw, signed_text(note, time),
                                               std::string_view(*signature).substr(kTimeBytes));
    if (!good) return Error(ErrorKind::Malformed, "the witness's signature is wrong");
    return Cosignature{std::string(line) + "\n",
                       Timestamp(std::chrono::seconds(static_cast<std::int64_t>(time)))};
  }
  return Error(ErrorKind::Malformed,
               fmt::format("no signature by the key of the witness {}", name));
}

}  // namespace liandong
