#include "daemon/review/passage.h"

namespace liandong {

bool is_han(std::string_view text, std::size_t at) {
  const std::string_view three = text.substr(at, 3);
  return three.size() == 3 && three >= "\u4E00" && three <= "\u9FFF";
}

bool sticks(std::string_view text, std::size_t at) {
  return at < text.size() && (is_ascii_digit(text[at]) || is_ascii_letter(text[at]));
}

std::string mask_digits(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool check = (out[i] == 'X' || out[i] == 'x') && i > 0 && out[i - 1] == '*';
    if (check || is_ascii_digit(out[i])) {
      out[i] = '*';
    }
  }
  return out;
}

}  // namespace liandong
