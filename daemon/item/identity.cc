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

// Copies differ in blanks, width and quotation marks.
std::string normal_title(const std::string& title) {
  std::string out;
  compatibility_form(fold_blanks(title)).toUTF8String(out);
  for (const std::string_view mark : {" ", "\"", "'", "“", "”", "‘", "’"}) {
    out = replace_all(std::move(out), mark, "");
  }
  return lower_ascii(out);
}

// An interpretation states the numbers of the policy it explains, and may bear its very title.
bool is_interpretation(const Article& article) {
  for (const std::string_view word : {"解读", "图解", "读懂", "问答", "答记者问", "起草说明"}) {
    if (article.title.find(word) != std::string::npos) return true;
  }
  // A column of policies and their interpretations says nothing about one of them.
  const std::string& column = article.column;
  const bool is_mixed =
      column.find("及") != std::string::npos || column.find("与") != std::string::npos ||
      column.find("和") != std::string::npos || column.find("文件") != std::string::npos;
  return !is_mixed && column.find("解读") != std::string::npos;
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
  // Forms are met that were sent without being filled in.
  const bool is_blank = number.find_first_not_of('0', dash + 1) == std::string::npos ||
                        number.find_first_not_of('0') == slash;
  return is_blank ? std::string() : number;
}

constexpr std::size_t kTellingText = 60;  // code points; a shorter text may say nothing
constexpr std::size_t kTellingTitle = 12;
constexpr std::size_t kSurelyOneText = 200;

std::string_view file_name(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#;"));
  return url.substr(url.rfind('/') + 1);
}

// What the text says, and the files it shows.
std::string files_of(const Body& body) {
  std::string files;
  for (const Attachment& attachment : body.attachments) {
    files.append("\n").append(attachment.name).append("\t").append(file_name(attachment.url));
  }
  for (const Picture& picture : pictures(body)) {
    files.append("\n").append(file_name(picture.url));
  }
  return files;
}

std::string site_of(const std::string& canonical) {
  return canonical.substr(0, canonical.find('/'));
}

// `/public/<organ>/…`: the department, where one site serves several.
std::string organ_of(std::string_view url) {
  const std::string id = cms_id_from_url(url);
  return id.find('/') == std::string::npos ? std::string() : id.substr(0, id.find('/'));
}

// Title, day and text. A short text (特此通知, 详见附件) is that of many documents, so there the
// files and the site count too, and below a title that says as little the department.
std::string title_key(const Article& article, const std::string& words, const std::string& site,
                      const std::string& title) {
  std::string all = words;
  if (count_code_points(words) < kTellingText) {
    all += files_of(article.body) + "\n" + site;
    if (count_code_points(title) < kTellingTitle) all += "\n" + organ_of(article.url);
  }
  return beijing_date(article.published->at) + ' ' + sha256_hex(all) + ' ' + title;
}

// A copy in another column bears another day (contracts/cms.md 5). Texts of some length that agree
// to the letter, files included, are one document when their days lie a week apart at most: of two
// rows of fortnights, shifted by a week, one then holds both days.
std::vector<std::string> text_keys(const Article& article, const std::string& words,
                                   const std::string& title) {
  if (count_code_points(words) < kSurelyOneText) return {};
  const std::string digest = sha256_hex(words + files_of(article.body));
  const auto day =
      std::chrono::sys_days(beijing_day(article.published->at)).time_since_epoch().count();
  std::vector<std::string> keys;
  for (const int shift : {0, 7}) {
    keys.push_back(fmt::format("{}.{} {} {}", shift, (day + shift) / 14, digest, title));
  }
  return keys;
}

}  // namespace

std::vector<IdentityKey> identity_keys(const std::string& source, const Article& article) {
  std::vector<IdentityKey> keys;
  const auto add = [&keys](std::string kind, std::string value) {
    keys.push_back({std::move(kind), std::move(value)});
  };
  const std::string url = canonical_url(article.url);
  const std::string in_url = cms_id_from_url(article.url);
  if (article.cms_id.empty() || article.cms_id == in_url) {
    // Every site of a family counts for itself, and a column may link to several.
    if (!in_url.empty()) add("cms", source + ' ' + site_of(url) + ' ' + in_url);
  } else {
    add("cms", source + ' ' + article.cms_id);
  }
  if (!url.empty()) add("url", url);
  if (!article.guid.empty()) add("guid", source + ' ' + article.guid);
  const std::string role = is_interpretation(article) ? " 解读" : "";
  if (const std::string index = normal_index_no(article.meta.index_no); !index.empty()) {
    add("index", index + role);
  }
  const std::string title = normal_title(article.title);
  if (title.empty()) return keys;
  if (const std::string number = normalise_doc_no(article.meta.doc_no); !number.empty()) {
    add("doc", number + ' ' + title + role);
  }
  // Without a day or a text, two notices of one title cannot be told apart.
  if (article.published && !article.body.empty()) {
    const std::string words = plain_text(article.body);
    add("title", title_key(article, words, site_of(url), title + role));
    for (std::string& key : text_keys(article, words, title + role)) add("text", std::move(key));
  }
  return keys;
}

IdentityKey listed_key(const std::string& title, Timestamp published) {
  return {"listed", beijing_date(published) + ' ' + normal_title(title)};
}

std::vector<IdentityKey> keys_within(std::string_view identity, std::vector<IdentityKey> keys) {
  if (identity.empty()) return keys;
  for (IdentityKey& key : keys) {
    // A source's own are its organisation's already.
    if (key.kind == "cms" || key.kind == "guid") continue;
    key.kind += '@';
    key.kind += identity;
  }
  return keys;
}

bool may_be_edited(const std::string& before, const std::string& after) {
  const std::string a = normal_title(before);
  const std::string b = normal_title(after);
  const auto numbers = [](const std::string& title) {
    std::string digits;
    for (const char c : title) digits.push_back(is_digit(c) ? c : ' ');
    return fold_blanks(digits);
  };
  return numbers(a) == numbers(b) && edit_distance(a, b) * 5 <= std::max(a.size(), b.size()) * 2;
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
