#include "adapters/channels/weibo/weibo_text.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLongestShortLink = 140;  // bytes; above, each further byte counts
constexpr std::size_t kLinkBytes = 20;
constexpr std::size_t kLongestOwnLink = 41;
constexpr std::size_t kLeastTitle = 8;    // a title cut shorter says nothing
constexpr std::size_t kLeastSummary = 6;  // nor does such a summary
constexpr std::size_t kCompared = 30;

bool is_link_byte(char byte) {
  return byte > ' ' && byte < '\x7f';
}

// Bytes of the http(s) link that begins at `at`; 0 when none does.
std::size_t link_size(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (!rest.starts_with("http://") && !rest.starts_with("https://")) return 0;
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_link_byte);
  return static_cast<std::size_t>(end - rest.begin());
}

// What Sina's own composer counts; its pattern knows http:// only.
std::size_t composer_bytes(std::string_view link) {
  if (!link.starts_with("http://")) return link.size();
  const std::string_view address = link.substr(std::string_view("http://").size());
  const std::string_view host = address.substr(0, address.find_first_of("/?#:"));
  const auto is_at = [host](std::string_view domain) {
    return host == domain ||
           (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
  };
  if (host == "t.cn") return link.size();
  if (is_at("weibo.com") || is_at("weibo.cn") || is_at("t.sina.com.cn")) {
    return std::min(link.size(), kLongestOwnLink);
  }
  return kLinkBytes + (link.size() > kLongestShortLink ? link.size() - kLongestShortLink : 0);
}

// Half characters of the code point that this byte begins; 0 inside one.
std::size_t halves(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC0) return 0;
  if (lead < 0xC4) return 1;  // U+0080 to U+00FF
  return lead < 0xF0 ? 2 : 4;
}

std::string without_links(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = link_size(text, at);
    if (size > 0) {
      at += size;
    } else {
      result += text[at++];
    }
  }
  return result;
}

std::string without_topics(std::string_view text) {
  std::string result;
  while (true) {
    const std::size_t begin = text.find('#');
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('#', begin + 1);
    if (end == std::string_view::npos) break;
    result += text.substr(0, begin);
    text.remove_prefix(end + 1);
  }
  return result.append(text);
}

std::string comparable(std::string_view text) {
  std::string words = without_topics(without_links(text));
  words = replace_all(std::move(words), "&lt;", "<");
  words = replace_all(std::move(words), "&gt;", ">");
  words = replace_all(std::move(words), "&quot;", "\"");
  words = replace_all(std::move(words), "&amp;", "&");
  return replace_all(fold_blanks(words), " ", "");
}

// The bytes of the first `code_points`.
std::string_view prefix(std::string_view text, std::size_t code_points) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (halves(static_cast<unsigned char>(text[at])) > 0 && code_points-- == 0) break;
    ++at;
  }
  return text.substr(0, at);
}

}  // namespace

std::size_t weibo_length(std::string_view text, UrlCost cost) {
  std::size_t total = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t link = cost == UrlCost::Ten ? link_size(text, at) : 0;
    if (link > 0) {
      total += composer_bytes(text.substr(at, link));
      at += link - 1;
    } else if (!text.substr(at).starts_with("\r\n")) {
      total += halves(static_cast<unsigned char>(text[at]));
    }
  }
  return (total + 1) / 2;
}

std::string weibo_words(std::string_view text) {
  std::string words = replace_all(without_links(text), "#", "＃");
  words = replace_all(std::move(words), "@", "");
  words = replace_all(std::move(words), "＠", "");
  return fold_blanks(words);
}

Result<std::string> compose_weibo(const TextTemplate& words,
                                  std::map<std::string, std::string> values,
                                  const std::string& link, WeiboLimit limit) {
  const std::string title = weibo_words(values["title"]);
  const std::string summary = weibo_words(values["summary"]);
  const std::size_t whole_summary = count_code_points(summary);
  const std::size_t least_summary = std::min(kLeastSummary, whole_summary);
  const auto fitting = [&](std::size_t of_title, std::size_t of_summary) {
    values["title"] = shorten(title, of_title);
    values["summary"] = of_summary < least_summary ? "" : shorten(summary, of_summary);
    std::string text = weibo_words(words.render(values)) + " " + link + " ";
    std::optional<std::string> result;
    if (weibo_length(text, limit.cost) <= limit.characters) result = std::move(text);
    return result;
  };
  const std::size_t whole_title = count_code_points(title);
  for (std::size_t kept = std::min(whole_summary, limit.characters) + 1; kept-- > 0;) {
    if (auto text = fitting(whole_title, kept)) return *text;
  }
  for (std::size_t kept = whole_title; kept-- > kLeastTitle;) {
    if (auto text = fitting(kept, 0)) return *text;
  }
  return Error(
      ErrorKind::Permanent,
      fmt::format("the title and the link do not fit into {} characters", limit.characters));
}

bool is_same_weibo(std::string_view ours, std::string_view theirs) {
  const std::string sent = comparable(ours);
  const std::string seen = comparable(theirs);
  const std::string_view wanted = prefix(sent, kCompared);
  if (wanted.empty() || !std::string_view(seen).starts_with(wanted)) return false;
  // A short text that is the beginning of a longer one is another text.
  return wanted.size() < sent.size() || seen.size() == sent.size();
}

}  // namespace liandong
