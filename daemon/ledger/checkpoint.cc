#include "daemon/ledger/checkpoint.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/ledger/note_lines.h"

namespace liandong {

namespace {

constexpr std::size_t kMaxNoteBytes = 65536;
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::string_view kSignatureStart = "— ";
constexpr std::string_view kEd25519Type = "\x01";
// SubjectPublicKeyInfo of an Ed25519 key is these bytes and the key (RFC 8410).
constexpr std::string_view kEd25519Spki("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

Error malformed(std::string why) {
  return {ErrorKind::Malformed, "checkpoint: " + std::move(why)};
}

std::string note_text(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                     base64(as_bytes(checkpoint.root)));
}

std::string key_id(HashKind hash, std::string_view origin, std::string_view public_raw) {
  std::string named(origin);
  named += '\n';
  named += kEd25519Type;
  const Digest digest = hash_of(hash, named, public_raw);
  return std::string(as_bytes(digest).substr(0, kKeyIdBytes));
}

Result<Checkpoint> parse_text(std::string_view text) {
  const auto origin = take_line(text);
  const auto size_line = take_line(text);
  const auto root_line = take_line(text);
  if (!origin || !size_line || !root_line || !text.empty()) {
    return malformed("not the three lines origin, size and root");
  }
  const auto size = parse_size(*size_line);
  if (!size) return malformed("the size is not a decimal number");
  const auto root = parse_digest(*root_line);
  if (!root) return malformed("the root is not 32 bytes in base64");
  return Checkpoint{std::string(*origin), *size, *root};
}

// Is `line` a good signature of ours? Empty when it is somebody else's.
std::optional<bool> check_signature(std::string_view line, std::string_view text,
                                    const LogKey& log) {
  line.remove_prefix(kSignatureStart.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.substr(0, space) != log.origin) return std::nullopt;
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() != kKeyIdBytes + kSignatureBytes) return std::nullopt;
  const std::string_view signature(*bytes);
  if (signature.substr(0, kKeyIdBytes) != key_id(log.hash, log.origin, log.public_raw))
    return std::nullopt;
  return verify_ed25519(log.public_raw, text, signature.substr(kKeyIdBytes));
}

Result<void> check_signatures(std::string_view lines, std::string_view text, const LogKey& log) {
  bool signed_by_us = false;
  while (!lines.empty()) {
    const auto line = take_line(lines);
    if (!line || !line->starts_with(kSignatureStart)) {
      return malformed("something else than signature lines after the blank line");
    }
    const auto good = check_signature(*line, text, log);
    if (good == false) return malformed("the signature is wrong");
    signed_by_us = signed_by_us || good.has_value();
  }
  if (!signed_by_us) return malformed("no signature by the key of " + log.origin);
  return {};
}

}  // namespace

bool is_origin(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f' && c != '+'; };
  return !text.empty() && text.size() <= kMaxOriginBytes &&
         std::all_of(text.begin(), text.end(), visible);
}

std::string sign_checkpoint(HashKind hash, const Checkpoint& checkpoint, const SigningKey& key) {
  const std::string text = note_text(checkpoint);
  const std::string signature = key_id(hash, checkpoint.origin, key.public_raw()) + key.sign(text);
  return fmt::format("{}\n{}{} {}\n", text, kSignatureStart, checkpoint.origin, base64(signature));
}

Result<Checkpoint> peek_checkpoint(std::string_view note) {
  if (note.size() > kMaxNoteBytes) return malformed("larger than 64 KiB");
  const std::size_t blank = note.find("\n\n");
  if (blank == std::string_view::npos) return malformed("no blank line before the signatures");
  return parse_text(note.substr(0, blank + 1));
}

Result<Checkpoint> open_checkpoint(std::string_view note, const LogKey& log) {
  auto checkpoint = peek_checkpoint(note);
  if (!checkpoint) return checkpoint;
  if (checkpoint->origin != log.origin) {
    return malformed(fmt::format("of another ledger ({}, not {})",
                                 is_origin(checkpoint->origin) ? checkpoint->origin : "unreadable",
                                 log.origin));
  }
  const std::string_view text = note.substr(0, note.find("\n\n") + 1);
  const auto good = check_signatures(note.substr(text.size() + 1), text, log);
  if (!good) return good.error();
  return checkpoint;
}

std::string ed25519_public_pem(std::string_view public_raw) {
  return fmt::format("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
                     base64(std::string(kEd25519Spki) + std::string(public_raw)));
}

}  // namespace liandong
