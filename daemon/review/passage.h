// What the finders of screening share: a text in its plain form, and what was found in it.

#ifndef LIANDONG_DAEMON_REVIEW_PASSAGE_H_
#define LIANDONG_DAEMON_REVIEW_PASSAGE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/review/screening.h"

namespace liandong {

struct Passage {
  ScreeningKind kind = ScreeningKind::CitizenId;
  ScreeningSeverity severity = ScreeningSeverity::Hold;
  std::string value;    // what was found, blanks left out: for comparing, never for showing
  std::string excerpt;  // masked
};

// Full-width digits, letters, `＊`, `－` and `＠` become ASCII, blanks single spaces, zero-width
// characters nothing.
[[nodiscard]] std::string plain_form(std::string_view text);

// Where the code point before `at` begins, and where the one at `at` ends.
[[nodiscard]] std::size_t step_back(std::string_view text, std::size_t at);
[[nodiscard]] std::size_t step_on(std::string_view text, std::size_t at);

// A Chinese character at `at`, as most of them are written: three bytes.
[[nodiscard]] bool is_han(std::string_view text, std::size_t at);

[[nodiscard]] bool is_ascii_digit(char c);
[[nodiscard]] bool is_ascii_letter(char c);
// Does what stands at `at` belong to a number or word of ASCII that ends before it?
[[nodiscard]] bool sticks(std::string_view text, std::size_t at);

// Every ASCII digit as `*`, and the X that may stand behind the last one.
[[nodiscard]] std::string mask_digits(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_PASSAGE_H_
