#include "adapters/shared/html_bounds.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMostAttributes = 64;
constexpr std::size_t kLongestAttribute = 8'192;
constexpr std::size_t kLongestComment = 1'000;
constexpr std::size_t kUnclosedAfter = 65'536;  // a quote that closes later was never closed
constexpr std::size_t kDeepest = 220;
constexpr std::size_t kLongestName = 40;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

template <typename Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 15> kVoid = {"br",  "img",   "input", "meta",   "link",
                                                    "hr",  "area",  "base",  "embed",  "source",
                                                    "col", "param", "wbr",   "keygen", "frame"};
// End where the next of them begins.
constexpr std::array<std::string_view, 8> kSelfEnding = {"p",  "li", "td", "th",
                                                         "tr", "dt", "dd", "option"};

class Bounder {
 public:
  explicit Bounder(std::string_view page) : page_(page) { out_.reserve(page.size()); }

  Result<std::string> run() {
    while (at_ < page_.size()) {
      const std::size_t open = std::min(page_.find('<', at_), page_.size());
      out_ += page_.substr(at_, open - at_);
      at_ = open;
      if (at_ < page_.size()) markup();
      if (tags_ > kMostTags) {
        return Error(ErrorKind::Malformed,
                     fmt::format("the page holds more than {} tags", kMostTags));
      }
    }
    return std::move(out_);
  }

 private:
  void markup() {
    const std::string_view rest = page_.substr(at_);
    if (rest.starts_with("<!--")) {
      const std::size_t end = page_.find("-->", at_ + 4);
      const std::size_t next = end == std::string_view::npos ? page_.size() : end + 3;
      if (next - at_ <= kLongestComment && end != std::string_view::npos) {
        out_ += page_.substr(at_, next - at_);
      }
      at_ = next;
    } else if (rest.size() > 1 && is_letter(rest[1])) {
      open_tag();
    } else if (rest.size() > 2 && rest[1] == '/' && is_letter(rest[2])) {
      close_tag();
    } else {
      out_.push_back(page_[at_++]);
    }
  }

  std::string take_name() {
    const std::size_t begin = at_;
    while (at_ < page_.size() && !is_blank(page_[at_]) && page_[at_] != '>' && page_[at_] != '/') {
      ++at_;
    }
    return lower_ascii(page_.substr(begin, std::min(at_ - begin, kLongestName)));
  }

  void open_tag() {
    ++tags_;
    ++at_;
    const std::string name = take_name();
    std::string tag = "<" + name;
    take_attributes(tag);
    if (name == "script" || name == "style") {
      take_raw(name, tag);
    } else if (is_one_of(kVoid, name) || enter(name)) {
      out_ += tag;
    }
  }

  // Up to and with the `>`.
  void take_attributes(std::string& tag) {
    for (std::size_t count = 0; at_ < page_.size();) {
      const char c = page_[at_];
      if (c == '>' || c == '<') {
        if (c == '>') ++at_;
        break;
      }
      if (is_blank(c) || c == '/') {
        ++at_;
        continue;
      }
      const std::size_t begin = at_;
      take_attribute();
      const bool kept = ++count <= kMostAttributes && at_ - begin <= kLongestAttribute;
      if (kept) tag.append(" ").append(page_.substr(begin, at_ - begin));
    }
    tag += '>';
  }

  void take_attribute() {
    const auto ends_name = [](char c) { return is_blank(c) || c == '>' || c == '=' || c == '<'; };
    do {
      ++at_;
    } while (at_ < page_.size() && !ends_name(page_[at_]));
    std::size_t value = at_;
    while (value < page_.size() && is_blank(page_[value])) ++value;
    if (value >= page_.size() || page_[value] != '=') return;
    ++value;
    while (value < page_.size() && is_blank(page_[value])) ++value;
    at_ = value;
    if (at_ >= page_.size()) return;
    const char quote = page_[at_];
    if (quote == '"' || quote == '\'') {
      const std::size_t close = next_quote(quote, at_ + 1);
      if (close - at_ <= kUnclosedAfter) {
        at_ = std::min(close + 1, page_.size());
        return;
      }
    }
    while (at_ < page_.size() && !is_blank(page_[at_]) && page_[at_] != '>') ++at_;
  }

  // Where the quote next stands; remembered, so that many unclosed ones cost one look.
  std::size_t next_quote(char quote, std::size_t from) {
    std::size_t& known = quote == '"' ? next_double_ : next_single_;
    if (known < from) known = std::min(page_.find(quote, from), page_.size());
    return known == page_.size() ? from + kUnclosedAfter : known;
  }

  void take_raw(const std::string& name, const std::string& tag) {
    std::size_t end = at_;
    for (end = page_.find("</", end); end != std::string_view::npos;
         end = page_.find("</", end + 2)) {
      if (lower_ascii(page_.substr(end + 2, name.size())) == name) break;
    }
    end = std::min(end, page_.size());
    out_.append(tag).append(page_.substr(at_, end - at_)).append("</" + name + ">");
    const std::size_t close = page_.find('>', end);
    at_ = close == std::string_view::npos ? page_.size() : close + 1;
  }

  // Whether the element still has room.
  bool enter(const std::string& name) {
    if (is_one_of(kSelfEnding, name)) end_last(name);
    if (open_.size() >= kDeepest) {
      ++left_out_[name];
      return false;
    }
    open_.push_back(name);
    return true;
  }

  // A cell ends the cell before it with all that was left open there, but not the table around.
  void end_last(const std::string& name) {
    static constexpr std::array<std::string_view, 8> kAround = {"table", "ul",     "ol",   "dl",
                                                                "div",   "select", "form", "body"};
    for (std::size_t i = open_.size(); i > 0 && !is_one_of(kAround, open_[i - 1]); --i) {
      const bool is_row = open_[i - 1] == "tr" || open_[i - 1] == "li";
      if (open_[i - 1] == name) {
        open_.resize(i - 1);
        return;
      }
      if (is_row && name != "tr") return;
    }
  }

  void close_tag() {
    const std::size_t begin = at_;
    at_ += 2;
    const std::string name = take_name();
    const std::size_t close = page_.find_first_of("<>", at_);
    at_ = close == std::string_view::npos ? page_.size() : close + (page_[close] == '>' ? 1U : 0U);
    if (const auto left = left_out_.find(name); left != left_out_.end() && left->second > 0) {
      --left->second;
      return;
    }
    const auto open = std::find(open_.rbegin(), open_.rend(), name);
    if (open != open_.rend()) open_.erase(std::prev(open.base()), open_.end());
    if (at_ - begin <= kLongestAttribute) out_ += "</" + name + ">";
  }

  std::string_view page_;
  std::size_t at_ = 0;
  std::string out_;
  std::size_t tags_ = 0;  // that open
  std::size_t next_double_ = 0;
  std::size_t next_single_ = 0;
  std::vector<std::string> open_;
  std::map<std::string, std::size_t> left_out_;
};

}  // namespace

Result<std::string> bounded_markup(std::string_view utf8) {
  std::string page(utf8);
  page.erase(std::remove(page.begin(), page.end(), '\0'), page.end());
  return Bounder(page).run();
}

}  // namespace liandong
