#include "adapters/shared/body_finder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adapters/shared/html_text.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kBegin = "<!--ZJEG_RSS.content.begin-->";
constexpr std::string_view kEnd = "<!--ZJEG_RSS.content.end-->";
constexpr int kLevelsForAttachments = 3;

// How an element is known: `#id`, `.class`, or a tag name. The order is that of contracts/cms.md 9,
// exact marks before common words.
constexpr std::array<std::string_view, 38> kContainers = {".TRS_Editor",
                                                          ".TRS_UEDITOR",
                                                          ".trs_editor_view",
                                                          ".trs_paper_default",
                                                          ".trs_word",
                                                          "#UCAP-CONTENT",
                                                          "ucapcontent",
                                                          "#zoom",
                                                          "#Zoom",
                                                          "#fontzoom",
                                                          "#ivs_content",
                                                          "#News_Body_Txt_A",
                                                          "#insMainConTxt",
                                                          "#detailContent",
                                                          "#con_con",
                                                          ".easysite-news-peruse",
                                                          ".j-fontContent",
                                                          ".wzcon",
                                                          ".wz_con_content",
                                                          ".news_cont_d_wrap",
                                                          ".artContent",
                                                          ".my_doccontent",
                                                          ".pages_content",
                                                          ".view",
                                                          ".info_content",
                                                          ".zhengwen",
                                                          ".editor-content",
                                                          ".inner-text",
                                                          ".detail_messge",
                                                          ".art-con",
                                                          ".pagemaintext",
                                                          ".content_font",
                                                          ".article-content",
                                                          ".entry-content",
                                                          ".article",
                                                          ".contents",
                                                          "article",
                                                          "#content"};

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

void measure(const xmlNode* node, Density& density) {
  if (node->type == XML_TEXT_NODE) {
    const std::string text = fold_blanks(reinterpret_cast<const char*>(node->content));
    density.words += text.size();
    for (const std::string_view stop : {"，", "。", "；", "、", "：", ". ", ", "}) {
      for (std::size_t at = text.find(stop); at != std::string::npos;
           at = text.find(stop, at + stop.size())) {
        ++density.stops;
      }
    }
  }
  if (!is_element(node) || is_invisible(node) || is_element(node, "a")) return;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    const bool block = is_element(child, "div") || is_element(child, "p") ||
                       is_element(child, "td") || is_element(child, "table") ||
                       is_element(child, "li") || is_element(child, "section");
    if (!block) measure(child, density);
  }
}

// Each block of text votes for its parent, and half for the parent's parent.
xmlNode* densest(const HtmlTree& tree) {
  std::map<xmlNode*, std::size_t> votes;
  xmlNode* best = nullptr;
  std::size_t most = 0;
  const auto vote = [&](xmlNode* node, std::size_t points) {
    if (!is_element(node) || is_element(node, "html")) return;
    const std::size_t all = votes[node] += points;
    if (all > most) {
      most = all;
      best = node;
    }
  };
  walk(tree.root(), [&](xmlNode* node) {
    if (!is_element(node) || is_invisible(node)) return false;
    const bool block = is_element(node, "p") || is_element(node, "div") || is_element(node, "td") ||
                       is_element(node, "section");
    if (!block) return true;
    Density density;
    measure(node, density);
    if (density.words < 20) return true;
    const std::size_t points = density.words * (1 + density.stops);
    // Text with line breaks and no paragraphs stands in the container itself.
    if (!is_element(node, "p")) vote(node, points);
    vote(node->parent, is_element(node, "p") ? points : points / 2);
    if (node->parent != nullptr) vote(node->parent->parent, points / 2);
    return true;
  });
  return best;
}

// Attachments are often listed in a box of their own below the text.
void add_attachments_after(const HtmlTree& tree, xmlNode* node, Body& body) {
  const auto add = [&](xmlNode* below) {
    if (is_element(below) && is_invisible(below)) return false;
    const bool file = is_element(below, "a") && is_attachment_url(tree.link(below, "href"));
    if (!file) return true;
    Attachment attachment = attachment_of(tree, below);
    const bool known =
        std::any_of(body.attachments.begin(), body.attachments.end(),
                    [&](const Attachment& other) { return other.url == attachment.url; });
    if (!known && body.attachments.size() < 200) body.attachments.push_back(std::move(attachment));
    return false;
  };
  for (int level = 0; level < kLevelsForAttachments; ++level) {
    if (!is_element(node) || is_element(node, "body")) return;
    for (xmlNode* next = node->next; next != nullptr; next = next->next) walk(next, add);
    node = node->parent;
  }
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

}  // namespace

FoundBody find_body(const HtmlTree& tree, std::string_view page, const Selector& configured) {
  FoundBody found;
  if (tree.root() == nullptr) return found;
  for (xmlNode* node : configured.select(tree.root())) {
    found = FoundBody{node, body_of(tree, node)};
    if (holds_anything(found.body)) return found;
  }
  found = FoundBody{nullptr, between_comments(tree, page)};
  if (holds_anything(found.body)) {
    found.node = comment_place(tree);
    if (found.node != nullptr) add_attachments_after(tree, found.node, found.body);
    return found;
  }
  for (const Candidate& candidate : candidates_of(tree)) {
    if (candidate.node == nullptr) continue;
    found = FoundBody{candidate.node, body_of(tree, candidate.node)};
    add_attachments_after(tree, candidate.node, found.body);
    if (holds_anything(found.body)) return found;
  }
  found = FoundBody{densest(tree), {}, false};
  if (found.node == nullptr) return found;
  found.body = body_of(tree, found.node);
  add_attachments_after(tree, found.node, found.body);
  return found;
}

}  // namespace liandong
