#include "daemon/ledger/entry.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "daemon/ledger/scanned_line.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace json = boost::json;

namespace {

constexpr std::size_t kUsualBytes = 768;
constexpr std::size_t kUsualMembers = 24;
constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::array<std::string_view, 7> kCommon = {"actor", "event", "node", "prev",
                                                     "seq",   "ts",    "v"};

Error outside(std::string why) {
  return {ErrorKind::Malformed, std::move(why)};
}

bool is_name(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_forbidden(char c) {
  return c == '\0' || c == '\x7f';
}

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void write_escape(char c, std::string& out) {
  switch (c) {
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    default:
      out += "\\u00";
      out += hex(std::string_view(&c, 1));
  }
}

// What comes from a website or a platform may hold bytes no line can; the rest of it still matters.
std::string repaired(std::string_view text) {
  std::string good = is_valid_utf8(text) ? std::string(text) : to_valid_utf8(text);
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (!is_forbidden(good[i])) continue;
    good.replace(i, 1, kReplacement);
    i += kReplacement.size() - 1;
  }
  return good;
}

enum class BadText { Refused, Repaired };

// Appends the canonical text of values; the first thing outside the subset becomes `error`.
class Writer {
 public:
  explicit Writer(BadText bad_text) : bad_text_(bad_text) { out_.reserve(kUsualBytes); }

  bool write(const json::value& value, int depth) {
    if (depth > kMaxEntryDepth)
      return fail(fmt::format("nested deeper than {} levels", kMaxEntryDepth));
    switch (value.kind()) {
      case json::kind::null:
        out_ += "null";
        return true;
      case json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        return true;
      case json::kind::int64:
        return write_integer(value.get_int64());
      case json::kind::uint64:
        if (value.get_uint64() > kMaxEntryInteger) return fail("an integer beyond 2^53-1");
        return write_integer(static_cast<std::int64_t>(value.get_uint64()));
      case json::kind::double_:
        return fail("a number that is not an integer within ±(2^53-1)");
      case json::kind::string:
        return write_string(value.get_string());
      case json::kind::array:
        return write_array(value.get_array(), depth);
      case json::kind::object:
        return write_object({&value.get_object()}, depth);
    }
    return fail("a value of no known kind");
  }

  // The members of all of `parts` as those of one object. No name may stand in two of them.
  bool write_object(std::initializer_list<const json::object*> parts, int depth) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(kUsualMembers);
    for (const json::object* part : parts) {
      for (const auto& member : *part) members.push_back(&member);
    }
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->key() < b->key(); });
    out_ += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!is_name(members[i]->key())) {
        return fail("a member whose name is not [a-z][a-z0-9_]*");
      }
      if (i > 0) out_ += ',';
      out_ += '"';
      out_ += members[i]->key();
      out_ += "\":";
      if (!write(members[i]->value(), depth + 1)) return false;
    }
    out_ += '}';
    return true;
  }

  [[nodiscard]] std::string take() { return std::move(out_); }
  [[nodiscard]] std::string take_error() { return std::move(error_); }

 private:
  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }

  bool write_integer(std::int64_t number) {
    if (number > kMaxEntryInteger || number < -kMaxEntryInteger)
      return fail("an integer beyond ±(2^53-1)");
    out_ += std::to_string(number);
    return true;
  }

  bool write_string(std::string_view text) {
    const bool is_utf8 = is_valid_utf8(text);
    const bool is_good = is_utf8 && std::none_of(text.begin(), text.end(), is_forbidden);
    if (!is_good && bad_text_ == BadText::Repaired) return write_string(repaired(text));
    if (!is_utf8) return fail("a string that is not UTF-8");
    if (!is_good) return fail("a string with U+0000 or U+007F");
    out_ += '"';
    while (!text.empty()) {
      const auto escaped = std::find_if(text.begin(), text.end(), needs_escape);
      const auto plain = static_cast<std::size_t>(escaped - text.begin());
      out_.append(text.substr(0, plain));
      if (plain < text.size()) write_escape(text[plain], out_);
      text.remove_prefix(std::min(plain + 1, text.size()));
    }
    out_ += '"';
    return true;
  }

  bool write_array(const json::array& array, int depth) {
    out_ += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (i > 0) out_ += ',';
      if (!write(array[i], depth + 1)) return false;
    }
    out_ += ']';
    return true;
  }

  BadText bad_text_;
  std::string out_;
  std::string error_;
};

