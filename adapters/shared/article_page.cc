#include "adapters/shared/article_page.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/article_head.h"
#include "adapters/shared/body_finder.h"
#include "adapters/shared/catalogue.h"
#include "adapters/shared/charset.h"
#include "adapters/shared/html_text.h"
#include "adapters/shared/shield.h"
#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using Labels = std::map<std::string, std::string>;

constexpr std::size_t kCutAt = 100;          // code points, 开普's template
constexpr std::size_t kLongestLabel = 4000;  // bytes
constexpr std::size_t kMostLabels = 100;

// The prescribed names, and what sites write in their place.
constexpr std::initializer_list<const char*> kTitleNames = {"articletitle", "文章标题", "信息标题",
                                                            "标题"};
constexpr std::initializer_list<const char*> kTimeNames = {"pubdate",
                                                           "firstpublishedtime",
                                                           "article:publishedtime",
                                                           "publishdate",
                                                           "publishtime",
                                                           "datepublished",
                                                           "og:releasedate",
                                                           "og:publishedtime",
                                                           "article:createat",
                                                           "weibo:article:createat",
                                                           "apub:time",
                                                           "pubtime",
                                                           "releasedate",
                                                           "dc.date",
                                                           "发布时间",
                                                           "发布日期"};

std::string label(const Labels& labels, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = labels.find(name);
    if (found != labels.end() && !found->second.empty()) return found->second;
  }
  return {};
}

// <meta name content>, in either order and any case, and <meta property>. The first that says
// anything wins.
Labels read_labels(const HtmlTree& tree) {
  Labels labels;
  walk(tree.root(), [&](xmlNode* node) {
    if (!is_element(node, "meta") || labels.size() >= kMostLabels) return true;
    std::string name;
    for (const char* naming : {"name", "property", "http-equiv", "itemprop"}) {
      if (name.empty()) name = label_name(attribute(node, naming));
    }
    const std::string value = attribute(node, "content");
    if (name.empty() || value.size() > kLongestLabel) return true;
    // Values are met that are encoded twice (`&amp;quot;`) or hold tags.
    std::string& place = labels[std::move(name)];
    if (place.empty()) place = with_mended_end(line_from_html(value));
    return true;
  });
  return labels;
}

std::string page_title_of(const HtmlTree& tree) {
  std::string title;
  walk(tree.root(), [&](xmlNode* node) {
    if (title.empty() && is_element(node, "title")) title = text_of(node->children);
    return title.empty() && !is_element(node, "body");
  });
  return title;
}

// `关于…的通知_安徽省教育厅`: what follows the last mark is the site when the labels say so, or
// when the mark is one that titles do not hold.
std::string without_site(std::string title, const Labels& labels) {
  const std::string site = label(labels, {"sitename", "og:sitename"});
  const std::string column = label(labels, {"columnname"});
  for (int round = 0; round < 3; ++round) {
    std::size_t at = std::string::npos;
    std::size_t width = 0;
    for (const std::string_view mark : {"_", "|", " - ", "-", "——", " – ", "–"}) {
      const std::size_t found = title.rfind(mark);
      if (found != std::string::npos && (at == std::string::npos || found > at)) {
        at = found;
        width = mark.size();
      }
    }
    if (at == std::string::npos || at == 0) break;
    const std::string tail(trim(std::string_view(title).substr(at + width)));
    const bool named = !tail.empty() && (tail == site || tail == column);
    // `-安澜市教育局`: behind a hyphen only what ends like the name of an office is the site.
    const bool strong_mark = title[at] == '_' || title[at] == '|' || title[at] == ' ';
    if (!named && !strong_mark && !names_an_office(tail)) break;
    title = std::string(trim(std::string_view(title).substr(0, at)));
  }
  return title;
}

// What the readers of an article share.
struct Page {
  const HtmlTree& tree;
  std::string_view text;
  const Labels& labels;
  std::map<std::string, std::string> linked;  // linked_data_in()
  Catalogue catalogue;
  PageLines lines;

  [[nodiscard]] std::string linked_fact(const char* name) const {
    const auto found = linked.find(name);
    return found == linked.end() ? std::string() : line_from_html(found->second);
  }
};

// What else may be the title when the prescribed label is missing or cut; surest first.
std::vector<StatedText> other_titles(const Page& page, const std::string& page_title) {
  const TitleHints hints{label(page.labels, {"sitename"}), label(page.labels, {"columnname"}),
                         page_title};
  std::vector<StatedText> titles;
  titles.push_back(StatedText{page.linked_fact("headline"), "JSON-LD headline"});
  titles.push_back(StatedText{page.catalogue.title, "catalogue 名称"});
  titles.push_back(headline(page.lines, hints));
  titles.push_back(StatedText{label(page.labels, {"og:title"}), "meta og:title"});
  titles.push_back(StatedText{without_site(page_title, page.labels), "<title>"});
  return titles;
}

