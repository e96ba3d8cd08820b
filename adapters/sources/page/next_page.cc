#include "adapters/sources/page/next_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLongestCall = 300;  // bytes

bool is_next(const xmlNode* node) {
  const std::vector<std::string> relations = split(lower_ascii(attribute(node, "rel")), ' ');
  if (std::find(relations.begin(), relations.end(), "next") != relations.end()) return true;
  if (!is_element(node, "a") || !has_little_text(node, 40)) return false;
  std::string words = text_of(node);
  for (const std::string_view arrow : {">", "»", "›", "→"}) {
    if (words.ends_with(arrow) && words.size() > arrow.size()) {
      words.resize(words.size() - arrow.size());
    }
  }
  const std::string_view name = trim(words);
  static constexpr std::array<std::string_view, 6> kNames = {"下一页", "下页", "后一页",
                                                             "下一頁", "Next", "next"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string linked(const HtmlTree& tree) {
  std::string next;
  if (tree.root() == nullptr) return next;
  walk(tree.root(), [&](xmlNode* node) {
    if (!next.empty() || !is_element(node)) return false;
    if ((is_element(node, "a") || is_element(node, "link")) && is_next(node)) {
      next = tree.link(node, "href");
    }
    return true;
  });
  return next;
}

std::optional<int> number(std::string_view text) {
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
std::string called(const HtmlTree& tree, std::string_view page) {
  constexpr std::string_view kCall = "createPageHTML(";
  for (std::size_t at = page.find(kCall); at != std::string_view::npos;
       at = page.find(kCall, at + 1)) {
    const std::string_view rest = page.substr(at + kCall.size(), kLongestCall);
    std::vector<std::string> words;
    for (const std::string& word : split(rest.substr(0, rest.find(')')), ',')) {
      words.push_back(unquoted(word));
    }
    const bool has_place = !words.empty() && !number(words[0]);
    if (has_place) words.erase(words.begin());
    if (words.size() < 4) continue;
    const auto total = number(words[0]);
    const auto current = number(words[1]);
    if (!total || !current || (has_place && *current == 0)) continue;
    const int following = has_place ? *current : *current + 1;
    if (following >= *total) return {};
    return resolve_url(tree.base(), fmt::format("{}_{}.{}", words[2], following, words[3]));
  }
  return {};
}

}  // namespace

std::string next_page_of(const HtmlTree& tree, std::string_view page) {
  std::string next = linked(tree);
  if (next.empty()) next = called(tree, page);
  return next == tree.base() ? std::string() : next;
}

}  // namespace liandong
