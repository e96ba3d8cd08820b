// Text in the form in which words and numbers are looked for.

#ifndef LIANDONG_DAEMON_PLATFORM_PLAIN_TEXT_H_
#define LIANDONG_DAEMON_PLATFORM_PLAIN_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace liandong {

// Full-width digits, letters, `＊`, `－` and `＠` become ASCII, blanks single spaces, zero-width
// characters nothing.
[[nodiscard]] std::string plain_form(std::string_view text);

// Where the code point before `at` begins, and where the one at `at` ends.
[[nodiscard]] std::size_t step_back(std::string_view text, std::size_t at);
[[nodiscard]] std::size_t step_on(std::string_view text, std::size_t at);

[[nodiscard]] bool is_ascii_digit(char c);
[[nodiscard]] bool is_ascii_letter(char c);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_PLAIN_TEXT_H_
