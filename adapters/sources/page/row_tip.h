// What a link's title="" says: the title, or a tool tip of several fields.

#ifndef LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_TIP_H_
#define LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_TIP_H_

#include <optional>
#include <string>
#include <string_view>

#include "daemon/platform/text.h"

namespace liandong {

struct RowTip {
  std::string title;  // the whole text, when it names no fields
  std::optional<StatedTime> date;
};
// `标题：关于…的通知 作者：办公室 发布时间：2026-05-20`, the fields in any order, on lines of their
// own or not.
[[nodiscard]] RowTip read_tip(std::string_view stated);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_PAGE_ROW_TIP_H_
