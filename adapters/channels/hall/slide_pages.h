// Splitting text into pages for a screen read from metres away (contracts/display.md 3).

#ifndef LIANDONG_ADAPTERS_CHANNELS_HALL_SLIDE_PAGES_H_
#define LIANDONG_ADAPTERS_CHANNELS_HALL_SLIDE_PAGES_H_

#include <string>
#include <string_view>
#include <vector>

namespace liandong {

struct SlidePages {
  std::vector<std::string> pages;
  bool cut = false;  // there was more text than pages
};

// Pages of at most 7 lines, 16 Chinese characters (32 cells) a line; paragraphs (lines of `text`)
// begin with two ideographic spaces. A page ends at the end of a sentence where one is near. At
// least one page, empty when `text` is.
[[nodiscard]] SlidePages split_into_pages(std::string_view text, std::size_t most_pages);

// How long a page stands: time to read it, 12 to 60 seconds.
[[nodiscard]] int dwell_seconds(std::string_view page);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_HALL_SLIDE_PAGES_H_
