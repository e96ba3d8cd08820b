#include "daemon/item/body.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace liandong {

namespace {

namespace json = boost::json;

// Line ends inside a block become blanks, so that one block stays one line.
void append_line(std::string& out, std::string_view words) {
  if (words.empty()) {
    return;
  }
  if (!out.empty()) {
    out.push_back('\n');
  }
  for (const char c : words) {
    out.push_back(c == '\n' || c == '\r' ? ' ' : c);
  }
}

std::string words_of(const Paragraph& paragraph) {
  std::string words;
  for (const Run& run : paragraph.runs) {
    words += run.text;
  }
  return words;
}

std::string words_of(const std::vector<std::string>& cells) {
  std::string words;
  for (const std::string& cell : cells) {
    if (!words.empty() && !cell.empty()) {
      words.push_back(' ');
    }
    words += cell;
  }
  return words;
}

json::value block_to_json(const Paragraph& paragraph) {
  json::array runs;
  for (const Run& run : paragraph.runs) {
    json::object out{{"text", run.text}};
    if (!run.link.empty()) {
      out["link"] = run.link;
    }
    if (run.strong) {
      out["strong"] = true;
    }
    runs.push_back(std::move(out));
  }
  return json::object{{"type", "paragraph"}, {"runs", std::move(runs)}};
}

json::value block_to_json(const Heading& heading) {
  return json::object{{"type", "heading"}, {"level", heading.level}, {"text", heading.text}};
}

json::value block_to_json(const Picture& picture) {
  return json::object{{"type", "picture"}, {"url", picture.url}, {"alt", picture.alt}};
}

json::value block_to_json(const TableBlock& table) {
  json::array rows;
  for (const std::vector<std::string>& row : table.rows) {
    json::array cells;
    for (const std::string& cell : row) {
      cells.emplace_back(cell);
    }
    rows.push_back(std::move(cells));
  }
  return json::object{{"type", "table"}, {"rows", std::move(rows)}};
}

Error malformed(std::string_view what) {
  return {ErrorKind::Malformed, "stored body: " + std::string(what)};
}

// A missing member is an empty string; one of another type is an error.
Result<std::string> text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) {
    return std::string();
  }
  const json::string* text = value->if_string();
  if (text == nullptr) {
    return malformed(std::string(name) + " is not a string");
  }
  return std::string(*text);
}

Result<const json::array*> array_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) {
    return malformed(std::string(name) + " is not an array");
  }
  return &value->get_array();
}

Result<Block> paragraph_from(const json::object& object) {
  const auto runs = array_member(object, "runs");
  if (!runs) {
    return runs.error();
  }
  Paragraph paragraph;
  for (const json::value& value : **runs) {
    const json::object* run = value.if_object();
    if (run == nullptr) {
      return malformed("a run is not an object");
    }
    auto text = text_member(*run, "text");
    auto link = text_member(*run, "link");
    if (!text || !link) {
      return text ? link.error() : text.error();
    }
    const json::value* strong = run->if_contains("strong");
    paragraph.runs.push_back({std::move(*text), std::move(*link),
                              strong != nullptr && strong->is_bool() && strong->get_bool()});
  }
  return Block(std::move(paragraph));
}

Result<Block> heading_from(const json::object& object) {
  auto text = text_member(object, "text");
  if (!text) {
    return text.error();
  }
  const json::value* level = object.if_contains("level");
  boost::system::error_code wrong;
  const auto number = level == nullptr ? 0 : level->to_number<std::int64_t>(wrong);
  if (wrong || number < 1 || number > 6) {
    return malformed("a heading's level is not 1 to 6");
  }
  return Block(Heading{static_cast<std::uint8_t>(number), std::move(*text)});
}

Result<Block> picture_from(const json::object& object) {
  auto url = text_member(object, "url");
  auto alt = text_member(object, "alt");
  if (!url || !alt) {
    return url ? alt.error() : url.error();
  }
  return Block(Picture{std::move(*url), std::move(*alt)});
}

