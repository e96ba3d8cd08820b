// Tables that list persons together with what identifies them.

#ifndef LIANDONG_DAEMON_REVIEW_PERSON_LIST_H_
#define LIANDONG_DAEMON_REVIEW_PERSON_LIST_H_

#include <cstddef>
#include <optional>
#include <string>

#include "daemon/item/body.h"

namespace liandong {

inline constexpr std::size_t kHeaderRows = 5;  // titles and units may stand above the header
inline constexpr std::size_t kLongestHeader = 60;

// What a column is called, all blanks left out.
[[nodiscard]] std::string header_word(const std::string& cell);

// The table's header row when two or more of its rows name a person (column 姓名) beside an
// unmasked value that identifies one: by its column's name, or by being an identity, card or mobile
// number.
[[nodiscard]] std::optional<std::string> find_person_list(const TableBlock& table);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_PERSON_LIST_H_
