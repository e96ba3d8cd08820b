#include "adapters/shared/body_html.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "daemon/platform/result.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

bool is_web_address(std::string_view url) {
  const std::string start = lower_ascii(url.substr(0, 8));
  return start.starts_with("http://") || start.starts_with("https://");
}

std::string linked(std::string_view url, const std::string& inner) {
  if (!is_web_address(url)) return inner;
  return fmt::format("<a href=\"{}\">{}</a>", escape_html(url), inner);
}

std::string html_of_block(const Paragraph& block) {
  std::string inner;
  for (const Run& run : block.runs) {
    const std::string text = escape_html(run.text);
    inner += linked(run.link, run.strong ? fmt::format("<strong>{}</strong>", text) : text);
  }
  return inner.empty() ? inner : fmt::format("<p>{}</p>\n", inner);
}

std::string html_of_block(const Heading& block) {
  const int level = std::clamp<int>(block.level, 2, 6);  // 1 is the title's
  return fmt::format("<h{0}>{1}</h{0}>\n", level, escape_html(block.text));
}

std::string html_of_block(const Picture& block) {
  if (!is_web_address(block.url)) return {};
  return fmt::format("<p><img src=\"{}\" alt=\"{}\"></p>\n", escape_html(block.url),
                     escape_html(block.alt));
}

std::string html_of_block(const TableBlock& block) {
  std::string rows;
  for (const auto& row : block.rows) {
    rows += "<tr>";
    for (const std::string& cell : row) rows += fmt::format("<td>{}</td>", escape_html(cell));
    rows += "</tr>\n";
  }
  return rows.empty() ? rows : fmt::format("<table border=\"1\">\n{}</table>\n", rows);
}

}  // namespace

std::string html_of(const Body& body) {
  std::string html;
  for (const Block& block : body.blocks) {
    html += std::visit([](const auto& each) { return html_of_block(each); }, block);
  }
  if (body.attachments.empty()) return html;
  html += "<ul>\n";
  for (const Attachment& attachment : body.attachments) {
    const std::string& name = attachment.name.empty() ? attachment.url : attachment.name;
    html += fmt::format("<li>{}</li>\n", linked(attachment.url, escape_html(name)));
  }
  return html + "</ul>\n";
}

}  // namespace liandong
