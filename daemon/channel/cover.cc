#include "daemon/channel/cover.h"

#include "daemon/platform/lazy_library.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLongestTitle = 300;  // code points looked at
constexpr std::size_t kLongestSmallText = 24;

}  // namespace

// Pango and Cairo are large, and a cover is rarely wanted.
Result<std::string> draw_cover(const CoverText& text) {
  const auto draw = lazy_function<Result<std::string>(const CoverText&)>("liandong_graphics.so",
                                                                         "liandong_draw_cover");
  if (!draw) return draw.error();
  const std::string title = shorten(fold_blanks(text.title), kLongestTitle);
  const std::string kind = shorten(fold_blanks(text.kind), kLongestSmallText);
  const std::string site = shorten(fold_blanks(text.site), kLongestSmallText);
  return (*draw)({kind, title, site});
}

}  // namespace liandong
