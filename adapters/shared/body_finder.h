// Where on a page the text of an article stands.

#ifndef LIANDONG_ADAPTERS_SHARED_BODY_FINDER_H_
#define LIANDONG_ADAPTERS_SHARED_BODY_FINDER_H_

#include "adapters/shared/html_tree.h"
#include "daemon/item/body.h"

namespace liandong {

struct FoundBody {
  xmlNode* node = nullptr;  // null: none found, or `body` came from between comments
  Body body;
  bool certain = true;
  bool wide = false;  // the title and the line under it may stand in it
  std::string by;     // what gave it: "#zoom", "densest text"
};

// By `configured`, else the comments `ZJEG_RSS.content.begin/end` in `page`, else a container known
// of a CMS family, else the densest text. Attachments listed right after the body belong to it.
[[nodiscard]] FoundBody find_body(const HtmlTree& tree, std::string_view page,
                                  const Selector& configured);

// Takes off what frames a text: in front, when it was found `wide`, the title and the line with
// date and source; behind it 责任编辑, 打印, 上一篇, 相关阅读.
void trim_frame(Body& body, std::string_view title, bool wide);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_BODY_FINDER_H_
