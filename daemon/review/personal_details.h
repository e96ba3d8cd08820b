// What tells of a person beside a word that says so: numbers of examinations, certificates,
// passports, home addresses, illness and poverty, plates, private e-mail (domain/standards.md 7b).

#ifndef LIANDONG_DAEMON_REVIEW_PERSONAL_DETAILS_H_
#define LIANDONG_DAEMON_REVIEW_PERSONAL_DETAILS_H_

#include <string_view>
#include <vector>

#include "daemon/review/passage.h"

namespace liandong {

// `text` in its plain form. Linear in the text: each word looks a bounded way around itself.
[[nodiscard]] std::vector<Passage> find_personal_details(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_PERSONAL_DETAILS_H_
