// The safe body model: what is left of foreign HTML after reading.
//
// Paragraphs, headings, pictures, tables and attachments; inside text only links and emphasis.
// Foreign markup never leaves adapters/shared/html_text, so nothing that could run in a browser can
// reach a platform, the console or a screen (domain/security.md T7). All strings are valid UTF-8 in
// NFC; URLs are absolute http or https.

#ifndef LIANDONG_DAEMON_ITEM_BODY_H_
#define LIANDONG_DAEMON_ITEM_BODY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/fwd.hpp>

#include "daemon/platform/result.h"

namespace liandong {

struct Run {
  std::string text;
  std::string link;  // empty: plain text
  bool strong = false;
  friend bool operator==(const Run&, const Run&) = default;
};

struct Paragraph {
  std::vector<Run> runs;
  friend bool operator==(const Paragraph&, const Paragraph&) = default;
};
struct Heading {
  std::uint8_t level = 2;  // 1 to 6
  std::string text;
  friend bool operator==(const Heading&, const Heading&) = default;
};
struct Picture {
  std::string url;
  std::string alt;
  friend bool operator==(const Picture&, const Picture&) = default;
};
// Merged cells are taken apart, so that every row has its cells under the same heads: a cell that
// reaches down stands in each row, one that reaches right stands first, with empty ones after it.
struct TableBlock {
  std::vector<std::vector<std::string>> rows;
  friend bool operator==(const TableBlock&, const TableBlock&) = default;
};
using Block = std::variant<Paragraph, Heading, Picture, TableBlock>;

struct Attachment {
  std::string url;
  std::string name;
  std::int64_t bytes = 0;  // 0: not told
  friend bool operator==(const Attachment&, const Attachment&) = default;
};

struct Body {
  std::vector<Block> blocks;
  std::vector<Attachment> attachments;
  friend bool operator==(const Body&, const Body&) = default;

  [[nodiscard]] bool empty() const { return blocks.empty() && attachments.empty(); }
};

// Words only: one line a block and one a table row, cells separated by a blank. Attachments are not
// in it.
[[nodiscard]] std::string plain_text(const Body& body);
[[nodiscard]] std::vector<Picture> pictures(const Body& body);

[[nodiscard]] boost::json::value to_json(const Body& body);
[[nodiscard]] Result<Body> body_from_json(const boost::json::value& json);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_BODY_H_
