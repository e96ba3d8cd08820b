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
constexpr std::size_t kMostCalls = 100;

bool is_named_next(std::string_view words) {
  static constexpr std::array<std::string_view, 10> kNames = {
      "下一页", "下页", "后一页",   "下一頁",    "Next",
      "next",   "后页", "下一页>>", "Next Page", "NEXT"};
  return std::find(kNames.begin(), kNames.end(), words) != kNames.end();
}

bool is_arrow(std::string_view words) {
  static constexpr std::array<std::string_view, 6> kArrows = {">", "›", "»", ">>", "→", "＞"};
  return std::find(kArrows.begin(), kArrows.end(), words) != kArrows.end();
}

bool names_pager(const xmlNode* node) {
  for (int level = 0; level < 4 && is_element(node); ++level, node = node->parent) {
    const std::string names = lower_ascii(attribute(node, "class") + " " + attribute(node, "id"));
    for (const std::string_view word : {"page", "pagi", "next", "fanye", "pg", "yema", "fenye"}) {
      if (names.find(word) != std::string::npos) return true;
    }
    if (!has_little_text(node, 400)) continue;
    const std::string words = text_of(node);
    for (const std::string_view word : {"尾页", "末页", "上一页", "上页", "共"}) {
      if (words.find(word) != std::string::npos) return true;
    }
  }
  return false;
}

bool is_next(const xmlNode* node) {
  // Asked of every link of a page: what most do not have comes first.
  if (node->properties == nullptr) return false;
  if (const std::string relation = attribute(node, "rel"); !relation.empty()) {
    const std::vector<std::string> relations = split(lower_ascii(relation), ' ');
    if (std::find(relations.begin(), relations.end(), "next") != relations.end()) return true;
  }
  if (!is_element(node, "a") || !has_little_text(node, 40)) return false;
  if (is_named_next(fold_blanks(attribute(node, "title")))) return true;
  std::string words = text_of(node);
  for (const std::string_view bracket : {"[", "]", "【", "】"}) {
    words = replace_all(std::move(words), bracket, "");
  }
  if (is_arrow(words)) return names_pager(node);
  for (const std::string_view arrow : {">>", ">", "»", "›", "→"}) {
    if (words.ends_with(arrow) && words.size() > arrow.size()) {
      words.resize(words.size() - arrow.size());
    }
  }
  return is_named_next(trim(words));
}

