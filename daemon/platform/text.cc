#include "daemon/platform/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>
#include <unicode/brkiter.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace liandong {

namespace {

constexpr UChar32 kEllipsis = 0x2026;
constexpr UChar kOpenTitle = 0x300A;   // 《
constexpr UChar kCloseTitle = 0x300B;  // 》
constexpr std::string_view kReplacement = "\uFFFD";
constexpr UChar32 kZeroWidthJoiner = 0x200D;
constexpr UChar32 kEmojiPresentation = 0xFE0F;

// ICU fails only when its own tables are missing: a broken installation.
void require_icu(UErrorCode status, const char* what) {
  if (U_FAILURE(status)) {
    throw std::runtime_error(fmt::format("ICU cannot {}: {}", what, u_errorName(status)));
  }
}

icu::UnicodeString to_utf16(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max() / 4)) {
    throw std::length_error("text too long for ICU");
  }
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string to_utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// Reads the code point at `*position` and steps over it; negative when it is ill-formed.
UChar32 next_code_point(std::string_view bytes, std::size_t* position) {
  // U8_NEXT counts in int32_t: look at one sequence at a time.
  const std::string_view window = bytes.substr(*position, 4);
  const auto* start = reinterpret_cast<const std::uint8_t*>(window.data());
  const auto length = static_cast<std::int32_t>(window.size());
  std::int32_t used = 0;
  UChar32 code_point = 0;
  U8_NEXT(start, used, length, code_point);
  *position += static_cast<std::size_t>(used);
  return code_point;
}

// One a thread, for one text at a time: to make it costs more than to use it.
icu::BreakIterator& graphemes(const icu::UnicodeString& text) {
  const auto make = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> iterator(
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
    require_icu(status, "find grapheme boundaries");
    return iterator;
  };
  thread_local const std::unique_ptr<icu::BreakIterator> kIterator = make();
  kIterator->setText(text);
  return *kIterator;
}

icu::UnicodeString to_nfc(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(status);
  require_icu(status, "load NFC");
  icu::UnicodeString out = normalizer->normalize(text, status);
  require_icu(status, "normalise");
  return out;
}

// Where the outermost 《…》 begins that a cut before `cut` would break; -1 when there is none.
// A bracket without its partner is an ordinary character.
std::int32_t broken_title(const icu::UnicodeString& text, std::int32_t cut) {
  std::vector<std::int32_t> open;
  std::int32_t found = -1;
  for (std::int32_t i = 0; i < text.length(); ++i) {
    if (text[i] == kOpenTitle) {
      open.push_back(i);
    } else if (text[i] == kCloseTitle && !open.empty()) {
      const std::int32_t start = open.back();
      open.pop_back();
      if (start < cut && cut <= i && (found < 0 || start < found)) {
        found = start;
      }
    }
  }
  return found;
}

// The last grapheme boundary that leaves at most `code_points`.
std::int32_t boundary_within(const icu::UnicodeString& text, std::size_t code_points) {
  const std::int32_t limit = text.moveIndex32(0, static_cast<std::int32_t>(code_points));
  icu::BreakIterator& iterator = graphemes(text);
  return iterator.isBoundary(limit) ? limit : iterator.preceding(limit);
}

std::string cut_with(icu::UnicodeString text, std::int32_t end, std::string_view tail) {
  text.truncate(end);
  text.trim();
  return to_utf8(text).append(tail);
}

