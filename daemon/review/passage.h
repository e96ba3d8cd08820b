// What the finders of screening share: what was found in a text in its plain form.

#ifndef LIANDONG_DAEMON_REVIEW_PASSAGE_H_
#define LIANDONG_DAEMON_REVIEW_PASSAGE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/platform/plain_text.h"
#include "daemon/review/screening.h"

namespace liandong {

struct Passage {
  ScreeningKind kind = ScreeningKind::CitizenId;
  ScreeningSeverity severity = ScreeningSeverity::Hold;
  std::string value;    // what was found, blanks left out: for comparing, never for showing
  std::string excerpt;  // masked
};

// A Chinese character at `at`, as most of them are written: three bytes.
[[nodiscard]] bool is_han(std::string_view text, std::size_t at);

// Does what stands at `at` belong to a number or word of ASCII that ends before it?
[[nodiscard]] bool sticks(std::string_view text, std::size_t at);

// Every ASCII digit as `*`, and the X that may stand behind the last one.
[[nodiscard]] std::string mask_digits(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_PASSAGE_H_
