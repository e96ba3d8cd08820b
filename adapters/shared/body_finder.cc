#include "adapters/shared/body_finder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/url/pct_string_view.hpp>

#include "adapters/shared/article_head.h"
#include "adapters/shared/html_text.h"
#include "adapters/shared/page_lines.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kBegin = "<!--ZJEG_RSS.content.begin-->";
constexpr std::string_view kEnd = "<!--ZJEG_RSS.content.end-->";
constexpr int kLevelsForAttachments = 3;
constexpr std::size_t kPictureWords = 21;  // bytes

// How an element is known: `#id`, `.class`, or a tag name. The order is that of contracts/cms.md 9,
// exact marks before common words.
constexpr std::size_t kExactMarks = 80;  // the rest may hold the title and more
constexpr std::array<std::string_view, 94> kContainers = {".TRS_Editor",
                                                          ".TRS_UEDITOR",
                                                          ".trs_editor_view",
                                                          ".trs_paper_default",
                                                          ".trs_word",
                                                          ".TRS_PreAppend",
                                                          "#UCAP-CONTENT",
                                                          "ucapcontent",
                                                          "#js_content",
                                                          "#zoom",
                                                          "#Zoom",
                                                          "#fontzoom",
                                                          "#zoomcon",
                                                          "#ivs_content",
                                                          "#News_Body_Txt_A",
                                                          "#insMainConTxt",
                                                          "#detailContent",
                                                          "#con_con",
                                                          "#artibody",
                                                          "#artcontent",
                                                          "#article-content",
                                                          "#articleContent",
                                                          "#text_content",
                                                          "#vsb_content",
                                                          "#vsb_content_2",
                                                          ".easysite-news-peruse",
                                                          ".j-fontContent",
                                                          ".wzcon",
                                                          ".wz_con_content",
                                                          ".bt_content",
                                                          ".news_cont_d_wrap",
                                                          ".artContent",
                                                          ".my_doccontent",
                                                          ".info_content",
                                                          ".zhengwen",
                                                          ".editor-content",
                                                          ".inner-text",
                                                          ".detail_messge",
                                                          ".art-con",
                                                          ".art_con",
                                                          ".pagemaintext",
                                                          ".content_font",
                                                          ".Custom_UnionStyle",
                                                          ".v_news_content",
                                                          ".field--name-body",
                                                          ".field-name-body",
                                                          ".entry-content",
                                                          ".article-content",
                                                          ".article-body",
                                                          ".article_content",
                                                          ".news_content",
                                                          ".news_text",
                                                          ".newscontent",
                                                          ".cont_nr",
                                                          ".zwnr",
                                                          ".con_nr",
                                                          ".xl_content",
                                                          ".rich_media_content",
                                                          ".wp_articlecontent",
                                                          "#endText",
                                                          ".post_body",
                                                          "#main_content",
                                                          ".rm_txt_con",
                                                          "#rwb_zw",
                                                          "#p-detail",
                                                          ".news_txt",
                                                          ".left_zw",
                                                          ".u-mainText",
                                                          "#content_area",
                                                          ".content-article",
                                                          "#articleText",
                                                          "#ContentBody",
                                                          ".article-con",
                                                          ".articleText",
                                                          ".art_content",
                                                          ".all-txt",
                                                          ".la_con",
                                                          ".xxgk_content",
                                                          ".gk_content",
                                                          ".newsContent",
                                                          ".pages_content",
                                                          ".view",
                                                          ".article",
                                                          ".contents",
                                                          "article",
                                                          "#article",
                                                          "#content",
                                                          ".content",
                                                          "#detail",
                                                          ".detail",
                                                          ".text",
                                                          ".con",
                                                          ".main-content",
                                                          "main"};

// Places in kContainers of what an element is: its id, its classes, its name.
std::vector<std::size_t> containers_of(const xmlNode* node) {
  static const std::map<std::string, std::size_t, std::less<>> kPlaces = [] {
    std::map<std::string, std::size_t, std::less<>> places;
    for (std::size_t i = 0; i < kContainers.size(); ++i) places.emplace(kContainers[i], i);
    return places;
  }();
  std::vector<std::size_t> found;
  const auto look_up = [&found](const std::string& name) {
    if (const auto place = kPlaces.find(name); place != kPlaces.end()) {
      found.push_back(place->second);
    }
  };
  look_up(std::string(name_of(node)));
  if (node->properties == nullptr) return found;
  look_up("#" + attribute(node, "id"));
  const std::string classes = attribute(node, "class");
  for (const std::string& name : split(classes, ' ')) look_up("." + name);
  return found;
}

bool holds_anything(const Body& body) {
  return !body.empty();
}

std::size_t words_in(xmlNode* node) {
  std::size_t words = 0;
  walk(node, [&](xmlNode* below) {
    if (below->type == XML_TEXT_NODE) {
      words += trim(reinterpret_cast<const char*>(below->content)).size();
    }
    return !is_element(below) || !is_invisible(below);
  });
  return words;
}

struct Candidate {
  xmlNode* node = nullptr;
  std::size_t words = 0;
};

