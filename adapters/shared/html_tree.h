// A foreign page as a tree, read by libxml2 within limits: no network, no entities from outside,
// at most 8 MB and 256 levels (domain/security.md T4, T6). Nodes are libxml2's and live as long as
// the tree; what comes out of the functions here is folded, valid text.

#ifndef LIANDONG_ADAPTERS_SHARED_HTML_TREE_H_
#define LIANDONG_ADAPTERS_SHARED_HTML_TREE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <libxml/tree.h>

#include "daemon/platform/curl_url.h"
#include "daemon/platform/result.h"

namespace liandong {

inline constexpr std::size_t kMaxPageBytes = 8U << 20U;
inline constexpr std::size_t kMaxUrlBytes = 4096;

class HtmlTree {
 public:
  // `utf8` is a page or a fragment; `url` is where it came from, after redirects. Never fails on
  // bad markup, only on a page beyond the limits.
  [[nodiscard]] static Result<HtmlTree> parse(std::string_view utf8, std::string_view url);

  // The root element; null for a page without any.
  [[nodiscard]] xmlNode* root() const;
  // What links are relative to: the URL, or its <base href>.
  [[nodiscard]] const std::string& base() const { return base_; }
  // The link of an attribute, absolute; empty when it is none.
  [[nodiscard]] std::string link(const xmlNode* node, const char* attribute) const;

 private:
  struct Free {
    void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
  };
  std::unique_ptr<xmlDoc, Free> document_;
  std::string base_;
  Result<CurlUrl> parsed_base_ = CurlUrl{};
};

// An XPath 1.0 expression from the configuration, compiled once. Threads may share it: they take
// turns, for libxml2 notes in it what it looked up.
class Selector {
 public:
  Selector() = default;  // selects nothing
  [[nodiscard]] static Result<Selector> compile(const std::string& xpath);

  [[nodiscard]] bool empty() const { return compiled_ == nullptr; }
  // The elements selected below `from`, in document order; an attribute or text selected stands as
  // its own node. A bounded number of steps, so that no page can make an expression run for long.
  [[nodiscard]] std::vector<xmlNode*> select(const xmlNode* from) const;

 private:
  struct Compiled;
  std::shared_ptr<Compiled> compiled_;
};

// The absolute http or https URL a reference means, without fragment and user; empty when it is
// none (javascript:, mailto:, data:, too long, not a URL).
[[nodiscard]] std::string resolve_url(std::string_view base, std::string_view reference);

// --- nodes ---
[[nodiscard]] bool is_element(const xmlNode* node);
[[nodiscard]] bool is_element(const xmlNode* node, std::string_view name);
[[nodiscard]] std::string_view name_of(const xmlNode* node);
[[nodiscard]] std::string attribute(const xmlNode* node, const char* name);
[[nodiscard]] bool has_class(const xmlNode* node, std::string_view name);
// Scripts, styles, forms and the like, and what the page itself hides.
[[nodiscard]] bool is_invisible(const xmlNode* node);
// Whether it begins a line of its own.
[[nodiscard]] bool is_block(const xmlNode* node);
// The visible words below, on one line; attribute and text nodes give their value.
[[nodiscard]] std::string text_of(const xmlNode* node);
// The bytes of all text below and one for every node. The tree knows it: asking is free.
[[nodiscard]] std::size_t size_of(const xmlNode* node);
// Whether that is at most so many bytes.
[[nodiscard]] bool has_little_text(const xmlNode* node, std::size_t bytes);
// Visits the node and what is below in document order; `enter` answers whether to go below.
void walk(xmlNode* node, const std::function<bool(xmlNode*)>& enter);
// Is `node` below `ancestor`, or the same?
[[nodiscard]] bool is_within(const xmlNode* node, const xmlNode* ancestor);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_HTML_TREE_H_
