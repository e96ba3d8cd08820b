// What 有效性 of a document says.

#ifndef LIANDONG_DAEMON_ITEM_VALIDITY_H_
#define LIANDONG_DAEMON_ITEM_VALIDITY_H_

#include <string_view>

#include "daemon/item/item.h"

namespace liandong {

// 废止, 已废止, 失效, 已失效, 全文废止 … as a whole; 部分失效 and 未失效 are none.
[[nodiscard]] inline bool is_repealed(const DocumentMeta& meta) {
  const std::string_view stated = meta.validity;
  const bool says_so = stated.find("废止") != std::string_view::npos ||
                       stated.find("失效") != std::string_view::npos;
  for (const std::string_view other : {"部分", "未", "有效"}) {
    if (stated.find(other) != std::string_view::npos) return false;
  }
  return says_so;
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_VALIDITY_H_
