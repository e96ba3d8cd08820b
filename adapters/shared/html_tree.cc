#include "adapters/shared/html_tree.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>

#include <fmt/format.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

#include "adapters/shared/html_bounds.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr unsigned long kMaxSelectorSteps = 5'000'000;
constexpr std::size_t kMaxXPathBytes = 1000;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view()
                         : std::string_view(reinterpret_cast<const char*>(text));
}

const xmlChar* xml(const char* text) {
  return reinterpret_cast<const xmlChar*>(text);
}

void keep_quiet(void* /*context*/, xmlError* /*error*/) {}

void append_text(const xmlNode* node, std::string& out) {
  if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
    out += view(node->content);
    return;
  }
  if (node->type != XML_ELEMENT_NODE || is_invisible(node)) return;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    append_text(child, out);
  }
  // Words of two cells or paragraphs are two words.
  if (!is_element(node, "a") && !is_element(node, "span") && !is_element(node, "b") &&
      !is_element(node, "strong") && !is_element(node, "em") && !is_element(node, "font") &&
      !is_element(node, "i") && !is_element(node, "u")) {
    out.push_back(' ');
  }
}

// Every byte of text below and one for every node, kept in the node: asked of every element, a
// count on demand would be quadratic in the depth of the page.
std::size_t measure(xmlNode* node) {
  std::size_t size = 1;
  if (node->type == XML_TEXT_NODE) size += view(node->content).size();
  if (node->type == XML_ELEMENT_NODE) {
    for (xmlNode* child = node->children; child != nullptr; child = child->next) {
      size += measure(child);
    }
  }
  static_assert(sizeof(std::size_t) <= sizeof(void*));
  node->_private = reinterpret_cast<void*>(size);
  return size;
}

std::string resolved(const Result<CurlUrl>& base, std::string_view reference) {
  reference = trim(reference);
  if (!base || reference.empty() || reference.size() > kMaxUrlBytes) return {};
  const Result<CurlUrl> url = resolve_url(*base, as_browsers_read(reference));
  if (!url || (url->scheme != "http" && url->scheme != "https")) return {};
  return normal_escapes(url->text);
}

// `<base href>` of the page; browsers take the first.
std::string base_of(xmlNode* root, std::string_view url) {
  std::string base;
  walk(root, [&](xmlNode* node) {
    if (base.empty() && is_element(node, "base")) base = resolve_url(url, attribute(node, "href"));
    return base.empty() && !is_element(node, "body");
  });
  return base.empty() ? std::string(url) : base;
}

using Found = std::unique_ptr<xmlXPathObject, decltype(&xmlXPathFreeObject)>;

Found evaluate(xmlXPathCompExpr* compiled, xmlDoc* document, xmlNode* from) {
  const std::unique_ptr<xmlXPathContext, decltype(&xmlXPathFreeContext)> context(
      xmlXPathNewContext(document), &xmlXPathFreeContext);
  if (context == nullptr) throw std::bad_alloc();
  context->error = &keep_quiet;
  context->opLimit = kMaxSelectorSteps;
  context->node = from;
  return {xmlXPathCompiledEval(compiled, context.get()), &xmlXPathFreeObject};
}

// `ul > li` is XPath too, but it compares.
bool selects_nodes(xmlXPathCompExpr* compiled, xmlDoc* document) {
  const Found found = evaluate(compiled, document, reinterpret_cast<xmlNode*>(document));
  return found != nullptr && found->type == XPATH_NODESET;
}

}  // namespace

Result<HtmlTree> HtmlTree::parse(std::string_view utf8, std::string_view url) {
  if (utf8.size() > kMaxPageBytes) {
    return Error(ErrorKind::Malformed, "the page is larger than 8 MB");
  }
  const std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> parser(htmlNewParserCtxt(),
                                                                              &htmlFreeParserCtxt);
  if (parser == nullptr) throw std::bad_alloc();
  const Result<std::string> bounded = bounded_markup(utf8);
  if (!bounded) return bounded.error();
  const std::string& text = *bounded;
  parser->sax->serror = &keep_quiet;
  HtmlTree tree;
  tree.document_.reset(
      htmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr, "UTF-8",
                         HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                             HTML_PARSE_NONET | HTML_PARSE_COMPACT | HTML_PARSE_NODEFDTD));
  const bool cut = parser->disableSAX != 0 || parser->errNo == XML_ERR_NO_MEMORY;
  if (cut) {
    return Error(ErrorKind::Malformed, "the page nests more than 256 elements");
  }
  if (tree.root() != nullptr) measure(tree.root());
  tree.base_ = base_of(tree.root(), url);
  tree.parsed_base_ = parse_url(as_browsers_read(tree.base_));
  return tree;
}

xmlNode* HtmlTree::root() const {
  return document_ == nullptr ? nullptr : xmlDocGetRootElement(document_.get());
}

std::string HtmlTree::link(const xmlNode* node, const char* name) const {
  const std::string reference = attribute(node, name);
  if (reference.empty() || base_.size() > kMaxUrlBytes) return {};
  return resolved(parsed_base_, reference);
}

struct Selector::Compiled {
  std::unique_ptr<xmlXPathCompExpr, decltype(&xmlXPathFreeCompExpr)> expression{
      nullptr, &xmlXPathFreeCompExpr};
  std::mutex turn;
};

