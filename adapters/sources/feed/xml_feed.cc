#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "adapters/shared/html_text.h"
#include "adapters/shared/html_tree.h"
#include "adapters/sources/feed/feed_entry.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr const char* kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

const xmlChar* xml(const char* text) {
  return reinterpret_cast<const xmlChar*>(text);
}

using XmlDocument = std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)>;
using XmlText = std::unique_ptr<xmlChar, decltype(xmlFree)>;

std::string string_of(const xmlChar* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

// `encoded` of <content:encoded>, declared or not.
std::string_view local_name(const xmlNode* node) {
  const std::string_view name = name_of(node);
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// An element of the feed format itself, not of an extension that reuses its words (media:title).
bool is_core(const xmlNode* node) {
  static constexpr std::array<std::string_view, 7> kCore = {
      "http://www.w3.org/2005/Atom",
      "http://purl.org/atom/ns#",
      "http://purl.org/rss/1.0/",
      "http://my.netscape.com/rdf/simple/0.9/",
      "http://backend.userland.com/rss2",
      "http://purl.org/net/rss1.1#",
      "http://www.rssboard.org/rss-specification"};
  if (!is_element(node)) return false;
  if (node->ns == nullptr) return name_of(node).find(':') == std::string_view::npos;
  const std::string space = string_of(node->ns->href);
  return node->ns->prefix == nullptr || std::find(kCore.begin(), kCore.end(), space) != kCore.end();
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

// The markup inside an Atom xhtml construct, as HTML.
std::string markup_in(const xmlNode* node) {
  const std::unique_ptr<xmlBuffer, decltype(&xmlBufferFree)> buffer(xmlBufferCreate(),
                                                                    &xmlBufferFree);
  if (buffer == nullptr) throw std::bad_alloc();
  for (xmlNode* child = node->children; child != nullptr; child = child->next) {
    xmlNodeDump(buffer.get(), node->doc, child, 0, 0);
  }
  return string_of(xmlBufferContent(buffer.get()));
}

std::string html_of_lines(std::string_view text) {
  std::string html;
  for (const std::string& line : split(text, '\n')) html += "<p>" + escape_html(line) + "</p>";
  return html;
}

// An Atom text construct (`type`, and `mode` of 0.3) as HTML. RSS says nothing and means HTML.
std::string html_in(const xmlNode* node, bool atom) {
  const std::string type = lower_ascii(attribute(node, "type"));
  const std::string mode = lower_ascii(attribute(node, "mode"));
  if (type == "xhtml" || (type == "application/xhtml+xml" && mode != "escaped")) {
    return markup_in(node);
  }
  const bool html = type.find("html") != std::string::npos || mode == "escaped";
  const std::string text = content_of(node);
  return atom && !html ? html_of_lines(text) : text;
}

class EntryReader {
 public:
  EntryReader(std::string_view url, bool atom) : url_(url), atom_(atom) {}

  FeedEntry read(xmlNode* item) {
    entry_.base = base_of(item, url_);
    // RSS 1.0 names its items by rdf:about.
    const XmlText about(xmlGetNsProp(item, xml("about"), xml(kRdf)), xmlFree);
    entry_.id = string_of(about.get());
    for (xmlNode* child = item->children; child != nullptr; child = child->next) {
      if (is_core(child)) {
        read_core(child);
      } else if (is_element(child)) {
        read_extension(child);
      }
    }
    // A guid without isPermaLink="false" is an address by the letter of RSS 2.0; in the wild it is
    // often a bare number.
    const std::string id = lower_ascii(entry_.id.substr(0, 8));
    const bool is_address = id.starts_with("http://") || id.starts_with("https://");
    if (entry_.link.empty() && guid_is_link_ && is_address) {
      entry_.link = resolve_url(entry_.base, entry_.id);
    }
    return std::move(entry_);
  }

 private:
  void read_core(xmlNode* node) {
    const std::string_view name = local_name(node);
    if (name == "title") {
      entry_.title = atom_ ? html_in(node, true) : content_of(node);
    } else if (name == "link") {
      read_link(node);
    } else if (name == "guid" || name == "id") {
      entry_.id = fold_blanks(content_of(node));
      guid_is_link_ = name == "guid" && lower_ascii(attribute(node, "isPermaLink")) != "false";
    } else if (name == "description" || name == "summary") {
      entry_.summary = html_in(node, atom_);
    } else if (name == "content") {
      if (attribute(node, "src").empty()) entry_.content = html_in(node, atom_);
      if (atom_) entry_.base = base_of(node, url_);
    } else if (name == "enclosure") {
      add_file(node, "url");
    } else {
      read_fact(name, node);
    }
  }

  void read_fact(std::string_view name, const xmlNode* node) {
    if (name == "pubDate" || name == "published" || name == "issued" || name == "pubdate") {
      entry_.published = fold_blanks(content_of(node));
    } else if (name == "updated" || name == "modified") {
      entry_.updated = fold_blanks(content_of(node));
    } else if (name == "category" && entry_.category.empty()) {
      entry_.category = fold_blanks(attribute(node, "label"));
      if (entry_.category.empty()) entry_.category = fold_blanks(attribute(node, "term"));
      if (entry_.category.empty()) entry_.category = line_from_html(content_of(node));
    } else if (name == "author" && entry_.author.empty()) {
      entry_.author = author_in(node);
    }
  }

  void read_extension(xmlNode* node) {
    const std::string_view name = local_name(node);
    if (name == "encoded") {
      entry_.content = content_of(node);
    } else if (name == "date" && entry_.published.empty()) {  // dc:date
      entry_.published = fold_blanks(content_of(node));
    } else if (name == "creator" && entry_.author.empty()) {  // dc:creator
      entry_.author = fold_blanks(content_of(node));
    } else if (name == "subject" && entry_.category.empty()) {  // dc:subject
      entry_.category = fold_blanks(content_of(node));
    } else if (name == "thumbnail" && entry_.cover.empty()) {  // media:thumbnail
      entry_.cover = resolve_url(entry_.base, attribute(node, "url"));
    }
  }

  void read_link(const xmlNode* node) {
    const std::string href = attribute(node, "href");
    const std::string rel = lower_ascii(attribute(node, "rel"));
    if (rel == "enclosure") {
      add_file(node, "href");
      return;
    }
    if (!rel.empty() && rel != "alternate") return;
    if (!entry_.link.empty() && !rel.empty()) return;
    std::string link = resolve_url(base_of(node, url_), href.empty() ? content_of(node) : href);
    if (!link.empty()) entry_.link = std::move(link);
  }

  void add_file(const xmlNode* node, const char* url_attribute) {
    const std::string url = resolve_url(base_of(node, url_), attribute(node, url_attribute));
    const std::string type = lower_ascii(attribute(node, "type"));
    if (url.empty()) return;
    if (type.starts_with("image/") && entry_.cover.empty()) entry_.cover = url;
    if (!is_attachment_url(url) || entry_.attachments.size() >= 50) return;
    std::string name = fold_blanks(attribute(node, "title"));
    if (name.empty()) name = url.substr(url.rfind('/') + 1);
    Attachment file{url, std::move(name)};
    file.bytes = size_in(attribute(node, "length"));
    entry_.attachments.push_back(std::move(file));
  }

  static std::string author_in(const xmlNode* node) {
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
      if (local_name(child) == "name") return fold_blanks(content_of(child));
    }
    return fold_blanks(content_of(node));
  }

  std::string_view url_;
  bool atom_;
  FeedEntry entry_;
  bool guid_is_link_ = false;
};

// `&nbsp;` and the like, which HTML has and XML has not, as characters, and a bare `&` as `&amp;`:
// a strict reader would lose what follows. CDATA sections mean what they say.
std::string with_xml_entities(std::string_view text) {
  constexpr std::string_view kOpen = "<![CDATA[";
  constexpr std::size_t kLongestName = 10;
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = text.find_first_of("&<", at);
    out += text.substr(at, next - at);
    if (next == std::string_view::npos) break;
    at = next;
    if (text[at] == '<') {
      const bool cdata = text.substr(at).starts_with(kOpen);
      const std::size_t close = cdata ? text.find("]]>", at) : at;
      const std::size_t end = close == std::string_view::npos ? text.size() : close + 1;
      out += text.substr(at, end - at);
      at = end;
      continue;
    }
    const std::size_t stop = text.substr(at + 1, kLongestName).find_first_of(";&< \n");
    const bool ends = stop != std::string_view::npos && text[at + 1 + stop] == ';';
    const std::string name(ends ? text.substr(at + 1, stop) : std::string_view());
    const bool of_xml = name == "amp" || name == "lt" || name == "gt" || name == "quot" ||
                        name == "apos" || name.starts_with('#');
    const htmlEntityDesc* entity =
        name.empty() || of_xml ? nullptr : htmlEntityLookup(xml(name.c_str()));
    if (entity != nullptr) {
      out += fmt::format("&#{};", entity->value);
      at += name.size() + 2;
    } else {
      out += of_xml ? "&" : "&amp;";
      ++at;
    }
  }
  return out;
}

// No feed needs entities of its own; those met in feeds were attacks. Asked of the parsed document:
// the same words inside a text are an article about XML.
bool declares_entities(const xmlDoc& document) {
  const xmlDtd* dtd = document.intSubset;
  return dtd != nullptr && (dtd->entities != nullptr || dtd->pentities != nullptr);
}

// XML 1.0 allows no control characters; generators leave them in.
std::string without_controls(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(),
      [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20U && c != '\t' && c != '\n' && c != '\r';
      },
      ' ');
  return out;
}