int code_point_width(UChar32 code_point) {
  switch (u_charType(code_point)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
      return 0;
    default:
      break;
  }
  const int width = u_getIntPropertyValue(code_point, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

bool is_ascii_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Most of what is written: neither a blank nor invisible, and nobody need look it up.
bool is_plain(UChar32 code_point) {
  return (code_point > 0x20 && code_point < 0x7F) || (code_point >= 0x4E00 && code_point <= 0x9FFF);
}

bool is_nfc(std::string_view utf8) {
  if (utf8.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return false;  // ICU refuses it below
  }
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(status);
  require_icu(status, "load NFC");
  const bool is = normalizer->isNormalizedUTF8(
                      {utf8.data(), static_cast<std::int32_t>(utf8.size())}, status) != 0;
  require_icu(status, "look for NFC");
  return is;
}

// Must an invisible character go? Variation selectors stay (rare characters of names), and so does
// the joiner that holds an emoji together.
bool is_removed(UChar32 code_point, UChar32 before) {
  if (u_charType(code_point) == U_CONTROL_CHAR) {
    return true;
  }
  if (code_point == kZeroWidthJoiner) {
    return before != kEmojiPresentation &&
           u_hasBinaryProperty(before, UCHAR_EXTENDED_PICTOGRAPHIC) == 0 &&
           u_hasBinaryProperty(before, UCHAR_EMOJI_MODIFIER) == 0;
  }
  return u_hasBinaryProperty(code_point, UCHAR_BIDI_CONTROL) != 0 ||
         (u_hasBinaryProperty(code_point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 &&
          u_hasBinaryProperty(code_point, UCHAR_VARIATION_SELECTOR) == 0);
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  std::size_t position = 0;
  while (position < bytes.size()) {
    if (static_cast<unsigned char>(bytes[position]) < 0x80) {
      ++position;
    } else if (next_code_point(bytes, &position) < 0) {
      return false;
    }
  }
  return true;
}

std::string to_valid_utf8(std::string_view bytes) {
  return is_valid_utf8(bytes) ? std::string(bytes) : to_utf8(to_utf16(bytes));
}

std::string nfc(std::string_view text) {
  return to_utf8(to_nfc(to_utf16(text)));
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  std::size_t position = 0;
  while (position < text.size()) {
    next_code_point(text, &position);
    ++count;
  }
  return count;
}

std::size_t count_graphemes(std::string_view text) {
  const icu::UnicodeString utf16 = to_utf16(text);
  icu::BreakIterator& iterator = graphemes(utf16);
  std::size_t count = 0;
  iterator.first();
  while (iterator.next() != icu::BreakIterator::DONE) {
    ++count;
  }
  return count;
}

std::string shorten(std::string_view text, std::size_t code_points) {
  const icu::UnicodeString utf16 = to_utf16(text);
  if (static_cast<std::size_t>(utf16.countChar32()) <= code_points) {
    return to_utf8(utf16);
  }
  if (code_points == 0) {
    return {};
  }
  const std::string ellipsis = to_utf8(icu::UnicodeString(kEllipsis));
  const std::int32_t cut = boundary_within(utf16, code_points - 1);
  const std::int32_t title = broken_title(utf16, cut);
  if (title < 0) {
    return cut_with(utf16, cut, ellipsis);
  }
  std::string before = cut_with(utf16, title, ellipsis);
  if (before != ellipsis || code_points < 4) {
    return before;
  }
  // It begins with the title that does not fit: nothing would be left, so the brackets stay whole.
  return cut_with(utf16, boundary_within(utf16, code_points - 2),
                  ellipsis + to_utf8(icu::UnicodeString(kCloseTitle)));
}

std::string fold_blanks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool blank = false;
  UChar32 before = 0;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t start = position;
    const UChar32 code_point = next_code_point(text, &position);
    if (code_point >= 0 && !is_plain(code_point)) {
      if (u_isUWhiteSpace(code_point) != 0) {
        blank = true;
        before = code_point;
        continue;
      }
      if (is_removed(code_point, before)) {
        continue;
      }
    }
    if (blank && !out.empty()) {
      out.push_back(' ');
    }
    blank = false;
    before = code_point;
    out.append(code_point < 0 ? kReplacement : text.substr(start, position - start));
  }
  return is_nfc(out) ? out : nfc(out);
}

std::size_t display_width(std::string_view text) {
  const icu::UnicodeString utf16 = to_utf16(text);
  icu::BreakIterator& iterator = graphemes(utf16);
  std::size_t cells = 0;
  std::int32_t start = iterator.first();
  for (std::int32_t end = iterator.next(); end != icu::BreakIterator::DONE;
       start = end, end = iterator.next()) {
    int widest = 0;
    for (std::int32_t i = start; i < end; i = utf16.moveIndex32(i, 1)) {
      const UChar32 code_point = utf16.char32At(i);
      widest =
          std::max(widest, code_point == kEmojiPresentation ? 2 : code_point_width(code_point));
    }
    cells += static_cast<std::size_t>(widest);
  }
  return cells;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_ascii_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_ascii_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  if (from.empty()) {
    return text;
  }
  std::string out;
  std::size_t start = 0;
  for (std::size_t hit = text.find(from); hit != std::string::npos; hit = text.find(from, start)) {
    out.append(text, start, hit - start).append(to);
    start = hit + from.size();
  }
  return out.append(text, start);
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      case '\'':
        out.append("&#39;");
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace liandong
