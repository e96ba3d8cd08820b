// What a government website published: an item, its revisions, its metadata.
//
// Names follow the field's glossary (domain/standards.md 8); catalogue metadata is that of 1b.

#ifndef LIANDONG_DAEMON_ITEM_ITEM_H_
#define LIANDONG_DAEMON_ITEM_ITEM_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "daemon/item/body.h"
#include "daemon/platform/text.h"

namespace liandong {

enum class Kind : std::uint8_t {
  Policy,           // 政策文件
  Interpretation,   // 政策解读
  NoticeImportant,  // 重要通知
  Notice,           // 通知公告
  News,             // 政务动态
};
inline constexpr std::array kAllKinds = {Kind::Policy, Kind::Interpretation, Kind::NoticeImportant,
                                         Kind::Notice, Kind::News};
[[nodiscard]] std::string_view to_string(Kind kind);  // policy interpretation notice_important …
[[nodiscard]] std::optional<Kind> kind_from(std::string_view name);

// 政府信息公开目录 metadata of a document; empty when the page does not state it.
struct DocumentMeta {
  std::string index_no;          // 索引号
  std::string doc_no;            // 发文字号, brackets normalised: 国办发〔2017〕47号
  std::string issuing_body;      // 发文机关
  std::string made_on;           // 成文日期, YYYY-MM-DD
  std::string effective_on;      // 施行日期, YYYY-MM-DD
  std::string lapses_on;         // 失效日期, YYYY-MM-DD
  std::string topic_class;       // 主题分类
  std::string validity;          // 有效性, as stated: 有效, 现行有效, 失效, 废止 …
  std::string unified_no;        // 统一编号
  std::string genre_class;       // 体裁分类
  std::string assembly_class;    // 组配分类
  std::string audience_class;    // 服务对象分类
  std::string life_cycle_class;  // 生命周期分类
  std::string disclosure_mode;   // 公开方式
  std::string format_lang;       // 信息格式/语种
  std::string content_source;    // 信息来源, ContentSource
  std::string author;
  std::string keywords;
  std::string abstract;
  friend bool operator==(const DocumentMeta&, const DocumentMeta&) = default;
};
// (name, value) of every member, in the order above; also the names used in JSON.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string>> members(const DocumentMeta&);
[[nodiscard]] boost::json::value to_json(const DocumentMeta&);
[[nodiscard]] DocumentMeta document_meta_from_json(const boost::json::value& json);

// One item's whole text as a Source read it.
struct Article {
  std::string url;    // absolute, as the site gives it
  std::string title;  // folded to one line
  std::optional<StatedTime> published;
  DocumentMeta meta;
  Body body;
  std::string cms_id;  // stable within the source: docid, WordPress id, (organ, content id)
  std::string guid;    // of a feed entry
  std::string column;  // ColumnName, a feed's category: what kind rules look at
  std::string cover;   // absolute URL of the lead picture, when stated
  std::string language = "zh-CN";
};

using ItemId = std::int64_t;

// One text of an item. `number` counts from 1.
struct Revision {
  int number = 1;
  Article article;
  std::string sha256;  // of revision_hash()'s input
  Timestamp seen_at;
};

// Title, body and metadata, canonical; what decides whether an edit happened. URL, column and cover
// are not part of it: a moved item is no new text. Nor is the time of publication: the page and its
// row in the column state different days, and which of them was read last is no edit.
[[nodiscard]] std::string revision_hash(const Article& article);

struct Item {
  ItemId id = 0;
  Kind kind = Kind::News;
  std::string source;        // the source that saw it first
  std::string organisation;  // whose that source was then; empty: there was one office
  Timestamp first_seen;
  std::optional<Timestamp> withdrawn_at;
  Revision revision;  // the newest
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_ITEM_H_