std::string format_of(const xmlNode* root) {
  const std::string space = root->ns == nullptr ? "" : string_of(root->ns->href);
  const std::string_view name = local_name(root);
  if (name == "rss") {
    const std::string version = fold_blanks(attribute(root, "version"));
    return version.empty() ? "RSS" : "RSS " + version;
  }
  if (name == "RDF") return "RSS 1.0";
  if (name == "feed") return space == "http://purl.org/atom/ns#" ? "Atom 0.3" : "Atom 1.0";
  return {};
}

// A feed that stops in the middle would give half an entry.
bool ends_with_root(std::string_view text, const xmlNode* root) {
  const std::string prefix =
      root->ns != nullptr && root->ns->prefix != nullptr ? string_of(root->ns->prefix) + ":" : "";
  const std::string end = fmt::format("</{}{}", prefix, name_of(root));
  return text.rfind(end) != std::string_view::npos;
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
  walk(root, [&](xmlNode* node) {
    if (local_name(node) == "link") read_feed_link(node, url, document);
    if (!is_core(node) && node != root && local_name(node) != "RDF") return false;
    const std::string_view name = local_name(node);
    if (name == "item" || name == "entry") {
      if (document.entries.size() < kMostEntries) {
        document.entries.push_back(EntryReader(url, atom).read(node));
      }
      return false;
    }
    if (name == "title" && document.title.empty())
      document.title = line_from_html(content_of(node));
    return name == "rss" || name == "RDF" || name == "feed" || name == "channel";
  });
}