StatedText title_of(const Page& page, const Selector& configured) {
  for (const xmlNode* node : configured.select(page.tree.root())) {
    if (std::string title = text_of(node); !title.empty()) return {title, "article_title"};
  }
  const std::string stated = label(page.labels, kTitleNames);
  if (!stated.empty() && !is_cut(stated)) return {stated, "meta ArticleTitle"};
  const std::string page_title = page_title_of(page.tree);
  const std::vector<StatedText> others = other_titles(page, page_title);
  for (const StatedText& other : others) {
    const std::string& words = other.value;
    const bool usable = stated.empty() ? count_code_points(words) >= 4 : is_whole_of(words, stated);
    if (usable && words != label(page.labels, {"sitename"})) return other;
  }
  if (!stated.empty()) return {stated, "meta ArticleTitle"};
  for (const StatedText& other : others) {
    if (!other.value.empty()) return other;
  }
  return {page_title, "<title>"};
}

// 开普's template may write hours of 12 (contracts/cms.md 3.3): before 13:00 only the day is sure,
// unless the page shows the time as well.
StatedTime without_half_day(StatedTime stated, std::string_view family,
                            const std::optional<StatedTime>& shown) {
  if (family != "ucap" || stated.precision == Precision::Day) return stated;
  const Timestamp midnight = beijing_midnight(beijing_day(stated.at));
  if (stated.at - midnight >= std::chrono::hours(13)) return stated;
  if (shown && shown->precision != Precision::Day &&
      beijing_day(shown->at) == beijing_day(stated.at)) {
    return *shown;
  }
  return StatedTime{midnight, Precision::Day};
}

// `20260710` of a label as `2026-07-10`; anything else as it is.
std::string with_marks(const std::string& stated) {
  const bool digits = stated.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || stated.size() != 8) return stated;
  return stated.substr(0, 4) + "-" + stated.substr(4, 2) + "-" + stated.substr(6);
}

StatedMoment published_of(const Page& page, const PageReading& reading, const std::string& title,
                          const Selector& configured) {
  for (const xmlNode* node : configured.select(page.tree.root())) {
    if (auto time = time_at_start(text_of(node))) return {time, "article_date"};
  }
  const StatedMoment shown = time_in_lines(page.lines, title);
  for (const char* name : kTimeNames) {
    const auto found = reading.labels.find(name);
    if (found == reading.labels.end()) continue;
    if (const auto time = parse_stated_time(with_marks(found->second))) {
      return {without_half_day(*time, reading.family, shown.value), std::string("meta ") + name};
    }
  }
  if (auto time = parse_stated_time(page.linked_fact("datePublished"))) {
    return {time, "JSON-LD datePublished"};
  }
  if (StatedMoment element = time_in_elements(page.tree); element.value) return element;
  const StatedMoment catalogued{page.catalogue.published, "catalogue 发布日期"};
  const bool same_day = shown.value && catalogued.value &&
                        beijing_day(shown.value->at) == beijing_day(catalogued.value->at);
  if (same_day || (shown.value && (shown.by != "line under the title" || !catalogued.value))) {
    return shown;
  }
  if (catalogued.value) return catalogued;
  if (StatedMoment script = time_in_scripts(page.text); script.value) return script;
  if (const auto day = day_in_url(reading.article.url)) return {day, "address"};
  return time_under_text(page.lines);
}

// 本网 and 本站 mean the site itself.
std::string source_named(std::string source, const Labels& labels) {
  for (const std::string_view word : {"信息来源", "文章来源", "稿件来源", "来源"}) {
    for (const std::string_view colon : {"：", ":"}) {
      const std::string prefix = std::string(word).append(colon);
      if (source.starts_with(prefix)) source = std::string(trim(source.substr(prefix.size())));
    }
  }
  for (const std::string_view nobody : {"未知", "不详", "无", "暂无", "admin"}) {
    if (source == nobody) return {};
  }
  for (const std::string_view self : {"本网", "本站", "本站原创", "本网站"}) {
    if (source == self) {
      const std::string site = label(labels, {"sitename"});
      return site.empty() ? source : site;
    }
  }
  return source;
}