// The outermost element of each kind with the most words, from one walk over the page.
std::array<Candidate, kContainers.size()> candidates_of(const HtmlTree& tree) {
  std::array<Candidate, kContainers.size()> best;
  std::array<const xmlNode*, kContainers.size()> looked_at{};  // the last outermost of each kind
  walk(tree.root(), [&](xmlNode* node) {
    if (!is_element(node)) return false;
    if (is_invisible(node)) return false;
    for (const std::size_t i : containers_of(node)) {
      if (is_within(node, looked_at[i])) continue;
      looked_at[i] = node;
      const std::size_t words = words_in(node);
      if (best[i].node == nullptr || words > best[i].words) best[i] = Candidate{node, words};
    }
    return true;
  });
  return best;
}

// Words outside links, and the sentences they make.
struct Density {
  std::size_t words = 0;
  std::size_t stops = 0;
};

bool votes_for_itself(const xmlNode* node) {
  return is_element(node, "p") || is_element(node, "div") || is_element(node, "td") ||
         is_element(node, "section") || is_element(node, "table") || is_element(node, "li") ||
         is_element(node, "pre");
}

void measure(const xmlNode* node, Density& density) {
  if (node->type == XML_TEXT_NODE) {
    const std::string_view text = trim(reinterpret_cast<const char*>(node->content));
    density.words += text.size();
    for (const std::string_view stop : {"，", "。", "；", "、", "：", ". ", ", "}) {
      for (std::size_t at = text.find(stop); at != std::string_view::npos;
           at = text.find(stop, at + stop.size())) {
        ++density.stops;
      }
    }
  }
  if (!is_element(node) || is_invisible(node) || is_element(node, "a")) return;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (!votes_for_itself(child)) measure(child, density);
  }
}

// Right below, up to the next block, and leading nowhere: a logo and an advertisement are links.
std::size_t pictures_in(const xmlNode* node) {
  std::size_t pictures = 0;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (is_element(child, "img")) ++pictures;
    if (is_element(child) && !is_element(child, "a") && !votes_for_itself(child))
      pictures += pictures_in(child);
  }
  return pictures;
}

