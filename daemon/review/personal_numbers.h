// Numbers that belong to persons, in a text (domain/standards.md 7b).

#ifndef LIANDONG_DAEMON_REVIEW_PERSONAL_NUMBERS_H_
#define LIANDONG_DAEMON_REVIEW_PERSONAL_NUMBERS_H_

#include <string_view>
#include <vector>

#include "daemon/review/passage.h"

namespace liandong {

// `text` in its plain form. Blanks and hyphens inside a number do not count. Linear in the text.
[[nodiscard]] std::vector<Passage> find_personal_numbers(std::string_view text);

// An identity, card or mobile number, warnings left out.
[[nodiscard]] bool holds_personal_number(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_PERSONAL_NUMBERS_H_
