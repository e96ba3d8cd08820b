#include "adapters/sources/page/row_finder.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "adapters/shared/page_lines.h"
#include "adapters/sources/page/row_date.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLargestRow = 4'000;  // bytes of text and nodes
constexpr std::size_t kMostLinks = 8;       // a row with more is a container
constexpr std::size_t kMostCandidates = 20'000;
constexpr std::size_t kMostLookedAt = 12'000'000;  // bytes of all candidates together
constexpr std::size_t kMostRecords = 1'000;
constexpr std::size_t kShortestTitle = 4;   // code points
constexpr std::size_t kTitleOfANotice = 8;  // menus have shorter words

// Rows of one list: the same element, below parents of one shape side by side (some sites open a
// new <ul> every five rows).
using Shape = std::tuple<const xmlNode*, std::string, std::string, std::string>;

struct Group {
  std::vector<xmlNode*> rows;
  std::size_t dated = 0;
  std::size_t words = 0;
  std::size_t long_titles = 0;
  std::size_t depth = 0;   // of the rows in the page
  bool furniture = false;  // in a navigation, beside the text, at the foot

  // Menus and the lists beside a column have rows too, but not as many and seldom dated ones.
  [[nodiscard]] std::size_t score() const {
    const std::size_t whole = dated * 100 + std::min(words, rows.size() * 40);
    return furniture ? whole / 4 : whole;
  }
  [[nodiscard]] bool is_column() const {
    return dated >= 1 || (rows.size() >= 3 && long_titles * 2 >= rows.size());
  }
};

// Some services write every row as a list: `<ul><li><a>…</a></li><li>2026-05-20</li></ul>`.
bool is_row_of_cells(const xmlNode* node) {
  std::size_t cells = 0;
  for (const xmlNode* child = node->children; child != nullptr && cells < 8; child = child->next) {
    if (is_element(child, "li")) ++cells;
  }
  return cells >= 2 && cells <= 6;
}

bool may_be_row(const xmlNode* node) {
  const std::string_view name = name_of(node);
  const bool heading = name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6';
  return heading || name == "li" || name == "tr" || name == "dl" || name == "dd" || name == "dt" ||
         name == "div" || name == "p" || name == "a" || name == "article" || name == "section" ||
         (name == "ul" && is_row_of_cells(node));
}

// The table whose only row this is.
const xmlNode* table_of_one(const xmlNode* row) {
  const xmlNode* around = row->parent;
  for (const xmlNode* other = is_element(around) ? around->children : nullptr; other != nullptr;
       other = other->next) {
    if (other != row && is_element(other, "tr")) return nullptr;
  }
  if (is_element(around, "tbody")) around = around->parent;
  return is_element(around, "table") && is_element(around->parent) ? around : nullptr;
}

Shape shape_of(const xmlNode* node) {
  const xmlNode* parent = node->parent;
  const bool listed = is_element(parent, "ul") || is_element(parent, "ol");
  const xmlNode* anchor = listed && parent->parent != nullptr ? parent->parent : parent;
  const std::string within =
      listed ? fmt::format("{}.{}", name_of(parent), attribute(parent, "class")) : std::string();
  // Some write every row as a table of its own.
  const xmlNode* table = is_element(node, "tr") ? table_of_one(node) : nullptr;
  if (table != nullptr) return {table->parent, "table", "tr", ""};
  // Rows of a list may differ in class (odd, even, last); rows of any other kind in what follows
  // the first word of it (`item pinned`).
  const bool free = is_element(node, "li") || is_element(node, "tr") || is_element(node, "dd") ||
                    is_element(node, "article");
  const std::string names = free ? std::string() : fold_blanks(attribute(node, "class"));
  return {anchor, within, std::string(name_of(node)), names.substr(0, names.find(' '))};
}

bool is_link(const xmlNode* node) {
  return is_element(node, "a") && !attribute(node, "href").empty();
}

