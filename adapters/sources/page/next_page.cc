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
  const std::vector<std::string> relations = split(lower_ascii(attribute(link, "rel")), ' ');
  if (std::find(relations.begin(), relations.end(), "next") != relations.end()) return true;
  if (!has_little_text(link, 60)) return false;
  std::string words = lower_ascii(text_of(link));
  for (const std::string_view mark : {">", "»", "›", "[", "]", "→"}) {
    words = replace_all(std::move(words), mark, "");
  }
  return std::find(kWords.begin(), kWords.end(), trim(words)) != kWords.end();
}

std::optional<int> number_in(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value >= 0 && value < 100'000 ? std::optional(value) : std::nullopt;
}

std::string unquoted(std::string_view word) {
  word = trim(word);
  const bool quoted = word.size() >= 2 && (word.front() == '"' || word.front() == '\'') &&
                      word.back() == word.front();
  return std::string(quoted ? word.substr(1, word.size() - 2) : word);
}

// createPageHTML(total, current, "index", "html"): pages count from 0, the first has no number.
// Newer templates put the place before it and count from 1. Page 2 is index_1.html in both.
std::string page_of_trs(const HtmlTree& tree, std::string_view page) {
  constexpr std::string_view kCall = "createPageHTML(";
  constexpr std::size_t kLongestCall = 300;  // bytes
  for (std::size_t at = page.find(kCall); at != std::string_view::npos;
       at = page.find(kCall, at + 1)) {
    const std::string_view rest = page.substr(at + kCall.size(), kLongestCall);
    std::vector<std::string> words;
    for (const std::string& word : split(rest.substr(0, rest.find(')')), ','))
      words.push_back(unquoted(word));
    const bool has_place = !words.empty() && !number_in(words[0]);
    if (has_place) words.erase(words.begin());
    if (words.size() < 4) continue;
    const auto total = number_in(words[0]);
    const auto current = number_in(words[1]);
    if (!total || !current || (has_place && *current == 0)) continue;
    const int following = has_place ? *current : *current + 1;
    if (following >= *total) return {};
    return resolve_url(tree.base(), fmt::format("{}_{}.{}", words[2], following, words[3]));
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