// The line under the title and what stands above and below every page.
bool is_frame(const xmlNode* node) {
  if (!has_little_text(node, 2'000)) return false;
  const std::string text = text_of(node);
  return is_foot_line(text) || text.starts_with("今天是") ||
         (has_little_text(node, 500) && is_info_line(text));
}

// Each block of text votes for its parent, and half for the parent's parent.
class Election {
 public:
  xmlNode* run(const HtmlTree& tree) && {
    walk(tree.root(), [&](xmlNode* node) {
      if (!is_element(node) || is_invisible(node) || is_furniture(node)) return false;
      if (votes_for_itself(node)) cast(node);
      return true;
    });
    return best_;
  }

 private:
  void cast(xmlNode* node) {
    Density density;
    measure(node, density);
    // Picture news: as much as a short line of words, so that any text counts more.
    density.words += kPictureWords * pictures_in(node);
    // A table of names and numbers is text too, in cells too short to count by themselves.
    const bool cell = is_element(node, "td") && density.words > 0 && density.words < 20;
    if ((density.words < 20 && !cell) || is_frame(node)) return;
    const std::size_t points = density.words * (1 + density.stops);
    xmlNode* parent = node->parent;
    if (cell) {
      while (is_element(parent) && !is_element(parent, "table")) parent = parent->parent;
      if (is_element(parent)) vote(parent->parent, points);
      return;
    }
    // Text with line breaks and no paragraphs stands in the container itself.
    if (!is_element(node, "p")) vote(node, points);
    vote(parent, is_element(node, "p") ? points : points / 2);
    if (parent != nullptr) vote(parent->parent, points / 2);
  }

  void vote(xmlNode* node, std::size_t points) {
    if (!is_element(node) || is_element(node, "html")) return;
    const std::size_t all = votes_[node] += points;
    if (all <= most_) return;
    most_ = all;
    best_ = node;
  }

  std::map<xmlNode*, std::size_t> votes_;
  xmlNode* best_ = nullptr;
  std::size_t most_ = 0;
};

void add_attachment(Attachment attachment, Body& body) {
  constexpr std::size_t kMost = 200;
  const bool known =
      std::any_of(body.attachments.begin(), body.attachments.end(),
                  [&](const Attachment& other) { return other.url == attachment.url; });
  if (!known && body.attachments.size() < kMost) body.attachments.push_back(std::move(attachment));
}

// TRS names files in a variable: `var file_appendix = '<a href="./P020….pdf">…</a>'`.
void add_scripted_attachments(const HtmlTree& tree, std::string_view page, Body& body) {
  constexpr std::size_t kLongestScript = 20'000;
  const std::size_t name = page.find("appendix");
  const std::size_t open = name == std::string_view::npos ? name : page.find("<a ", name);
  if (open == std::string_view::npos || open - name > 100) return;
  std::string_view markup = page.substr(open, kLongestScript);
  markup = markup.substr(0, markup.find("</script"));
  const Result<Body> read = body_from_html(markup, tree.base());
  if (!read) return;
  for (const Attachment& attachment : read->attachments) add_attachment(attachment, body);
}

// Attachments are often listed in a box of their own below the text.
void add_attachments_after(const HtmlTree& tree, xmlNode* node, Body& body) {
  const auto add = [&](xmlNode* below) {
    if (is_element(below) && is_invisible(below)) return false;
    if (!is_attachment(tree, below)) return true;
    add_attachment(attachment_of(tree, below), body);
    return false;
  };
  for (int level = 0; level < kLevelsForAttachments; ++level) {
    if (!is_element(node) || is_element(node, "body")) return;
    for (xmlNode* next = node->next; next != nullptr; next = next->next) walk(next, add);
    node = node->parent;
  }
}

// Some documents are a title and a file, in a box that no text tells from the others.
void add_lone_attachments(const HtmlTree& tree, Body& body) {
  walk(tree.root(), [&](xmlNode* node) {
    if (!is_element(node) || is_invisible(node) || is_furniture(node)) return false;
    if (!is_attachment(tree, node)) return true;
    add_attachment(attachment_of(tree, node), body);
    return false;
  });
}

// A file shown in the page by the browser's or the site's own reader:
// `<iframe src="/pdfjs/viewer.html?file=/u/1.pdf">`.
void add_framed_file(const HtmlTree& tree, Body& body) {
  walk(tree.root(), [&](xmlNode* node) {
    if (is_furniture(node)) return false;
    const bool frame =
        is_element(node, "iframe") || is_element(node, "embed") || is_element(node, "object");
    if (!frame) return true;
    std::string address = attribute(node, is_element(node, "object") ? "data" : "src");
    const std::size_t file = address.find("file=");
    if (file != std::string::npos) {
      const std::string stated = address.substr(file + 5, address.find('&', file) - file - 5);
      const auto encoded = boost::urls::make_pct_string_view(stated);
      address = encoded ? encoded->decode() : stated;
    }
    Attachment attachment;
    attachment.url = resolve_url(tree.base(), address);
    if (!is_attachment_url(attachment.url)) return false;
    attachment.name = fold_blanks(attribute(node, "title"));
    if (attachment.name.empty()) {
      attachment.name = attachment.url.substr(attachment.url.rfind('/') + 1);
    }
    add_attachment(std::move(attachment), body);
    return false;
  });
}

Body between_comments(const HtmlTree& tree, std::string_view page) {
  const std::size_t begin = page.find(kBegin);
  if (begin == std::string_view::npos) return {};
  const std::size_t start = begin + kBegin.size();
  const std::size_t end = page.find(kEnd, start);
  if (end == std::string_view::npos) return {};
  Result<Body> body = body_from_html(page.substr(start, end - start), tree.base());
  return body ? std::move(*body) : Body{};
}

// The element that follows the opening comment's place, so that its neighbours can be searched.
xmlNode* comment_place(const HtmlTree& tree) {
  xmlNode* place = nullptr;
  walk(tree.root(), [&](xmlNode* node) {
    if (node->type == XML_COMMENT_NODE && node->content != nullptr &&
        std::string_view(reinterpret_cast<const char*>(node->content)) == "ZJEG_RSS.content.end") {
      place = node->parent;
    }
    return place == nullptr;
  });
  return place;
}

// A common word counts only where the densest text stands in it, or it in that.
FoundBody in_container(const HtmlTree& tree) {
  const auto candidates = candidates_of(tree);
  xmlNode* densest = nullptr;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    xmlNode* node = candidates[i].node;
    if (node == nullptr) continue;
    const bool wide = i >= kExactMarks;
    if (wide) {
      if (densest == nullptr) densest = Election().run(tree);
      const bool related =
          densest == nullptr || is_within(densest, node) || is_within(node, densest);
      if (!related) continue;
    }
    FoundBody found{node, body_of(tree, node), true, wide, std::string(kContainers[i])};
    add_attachments_after(tree, node, found.body);
    if (holds_anything(found.body)) return found;
  }
  return {};
}

}  // namespace

FoundBody find_body(const HtmlTree& tree, std::string_view page, const Selector& configured) {
  FoundBody found;
  if (tree.root() == nullptr) return found;
  for (xmlNode* node : configured.select(tree.root())) {
    found = FoundBody{node, body_of(tree, node), true, false, "article_body"};
    if (holds_anything(found.body)) return found;
  }
  found = FoundBody{nullptr, between_comments(tree, page), true, false, "ZJEG_RSS.content"};
  if (holds_anything(found.body)) {
    found.node = comment_place(tree);
    if (found.node != nullptr) add_attachments_after(tree, found.node, found.body);
    return found;
  }
  found = in_container(tree);
  if (!holds_anything(found.body)) {
    found = FoundBody{Election().run(tree), {}, false, true, "densest text"};
    found.body = body_of(tree, found.node);
  }
  add_attachments_after(tree, found.node, found.body);
  add_scripted_attachments(tree, page, found.body);
  if (!holds_anything(found.body)) add_lone_attachments(tree, found.body);
  if (found.body.attachments.empty()) add_framed_file(tree, found.body);
  return found;
}

}  // namespace liandong
