#include "adapters/shared/article_page.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

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

std::string first_text(const HtmlTree& tree, std::string_view element) {
  std::string text;
  walk(tree.root(), [&](xmlNode* node) {
    if (!text.empty() || (is_element(node) && is_invisible(node) && !is_element(node, "head"))) {
      return false;
    }
    if (is_element(node, element)) text = text_of(node);
    return text.empty();
  });
  return text;
}

// `关于…的通知_安徽省教育厅`: what follows the last mark is the site when the labels say so, or
// when the mark is one that titles do not hold.
std::string without_site(std::string title, const Labels& labels) {
  const std::string site = label(labels, {"sitename"});
  const std::string column = label(labels, {"columnname"});
  for (int round = 0; round < 3; ++round) {
    std::size_t at = std::string::npos;
    std::size_t width = 0;
    for (const std::string_view mark : {"_", "|", " - ", "-", "——"}) {
      const std::size_t found = title.rfind(mark);
      if (found != std::string::npos && (at == std::string::npos || found > at)) {
        at = found;
        width = mark.size();
      }
    }
    if (at == std::string::npos || at == 0) break;
    const std::string tail(trim(std::string_view(title).substr(at + width)));
    const bool named = !tail.empty() && (tail == site || tail == column);
    const bool strong_mark = title[at] == '_' || title[at] == '|' || title[at] == ' ';
    if (!named && !strong_mark) break;
    title = std::string(trim(std::string_view(title).substr(0, at)));
  }
  return title;
}

std::string title_of(const HtmlTree& tree, const Labels& labels, const Catalogue& catalogue,
                     const Selector& configured) {
  for (const xmlNode* node : configured.select(tree.root())) {
    if (std::string title = text_of(node); !title.empty()) return title;
  }
  const std::string stated = label(labels, kTitleNames);
  if (!stated.empty() && !is_cut(stated)) return stated;
  const std::string page_title =
      without_site(tree.root() == nullptr ? "" : first_text(tree, "title"), labels);
  const std::array<std::string, 4> others = {first_text(tree, "h1"), catalogue.title,
                                             label(labels, {"og:title"}), page_title};
  for (const std::string& other : others) {
    const bool usable = stated.empty() ? count_code_points(other) >= 4 : is_whole_of(other, stated);
    if (usable && other != label(labels, {"sitename"})) return other;
  }
  if (!stated.empty()) return stated;
  return others[0].empty() ? page_title : others[0];
}

// A time at the start of the text, as long as it can be read: `2026-05-20 15:09 来源：…`.
std::optional<StatedTime> time_at_start(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && end < 80) {
    const std::string_view rest = text.substr(end);
    constexpr std::array<std::string_view, 6> kUnits = {"年", "月", "日", "时", "分", "秒"};
    const bool unit = std::any_of(kUnits.begin(), kUnits.end(),
                                  [&](std::string_view word) { return rest.starts_with(word); });
    const bool plain = std::string_view("0123456789-/.: ").find(rest[0]) != std::string_view::npos;
    if (!unit && !plain) break;
    end += unit ? 3U : 1U;
  }
  const std::vector<std::string> words = split(trim(text.substr(0, end)), ' ');
  for (const std::size_t count : {std::size_t{2}, std::size_t{1}}) {
    if (words.size() < count) continue;
    const std::string both = count == 2 ? words[0] + " " + words[1] : words[0];
    if (auto time = parse_stated_time(both)) return time;
  }
  return std::nullopt;
}

