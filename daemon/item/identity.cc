#include "daemon/item/identity.h"

#include <algorithm>
#include <array>

#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/sorted_json.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLongestDocNo = 200;  // bytes
constexpr std::string_view kSession = ";jsessionid=";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// --- URLs ---

bool is_noise(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNoise = {"timestamp", "_",   "t",
                                                      "random",    "spm", "jsessionid"};
  const std::string lower = lower_ascii(name);
  return lower.starts_with("utm_") ||
         std::find(kNoise.begin(), kNoise.end(), lower) != kNoise.end();
}

std::string without_noise(std::string_view query) {
  std::string out;
  for (const std::string& parameter : split(query, '&')) {
    const std::string_view name = std::string_view(parameter).substr(0, parameter.find('='));
    if (parameter.empty() || is_noise(name)) {
      continue;
    }
    out.append(out.empty() ? "" : "&").append(parameter);
  }
  return out;
}

std::string without_session(std::string path) {
  for (;;) {
    const std::size_t start = lower_ascii(path).find(kSession);
    if (start == std::string::npos) {
      return path;
    }
    path.erase(start, std::min(path.find('/', start), path.size()) - start);
  }
}

std::string_view path_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find_first_of("?#;"));
  const std::size_t path = url.find('/');
  return path == std::string_view::npos ? std::string_view() : url.substr(path);
}

// `art_12480_1461862.html` → `art_12480_1461862`; empty when it is no page.
std::string_view page_name(std::string_view file) {
  for (const std::string_view extension : {".html", ".htm", ".shtml"}) {
    if (file.ends_with(extension)) {
      return file.substr(0, file.size() - extension.size());
    }
  }
  return {};
}

// --- document numbers ---

icu::UnicodeString compatibility_form(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCInstance(status);
  icu::UnicodeString out;
  if (U_SUCCESS(status)) {
    out = normalizer->normalize(icu::UnicodeString::fromUTF8(text), status);
  }
  if (U_FAILURE(status)) {
    throw std::runtime_error("ICU cannot load NFKC");
  }
  return out;
}

bool is_issuer_character(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  return (c < 0x80 && u_isalpha(c) != 0) || uscript_getScript(c, &status) == USCRIPT_HAN;
}

std::string normal_title(const std::string& title) {
  return replace_all(fold_blanks(title), " ", "");
}

// `000014349/2017-00110`: a body, a year or month, a serial number. Pages fill the field with all
// sorts of things; only what has this shape says which document it is.
std::string normal_index_no(std::string_view text) {
  std::string number = replace_all(fold_blanks(text), " ", "");
  std::transform(number.begin(), number.end(), number.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const std::size_t slash = number.rfind('/');
  const std::size_t dash = number.find('-', slash == std::string::npos ? 0 : slash);
  if (slash == std::string::npos || slash == 0 || dash == std::string::npos) {
    return {};
  }
  const std::string_view when = std::string_view(number).substr(slash + 1, dash - slash - 1);
  if ((when.size() != 4 && when.size() != 6) || !all_digits(when) ||
      !all_digits(std::string_view(number).substr(dash + 1))) {
    return {};
  }
  return number;
}

std::string body_digest(const Body& body) {
  const std::string words = plain_text(body);
  return sha256_hex(words.empty() ? sorted_json(to_json(body)) : words);
}

}  // namespace

std::vector<IdentityKey> identity_keys(const std::string& source, const Article& article) {
  std::vector<IdentityKey> keys;
  const auto add = [&keys](const char* kind, std::string value) {
    keys.push_back({kind, std::move(value)});
  };
  const std::string cms = article.cms_id.empty() ? cms_id_from_url(article.url) : article.cms_id;
  if (!cms.empty()) {
    add("cms", source + ' ' + cms);
  }
  if (std::string url = canonical_url(article.url); !url.empty()) {
    add("url", std::move(url));
  }
  if (!article.guid.empty()) {
    add("guid", source + ' ' + article.guid);
  }
  if (std::string index = normal_index_no(article.meta.index_no); !index.empty()) {
    add("index", std::move(index));
  }
  const std::string title = normal_title(article.title);
  if (title.empty()) {
    return keys;
  }
  if (const std::string number = normalise_doc_no(article.meta.doc_no); !number.empty()) {
    add("doc", number + ' ' + title);
  }
  // Without a day or a text, two notices of one title cannot be told apart.
  if (article.published && !article.body.empty()) {
    add("title",
        beijing_date(article.published->at) + ' ' + body_digest(article.body) + ' ' + title);
  }
  return keys;
}