Result<Block> table_from(const json::object& object) {
  const auto rows = array_member(object, "rows");
  if (!rows) {
    return rows.error();
  }
  TableBlock table;
  for (const json::value& row : **rows) {
    const json::array* cells = row.if_array();
    if (cells == nullptr) {
      return malformed("a table row is not an array");
    }
    std::vector<std::string>& out = table.rows.emplace_back();
    for (const json::value& cell : *cells) {
      const json::string* text = cell.if_string();
      if (text == nullptr) {
        return malformed("a table cell is not a string");
      }
      out.emplace_back(*text);
    }
  }
  return Block(std::move(table));
}

Result<Block> block_from(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) {
    return malformed("a block is not an object");
  }
  const auto type = text_member(*object, "type");
  if (!type) {
    return type.error();
  }
  if (*type == "paragraph") {
    return paragraph_from(*object);
  }
  if (*type == "heading") {
    return heading_from(*object);
  }
  if (*type == "picture") {
    return picture_from(*object);
  }
  if (*type == "table") {
    return table_from(*object);
  }
  return malformed("unknown block \"" + *type + "\"");
}

Result<Attachment> attachment_from(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) {
    return malformed("an attachment is not an object");
  }
  auto url = text_member(*object, "url");
  auto name = text_member(*object, "name");
  if (!url || !name) {
    return url ? name.error() : url.error();
  }
  Attachment attachment{std::move(*url), std::move(*name)};
  if (const json::value* bytes = object->if_contains("bytes"); bytes != nullptr) {
    boost::system::error_code wrong;
    attachment.bytes = bytes->to_number<std::int64_t>(wrong);
    if (wrong || attachment.bytes < 0) {
      return malformed("an attachment's size is no number");
    }
  }
  return attachment;
}

}  // namespace

std::string plain_text(const Body& body) {
  std::string out;
  for (const Block& block : body.blocks) {
    std::visit(Overloaded{
                   [&](const Paragraph& paragraph) { append_line(out, words_of(paragraph)); },
                   [&](const Heading& heading) { append_line(out, heading.text); },
                   [](const Picture& /*wordless*/) {},
                   [&](const TableBlock& table) {
                     for (const std::vector<std::string>& row : table.rows) {
                       append_line(out, words_of(row));
                     }
                   },
               },
               block);
  }
  return out;
}

std::vector<Picture> pictures(const Body& body) {
  std::vector<Picture> out;
  for (const Block& block : body.blocks) {
    if (const Picture* picture = std::get_if<Picture>(&block); picture != nullptr) {
      out.push_back(*picture);
    }
  }
  return out;
}

json::value to_json(const Body& body) {
  json::array blocks;
  for (const Block& block : body.blocks) {
    blocks.push_back(std::visit([](const auto& any) { return block_to_json(any); }, block));
  }
  json::array attachments;
  for (const Attachment& attachment : body.attachments) {
    json::object out{{"url", attachment.url}, {"name", attachment.name}};
    if (attachment.bytes > 0) {
      out["bytes"] = attachment.bytes;
    }
    attachments.push_back(std::move(out));
  }
  return json::object{{"blocks", std::move(blocks)}, {"attachments", std::move(attachments)}};
}

Result<Body> body_from_json(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) {
    return malformed("not an object");
  }
  const auto blocks = array_member(*object, "blocks");
  const auto attachments = array_member(*object, "attachments");
  if (!blocks || !attachments) {
    return blocks ? attachments.error() : blocks.error();
  }
  Body body;
  for (const json::value& element : **blocks) {
    auto block = block_from(element);
    if (!block) {
      return block.error();
    }
    body.blocks.push_back(std::move(*block));
  }
  for (const json::value& element : **attachments) {
    auto attachment = attachment_from(element);
    if (!attachment) {
      return attachment.error();
    }
    body.attachments.push_back(std::move(*attachment));
  }
  return body;
}

}  // namespace liandong
