#include "adapters/shared/page_lines.h"

#include <algorithm>
#include <array>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMostLines = 5'000;
constexpr std::size_t kLongestLine = 1'500;  // bytes; more is text of an article

bool is_strong(const xmlNode* node) {
  return is_element(node, "b") || is_element(node, "strong") || is_element(node, "font");
}

// `作者：王五` begins a field: two to six Chinese characters before a colon.
bool begins_field(std::string_view text) {
  constexpr std::size_t kCharacter = 3;  // bytes
  for (std::size_t count = 0; count <= 6; ++count) {
    const std::string_view rest = text.substr(std::min(count * kCharacter, text.size()));
    if (count >= 2 && (rest.starts_with("：") || rest.starts_with(":"))) return true;
    if (rest.empty() || rest[0] < '\xE4' || rest[0] > '\xE9') return false;
  }
  return false;
}

// `<span>办公室</span><span>2026-09-10 11:18</span>`: a whole date begins, not the year of a title.
bool begins_date(std::string_view text) {
  text = trim(text);
  const auto take_digits = [&text](std::size_t least, std::size_t most) {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count >= least && count <= most;
  };
  const auto take_mark = [&text](std::string_view unit) {
    if (text.starts_with(unit)) {
      text.remove_prefix(unit.size());
      return true;
    }
    const bool mark = text.starts_with('-') || text.starts_with('/') || text.starts_with('.');
    text.remove_prefix(mark ? 1 : 0);
    return mark;
  };
  return take_digits(4, 4) && take_mark("年") && take_digits(1, 2) && take_mark("月") &&
         take_digits(1, 2);
}

class Collector {
 public:
  explicit Collector(const xmlNode* body) : body_(body) {}

  PageLines collect(const xmlNode* root) && {
    visit(root, nullptr, State{});
    end_line();
    if (!lines_.in_or_behind) lines_.page.body_at = lines_.page.all.size();
    return std::move(lines_.page);
  }

 private:
  struct State {
    bool linked = false;
    bool strong = false;
    bool in_body = false;
  };

  void visit(const xmlNode* node, const xmlNode* block, State state) {
    if (lines_.page.all.size() >= kMostLines) return;
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
      add(reinterpret_cast<const char*>(node->content), block, state);
      return;
    }
    if (!is_element(node) || is_invisible(node)) return;
    const bool is_body = node == body_;
    const bool breaks = is_block(node) || is_body;
    if (breaks || is_element(node, "br")) end_line();
    if (is_body) begin_body();
    if (breaks) block = node;
    state.linked = state.linked || is_element(node, "a");
    state.strong = state.strong || is_strong(node);
    state.in_body = state.in_body || is_body;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
      visit(child, block, state);
    }
    if (breaks) end_line();
    if (is_body) lines_.in_or_behind = true;
  }

  void begin_body() {
    lines_.in_or_behind = true;
    lines_.page.body_at = lines_.page.all.size();
  }

  void add(std::string_view text, const xmlNode* block, State state) {
    const bool blank = trim(text).empty();
    if (!blank) {
      if (words_ == 0) {
        line_.linked = line_.strong = true;
        line_.node = block;
        line_.in_body = state.in_body;
      }
      line_.linked = line_.linked && state.linked;
      line_.strong = line_.strong && state.strong;
      ++words_;
    }
    if (raw_.size() >= kLongestLine) return;
    // `<span>来源：办公室</span><span>作者：王五</span>`: the gap is of the layout.
    if (words_ > 1 && (begins_field(text) || begins_date(text))) raw_ += ' ';
    raw_ += text.substr(0, kLongestLine);
  }

  void end_line() {
    if (words_ > 0) {
      line_.text = fold_blanks(to_valid_utf8(raw_));
      if (!line_.text.empty()) lines_.page.all.push_back(line_);
    }
    raw_.clear();
    words_ = 0;
    line_ = PageLine{};
  }

  struct Lines {
    PageLines page;
    bool in_or_behind = false;
  };

  const xmlNode* body_;
  Lines lines_;
  PageLine line_;
  std::string raw_;
  std::size_t words_ = 0;
};

// `left_nav2`, `navBar` and `nav-list` hold the word nav; `navigate` does not.
bool holds_word(std::string_view name, const std::vector<std::string_view>& words) {
  std::string word;
  const auto ends = [&] {
    const bool known = std::find(words.begin(), words.end(), word) != words.end();
    word.clear();
    return known;
  };
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    if ((upper || !lower) && ends()) return true;
    if (upper || lower) word.push_back(upper ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return ends();
}

}  // namespace

PageLines lines_of_page(const HtmlTree& tree, const xmlNode* body) {
  if (tree.root() == nullptr) return {};
  return Collector(body).collect(tree.root());
}

bool is_called(const xmlNode* node, const std::vector<std::string_view>& words) {
  if (!is_element(node) || node->properties == nullptr) return false;
  return holds_word(attribute(node, "class"), words) || holds_word(attribute(node, "id"), words);
}

bool is_furniture(const xmlNode* node) {
  static const std::vector<std::string_view> kWords = {
      "nav",    "navbar",     "menu",        "footer",   "foot",     "bottom",  "crumb",
      "crumbs", "breadcrumb", "breadcrumbs", "position", "share",    "related", "relate",
      "hot",    "recommend",  "sidebar",     "side",     "pager",    "paging",  "pagination",
      "fanye",  "search",     "login",       "comment",  "comments", "respond", "friend",
      "links",  "copyright",  "rank",        "toolbar",  "xgxw",     "xglj",    "xgwz",
      "ewm",    "prevnext",   "qrcode"};
  if (is_element(node, "nav") || is_element(node, "footer") || is_element(node, "aside")) {
    return true;
  }
  if (!is_element(node) || node->properties == nullptr || is_element(node, "body")) return false;
  const std::string id = attribute(node, "id");
  const std::string names = attribute(node, "class");
  if (id == "header" || id == "top" || names == "header" || names == "top") return true;
  return is_called(node, kWords);
}

bool is_in_furniture(const xmlNode* node) {
  for (; is_element(node); node = node->parent) {
    if (is_furniture(node)) return true;
  }
  return false;
}

bool is_foot_line(std::string_view line) {
  static constexpr std::array<std::string_view, 12> kSigns = {
      "版权所有", "ICP备",      "网站标识码", "公网安备", "Copyright", "主办单位：",
      "承办单位", "技术支持：", "网站地图",   "主办：",   "承办：",    "All Rights Reserved"};
  return std::any_of(kSigns.begin(), kSigns.end(), [&](std::string_view sign) {
    return line.find(sign) != std::string_view::npos;
  });
}

}  // namespace liandong
