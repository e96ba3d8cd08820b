#include "adapters/sources/feed/xml_node.h"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "adapters/shared/html_tree.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using XmlText = std::unique_ptr<xmlChar, decltype(xmlFree)>;

std::string string_of(const xmlChar* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

bool is_feed_namespace(const std::string& space) {
  static constexpr std::array<std::string_view, 7> kCore = {
      "http://www.w3.org/2005/atom",
      "http://purl.org/atom/ns#",
      "http://purl.org/rss/1.0/",
      "http://my.netscape.com/rdf/simple/0.9/",
      "http://backend.userland.com/rss2",
      "http://purl.org/net/rss1.1#",
      "http://www.rssboard.org/rss-specification"};
  return std::find(kCore.begin(), kCore.end(), lower_ascii(space)) != kCore.end();
}

// <title xmlns="…">: of another format, put into this one.
bool declares_its_own(const xmlNode* node) {
  for (const xmlNs* ns = node->nsDef; ns != nullptr; ns = ns->next) {
    if (ns->prefix == nullptr && ns == node->ns) return true;
  }
  return false;
}

std::string html_of_lines(std::string_view text) {
  std::string html;
  for (const std::string& line : split(text, '\n')) html += "<p>" + escape_html(line) + "</p>";
  return html;
}

bool has_elements(const xmlNode* node) {
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (is_element(child)) return true;
  }
  return false;
}

// Atom 1.0: whatever is neither text nor XML stands in base64.
bool is_base64(const std::string& type, const std::string& mode) {
  if (mode == "base64") return true;
  return mode.empty() && type.find('/') != std::string::npos && !type.starts_with("text/") &&
         !type.ends_with("xml");
}

}  // namespace

std::string namespace_of(const xmlNode* node) {
  return node->ns == nullptr ? std::string() : string_of(node->ns->href);
}

std::string_view local_name(const xmlNode* node) {
  const std::string_view name = name_of(node);
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_core(const xmlNode* node) {
  if (!is_element(node)) return false;
  if (node->ns == nullptr) return name_of(node).find(':') == std::string_view::npos;
  const std::string space = namespace_of(node);
  if (is_feed_namespace(space)) return true;
  // Makers declare what they like, and then mean it for the whole feed.
  const xmlNode* above = node->parent;
  const bool is_inside = is_element(above) && local_name(above) != "rdf";
  if (node->ns->prefix != nullptr) return !is_inside || namespace_of(above) == space;
  return !is_inside || !declares_its_own(node) || namespace_of(above) == space;
}

std::string content_of(const xmlNode* node) {
  const XmlText text(xmlNodeGetContent(node), xmlFree);
  return string_of(text.get());
}

std::string base_of(const xmlNode* node, std::string_view url) {
  const XmlText base(xmlNodeGetBase(node->doc, node), xmlFree);
  std::string resolved = resolve_url(url, string_of(base.get()));
  return resolved.empty() ? std::string(url) : resolved;
}

std::string markup_in(const xmlNode* node) {
  const std::unique_ptr<xmlBuffer, decltype(&xmlBufferFree)> buffer(xmlBufferCreate(),
                                                                    &xmlBufferFree);
  if (buffer == nullptr) throw std::bad_alloc();
  for (xmlNode* child = node->children; child != nullptr; child = child->next) {
    xmlNodeDump(buffer.get(), node->doc, child, 0, 0);
  }
  return string_of(xmlBufferContent(buffer.get()));
}

std::string html_in(const xmlNode* node, bool atom) {
  const std::string type = lower_ascii(attribute(node, "type"));
  const std::string mode = lower_ascii(attribute(node, "mode"));
  if (type == "xhtml" || (type == "application/xhtml+xml" && mode != "escaped")) {
    return markup_in(node);
  }
  std::string text = content_of(node);
  if (!atom) return has_elements(node) ? markup_in(node) : text;
  if (is_base64(type, mode)) {
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c <= ' ' && c > 0; }),
               text.end());
    std::optional<std::string> plain = from_base64(text);
    if (plain && is_valid_utf8(*plain)) {
      return type.starts_with("text/plain") ? html_of_lines(*plain) : *std::move(plain);
    }
  }
  const bool html = type.find("html") != std::string::npos || (mode == "escaped" && type.empty());
  return html ? text : html_of_lines(text);
}

}  // namespace liandong
