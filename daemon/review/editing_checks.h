// What an editor checks beside the words: brackets, leftover template text, and whether number,
// dates and title say the same as the page's metadata (domain/standards.md 7c). All are warnings.

#ifndef LIANDONG_DAEMON_REVIEW_EDITING_CHECKS_H_
#define LIANDONG_DAEMON_REVIEW_EDITING_CHECKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "daemon/item/item.h"
#include "daemon/review/passage.h"

namespace liandong {

// Of one text in its plain form. Linear.
[[nodiscard]] std::vector<Passage> find_slips(std::string_view text);

// Where the text of an article and what its page states differ.
struct Mismatch {
  std::size_t block = 0;
  Passage passage;
};
[[nodiscard]] std::vector<Mismatch> compare_with_metadata(const Article& article);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_EDITING_CHECKS_H_
