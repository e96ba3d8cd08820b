#include "adapters/sources/feed/xml_mender.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <libxml/HTMLparser.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kCdata = "<![CDATA[";
constexpr std::size_t kMostAttributes = 256;
constexpr std::size_t kDeepest = 200;  // libxml2 stops at 256
constexpr std::size_t kLongestName = 10;
constexpr std::uint32_t kReplacement = 0xFFFD;

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view local(std::string_view name) {
  return name.substr(name.find(':') + 1);
}

bool is_root(std::string_view name) {
  const std::string_view word = local(name);
  return word == "rss" || word == "rdf" || word == "feed" || word == "channel";
}

// Where Windows has letters the standard has controls that nobody means.
std::uint32_t meant(std::uint32_t c) {
  static constexpr std::array<std::uint16_t, 32> kWindows = {
      0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
  if (c >= 0x80 && c < 0xA0) return kWindows[c - 0x80];
  if (c == '\t' || c == '\n' || c == '\r') return c;
  if (c > 0 && c < 0x20) return ' ';
  const bool wrong =
      c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) || (c & 0xFFFEU) == 0xFFFE;
  return wrong ? kReplacement : c;
}

// The number of `&#…;`; nothing when it is none.
std::optional<std::uint32_t> number_of(std::string_view digits) {
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  if (hex) digits.remove_prefix(1);
  if (digits.empty()) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : lower_ascii(digits)) {
    const bool letter = hex && c >= 'a' && c <= 'f';
    if (!letter && (c < '0' || c > '9')) return std::nullopt;
    const auto digit = static_cast<std::uint32_t>(letter ? c - 'a' + 10 : c - '0');
    value = std::min<std::uint32_t>(value * (hex ? 16 : 10) + digit, 0x110000);
  }
  return value;
}

// Characters that XML does not allow, or that nobody means, as those that were meant.
void append_plain(std::string& out, std::string_view words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto byte = static_cast<unsigned char>(words[i]);
    const auto next = static_cast<unsigned char>(i + 1 < words.size() ? words[i + 1] : 0);
    if (byte < 0x20U) {
      out += is_blank(words[i]) ? words[i] : ' ';
    } else if (byte == 0xC2U && next >= 0x80U && next < 0xA0U) {
      out += fmt::format("&#{};", meant(next));
      ++i;
    } else if (words.substr(i).starts_with("\xEF\xBF\xBE") ||
               words.substr(i).starts_with("\xEF\xBF\xBF")) {
      out += ' ';
      i += 2;
    } else {
      out += words[i];
    }
  }
}

// How much of `words`, which begins with `&`, was read. `&nbsp;` and the like, which HTML has and
// XML has not, become characters; a bare `&` is text.
std::size_t append_reference(std::string& out, std::string_view words) {
  const std::size_t stop = words.substr(1, kLongestName).find_first_of(";&< \n");
  const bool ends = stop != std::string_view::npos && words[1 + stop] == ';';
  const std::string name(ends ? words.substr(1, stop) : std::string_view());
  std::optional<std::uint32_t> number;
  if (name.starts_with('#')) {
    number = number_of(std::string_view(name).substr(1));
  } else if (name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos") {
    out += "&" + name + ";";
    return name.size() + 2;
  } else if (!name.empty()) {
    const auto* entity = htmlEntityLookup(reinterpret_cast<const xmlChar*>(name.c_str()));
    if (entity != nullptr) number = entity->value;
  }
  if (!number) {
    out += "&amp;";
    return 1;
  }
  out += fmt::format("&#{};", meant(*number));
  return name.size() + 2;
}

void append_words(std::string& out, std::string_view words) {
  while (!words.empty()) {
    const std::size_t mark = std::min(words.find_first_of("&<>\""), words.size());
    append_plain(out, words.substr(0, mark));
    words.remove_prefix(mark);
    if (words.empty()) break;
    if (words[0] == '&') {
      words.remove_prefix(append_reference(out, words));
    } else {
      out += escape_html(words.substr(0, 1));
      words.remove_prefix(1);
    }
  }
}

class Mender {
 public:
  explicit Mender(std::string_view text) : text_(text) { out_.text.reserve(text.size()); }

  MendedXml mend() && {
    while (at_ < text_.size() && !ended_) {
      if (text_[at_] == '<') {
        read_markup();
      } else {
        const std::size_t next = std::min(text_.find('<', at_), text_.size());
        add_text(text_.substr(at_, next - at_));
        at_ = next;
      }
    }
    out_.cut = !open_.empty();
    out_.cut_in_entry = is_open("item") || is_open("entry");
    while (!open_.empty()) close_one();
    return std::move(out_);
  }

