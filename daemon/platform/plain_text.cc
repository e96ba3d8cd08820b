#include "daemon/platform/plain_text.h"

#include "daemon/platform/text.h"

namespace liandong {

namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The ASCII character that a full-width one at `at` stands for; 0: it is none that counts.
char narrow(std::string_view text, std::size_t at) {
  constexpr std::string_view kFirstRow = "\xEF\xBC";   // U+FF00 to U+FF3F
  constexpr std::string_view kSecondRow = "\xEF\xBD";  // U+FF40 to U+FF7F
  const std::string_view row = text.substr(at, 2);
  if (at + 2 >= text.size() || (row != kFirstRow && row != kSecondRow)) return 0;
  const int low = static_cast<unsigned char>(text[at + 2]) - 0x80;
  const int code = row == kFirstRow ? low : low + 0x40;  // offset from U+FF00
  if (code <= 0 || code >= 0x5F) return 0;
  const char ascii = static_cast<char>(code + 0x20);
  const bool counts = is_ascii_digit(ascii) || is_ascii_letter(ascii) || ascii == '*' ||
                      ascii == '-' || ascii == '@';
  return counts ? ascii : 0;
}

// May the character that begins at `at` be one that is removed, folded or composed?
bool is_suspect(std::string_view text, std::size_t at) {
  const auto byte = [text, at](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  switch (byte(0)) {
    case 0xC2:  // `·` is none
      return byte(1) <= 0xA0 || byte(1) == 0xAD;
    case 0xE2:  // nor are dashes and quotation marks
      return (byte(1) == 0x80 && (byte(2) <= 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAF))) ||
             (byte(1) == 0x81 && byte(2) >= 0x9F);
    case 0xE3:
      return text.substr(at, 3) == "\u3000";
    case 0xEF:
      return text.substr(at, 3) == "\uFEFF" || narrow(text, at) != 0;
    default:
      return byte(0) < 0xE3 || byte(0) >= 0xEE;
  }
}

// Most texts are in their plain form already, and one look over the bytes shows it. The body model
// is NFC (item/body.h).
bool is_plain_form(std::string_view text) {
  bool blank = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (c == ' ' && blank)) return false;
    blank = c == ' ';
    if (byte >= 0x80 && !is_continuation(c) && is_suspect(text, i)) return false;
  }
  return !blank || text.empty();
}

}  // namespace

std::string plain_form(std::string_view text) {
  if (is_plain_form(text)) return std::string(text);
  const std::string folded = fold_blanks(text);
  std::string out;
  out.reserve(folded.size());
  for (std::size_t i = 0; i < folded.size(); ++i) {
    if (const char ascii = narrow(folded, i); ascii != 0) {
      out.push_back(ascii);
      i += 2;
    } else {
      out.push_back(folded[i]);
    }
  }
  return out;
}

std::size_t step_back(std::string_view text, std::size_t at) {
  do {
    --at;
  } while (at > 0 && is_continuation(text[at]));
  return at;
}

std::size_t step_on(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && is_continuation(text[at])) ++at;
  return at;
}

bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace liandong