Result<Selector> Selector::compile(const std::string& xpath) {
  const std::unique_ptr<xmlXPathContext, decltype(&xmlXPathFreeContext)> context(
      xmlXPathNewContext(nullptr), &xmlXPathFreeContext);
  if (context == nullptr) throw std::bad_alloc();
  context->error = &keep_quiet;
  Selector selector;
  if (xpath.size() <= kMaxXPathBytes) {
    auto* compiled = xmlXPathCtxtCompile(context.get(), xml(xpath.c_str()));
    if (compiled != nullptr) {
      selector.compiled_ = std::make_shared<Compiled>();
      selector.compiled_->expression.reset(compiled);
    }
  }
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> sample(xmlNewDoc(xml("1.0")), &xmlFreeDoc);
  if (selector.empty() || !selects_nodes(selector.compiled_->expression.get(), sample.get())) {
    return Error(ErrorKind::Permanent,
                 "expected an XPath expression such as \"//ul[@class='list']/li\"");
  }
  return selector;
}

std::vector<xmlNode*> Selector::select(const xmlNode* from) const {
  if (empty() || from == nullptr) return {};
  // XPath's context node is not const in C; nothing here changes the tree.
  const std::lock_guard<std::mutex> lock(compiled_->turn);
  const Found found = evaluate(compiled_->expression.get(), from->doc, const_cast<xmlNode*>(from));
  if (found == nullptr || found->type != XPATH_NODESET || found->nodesetval == nullptr) return {};
  const auto count = static_cast<std::size_t>(std::max(found->nodesetval->nodeNr, 0));
  return {found->nodesetval->nodeTab, found->nodesetval->nodeTab + count};
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  if (base.size() > kMaxUrlBytes) return {};
  return resolved(parse_url(as_browsers_read(base)), reference);
}

bool is_element(const xmlNode* node) {
  return node != nullptr && node->type == XML_ELEMENT_NODE;
}

bool is_element(const xmlNode* node, std::string_view name) {
  return is_element(node) && view(node->name) == name;
}

std::string_view name_of(const xmlNode* node) {
  return is_element(node) ? view(node->name) : std::string_view();
}

std::string attribute(const xmlNode* node, const char* name) {
  if (!is_element(node)) return {};
  const std::unique_ptr<xmlChar, decltype(xmlFree)> value(xmlGetNoNsProp(node, xml(name)), xmlFree);
  return std::string(view(value.get()));
}

bool has_class(const xmlNode* node, std::string_view name) {
  const std::string all = " " + attribute(node, "class") + " ";
  return all.find(fmt::format(" {} ", name)) != std::string::npos;
}

bool is_invisible(const xmlNode* node) {
  static constexpr std::array<std::string_view, 22> kNever = {
      "script", "style",  "noscript", "template", "iframe", "object",  "embed", "head",
      "svg",    "math",   "audio",    "video",    "canvas", "select",  "input", "button",
      "applet", "option", "textarea", "meta",     "link",   "noframes"};
  const std::string_view name = name_of(node);
  if (std::find(kNever.begin(), kNever.end(), name) != kNever.end()) return true;
  if (node->properties == nullptr) return false;
  if (xmlHasProp(node, xml("hidden")) != nullptr) return true;
  if (xmlHasProp(node, xml("style")) == nullptr) return false;
  // WeChat's articles hide their text until a script shows it.
  if (attribute(node, "id") == "js_content") return false;
  std::string style = lower_ascii(attribute(node, "style"));
  style.erase(std::remove(style.begin(), style.end(), ' '), style.end());
  return style.find("display:none") != std::string::npos ||
         style.find("visibility:hidden") != std::string::npos;
}

bool is_block(const xmlNode* node) {
  static constexpr std::array<std::string_view, 36> kBlocks = {
      "p",       "div",     "ul",         "ol",      "dl",     "dt",      "dd",     "section",
      "article", "center",  "blockquote", "address", "figure", "pre",     "header", "footer",
      "main",    "nav",     "aside",      "form",    "hr",     "tbody",   "thead",  "tfoot",
      "tr",      "td",      "th",         "li",      "table",  "caption", "html",   "body",
      "details", "summary", "figcaption", "fieldset"};
  const std::string_view name = name_of(node);
  const bool heading = name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6';
  return heading || name == "ucapcontent" ||
         std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end();
}

std::string text_of(const xmlNode* node) {
  std::string out;
  if (node == nullptr) return out;
  if (node->type == XML_ATTRIBUTE_NODE) {
    for (const xmlNode* part = node->children; part != nullptr; part = part->next) {
      out += view(part->content);
    }
  } else {
    append_text(node, out);
  }
  return fold_blanks(out);
}

std::size_t size_of(const xmlNode* node) {
  return reinterpret_cast<std::size_t>(node->_private);
}

bool has_little_text(const xmlNode* node, std::size_t bytes) {
  return size_of(node) <= bytes;
}

void walk(xmlNode* node, const std::function<bool(xmlNode*)>& enter) {
  xmlNode* const start = node;
  while (node != nullptr) {
    const bool below = enter(node) && is_element(node) && node->children != nullptr;
    if (below) {
      node = node->children;
      continue;
    }
    while (node != start && node->next == nullptr) node = node->parent;
    if (node == start) return;
    node = node->next;
  }
}

bool is_within(const xmlNode* node, const xmlNode* ancestor) {
  for (; node != nullptr; node = node->parent) {
    if (node == ancestor) return true;
  }
  return false;
}

}  // namespace liandong
