#include "adapters/shared/html_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include <boost/url/pct_string_view.hpp>
#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMaxBlocks = 20'000;
constexpr std::size_t kMaxRows = 5'000;
constexpr std::size_t kMaxCells = 100;
constexpr std::size_t kMaxAttachments = 200;

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// fold_blanks() for a piece of a line: a blank at either end stays as one blank. The bars keep the
// ends from being trimmed.
std::string fold_piece(const std::string& text) {
  const std::string folded = fold_blanks("|" + text + "|");
  return folded.substr(1, folded.size() - 2);
}

// Layout tables hold paragraphs; a table of its own has a row with two cells and no table inside.
bool is_data_table(xmlNode* table) {
  std::size_t widest = 0;
  std::size_t rows = 0;
  bool nested = false;
  walk(table, [&](xmlNode* node) {
    if (node != table && is_element(node, "table")) nested = true;
    if (is_element(node, "tr")) {
      ++rows;
      std::size_t cells = 0;
      for (const xmlNode* cell = node->children; cell != nullptr; cell = cell->next) {
        if (is_element(cell, "td") || is_element(cell, "th")) ++cells;
      }
      widest = std::max(widest, cells);
    }
    return !nested;
  });
  return !nested && rows >= 2 && widest >= 2;
}

// A counting picture of one pixel is no picture, nor is the sign of a file's type.
bool is_pixel(const xmlNode* image) {
  const auto tiny = [&](const char* name) {
    const std::string size = attribute(image, name);
    return !size.empty() && std::atoi(size.c_str()) <= 20 && size.find('%') == std::string::npos;
  };
  return tiny("width") && tiny("height");
}

// How many columns or rows a merged cell takes.
std::size_t span_of(const xmlNode* cell, const char* name, std::size_t most) {
  const int span = std::atoi(attribute(cell, name).c_str());
  return std::clamp<std::size_t>(span < 1 ? 1 : static_cast<std::size_t>(span), 1, most);
}

// Rows of a table with its merged cells taken apart (TableBlock).
class TableReader {
 public:
  void add_row(const xmlNode* row) {
    if (table_.rows.size() >= kMaxRows) return;
    cells_.clear();
    bool any = false;
    for (const xmlNode* cell = row->children; cell != nullptr; cell = cell->next) {
      const bool counts = is_element(cell, "td") || is_element(cell, "th");
      if (!counts || is_invisible(cell) || cells_.size() >= kMaxCells) continue;
      take_from_above();
      std::string text = text_of(cell);
      any = any || !text.empty();
      add_cell(text, span_of(cell, "colspan", kMaxCells), span_of(cell, "rowspan", kMaxRows));
    }
    take_from_above();
    // A row may stop short of the columns that are reached from above.
    while (std::any_of(
        above_.begin() + static_cast<std::ptrdiff_t>(std::min(cells_.size(), above_.size())),
        above_.end(), [](const FromAbove& cell) { return cell.rows > 0; })) {
      cells_.emplace_back();
      take_from_above();
    }
    if (any) table_.rows.push_back(cells_);
  }
  [[nodiscard]] TableBlock take() && { return std::move(table_); }

 private:
  struct FromAbove {
    std::string text;
    std::size_t rows = 0;
  };

  void add_cell(const std::string& text, std::size_t columns, std::size_t rows) {
    for (std::size_t i = 0; i < columns && cells_.size() < kMaxCells; ++i) {
      const std::size_t column = cells_.size();
      cells_.push_back(i == 0 ? text : std::string());
      if (rows < 2) continue;
      above_.resize(std::max(above_.size(), column + 1));
      // A long text that reaches down is said once.
      above_[column] = FromAbove{cells_.back().size() <= kRepeated ? cells_.back() : "", rows - 1};
    }
  }
  void take_from_above() {
    while (cells_.size() < above_.size() && above_[cells_.size()].rows > 0) {
      FromAbove& cell = above_[cells_.size()];
      --cell.rows;
      cells_.push_back(cell.text);
    }
  }

  static constexpr std::size_t kRepeated = 120;  // bytes

  TableBlock table_;
  std::vector<std::string> cells_;
  std::vector<FromAbove> above_;  // by column
};

class Builder {
 public:
  explicit Builder(const HtmlTree& tree) : tree_(tree) {}

  Body build(xmlNode* node) && {
    visit(node);
    end_paragraph();
    return std::move(body_);
  }