std::string cut(std::string_view text, std::size_t limit) {
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

// Applies `change` to every string inside `value`, however deep the writer would go.
template <typename Change>
void for_each_string(json::value& value, const Change& change, int depth = 0) {
  if (depth > kMaxEntryDepth) return;
  if (auto* text = value.if_string()) {
    change(*text);
  } else if (auto* array = value.if_array()) {
    for (auto& element : *array) for_each_string(element, change, depth + 1);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) for_each_string(member.value(), change, depth + 1);
  }
}

json::object with_strings_repaired(const json::object& facts) {
  json::value copy(facts);
  for_each_string(copy, [](json::string& text) { text = repaired(text); });
  return std::move(copy.get_object());
}

json::object with_strings_cut(const json::object& facts, std::size_t limit) {
  json::value copy(facts);
  for_each_string(copy, [limit](json::string& text) {
    if (text.size() > limit) text = cut(text, limit);
  });
  return std::move(copy.get_object());
}

Result<std::string> write_line(const json::object& common, const json::object& facts) {
  Writer writer(BadText::Repaired);
  if (!writer.write_object({&common, &facts}, 0)) return outside(writer.take_error());
  return writer.take();
}

// The longest strings give way first: the largest limit on every string with which the line fits.
Result<std::string> write_cut_line(const json::object& common, const json::object& facts) {
  std::size_t fits = 0;
  std::size_t too_long = kMaxEntryBytes;
  std::string best;
  while (too_long - fits > 1) {
    const std::size_t limit = (fits + too_long) / 2;
    auto line = write_line(common, with_strings_cut(facts, limit));
    if (!line) return line.error();
    if (line->size() <= kMaxEntryBytes) {
      fits = limit;
      best = std::move(*line);
    } else {
      too_long = limit;
    }
  }
  if (best.empty()) {
    return outside(
        fmt::format("an entry of more than {} bytes even with its strings cut", kMaxEntryBytes));
  }
  return best;
}

}  // namespace

bool is_pseudonym(std::string_view actor) {
  const std::size_t colon = std::min(actor.find(':'), actor.size());
  const std::string_view who = actor.substr(0, colon);
  const std::string_view name = actor.substr(std::min(colon + 1, actor.size()));
  const auto is_number_after = [name](std::string_view prefix, std::size_t least) {
    const std::string_view digits = name.substr(std::min(prefix.size(), name.size()));
    return name.starts_with(prefix) && digits.size() >= least && digits.size() <= 20 &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (who == "user") return name == "unknown" || is_number_after("u", 6);
  if (who == "token") return is_number_after("t", 6);
  if (who == "operator") return name == "cli" || is_number_after("uid-", 1);
  return who == "system" && !name.empty() && name.size() <= 32 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

Result<std::string> canonical_json(const json::value& value) {
  Writer writer(BadText::Refused);
  if (!writer.write(value, 0)) return outside(writer.take_error());
  return writer.take();
}

Result<std::string> entry_line(const Entry& entry, std::int64_t seq, std::string_view prev,
                               Timestamp at, std::string_view node) {
  for (const std::string_view name : kCommon) {
    if (entry.facts.contains(name)) {
      return outside(fmt::format("a fact may not be named `{}`", name));
    }
  }
  json::monotonic_resource memory;
  const json::object common({{"v", 1},
                             {"seq", seq},
                             {"prev", prev},
                             {"ts", rfc3339(at)},
                             {"node", node},
                             {"event", entry.event},
                             {"actor", entry.actor}},
                            &memory);
  auto line = write_line(common, entry.facts);
  if (line && line->size() > kMaxEntryBytes)
    return write_cut_line(common, with_strings_repaired(entry.facts));
  return line;
}

Result<json::object> parse_entry(std::string_view line) {
  const auto said = scan_line(line);
  if (!said) return said.error();
  json::value value = json::parse(line);
  return std::move(value.get_object());
}

std::string_view member_text(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value == nullptr || !value->is_string() ? std::string_view()
                                                 : std::string_view(value->get_string());
}

}  // namespace liandong
