#include <memory>
#include <utility>

#include "adapters/shared/html_text.h"
#include "adapters/shared/html_tree.h"
#include "adapters/sources/feed/xml_node.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr const char* kXhtml = "http://www.w3.org/1999/xhtml";

bool is_web_address(std::string_view text) {
  const std::string start = lower_ascii(text.substr(0, 8));
  return start.starts_with("http://") || start.starts_with("https://");
}

// What a feed states is kept as it stands where resolving only adds the slash of an empty path.
std::string resolved_link(const std::string& base, const std::string& stated) {
  std::string link = resolve_url(base, stated);
  const std::string plain = fold_blanks(stated);
  return link == plain + "/" ? plain : link;
}

void keep_first(std::string& kept, std::string&& stated) {
  if (kept.empty()) kept = std::move(stated);
}

class EntryReader {
 public:
  EntryReader(std::string_view url, bool atom) : url_(url), atom_(atom) {}

  FeedEntry read(xmlNode* item) {
    entry_.base = base_of(item, url_);
    // RSS 1.0 names its items by rdf:about.
    entry_.id = fold_blanks(attribute_of_rdf(item));
    read_channel_definition(item);
    for (xmlNode* child = item->children; child != nullptr; child = child->next) {
      if (is_core(child)) {
        read_core(child);
      } else if (is_element(child)) {
        read_extension(child);
      }
    }
    if (is_blank(entry_.title)) entry_.title = std::move(other_title_);
    if (is_blank(entry_.summary)) entry_.summary = std::move(other_summary_);
    if (entry_.published.empty()) entry_.published = std::move(other_date_);
    // A guid without isPermaLink="false" is an address by the letter of RSS 2.0; in the wild it is
    // often a bare number. An Atom id that is an address leads to the entry more often than not.
    if (id_is_link_) entry_.permanent = resolved_link(entry_.base, entry_.id);
    if (entry_.link.empty() && id_is_link_ && is_web_address(entry_.id)) {
      entry_.link = entry_.permanent;
    }
    return std::move(entry_);
  }

 private:
  static bool is_blank(const std::string& text) { return trim(text).empty(); }

  static std::string attribute_of_rdf(xmlNode* item) {
    for (const xmlAttr* at = item->properties; at != nullptr; at = at->next) {
      const std::string_view name = reinterpret_cast<const char*>(at->name);
      if (name != "about" && name != "rdf:about") continue;
      const std::unique_ptr<xmlChar, decltype(xmlFree)> value(
          xmlNodeListGetString(item->doc, at->children, 1), xmlFree);
      if (value != nullptr) return reinterpret_cast<const char*>(value.get());
    }
    return {};
  }

  // Channel Definition Format, RSS's forerunner, says in attributes what others say in elements.
  void read_channel_definition(const xmlNode* item) {
    entry_.title = escape_html(attribute(item, "title"));
    entry_.published = fold_blanks(attribute(item, "lastmod"));
    entry_.link = resolve_url(entry_.base, attribute(item, "href"));
  }

  void read_core(xmlNode* node) {
    const std::string_view name = local_name(node);
    if (name == "title") {
      std::string title = atom_ ? html_in(node, true) : content_of(node);
      if (is_blank(entry_.title)) entry_.title = std::move(title);
    } else if (name == "link") {
      read_link(node);
    } else if (name == "guid" || name == "id") {
      entry_.id = fold_blanks(content_of(node));
      id_is_link_ = name == "id" || lower_ascii(attribute(node, "ispermalink")) != "false";
    } else if (name == "description" || name == "summary" || name == "abstract") {
      keep_first(entry_.summary, html_in(node, atom_));
    } else if (name == "content") {
      if (attribute(node, "src").empty()) entry_.content = html_in(node, atom_);
      if (atom_) entry_.base = base_of(node, url_);
    } else if (name == "enclosure") {
      add_file(node, "url");
    } else if (is_xhtml(node)) {
      entry_.content = markup_in(node);
    } else {
      read_fact(name, node);
    }
  }

  // RSS that carries its text as it stands in the page, not escaped.
  static bool is_xhtml(const xmlNode* node) {
    const std::string_view name = local_name(node);
    return (name == "body" || name == "div") && namespace_of(node) == kXhtml;
  }