NextPage linked(const HtmlTree& tree) {
  NextPage next;
  if (tree.root() == nullptr) return next;
  walk(tree.root(), [&](xmlNode* node) {
    if (!next.url.empty() || !is_element(node)) return false;
    if ((is_element(node, "a") || is_element(node, "link")) && is_next(node)) {
      next.url = scripted_address(tree, node);
      next.by = is_element(node, "link") ? "link rel=next" : "link 下一页";
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
  std::size_t tries = 0;
  for (std::size_t at = page.find(kCall); at != std::string_view::npos && tries < kMostCalls;
       at = page.find(kCall, at + 1), ++tries) {
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

// TRS's older templates write the pager themselves, from `var currentPage = 0;` and
// `var countPage = 12`: page 2 is index_1 with the ending that stands in the same script.
std::string counted(const HtmlTree& tree, std::string_view page) {
  constexpr std::size_t kScript = 4'000;
  const std::size_t at = page.find("var countPage");
  if (at == std::string_view::npos) return {};
  const auto value_of = [&](std::string_view name) {
    const std::size_t place = page.find(name);
    if (place == std::string_view::npos) return std::optional<int>();
    std::string_view rest = trim(page.substr(place + name.size(), 40));
    if (!rest.starts_with('=')) return std::optional<int>();
    rest = trim(rest.substr(1));
    return number(rest.substr(0, rest.find_first_not_of("0123456789")));
  };
  const auto total = value_of("var countPage");
  const auto current = value_of("var currentPage");
  if (!total || !current || *current + 1 >= *total) return {};
  const std::string_view script = page.substr(at, kScript);
  for (const std::string_view ending : {"shtml", "html", "htm", "jhtml"}) {
    const bool told = script.find(fmt::format(".{}", ending)) != std::string_view::npos ||
                      script.find(fmt::format("\"{}\"", ending)) != std::string_view::npos;
    if (told) return resolve_url(tree.base(), fmt::format("index_{}.{}", *current + 1, ending));
  }
  return {};
}

// `<a class="active" href="index.htm">1</a>`: of the page shown, though it is a link.
bool is_marked_current(const xmlNode* link) {
  static constexpr std::array<std::string_view, 12> kMarks = {
      "active",   "current", "cur",      "on",        "now",      "this",
      "selected", "hover",   "thispage", "thisclass", "page_now", "disabled"};
  if (!attribute(link, "aria-current").empty()) return true;
  for (const xmlNode* node : {link, static_cast<const xmlNode*>(link->parent)}) {
    for (const std::string& name : split(lower_ascii(attribute(node, "class")), ' ')) {
      if (std::find(kMarks.begin(), kMarks.end(), name) != kMarks.end()) return true;
    }
  }
  return false;
}

// A link behind this one to the page after: a pager whatever it is called.
bool counts_on(const xmlNode* link, int value) {
  constexpr std::size_t kNumber = 16;
  const xmlNode* next = link->next;
  while (next != nullptr && !is_element(next)) next = next->next;
  return is_element(next, "a") && has_little_text(next, kNumber) &&
         number(text_of(next)) == std::optional(value + 1);
}

// `<strong>1</strong> <a href="index_1.htm">2</a>`: the number behind that of the page shown.
std::string numbered(const HtmlTree& tree) {
  constexpr std::size_t kNumber = 16;  // size_of() a number alone
  std::string next;
  if (tree.root() == nullptr) return next;
  std::optional<int> shown;  // the last number that is no link, in a row of such
  walk(tree.root(), [&](xmlNode* node) {
    if (!next.empty() || (is_element(node) && is_invisible(node))) return false;
    const bool leaf = is_element(node) && has_little_text(node, kNumber) &&
                      (is_element(node, "a") || is_element(node, "span") ||
                       is_element(node, "strong") || is_element(node, "em") ||
                       is_element(node, "b") || is_element(node, "li") || is_element(node, "font"));
    if (!leaf) return true;
    const auto value = number(text_of(node));
    if (!value) return true;
    const bool link = is_element(node, "a") && !attribute(node, "href").empty() &&
                      !is_marked_current(node) && !scripted_address(tree, node).empty();
    if (!link && is_element(node, "li") && node->children != nullptr &&
        is_element(node->children, "a")) {
      return true;
    }
    if (link && shown && *value == *shown + 1 && (names_pager(node) || counts_on(node, *value)))
      next = scripted_address(tree, node);
    shown = link ? std::nullopt : value;
    return false;
  });
  return next;
}

std::string_view between(std::string_view text, std::string_view open, std::string_view close) {
  const std::size_t begin = text.find(open);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + open.size());
  const std::size_t end = text.find(close);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end);
}

// Hanweb's jpage({perPage, totalRecord, proxyUrl, ajaxParam: {…}}): the rows behind those that
// stand in the page come from proxyUrl (contracts/cms.md 3.2).
std::string served(const HtmlTree& tree, std::string_view page) {
  constexpr std::size_t kLongestSetup = 3'000;
  const std::size_t at = page.find("jpage({");
  if (at == std::string_view::npos) return {};
  const std::string_view setup = page.substr(at, kLongestSetup);
  const auto per_page = number(trim(between(setup, "perPage:", ",")));
  const auto total = number(trim(between(setup, "totalRecord:", ",")));
  const std::string proxy = unquoted(between(setup, "proxyUrl:", ","));
  const std::string_view parameters = between(setup, "ajaxParam:{", "}");
  if (!per_page || *per_page == 0 || !total || proxy.empty() || parameters.empty()) return {};
  int there = 0;
  for (std::size_t row = page.find("<record>"); row != std::string_view::npos;
       row = page.find("<record>", row + 8)) {
    ++there;
  }
  if (there == 0 || there >= *total) return {};
  const int last = std::min(there + 3 * *per_page, *total);
  std::string query =
      fmt::format("?startrecord={}&endrecord={}&perpage={}", there + 1, last, *per_page);
  for (const std::string& parameter : split(parameters, ',')) {
    const std::size_t colon = parameter.find(':');
    if (colon == std::string::npos) continue;
    query += fmt::format("&{}={}", percent_encode(unquoted(parameter.substr(0, colon))),
                         percent_encode(unquoted(parameter.substr(colon + 1))));
  }
  return resolve_url(tree.base(), proxy + query);
}

}  // namespace

std::string scripted_address(const HtmlTree& tree, const xmlNode* link) {
  std::string url =
      is_element(link, "a") || is_element(link, "link") ? tree.link(link, "href") : "";
  if (!url.empty() && attribute(link, "href") != "#") return url;
  for (const char* name : {"tagname", "data-href", "data-url", "data-link"}) {
    url = tree.link(link, name);
    if (!url.empty()) return url;
  }
  const std::string script = attribute(link, "onclick");
  for (const char quote : {'\'', '"'}) {
    const std::size_t open = script.find(quote);
    const std::size_t close = open == std::string::npos ? open : script.find(quote, open + 1);
    if (close == std::string::npos) continue;
    const std::string word = script.substr(open + 1, close - open - 1);
    if (word.find('/') != std::string::npos || word.find(".htm") != std::string::npos ||
        word.find(".shtml") != std::string::npos) {
      return resolve_url(tree.base(), word);
    }
  }
  return {};
}

NextPage next_part_of(const HtmlTree& tree) {
  NextPage next;
  if (tree.root() == nullptr) return next;
  walk(tree.root(), [&](xmlNode* node) {
    if (!next.url.empty()) return false;
    if (is_element(node, "a") && has_little_text(node, 40) && is_named_next(text_of(node))) {
      next = NextPage{scripted_address(tree, node), "link 下一页"};
    }
    return true;
  });
  return next;
}

NextPage next_page_of(const HtmlTree& tree, std::string_view page) {
  NextPage next = linked(tree);
  if (next.url.empty()) next = NextPage{called(tree, page), "createPageHTML()"};
  if (next.url.empty()) next = NextPage{counted(tree, page), "countPage"};
  if (next.url.empty()) next = NextPage{served(tree, page), "jpage()"};
  if (next.url.empty()) next = NextPage{numbered(tree), "page number"};
  return next.url.empty() || next.url == tree.base() ? NextPage{} : next;
}

}  // namespace liandong