// <RSS><CHANNEL><ITEM>: names in capitals, which XML tells apart and their makers did not.
std::string with_small_names(std::string_view text) {
  std::string out(text);
  for (std::size_t at = out.find('<'); at != std::string::npos; at = out.find('<', at)) {
    if (std::string_view(out).substr(at).starts_with("<![CDATA[")) {
      const std::size_t close = out.find("]]>", at);
      if (close == std::string::npos) break;
      at = close;
      continue;
    }
    for (++at; at < out.size() && out[at] != '>' && out[at] != ' ' && out[at] != '<'; ++at) {
      if (out[at] >= 'A' && out[at] <= 'Z') out[at] = static_cast<char>(out[at] - 'A' + 'a');
    }
  }
  return out;
}

// libxml2 compares every attribute of a tag with every other: a tag of a million would never end.
bool has_crowded_tag(std::string_view text) {
  constexpr std::size_t kMostAttributes = 256;
  std::size_t attributes = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (!inside && c == '<') {
      const bool cdata = text.substr(at).starts_with("<![CDATA[");
      if (cdata) at = std::min(text.find("]]>", at), text.size());
      inside = !cdata;
      attributes = 0;
    } else if (inside && c == '=' && ++attributes > kMostAttributes) {
      return true;
    } else if (inside && c == '>') {
      inside = false;
    } else if (inside && (c == '"' || c == '\'')) {
      const std::size_t close = text.find(c, at + 1);
      if (close == std::string_view::npos) return false;
      at = close;
    }
  }
  return false;
}

XmlDocument parse_xml(const std::string& clean, std::string_view url) {
  return XmlDocument(
      xmlReadMemory(clean.data(), static_cast<int>(clean.size()), std::string(url).c_str(), "UTF-8",
                    XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                        XML_PARSE_NOCDATA),
      &xmlFreeDoc);
}

}  // namespace

Result<FeedDocument> read_xml_feed(std::string_view text, std::string_view url) {
  if (text.size() > kMaxPageBytes) {
    return Error(ErrorKind::Malformed, "the feed is larger than 8 MB");
  }
  std::string clean = with_xml_entities(without_controls(trim(text)));
  const bool capital =
      clean.find("<RSS") != std::string::npos && clean.find("<CHANNEL") != std::string::npos;
  if (capital) clean = with_small_names(clean);
  if (has_crowded_tag(clean)) {
    return Error(ErrorKind::Malformed, "a tag of the feed holds more than 256 attributes");
  }
  const XmlDocument parsed = parse_xml(clean, url);
  if (parsed != nullptr && declares_entities(*parsed)) {
    return Error(ErrorKind::Malformed, "the feed declares entities, which are refused");
  }
  xmlNode* root = parsed == nullptr ? nullptr : xmlDocGetRootElement(parsed.get());
  FeedDocument document;
  if (root != nullptr) document.format = format_of(root);
  if (document.format.empty()) return Error(ErrorKind::Malformed, "this is no RSS or Atom feed");
  read_document(root, document.format.starts_with("Atom"), url, document);
  document.cut = !ends_with_root(clean, root);
  if (document.cut && !document.entries.empty()) document.entries.pop_back();
  return document;
}

}  // namespace liandong
