#include "adapters/sources/page/next_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "adapters/shared/service.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

// A page further on in the same column, or nothing.
std::string further(const std::string& link, std::string_view url) {
  const bool elsewhere = host_of(link) != host_of(url) || canonical_url(link) == canonical_url(url);
  return link.empty() || elsewhere ? std::string() : link;
}

bool calls_itself_next(const xmlNode* link) {
  static constexpr std::array<std::string_view, 6> kWords = {"下一页", "下页", "后一页",
                                                             "下一頁", "next", "next page"};
  if (lower_ascii(attribute(link, "rel")) == "next") return true;
  if (!has_little_text(link, 60)) return false;
  std::string words = lower_ascii(text_of(link));
  for (const std::string_view mark : {">", "»", "›", "[", "]", "→"}) {
    words = replace_all(std::move(words), mark, "");
  }
  return std::find(kWords.begin(), kWords.end(), trim(words)) != kWords.end();
}

std::optional<int> number_in(std::string_view text) {
  text = trim(text);
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string unquoted(std::string_view text) {
  text = trim(text);
  for (const char quote : {'"', '\''}) {
    if (text.size() >= 2 && text.front() == quote && text.back() == quote) {
      return std::string(text.substr(1, text.size() - 2));
    }
  }
  return {};
}

// `createPageHTML(25, 0, "index", "html")`: the page after `index.html` is `index_1.html`.
std::string page_of_trs(const HtmlTree& tree, std::string_view page) {
  constexpr std::string_view kCall = "createPageHTML(";
  for (std::size_t at = page.find(kCall); at != std::string_view::npos;
       at = page.find(kCall, at + 1)) {
    const std::string_view rest = page.substr(at + kCall.size(), 200);
    const std::vector<std::string> words = split(rest.substr(0, rest.find(')')), ',');
    if (words.size() < 4) continue;
    const auto total = number_in(words[0]);
    const auto current = number_in(words[1]);
    const std::string name = unquoted(words[2]);
    const std::string extension = unquoted(words[3]);
    if (!total || !current || name.empty() || extension.empty() || *current < 0 ||
        *current + 1 >= *total) {
      continue;
    }
    return resolve_url(tree.base(), fmt::format("{}_{}.{}", name, *current + 1, extension));
  }
  return {};
}

}  // namespace

std::string next_page(const HtmlTree& tree, std::string_view page, std::string_view url,
                      const Selector& configured) {
  for (const xmlNode* node : configured.select(tree.root())) {
    const std::string link =
        is_element(node) ? tree.link(node, "href") : resolve_url(tree.base(), text_of(node));
    if (std::string found = further(link, url); !found.empty()) return found;
  }
  std::string found;
  if (tree.root() == nullptr) return found;
  walk(tree.root(), [&](xmlNode* node) {
    const bool is_link = is_element(node, "a") || is_element(node, "link");
    if (found.empty() && is_link && calls_itself_next(node)) {
      found = further(tree.link(node, "href"), url);
    }
    return found.empty();
  });
  return found.empty() ? further(page_of_trs(tree, page), url) : found;
}

}  // namespace liandong