// `<div onclick="location.href='/xw/3.html'">`, where a row has no link.
bool is_scripted_link(const xmlNode* node) {
  if (!is_element(node) || node->properties == nullptr) return false;
  for (const char* name : {"data-href", "data-url", "data-link"}) {
    if (attribute(node, name).find('/') != std::string::npos) return true;
  }
  const std::string script = attribute(node, "onclick");
  return script.find('/') != std::string::npos || script.find(".htm") != std::string::npos;
}

std::size_t count_links(xmlNode* row) {
  std::size_t links = 0;
  walk(row, [&](xmlNode* node) {
    if (is_link(node)) ++links;
    return links <= kMostLinks;
  });
  return links;
}

std::size_t title_length(const xmlNode* link) {
  return std::max(count_code_points(text_of(link)),
                  count_code_points(fold_blanks(attribute(link, "title"))));
}

std::string quoted(const std::string& text) {
  return text.find('\'') == std::string::npos ? "'" + text + "'" : std::string();
}

std::string step_of(const xmlNode* node) {
  std::string step(name_of(node));
  for (const char* name : {"id", "class"}) {
    const std::string value = quoted(attribute(node, name));
    if (value.size() > 2) return step + fmt::format("[@{}={}]", name, value);
  }
  return step;
}

// Short, and still told apart from other lists by the nearest id or class.
std::string path_of(const xmlNode* row, bool by_class) {
  std::string path = by_class ? step_of(row) : std::string(name_of(row));
  for (const xmlNode* node = row->parent; is_element(node); node = node->parent) {
    const std::string step = step_of(node);
    path = step + "/" + path;
    if (step.find('[') != std::string::npos || is_element(node, "body")) break;
  }
  return "//" + path;
}

std::size_t depth_of(const xmlNode* node) {
  std::size_t depth = 0;
  for (; node != nullptr; node = node->parent) ++depth;
  return depth;
}

// Whether a box begins with `2026年10月`: a column written month by month.
bool begins_with_time(const xmlNode* box) {
  constexpr std::size_t kLongestHeading = 60;
  for (const xmlNode* child = box->children; child != nullptr; child = child->next) {
    if (!is_element(child)) continue;
    return has_little_text(child, kLongestHeading) && time_heading_in(text_of(child)).has_value();
  }
  return false;
}

void consider(xmlNode* node, Timestamp now, std::map<Shape, Group>& groups) {
  if (!has_little_text(node, kLargestRow)) return;
  const std::size_t links = count_links(node);
  if (links > kMostLinks || (links > 1 && begins_with_time(node))) return;
  xmlNode* link = main_link(node);
  const std::size_t length = link == nullptr ? 0 : title_length(link);
  if (length < kShortestTitle) return;
  Group& group = groups[shape_of(node)];
  if (group.rows.empty()) {
    group.depth = depth_of(node);
    group.furniture = is_in_furniture(node);
  }
  group.rows.push_back(node);
  group.words += std::min<std::size_t>(length, 40);
  group.long_titles += length >= kTitleOfANotice ? 1U : 0U;
  group.dated += find_row_date(node, link, now) ? 1U : 0U;
}

// The rows of the best list, and of the boxes beside its own when each is headed by its time.
std::vector<xmlNode*> rows_of_all_times(const std::map<Shape, Group>& groups, const Shape& best) {
  const xmlNode* own = std::get<0>(best);
  if (own->parent == nullptr || !begins_with_time(own)) return groups.at(best).rows;
  std::vector<xmlNode*> rows;
  for (const xmlNode* box = own->parent->children; box != nullptr; box = box->next) {
    const bool alike = is_element(box) && name_of(box) == name_of(own) &&
                       attribute(box, "class") == attribute(own, "class");
    Shape there = best;
    std::get<0>(there) = box;
    const auto found = alike && begins_with_time(box) ? groups.find(there) : groups.end();
    if (found == groups.end()) continue;
    rows.insert(rows.end(), found->second.rows.begin(), found->second.rows.end());
  }
  return rows;
}