StatedText source_of(const Page& page) {
  StatedText source{label(page.labels, {"contentsource", "信息来源", "文章来源", "来源", "source",
                                        "apub:from", "mediaid"}),
                    "meta ContentSource"};
  if (source.value.empty()) source = source_in_lines(page.tree, page.lines);
  if (source.value.empty()) {
    source = StatedText{page.catalogue.meta.content_source, "catalogue 来源"};
  }
  if (source.value.empty()) source = source_beside_date(page.lines);
  source.value = source_named(std::move(source.value), page.labels);
  return source;
}

DocumentMeta meta_of(const Page& page, std::string source) {
  DocumentMeta meta = page.catalogue.meta;
  meta.content_source = std::move(source);
  if (std::string author = label(page.labels, {"author"}); !author.empty()) {
    meta.author = std::move(author);
  }
  // The labels of a page without content of its own repeat the site's words; the head table knows
  // better.
  if (meta.keywords.empty()) meta.keywords = label(page.labels, {"keywords"});
  if (meta.abstract.empty()) meta.abstract = label(page.labels, {"description"});
  return meta;
}

SourceFault malformed(std::string message) {
  SourceFault fault;
  fault.kind = SourceFault::Kind::Malformed;
  fault.message = std::move(message);
  fault.advice = "look at the page in a browser; its encoding or template may have changed";
  return fault;
}

void fill(PageReading& reading, const HtmlTree& tree, std::string_view text, FoundBody found,
          const ArticleSelectors& selectors) {
  Article& article = reading.article;
  const Page page{tree,
                  text,
                  reading.labels,
                  linked_data_in(tree),
                  read_catalogue(tree, found.node, reading.labels),
                  lines_of_page(tree, found.node)};
  StatedText title = title_of(page, selectors.title);
  article.title = with_mended_end(std::move(title.value));
  StatedMoment published = published_of(page, reading, article.title, selectors.date);
  article.published = published.value;
  StatedText source = source_of(page);
  trim_frame(found.body, article.title, found.wide);
  article.meta = meta_of(page, source.value);
  StatedText doc_no = article.meta.doc_no.empty() ? doc_no_in_lines(page.lines) : StatedText{};
  if (!doc_no.value.empty()) article.meta.doc_no = std::move(doc_no.value);
  article.body = std::move(found.body);
  article.cms_id = cms_id_from_url(article.url);
  article.column = label(reading.labels, {"columnname", "lanmu"});
  article.cover = resolve_url(tree.base(), label(reading.labels, {"image", "og:image"}));
  const std::string language = attribute(tree.root(), "lang");
  if (!language.empty() && language != "zh" && language.size() <= 20) article.language = language;
  reading.certain_body = found.certain;
  reading.info_lines = count_info_lines(page.lines);
  auto& evidence = reading.evidence;
  for (const auto& [name, by] : page.catalogue.evidence) evidence["document." + name] = by;
  if (!doc_no.by.empty()) evidence["document.doc_no"] = std::move(doc_no.by);
  evidence["title"] = std::move(title.by);
  if (published.value) evidence["published_at"] = std::move(published.by);
  if (!source.value.empty()) evidence["source"] = std::move(source.by);
  evidence["body"] = found.by;
}

PageReading read_page(const HtmlTree& tree, std::string_view page, std::string_view url,
                      FoundBody found, const ArticleSelectors& selectors) {
  PageReading reading;
  reading.labels = read_labels(tree);
  reading.family = family_of(page, url);
  reading.article.url = url;
  fill(reading, tree, page, std::move(found), selectors);
  return reading;
}

}  // namespace

std::variant<PageReading, SourceFault> read_article_page(const HtmlTree& tree,
                                                         std::string_view page,
                                                         std::string_view url,
                                                         const ArticleSelectors& selectors) {
  if (tree.root() == nullptr) return malformed("the page is empty");
  FoundBody found = find_body(tree, page, selectors.body);
  // A box called .content is any page's, a shield's too.
  const bool certain = found.certain && !found.wide && found.node != nullptr;
  PageReading reading = read_page(tree, page, url, std::move(found), selectors);
  if (!certain && label(reading.labels, kTitleNames).empty()) {
    if (auto fault = not_the_page(200, page, tree)) return *fault;
  }
  if (reading.article.title.empty()) return malformed("the page has no title");
  if (is_garbled(reading.article.title)) {
    return malformed(fmt::format("the title is garbled: {}", shorten(reading.article.title, 40)));
  }
  return reading;
}

std::variant<PageReading, SourceFault> parse_article_page(std::string_view bytes,
                                                          std::string_view content_type,
                                                          std::string_view url,
                                                          const ArticleSelectors& selectors) {
  const Result<std::string> page = decode_text(bytes, content_type);
  if (!page) return malformed(page.error().message());
  const Result<HtmlTree> tree = HtmlTree::parse(*page, url);
  if (!tree) return malformed(tree.error().message());
  return read_article_page(*tree, *page, url, selectors);
}

