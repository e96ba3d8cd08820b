// A cover picture drawn from the title, for platforms that demand one (WeChat's thumb_media_id)
// when the page has none. Pango and Cairo with whatever CJK font the machine has.

#ifndef LIANDONG_DAEMON_CHANNEL_COVER_H_
#define LIANDONG_DAEMON_CHANNEL_COVER_H_

#include <string>
#include <string_view>

#include "daemon/platform/result.h"

namespace liandong {

struct CoverText {
  std::string_view kind;   // 政策解读
  std::string_view title;  // wrapped, shrunk to fit, cut with …
  std::string_view site;   // 安徽省教育厅
};

// PNG bytes, 900 x 383 (2.35:1), the same bytes for the same input on one machine. Fails when the
// machine has no font that can show the title, naming the package that brings one.
[[nodiscard]] Result<std::string> draw_cover(const CoverText& text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_COVER_H_