  void read_fact(std::string_view name, const xmlNode* node) {
    if (name == "pubdate" || name == "published" || name == "issued") {
      entry_.published = fold_blanks(content_of(node));
    } else if (name == "updated" || name == "modified" || name == "lastbuilddate") {
      entry_.updated = fold_blanks(content_of(node));
    } else if (name == "created") {
      keep_first(other_date_, fold_blanks(content_of(node)));
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
    if (name == "encoded" || is_xhtml(node)) {
      entry_.content = name == "encoded" ? html_in(node, false) : markup_in(node);
    } else if (name == "creator" || name == "author") {  // of dc, itunes
      keep_first(entry_.author, fold_blanks(content_of(node)));
    } else if (name == "subject") {
      keep_first(entry_.category, fold_blanks(content_of(node)));
    } else if (name == "thumbnail") {  // of media
      keep_first(entry_.cover, resolve_url(entry_.base, attribute(node, "url")));
    } else if (name == "title") {
      keep_first(other_title_, content_of(node));
    } else if (is_description(node)) {
      keep_first(other_summary_, content_of(node));
    } else {
      read_date(name, node);
    }
  }

  // Of Dublin Core, Media RSS and podcasts; others describe something else by that word.
  static bool is_description(const xmlNode* node) {
    const std::string_view name = local_name(node);
    if (name != "description" && name != "summary" && name != "subtitle") return false;
    const std::string_view whole = name_of(node);
    const std::string prefix = node->ns != nullptr && node->ns->prefix != nullptr
                                   ? std::string(reinterpret_cast<const char*>(node->ns->prefix))
                                   : std::string(whole.substr(0, whole.size() - name.size()));
    return prefix.starts_with("dc") || prefix.starts_with("media") || prefix.starts_with("itunes");
  }

  void read_date(std::string_view name, const xmlNode* node) {
    if (name == "date" || name == "issued") {  // of dc, dcterms
      keep_first(entry_.published, fold_blanks(content_of(node)));
    } else if (name == "modified") {
      keep_first(entry_.updated, fold_blanks(content_of(node)));
    } else if (name == "created") {
      keep_first(other_date_, fold_blanks(content_of(node)));
    }
  }

  void read_link(const xmlNode* node) {
    std::string rel = lower_ascii(attribute(node, "rel"));
    rel.erase(0, rel.rfind('/') + 1);  // an address of IANA's names a relation too
    if (rel == "enclosure") {
      add_file(node, "href");
      return;
    }
    if (!rel.empty() && rel != "alternate") return;
    // Of several forms the page is the entry.
    const std::string type = lower_ascii(attribute(node, "type"));
    const bool is_page = type.empty() || type.find("html") != std::string::npos;
    if (!entry_.link.empty() && (link_is_page_ || !is_page) && !rel.empty()) return;
    const std::string href = attribute(node, "href");
    std::string link = resolved_link(base_of(node, url_), href.empty() ? content_of(node) : href);
    if (link.empty()) return;
    entry_.link = std::move(link);
    link_is_page_ = is_page;
  }

  void add_file(const xmlNode* node, const char* url_attribute) {
    std::string stated = attribute(node, url_attribute);
    if (stated.empty()) stated = content_of(node);
    const std::string url = resolve_url(base_of(node, url_), stated);
    const std::string type = lower_ascii(attribute(node, "type"));
    if (url.empty()) return;
    if (type.starts_with("image/")) keep_first(entry_.cover, std::string(url));
    if (entry_.attachments.size() + entry_.media.size() >= kMostFiles) return;
    std::string name = fold_blanks(attribute(node, "title"));
    if (name.empty()) name = url.substr(url.rfind('/') + 1);
    Attachment file{url, std::move(name)};
    file.bytes = size_in(attribute(node, "length"));
    (is_attachment_url(url) ? entry_.attachments : entry_.media).push_back(std::move(file));
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
  bool id_is_link_ = false;
  bool link_is_page_ = false;
  std::string other_title_;  // from extensions, where the format itself says nothing
  std::string other_summary_;
  std::string other_date_;
};

}  // namespace

FeedEntry read_xml_entry(xmlNode* item, std::string_view url, bool atom) {
  return EntryReader(url, atom).read(item);
}

}  // namespace liandong