 private:
  void visit(xmlNode* node);
  void visit_element(xmlNode* node);
  void visit_children(xmlNode* node) {
    for (xmlNode* child = node->children; child != nullptr; child = child->next) visit(child);
  }
  void add_text(std::string_view text);
  void end_paragraph();
  void add_heading(xmlNode* node);
  void add_list(xmlNode* node);
  void add_table(xmlNode* node);
  void add_picture(const xmlNode* node);
  void add_link(xmlNode* node);
  void add_files_below(xmlNode* node);
  void add_attachment(const xmlNode* node);
  void add_block(Block block) {
    if (body_.blocks.size() < kMaxBlocks) body_.blocks.push_back(std::move(block));
  }

  const HtmlTree& tree_;
  Body body_;
  std::vector<Run> runs_;
  std::string link_;
  bool strong_ = false;
  bool beside_file_ = false;  // inside the words of an attachment's link
  std::string point_;         // what the next paragraph, the first of a list's point, begins with
};

void Builder::visit(xmlNode* node) {
  if (node->type == XML_TEXT_NODE && is_element(node->parent, "pre")) {
    for (const std::string& line : split(reinterpret_cast<const char*>(node->content), '\n')) {
      add_text(line);
      end_paragraph();
    }
  } else if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
    add_text(reinterpret_cast<const char*>(node->content));
  } else if (is_element(node) && !is_invisible(node)) {
    visit_element(node);
  }
}

void Builder::visit_element(xmlNode* node) {
  const std::string_view name = name_of(node);
  if (name == "br") {
    end_paragraph();
  } else if (name == "img") {
    add_picture(node);
  } else if (name == "a") {
    add_link(node);
  } else if (is_any_of(name, {"strong", "b"})) {
    const bool outer = std::exchange(strong_, true);
    visit_children(node);
    strong_ = outer;
  } else if (name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6') {
    add_heading(node);
  } else if (name == "table" && is_data_table(node)) {
    add_table(node);
  } else if (name == "ol" || name == "ul") {
    add_list(node);
  } else if (is_block(node)) {
    end_paragraph();
    visit_children(node);
    end_paragraph();
  } else {
    visit_children(node);
  }
}

void Builder::add_text(std::string_view text) {
  if (!runs_.empty() && runs_.back().link == link_ && runs_.back().strong == strong_) {
    runs_.back().text += text;
  } else {
    runs_.push_back(Run{std::string(text), link_, strong_});
  }
}

void Builder::end_paragraph() {
  Paragraph paragraph;
  bool blank_before = true;  // also: at the start of a line
  bool only_files = true;
  for (Run& run : std::exchange(runs_, {})) {
    run.text = fold_piece(run.text);
    if (blank_before && run.text.starts_with(' ')) run.text.erase(0, 1);
    if (run.text.empty()) continue;
    blank_before = run.text.ends_with(' ');
    only_files = only_files && (is_attachment_url(run.link) || run.text == " ");
    paragraph.runs.push_back(std::move(run));
  }
  while (!paragraph.runs.empty() && paragraph.runs.back().text.ends_with(' ')) {
    paragraph.runs.back().text.pop_back();
    if (paragraph.runs.back().text.empty()) paragraph.runs.pop_back();
  }
  // A line that only names attachments is said by the list of attachments.
  if (paragraph.runs.empty() || only_files) return;
  if (!point_.empty()) {
    Run& first = paragraph.runs.front();
    if (first.link.empty() && !first.strong) {
      first.text.insert(0, point_);
    } else {
      paragraph.runs.insert(paragraph.runs.begin(), Run{point_, "", false});
    }
    point_.clear();
  }
  add_block(std::move(paragraph));
}

void Builder::add_heading(xmlNode* node) {
  end_paragraph();
  Heading heading;
  heading.level = static_cast<std::uint8_t>(name_of(node)[1] - '0');
  heading.text = text_of(node);
  if (!heading.text.empty()) add_block(std::move(heading));
  add_files_below(node);
}

void Builder::add_list(xmlNode* node) {
  end_paragraph();
  const bool numbered = is_element(node, "ol");
  int number = 0;
  for (xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (is_element(child, "li")) point_ = numbered ? fmt::format("{}. ", ++number) : "• ";
    visit(child);
    point_.clear();
  }
  end_paragraph();
}