// `<![CDATA[` … `]]>` taken off, entities of an escaped block decoded once.
std::string inner_of(std::string_view record) {
  const std::size_t open = record.find("<![CDATA[");
  if (open != std::string_view::npos) {
    record.remove_prefix(open + 9);
    record = record.substr(0, record.find("]]>"));
  }
  return std::string(record);
}

std::string unescape(std::string_view page) {
  std::string out = replace_all(std::string(page), "&lt;", "<");
  out = replace_all(std::move(out), "&gt;", ">");
  out = replace_all(std::move(out), "&quot;", "\"");
  return replace_all(std::move(out), "&amp;", "&");
}

std::string records_between(std::string_view page) {
  std::string out;
  std::size_t count = 0;
  for (std::size_t at = page.find("<record>"); at != std::string_view::npos && count < kMostRecords;
       at = page.find("<record>", at)) {
    at += 8;
    const std::size_t end = page.find("</record>", at);
    if (end == std::string_view::npos) break;  // cut short: no half rows
    out += "<div class=\"record\">" + inner_of(page.substr(at, end - at)) + "</div>\n";
    ++count;
    at = end;
  }
  return out;
}

}  // namespace

FoundRows find_rows(const HtmlTree& tree, Timestamp now) {
  std::map<Shape, Group> groups;
  std::size_t candidates = 0;
  std::size_t looked_at = 0;
  if (tree.root() == nullptr) return {};
  walk(tree.root(), [&](xmlNode* node) {
    if (is_element(node) && is_invisible(node)) return false;
    const bool affordable = candidates < kMostCandidates && looked_at < kMostLookedAt;
    if (affordable && is_element(node) && may_be_row(node) && has_little_text(node, kLargestRow)) {
      ++candidates;
      looked_at += size_of(node);
      consider(node, now, groups);
    }
    return true;
  });
  // Of a column with one row its containers look the same: the innermost is the row.
  const auto best = std::max_element(groups.begin(), groups.end(), [](auto& a, auto& b) {
    return std::pair(a.second.score(), a.second.depth) <
           std::pair(b.second.score(), b.second.depth);
  });
  if (best == groups.end() || !best->second.is_column()) return {};
  const auto& [shape, group] = *best;
  const std::string classes = attribute(group.rows.front(), "class");
  const bool alike = std::ranges::all_of(
      group.rows, [&](const xmlNode* row) { return attribute(row, "class") == classes; });
  const bool by_class = alike && !std::get<3>(shape).empty();
  return {rows_of_all_times(groups, shape), path_of(group.rows.front(), by_class), group.furniture};
}

namespace {

// `[政府信息公开年报]` in front of a title.
bool is_category(const xmlNode* link) {
  const std::string words = text_of(link);
  return (words.starts_with('[') && words.ends_with(']')) ||
         (words.starts_with("【") && words.ends_with("】"));
}

}  // namespace

xmlNode* main_link(xmlNode* row) {
  xmlNode* best = nullptr;
  std::size_t longest = 0;
  const auto look = [&](xmlNode* node) {
    if (is_element(node) && is_invisible(node)) return false;
    if (!is_link(node)) return true;
    const std::size_t length = title_length(node);
    // Behind a whole title stands what belongs to it, as the interpretation of a policy.
    if (best != nullptr && longest >= kTitleOfANotice && !is_category(best)) return false;
    if (best == nullptr || length > longest || is_category(best)) {
      best = node;
      longest = length;
    }
    return false;
  };
  walk(row, look);
  if (best != nullptr) return best;
  walk(row, [&best](xmlNode* node) {
    if (is_element(node) && is_invisible(node)) return false;
    if (best == nullptr && is_scripted_link(node)) best = node;
    return best == nullptr;
  });
  return best;
}

std::string records_in(std::string_view page) {
  std::string records = records_between(page);
  if (records.empty() && page.find("&lt;record&gt;") != std::string_view::npos) {
    records = records_between(unescape(page));
  }
  return records;
}

}  // namespace liandong
