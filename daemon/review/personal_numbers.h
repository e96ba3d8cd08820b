// Numbers that belong to persons, in a text (domain/standards.md 7b).

#ifndef LIANDONG_DAEMON_REVIEW_PERSONAL_NUMBERS_H_
#define LIANDONG_DAEMON_REVIEW_PERSONAL_NUMBERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "daemon/review/screening.h"

namespace liandong {

struct NumberFound {
  ScreeningKind kind = ScreeningKind::CitizenId;
  ScreeningSeverity severity = ScreeningSeverity::Hold;
  std::string digits;   // as found, without blanks and hyphens: for comparing, never for showing
  std::string excerpt;  // masked
};

// Full-width digits count, blanks and hyphens inside a number do not. Linear in the text.
[[nodiscard]] std::vector<NumberFound> find_personal_numbers(std::string_view text);

// An identity, card or mobile number, warnings left out.
[[nodiscard]] bool holds_personal_number(std::string_view text);

// Every ASCII digit as `*`, and the X that may stand behind the last one.
[[nodiscard]] std::string mask_digits(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_PERSONAL_NUMBERS_H_
