#include "daemon/ledger/scanned_line.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kLargest = "9007199254740991";
static_assert(kMaxEntryInteger == 9007199254740991);

Error outside(std::string why) {
  return {ErrorKind::Malformed, std::move(why)};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The members every entry has, as they are spelt; empty: there is none. `node` came after the first
// test vectors, so it may be absent.
struct CommonMembers {
  std::string_view v;
  std::string_view seq;
  std::string_view prev;
  std::string_view ts;
  std::string_view event;
  std::string_view actor;

  void take(std::string_view name, std::string_view value) {
    if (name == "v") v = value;
    if (name == "seq") seq = value;
    if (name == "prev") prev = value;
    if (name == "ts") ts = value;
    if (name == "event") event = value;
    if (name == "actor") actor = value;
  }
};

// Walks over canonical JSON. Beyond the end stands U+0000, which no line may hold.
class Scanner {
 public:
  explicit Scanner(std::string_view line) : line_(line) {}

  bool scan(CommonMembers& common) {
    if (!is_valid_utf8(line_)) return fail("not UTF-8");
    if (!object(0, &common)) return false;
    return at_ == line_.size() || fail("something behind the entry");
  }
  [[nodiscard]] Error error() const {
    return outside(fmt::format("not canonical JSON: byte {}: {}", at_, wrong_));
  }

 private:
  bool fail(const char* wrong) {
    wrong_ = wrong;
    return false;
  }

  [[nodiscard]] char here() const { return at_ < line_.size() ? line_[at_] : '\0'; }
  bool skip(char c) {
    if (here() != c) return false;
    ++at_;
    return true;
  }
  bool skip(std::string_view word) {
    if (!line_.substr(at_).starts_with(word)) return fail("no value");
    at_ += word.size();
    return true;
  }
  [[nodiscard]] std::string_view since(std::size_t begin) const {
    return line_.substr(begin, at_ - begin);
  }

  bool value(int depth) {
    if (depth > kMaxEntryDepth) return fail("nested too deeply");
    switch (here()) {
      case '"':
        return string();
      case '{':
        return object(depth, nullptr);
      case '[':
        return array(depth);
      case 't':
        return skip("true");
      case 'f':
        return skip("false");
      case 'n':
        return skip("null");
      default:
        return integer();
    }
  }

  bool object(int depth, CommonMembers* common) {
    if (!skip('{')) return fail("not an object");
    if (skip('}')) return true;
    std::string_view before;
    do {
      const std::string_view member = name();
      if (member.empty()) return fail("no name of a member, \"[a-z][a-z0-9_]*\":");
      if (member <= before) return fail("a member twice, or not in order");
      before = member;
      const std::size_t begin = at_;
      if (!value(depth + 1)) return false;
      if (common != nullptr) common->take(member, since(begin));
    } while (skip(','));
    return skip('}') || fail("neither , nor }");
  }

  bool array(int depth) {
    skip('[');
    if (skip(']')) return true;
    do {
      if (!value(depth + 1)) return false;
    } while (skip(','));
    return skip(']') || fail("neither , nor ]");
  }

  // With its colon; empty: there is none.
  std::string_view name() {
    if (!skip('"')) return {};
    const std::size_t begin = at_;
    if (here() < 'a' || here() > 'z') return {};
    const auto belongs = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; };
    while (belongs(here())) ++at_;
    const std::string_view name = since(begin);
    return skip('"') && skip(':') ? name : std::string_view();
  }

  bool string() {
    skip('"');
    for (;;) {
      const auto byte = static_cast<unsigned char>(here());
      if (byte == '"') break;
      if (byte == '\\') {
        if (!escape()) return fail("an escape no line may hold");
      } else if (byte < 0x20 || byte == 0x7F) {
        return fail("a character no string may hold, or its end is missing");
      } else {
        ++at_;
      }
    }
    ++at_;
    return true;
  }

  // What must be escaped is escaped in the shortest way there is.
  bool escape() {
    const std::string_view rest = line_.substr(at_ + 1);
    if (rest.empty()) return false;
    if (std::string_view("\"\\bfnrt").find(rest.front()) != std::string_view::npos) {
      at_ += 2;
      return true;
    }
    if (!rest.starts_with("u00") || rest.size() < 5) return false;
    const std::size_t high = kHexDigits.find(rest[3]);
    const std::size_t low = kHexDigits.find(rest[4]);
    if (high > 1 || low == std::string_view::npos) return false;
    const auto character = static_cast<char>(high * 16 + low);
    constexpr std::string_view kNever("\0\b\f\n\r\t", 6);
    if (kNever.find(character) != std::string_view::npos) return false;
    at_ += 6;
    return true;
  }

  bool integer() {
    const std::size_t begin = at_;
    skip('-');
    const std::size_t first = at_;
    while (is_digit(here())) ++at_;
    const std::string_view digits = since(first);
    if (digits.empty()) return fail("no value");
    if (digits.front() == '0' && at_ - begin > 1) return fail("a number with a needless 0");
    const bool is_small =
        digits.size() < kLargest.size() || (digits.size() == kLargest.size() && digits <= kLargest);
    return is_small || fail("an integer beyond ±(2^53-1)");
  }

  std::string_view line_;
  std::size_t at_ = 0;
  const char* wrong_ = "";
};

// What stands between the quotes; empty when it is no string.
std::string_view unquoted(std::string_view value) {
  return value.starts_with('"') ? value.substr(1, value.size() - 2) : std::string_view();
}

bool is_time(std::string_view text) {
  const auto at = parse_rfc3339(text);
  return at && rfc3339(*at) == text;
}

}  // namespace

Result<ScannedLine> scan_line(std::string_view line) {
  if (line.size() > kMaxEntryBytes)
    return outside(fmt::format("longer than {} bytes", kMaxEntryBytes));
  CommonMembers common;
  Scanner scanner(line);
  if (!scanner.scan(common)) return scanner.error();
  if (common.v != "1") return outside("`v` is not 1");
  ScannedLine said;
  if (common.seq.empty() || !is_digit(common.seq.front()))
    return outside("`seq` is not a number from 0");
  std::from_chars(common.seq.data(), common.seq.data() + common.seq.size(), said.seq);
  said.prev = unquoted(common.prev);
  if (said.prev.size() != 64 || said.prev.find_first_not_of(kHexDigits) != std::string_view::npos)
    return outside("`prev` is not 64 digits of lower-case hex");
  if (!is_time(unquoted(common.ts))) return outside("`ts` is not a UTC time with milliseconds");
  said.event = unquoted(common.event);
  if (said.event.empty()) return outside("`event` is missing");
  if (unquoted(common.actor).empty()) return outside("`actor` is missing");
  return said;
}

}  // namespace liandong