void settle_with_row(Article& article, const ListingRow& row) {
  const bool row_is_whole = !row.title.empty() && !is_cut(row.title);
  if (article.title.empty() ||
      (row_is_whole && is_cut(article.title) && is_whole_of(row.title, article.title))) {
    article.title = row.title;
  }
  if (!row.published) return;
  // The finer of the two when they mean the same day.
  if (!article.published || beijing_day(article.published->at) != beijing_day(row.published->at) ||
      article.published->precision > row.published->precision) {
    article.published = row.published;
  }
}

std::string page_name(const HtmlTree& tree) {
  if (tree.root() == nullptr) return {};
  const Labels labels = read_labels(tree);
  std::string column = label(labels, {"columnname"});
  return column.empty() ? without_site(page_title_of(tree), labels) : column;
}

std::string label_name(std::string_view name) {
  std::string out = lower_ascii(fold_blanks(name));
  for (const std::string_view mark : {" ", "-", "_", "：", "【", "】"}) {
    out = replace_all(std::move(out), mark, "");
  }
  while (out.ends_with(':')) out.pop_back();
  return out;
}

std::string_view family_of(std::string_view page, std::string_view url) {
  const auto has = [&](std::string_view sign) {
    return page.find(sign) != std::string_view::npos || url.find(sign) != std::string_view::npos;
  };
  if (has("/site/label/8888") || has("/public/column/") || has("j-fontContent")) return "longxun";
  if (has("dataproxy.jsp") || has("<datastore>") || has("ZJEG_RSS") || has("/art_"))
    return "hanweb";
  if (has("TRS_") || has("createPageHTML")) return "trs";
  if (has("UCAP") || has("ucapcontent")) return "ucap";
  if (has("gkmlpt") || has("NFCMS")) return "gkmlpt";
  if (has("unitbuild.js")) return "miit";
  if (has("/wp-json/") || has("wp-content")) return "wordpress";
  return {};
}

std::optional<StatedTime> day_in_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (path == std::string_view::npos) return std::nullopt;
  // Numbers of the path: t20260520_1, /art/2026/5/20/, /2026-05/20/, /20260520/, /202605/20/.
  std::vector<std::string_view> numbers;
  std::vector<bool> follows;  // right behind the one before, with `/` or `-` between
  std::size_t last_end = 0;
  for (std::size_t at = url.find_first_of("0123456789", path); at != std::string_view::npos;) {
    const std::size_t end = std::min(url.find_first_not_of("0123456789", at), url.size());
    numbers.push_back(url.substr(at, end - at));
    follows.push_back(at == last_end + 1 && (url[last_end] == '/' || url[last_end] == '-'));
    last_end = end;
    at = url.find_first_of("0123456789", end);
  }
  const auto day = [](std::string_view year, std::string_view month,
                      std::string_view date) -> std::optional<StatedTime> {
    if (year < "1995" || year > "2099") return std::nullopt;
    return parse_stated_time(fmt::format("{}-{}-{}", year, month, date));
  };
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::string_view first = numbers[i];
    std::optional<StatedTime> found;
    if (first.size() == 8) found = day(first.substr(0, 4), first.substr(4, 2), first.substr(6));
    const bool one_more = i + 1 < numbers.size() && follows[i + 1] && numbers[i + 1].size() <= 2;
    if (!found && first.size() == 6 && one_more) {
      found = day(first.substr(0, 4), first.substr(4), numbers[i + 1]);
    }
    const bool two_more =
        one_more && i + 2 < numbers.size() && follows[i + 2] && numbers[i + 2].size() <= 2;
    if (!found && first.size() == 4 && two_more) found = day(first, numbers[i + 1], numbers[i + 2]);
    const bool joined = one_more == false && i + 1 < numbers.size() && follows[i + 1] &&
                        first.size() == 4 && numbers[i + 1].size() == 4;
    if (!found && joined) {
      found = day(first, numbers[i + 1].substr(0, 2), numbers[i + 1].substr(2));
    }
    if (found) return found;
  }
  return std::nullopt;
}

bool is_cut(std::string_view title) {
  return title.ends_with("…") || title.ends_with("...") || count_code_points(title) >= kCutAt;
}

bool is_whole_of(std::string_view whole, std::string_view cut) {
  for (const std::string_view tail : {"...", "…", "…"}) {
    if (cut.ends_with(tail)) cut.remove_suffix(tail.size());
  }
  cut = trim(cut);
  return !cut.empty() && whole.size() > cut.size() && whole.starts_with(cut);
}

}  // namespace liandong