void Builder::add_table(xmlNode* node) {
  end_paragraph();
  TableReader table;
  walk(node, [&](xmlNode* below) {
    if (is_element(below) && is_invisible(below)) return false;
    if (is_element(below, "tr")) table.add_row(below);
    return true;
  });
  TableBlock block = std::move(table).take();
  if (!block.rows.empty()) add_block(std::move(block));
  add_files_below(node);
}

void Builder::add_picture(const xmlNode* node) {
  // A picture that a script loads when it comes into view shows another until then.
  std::string url;
  for (const char* name :
       {"data-src", "data-original", "data-lazy-src", "data-echo", "src", "_src"}) {
    if (url.empty()) url = tree_.link(node, name);
  }
  if (url.empty() || beside_file_ || is_pixel(node)) return;
  end_paragraph();
  add_block(Picture{std::move(url), fold_blanks(attribute(node, "alt"))});
}

void Builder::add_link(xmlNode* node) {
  const std::string url = tree_.link(node, "href");
  const bool is_file = is_attachment(tree_, node);
  if (is_file) add_attachment(node);
  // Beside the words of a file stands the sign of its type.
  const bool around = std::exchange(beside_file_, is_file && !text_of(node).empty());
  std::string outer = std::exchange(link_, url.empty() ? link_ : url);
  visit_children(node);
  link_ = std::move(outer);
  beside_file_ = around;
}

// Pictures and attachments inside what became plain words.
void Builder::add_files_below(xmlNode* node) {
  walk(node, [&](xmlNode* below) {
    if (is_element(below) && is_invisible(below)) return false;
    if (is_element(below, "img")) add_picture(below);
    if (!is_attachment(tree_, below)) return true;
    add_attachment(below);
    return text_of(below).empty();
  });
}

void Builder::add_attachment(const xmlNode* node) {
  Attachment attachment = attachment_of(tree_, node);
  const bool known =
      std::any_of(body_.attachments.begin(), body_.attachments.end(),
                  [&](const Attachment& other) { return other.url == attachment.url; });
  if (!known && body_.attachments.size() < kMaxAttachments) {
    body_.attachments.push_back(std::move(attachment));
  }
}

bool ends_as_file(std::string_view lower) {
  static constexpr std::array<std::string_view, 17> kExtensions = {
      ".pdf", ".doc", ".docx", ".wps",  ".ofd", ".xls", ".xlsx", ".et", ".zip",
      ".rar", ".ceb", ".ppt",  ".pptx", ".dps", ".7z",  ".csv",  ".txt"};
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](std::string_view extension) { return lower.ends_with(extension); });
}

// Of an absolute address; decides nothing about its host.
std::string_view path_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::size_t path = url.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view() : url.substr(path);
}

// `/group1/M00/…`, a file of a FastDFS store whatever its extension.
bool is_fastdfs(std::string_view path) {
  const std::size_t at = path.find("/group");
  if (at == std::string_view::npos) return false;
  path.remove_prefix(at + 6);
  const std::size_t digits = std::min(path.find_first_not_of("0123456789"), path.size());
  path.remove_prefix(digits);
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return digits > 0 && path.size() > 5 && path.starts_with("/M") &&
         kDigits.find(path[2]) != std::string_view::npos &&
         kDigits.find(path[3]) != std::string_view::npos && path[4] == '/';
}

}  // namespace

Body body_of(const HtmlTree& tree, xmlNode* node) {
  if (node == nullptr) return {};
  return Builder(tree).build(node);
}

Result<Body> body_from_html(std::string_view utf8, std::string_view base_url) {
  Result<HtmlTree> tree = HtmlTree::parse(utf8, base_url);
  if (!tree) return tree.error();
  return body_of(*tree, tree->root());
}

std::string line_from_html(std::string_view utf8) {
  if (utf8.find_first_of("<&") == std::string_view::npos) return fold_blanks(utf8);
  const Result<HtmlTree> tree = HtmlTree::parse(utf8.substr(0, 64U << 10U), "");
  return tree ? text_of(tree->root()) : std::string();
}

