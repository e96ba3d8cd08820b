// What a page may ask of the parser. libxml2 compares every attribute of a tag with every other and
// gives up on 256 levels; pages are met whose unclosed <font>s nest deeper, and a hostile one can
// hold a million attributes in one tag.

#ifndef LIANDONG_ADAPTERS_SHARED_HTML_BOUNDS_H_
#define LIANDONG_ADAPTERS_SHARED_HTML_BOUNDS_H_

#include <string>
#include <string_view>

#include "daemon/platform/result.h"

namespace liandong {

inline constexpr std::size_t kMostTags = 150'000;

// The same page with at most 64 attributes a tag, none longer than 8 KB, tags beyond 220 levels
// left out (their words stay), without NUL. Linear in time. Malformed when it holds more tags than
// any page for people.
[[nodiscard]] Result<std::string> bounded_markup(std::string_view utf8);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_HTML_BOUNDS_H_
