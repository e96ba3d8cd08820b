#include <memory>
#include <string>
#include <utility>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "adapters/shared/html_text.h"
#include "adapters/shared/html_tree.h"
#include "adapters/sources/feed/feed_entry.h"
#include "adapters/sources/feed/xml_mender.h"
#include "adapters/sources/feed/xml_node.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using XmlDocument = std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)>;

std::string format_of(const xmlNode* root) {
  const std::string_view name = local_name(root);
  if (name == "rss") {
    const std::string version = fold_blanks(attribute(root, "version"));
    return version.empty() ? "RSS" : "RSS " + version;
  }
  if (name == "rdf") return "RSS 1.0";
  if (name == "channel") return "CDF";
  if (name == "feed") {
    return namespace_of(root) == "http://purl.org/atom/ns#" ? "Atom 0.3" : "Atom 1.0";
  }
  return {};
}

// <link rel="hub">, <atom:link rel="self">: in RSS they are of Atom's namespace.
void read_feed_link(const xmlNode* node, std::string_view url, FeedDocument& document) {
  const std::string rel = lower_ascii(attribute(node, "rel"));
  if (rel == "hub" && document.hub.empty())
    document.hub = resolve_url(base_of(node, url), attribute(node, "href"));
  if (rel == "self" && document.self.empty())
    document.self = resolve_url(base_of(node, url), attribute(node, "href"));
}

void read_document(xmlNode* root, bool atom, std::string_view url, FeedDocument& document) {
  document.title = fold_blanks(attribute(root, "title"));  // of CDF
  std::string other_title;
  walk(root, [&](xmlNode* node) {
    const std::string_view name = local_name(node);
    if (name == "link") read_feed_link(node, url, document);
    if (name == "title" && !is_core(node) && other_title.empty())
      other_title = line_from_html(content_of(node));
    if (!is_core(node) && node != root && name != "rdf") return false;
    if (name == "item" || name == "entry") {
      if (document.entries.size() < kMostEntries) {
        document.entries.push_back(read_xml_entry(node, url, atom));
      }
      return false;
    }
    if (name == "title" && document.title.empty())
      document.title = line_from_html(html_in(node, atom));
    return node == root || name == "rss" || name == "rdf" || name == "feed" || name == "channel";
  });
  if (document.title.empty()) document.title = std::move(other_title);
}

XmlDocument parse_xml(const std::string& mended, std::string_view url) {
  return XmlDocument(xmlReadMemory(mended.data(), static_cast<int>(mended.size()),
                                   std::string(url).c_str(), "UTF-8",
                                   XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOERROR |
                                       XML_PARSE_NOWARNING | XML_PARSE_NOCDATA),
                     &xmlFreeDoc);
}

}  // namespace

Result<FeedDocument> read_xml_feed(std::string_view text, std::string_view url) {
  if (text.size() > kMaxPageBytes) {
    return Error(ErrorKind::Malformed, "the feed is larger than 8 MB");
  }
  const MendedXml mended = mend_xml(text);
  if (mended.is_crowded) {
    return Error(ErrorKind::Malformed, "a tag of the feed holds more than 256 attributes");
  }
  // No feed needs entities of its own; those met in feeds were attacks.
  if (mended.declares_entities) {
    return Error(ErrorKind::Malformed, "the feed declares entities, which are refused");
  }
  const XmlDocument parsed = parse_xml(mended.text, url);
  xmlNode* root = parsed == nullptr ? nullptr : xmlDocGetRootElement(parsed.get());
  FeedDocument document;
  if (root != nullptr) document.format = format_of(root);
  if (document.format.empty()) return Error(ErrorKind::Malformed, "this is no RSS or Atom feed");
  read_document(root, document.format.starts_with("Atom"), url, document);
  document.cut = mended.cut;
  // Half an entry is none.
  if (mended.cut_in_entry && !document.entries.empty()) document.entries.pop_back();
  return document;
}

}  // namespace liandong