// `发布时间：2026-05-20 15:09` outside the text of the article.
std::optional<StatedTime> shown_time(const HtmlTree& tree, const xmlNode* body) {
  std::optional<StatedTime> shown;
  walk(tree.root(), [&](xmlNode* node) {
    if (shown || node == body || (is_element(node) && is_invisible(node))) return false;
    if (!is_element(node)) return false;
    if (!has_little_text(node, 600)) return true;
    const std::string text = text_of(node);
    for (const std::string_view name :
         {"发布时间", "发布日期", "发文时间", "时间", "日期", "更新时间"}) {
      std::size_t at = text.find(name);
      if (at == std::string::npos || shown) continue;
      at += name.size();
      while (at < text.size()) {
        const std::string_view rest = std::string_view(text).substr(at);
        if (!rest.starts_with("：") && !rest.starts_with(":") && !rest.starts_with(" ")) break;
        at += rest.starts_with("：") ? 3U : 1U;
      }
      shown = time_at_start(std::string_view(text).substr(at));
    }
    return !shown;
  });
  return shown;
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

std::optional<StatedTime> published_of(const HtmlTree& tree, const PageReading& reading,
                                       const Catalogue& catalogue, const xmlNode* body,
                                       const Selector& configured) {
  for (const xmlNode* node : configured.select(tree.root())) {
    if (auto time = time_at_start(text_of(node))) return time;
  }
  const auto shown = shown_time(tree, body);
  for (const char* name : kTimeNames) {
    const auto found = reading.labels.find(name);
    if (found == reading.labels.end()) continue;
    if (const auto time = parse_stated_time(found->second)) {
      return without_half_day(*time, reading.family, shown);
    }
  }
  if (shown) return shown;
  if (catalogue.published) return catalogue.published;
  return day_in_url(reading.article.url);
}

// 本网 and 本站 mean the site itself.
std::string source_named(std::string source, const Labels& labels) {
  for (const std::string_view word : {"信息来源", "文章来源", "稿件来源", "来源"}) {
    for (const std::string_view colon : {"：", ":"}) {
      const std::string prefix = std::string(word).append(colon);
      if (source.starts_with(prefix)) source = std::string(trim(source.substr(prefix.size())));
    }
  }
  for (const std::string_view self : {"本网", "本站", "本站原创", "本网站"}) {
    if (source == self) {
      const std::string site = label(labels, {"sitename"});
      return site.empty() ? source : site;
    }
  }
  return source;
}

DocumentMeta meta_of(const Labels& labels, DocumentMeta meta) {
  const auto prefer = [&](std::string& place, std::initializer_list<const char*> names) {
    if (std::string stated = label(labels, names); !stated.empty()) place = std::move(stated);
  };
  prefer(meta.content_source, {"contentsource"});
  meta.content_source = source_named(std::move(meta.content_source), labels);
  prefer(meta.author, {"author"});
  // The labels of a page without content of its own repeat the site's words; the head table knows
  // better.
  if (meta.keywords.empty()) meta.keywords = label(labels, {"keywords"});
  if (meta.abstract.empty()) meta.abstract = label(labels, {"description"});
  return meta;
}

SourceFault malformed(std::string message) {
  SourceFault fault;
  fault.kind = SourceFault::Kind::Malformed;
  fault.message = std::move(message);
  fault.advice = "look at the page in a browser; its encoding or template may have changed";
  return fault;
}

void fill(PageReading& reading, const HtmlTree& tree, FoundBody found,
          const ArticleSelectors& selectors) {
  Article& article = reading.article;
  const Catalogue catalogue = read_catalogue(tree, found.node, reading.labels);
  article.title = title_of(tree, reading.labels, catalogue, selectors.title);
  article.published = published_of(tree, reading, catalogue, found.node, selectors.date);
  article.meta = meta_of(reading.labels, catalogue.meta);
  article.body = std::move(found.body);
  article.cms_id = cms_id_from_url(article.url);
  article.column = label(reading.labels, {"columnname", "lanmu"});
  article.cover = resolve_url(tree.base(), label(reading.labels, {"image", "og:image"}));
  const std::string language = attribute(tree.root(), "lang");
  if (!language.empty() && language != "zh" && language.size() <= 20) article.language = language;
  reading.certain_body = found.certain;
}

}  // namespace

std::variant<PageReading, SourceFault> parse_article_page(std::string_view bytes,
                                                          std::string_view content_type,
                                                          std::string_view url,
                                                          const ArticleSelectors& selectors) {
  const Result<std::string> page = decode_text(bytes, content_type);
  if (!page) return malformed(page.error().message());
  const Result<HtmlTree> tree = HtmlTree::parse(*page, url);
  if (!tree) return malformed(tree.error().message());
  if (tree->root() == nullptr) return malformed("the page is empty");

  PageReading reading;
  reading.labels = read_labels(*tree);
  reading.family = family_of(*page, url);
  reading.article.url = url;
  FoundBody found = find_body(*tree, *page, selectors.body);
  const bool stated = !label(reading.labels, kTitleNames).empty();
  if (!stated && (!found.certain || found.node == nullptr)) {
    if (auto fault = not_the_page(200, *page, *tree)) return *fault;
  }
  fill(reading, *tree, std::move(found), selectors);
  if (reading.article.title.empty()) return malformed("the page has no title");
  if (is_garbled(reading.article.title)) {
    return malformed(fmt::format("the title is garbled: {}", shorten(reading.article.title, 40)));
  }
  return reading;
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
  const auto digits = [&](std::size_t at, std::size_t count) {
    return at + count <= url.size() &&
           url.substr(at, count).find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::size_t trs = url.rfind("/t");
  if (trs != std::string_view::npos && digits(trs + 2, 8) && url.substr(trs + 10, 1) == "_") {
    const std::string_view day = url.substr(trs + 2, 8);
    return parse_stated_time(
        fmt::format("{}-{}-{}", day.substr(0, 4), day.substr(4, 2), day.substr(6)));
  }
  const std::size_t art = url.find("/art/");
  if (art == std::string_view::npos) return std::nullopt;
  const std::vector<std::string> parts = split(url.substr(art + 5), '/');
  if (parts.size() < 3) return std::nullopt;
  return parse_stated_time(fmt::format("{}-{}-{}", parts[0], parts[1], parts[2]));
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