 private:
  void read_markup() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with(kCdata)) return read_cdata();
    if (rest.starts_with("<!--")) return skip_past("-->", at_ + 4);
    if (rest.starts_with("<?")) return skip_past("?>", at_ + 2);
    if (rest.starts_with("<!")) return skip_declaration();
    const bool end = rest.starts_with("</");
    const std::size_t name = at_ + (end ? 2 : 1);
    if (name >= text_.size() || !is_name_start(text_[name])) {
      if (end && name >= text_.size()) {
        at_ = text_.size();
        return;
      }
      add_text("<");
      ++at_;
      return;
    }
    at_ = name;
    if (end) {
      read_end_tag();
    } else {
      read_start_tag();
    }
  }

  void skip_past(std::string_view mark, std::size_t from) {
    const std::size_t end = text_.find(mark, from);
    at_ = end == std::string_view::npos ? text_.size() : end + mark.size();
  }

  void read_cdata() {
    std::size_t from = at_ + kCdata.size();
    // By a program that wraps what another had wrapped.
    const bool twice = text_.substr(from).starts_with(kCdata);
    if (twice) from += kCdata.size();
    const std::size_t end = std::min(text_.find("]]>", from), text_.size());
    if (!open_.empty()) append_plain(out_.text, escape_html(text_.substr(from, end - from)));
    at_ = std::min(end + 3, text_.size());
    if (twice && text_.substr(at_).starts_with("]]>")) at_ += 3;
  }

  // <!DOCTYPE …[ … ]>: brackets and quotes may hold `>`.
  void skip_declaration() {
    const std::size_t begin = at_;
    char quote = 0;
    bool subset = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (!subset && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == '[') {
        subset = true;
      } else if (c == ']') {
        subset = false;
      } else if (c == '>' && !subset) {
        ++at_;
        break;
      }
    }
    const std::string_view declaration = text_.substr(begin, at_ - begin);
    if (declaration.find("<!ENTITY") != std::string_view::npos) out_.declares_entities = true;
  }

  std::string read_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    return lower_ascii(text_.substr(begin, at_ - begin));
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  void read_end_tag() {
    const std::string name = read_name();
    at_ = std::min(text_.find_first_of("<>", at_), text_.size());
    if (at_ < text_.size() && text_[at_] == '>') ++at_;
    if (is_open(name)) close_through(name);
  }

  void read_start_tag() {
    const std::string name = read_name();
    std::string attributes;
    const bool whole = read_attributes(attributes);
    if (open_.empty()) {
      // A page, whatever it says below.
      if (name == "html" || name == "head" || name == "body") at_ = text_.size();
      if (!is_root(name)) return;
    }
    if ((name == "item" || name == "entry") && is_open(name)) close_through(name);
    if (open_.size() >= kDeepest) return;
    const bool alone = whole || name == "br" || name == "img" || name == "hr";
    out_.text += "<" + name + attributes + (alone ? "/>" : ">");
    if (alone) return;
    open_.push_back(name);
    ++count_[name];
  }

  // Up to the end of the tag; whether it ends itself.
  bool read_attributes(std::string& out) {
    std::set<std::string, std::less<>> seen;
    while (at_ < text_.size()) {
      skip_blanks();
      if (at_ >= text_.size() || text_[at_] == '<') return false;
      const char c = text_[at_];
      if (c == '>' || (c == '/' && text_.substr(at_).starts_with("/>"))) {
        at_ += c == '>' ? 1 : 2;
        return c == '/';
      }
      if (!is_name_start(c)) {
        ++at_;
        continue;
      }
      std::string name = read_name();
      const std::string_view value = read_value();
      if (seen.size() >= kMostAttributes) {
        out_.is_crowded = true;
      } else if (seen.insert(name).second) {
        out += " " + name + "=\"";
        append_words(out, value);
        out += '"';
      }
    }
    return false;
  }

  std::string_view read_value() {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != '=') return {};
    ++at_;
    skip_blanks();
    if (at_ >= text_.size()) return {};
    const char quote = text_[at_];
    std::size_t begin = at_;
    if (quote == '"' || quote == '\'') {
      const std::size_t end = text_.find(quote, ++begin);
      at_ = end == std::string_view::npos ? text_.size() : end + 1;
      return text_.substr(begin, end - begin);
    }
    at_ = std::min(text_.find_first_of(" \t\r\n>", at_), text_.size());
    if (at_ > begin && at_ < text_.size() && text_[at_ - 1] == '/' && text_[at_] == '>') --at_;
    return text_.substr(begin, at_ - begin);
  }

  void add_text(std::string_view words) {
    if (!open_.empty()) append_words(out_.text, words);
  }

  [[nodiscard]] bool is_open(const std::string& name) const {
    const auto found = count_.find(name);
    return found != count_.end() && found->second > 0;
  }

  void close_one() {
    out_.text += "</" + open_.back() + ">";
    --count_[open_.back()];
    open_.pop_back();
    ended_ = open_.empty();
  }

  void close_through(const std::string& name) {
    while (open_.back() != name) close_one();
    close_one();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  MendedXml out_;
  std::vector<std::string> open_;
  std::map<std::string, std::size_t> count_;  // of open_, by name
  bool ended_ = false;                        // the root was closed
};

}  // namespace

MendedXml mend_xml(std::string_view text) {
  return Mender(text).mend();
}

}  // namespace liandong