bool is_attachment_url(std::string_view url) {
  if (url.empty()) return false;
  const std::string_view path = path_of(url);
  const std::string lower = lower_ascii(path.substr(path.rfind('/') + 1));
  const bool picture =
      is_any_of(std::string_view(lower).substr(std::min(lower.rfind('.'), lower.size())),
                {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp"});
  return (is_fastdfs(path) && !picture) || ends_as_file(lower);
}

bool is_attachment(const HtmlTree& tree, const xmlNode* node) {
  if (!is_element(node, "a") || node->properties == nullptr) return false;
  // Addresses like /download?id=883 do not tell; the words or the file's name do.
  const auto names_file = [](const std::string& name) {
    return ends_as_file(lower_ascii(name)) && name.find(' ') == std::string::npos;
  };
  const bool is_named = names_file(attribute(node, "download")) ||
                        names_file(fold_blanks(attribute(node, "title"))) ||
                        (has_little_text(node, 400) && names_file(text_of(node)));
  // To resolve the address of every link of a page would take longer than to read the page.
  const std::string reference = lower_ascii(attribute(node, "href"));
  const std::string_view file =
      std::string_view(reference).substr(0, reference.find_first_of("?#"));
  // `<a href="/down?fid=10">附件1 名单</a>`
  const bool leads_to_file = reference.find("down") != std::string::npos ||
                             reference.find("file") != std::string::npos ||
                             reference.find("attach") != std::string::npos;
  const bool is_called_file =
      leads_to_file && has_little_text(node, 400) && text_of(node).starts_with("附件");
  const bool may_be_file = ends_as_file(trim(file)) || reference.find("group") != std::string::npos;
  if (!is_named && !may_be_file && !is_called_file) return false;
  const std::string url = tree.link(node, "href");
  return !url.empty() && (is_named || is_called_file || is_attachment_url(url));
}

std::int64_t size_in(std::string_view text) {
  std::int64_t bytes = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && bytes > 0 ? bytes : 0;
}

namespace {

// `（32.5KB）`, `大小：18 KB`, `[1.2 MB]`: the first size in a text, in bytes.
std::int64_t size_said_in(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array kUnits = {Unit{"KB", 1024.0}, Unit{"MB", 1024.0 * 1024},
                                        Unit{"GB", 1024.0 * 1024 * 1024}, Unit{"K", 1024.0},
                                        Unit{"M", 1024.0 * 1024}};
  for (std::size_t at = text.find_first_of("0123456789"); at != std::string_view::npos;) {
    double number = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + text.size(), number);
    if (read.ec != std::errc()) return 0;
    const auto end = static_cast<std::size_t>(read.ptr - text.data());
    std::string rest(trim(text.substr(end)));
    std::transform(rest.begin(), rest.end(), rest.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    for (const Unit& unit : kUnits) {
      const bool fits = rest.starts_with(unit.name) && number < 1e6;
      if (fits) return static_cast<std::int64_t>(number * unit.bytes);
    }
    at = text.find_first_of("0123456789", end);
  }
  return 0;
}

// What the page says behind a link, up to the next one.
std::int64_t size_beside(const xmlNode* link) {
  constexpr std::size_t kLongest = 80;
  const xmlNode* node = link;
  for (int level = 0; level < 2 && is_element(node); ++level, node = node->parent) {
    for (const xmlNode* next = node->next; next != nullptr; next = next->next) {
      if (is_element(next, "a") || !has_little_text(next, kLongest)) return 0;
      const std::string words = next->type == XML_TEXT_NODE
                                    ? reinterpret_cast<const char*>(next->content)
                                    : text_of(next);
      if (const std::int64_t size = size_said_in(words); size > 0) return size;
    }
  }
  return 0;
}

}  // namespace

Attachment attachment_of(const HtmlTree& tree, const xmlNode* link) {
  Attachment attachment;
  const std::string type = attribute(link, "type");  // Drupal: `application/pdf; length=204800`
  const std::size_t length = type.find("length=");
  if (length != std::string::npos) attachment.bytes = size_in(type.substr(length + 7));
  if (attachment.bytes == 0) attachment.bytes = size_beside(link);
  attachment.url = tree.link(link, "href");
  attachment.name = text_of(link);
  if (attachment.name.empty()) attachment.name = fold_blanks(attribute(link, "title"));
  if (attachment.name.empty()) {
    const std::string_view path = path_of(attachment.url);
    const std::string file(path.substr(path.rfind('/') + 1));
    const auto encoded = boost::urls::make_pct_string_view(file);
    attachment.name = fold_blanks(to_valid_utf8(encoded ? encoded->decode() : file));
  }
  return attachment;
}

}  // namespace liandong