std::string canonical_url(std::string_view text) {
  const std::string read = normal_escapes(as_browsers_read(trim(text)));
  const std::size_t authority = read.find("://");
  const Result<CurlUrl> url = parse_url(read);
  if (!url || (url->scheme != "http" && url->scheme != "https") || authority == std::string::npos ||
      read.substr(authority + 3).starts_with('/')) {
    return {};
  }
  std::string_view host = url->host;
  if (host.starts_with("www.")) host.remove_prefix(4);
  if (host.ends_with('.')) host.remove_suffix(1);
  const bool is_v6 = host.find(':') != std::string_view::npos;
  std::string out = is_v6 ? fmt::format("[{}]", host) : std::string(host);
  if (url->port != (url->scheme == "https" ? 443 : 80)) out += fmt::format(":{}", url->port);
  out += without_session(normal_escapes(url->path()));
  const std::string query = without_noise(normal_escapes(url->query()));
  return query.empty() ? out : out.append("?").append(query);
}

std::string normalise_doc_no(std::string_view text) {
  if (text.size() > kLongestDocNo) {
    return {};
  }
  const std::string folded = replace_all(fold_blanks(text), " ", "");
  const icu::UnicodeString number = compatibility_form(folded);
  constexpr std::u16string_view kOpen = u"〔[(【{<〈";
  constexpr std::u16string_view kClose = u"〕])】}>〉";
  constexpr std::int32_t kLongestIssuer = 20;

  std::int32_t at = 0;
  while (at < number.length() && is_issuer_character(number.char32At(at))) {
    at = number.moveIndex32(at, 1);
  }
  const std::int32_t issuer_end = at;
  if (number.countChar32(0, issuer_end) < 1 || number.countChar32(0, issuer_end) > kLongestIssuer ||
      kOpen.find(number[at]) == std::u16string_view::npos) {
    return {};
  }
  const auto digits = [&number](std::int32_t from) {
    std::int32_t count = 0;
    while (number[from + count] >= u'0' && number[from + count] <= u'9') {
      ++count;
    }
    return count;
  };
  const std::int32_t year = at + 1;
  if (digits(year) != 4 ||
      !(number.compare(year, 2, u"19") == 0 || number.compare(year, 2, u"20") == 0) ||
      kClose.find(number[year + 4]) == std::u16string_view::npos) {
    return {};
  }
  at = year + 5;
  if (number[at] == u'第') {
    ++at;
  }
  while (number[at] == u'0') {
    ++at;
  }
  const std::int32_t serial = digits(at);
  if (serial < 1 || serial > 5 || number[at + serial] != u'号' ||
      at + serial + 1 != number.length()) {
    return {};
  }
  icu::UnicodeString normal(number, 0, issuer_end);
  normal.append(u'〔').append(number, year, 4).append(u'〕').append(number, at, serial + 1);
  std::string out;
  return normal.toUTF8String(out);
}

std::string cms_id_from_url(std::string_view url) {
  const std::vector<std::string> segments = split(path_of(trim(url)), '/');
  const std::string_view page = page_name(segments.back());
  const std::size_t depth = segments.size();
  if (page.empty()) {
    return {};
  }
  if (depth >= 3 && segments[depth - 3] == "public" && all_digits(segments[depth - 2]) &&
      all_digits(page)) {
    return segments[depth - 2] + '/' + std::string(page);
  }
  const std::size_t last = page.rfind('_');
  if (last == std::string_view::npos || !all_digits(page.substr(last + 1))) {
    return {};
  }
  const std::string_view head = page.substr(0, last);
  const bool trs = head.size() == 9 && head[0] == 't' && all_digits(head.substr(1));
  const bool hanweb = head.starts_with("art_") && all_digits(head.substr(4));
  return trs || hanweb || head == "post" ? std::string(page.substr(last + 1)) : std::string();
}

}  // namespace liandong
