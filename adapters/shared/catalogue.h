// The head table of an open-government document (信息公开目录): 索引号, 发文机关, 发文字号,
// 成文日期 … Platforms name and lay out its fields differently; all variants of domain/standards.md
// 1b become one record.

#ifndef LIANDONG_ADAPTERS_SHARED_CATALOGUE_H_
#define LIANDONG_ADAPTERS_SHARED_CATALOGUE_H_

#include <map>
#include <optional>
#include <string>

#include "adapters/shared/html_tree.h"
#include "daemon/item/item.h"

namespace liandong {

struct Catalogue {
  DocumentMeta meta;
  std::string title;  // 标题, 名称
  std::optional<StatedTime>
      published;  // 发布日期; 成文日期 is meta.made_on and may lie years before
  std::map<std::string, std::string> evidence;  // member of DocumentMeta → the label that gave it
};

// Reads the page outside `body` (null: the whole page), so that a table inside the text does not
// count as the head table, and before it the <meta> labels, some of which bear the names of the
// catalogue. The first value of a field wins.
[[nodiscard]] Catalogue read_catalogue(const HtmlTree& tree, const xmlNode* body,
                                       const std::map<std::string, std::string>& labels);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_CATALOGUE_H_
