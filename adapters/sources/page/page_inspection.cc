#include "adapters/sources/page/page_inspection.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "adapters/shared/article_page.h"
#include "adapters/shared/charset.h"
#include "adapters/shared/fetch.h"
#include "adapters/shared/service.h"
#include "adapters/shared/shield.h"
#include "adapters/sources/page/data_rows.h"
#include "adapters/sources/page/list_page.h"
#include "adapters/sources/page/next_page.h"
#include "adapters/sources/page/row_year.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using Kind = Inspection::Kind;
using FaultKind = SourceFault::Kind;
using PageOrFault = std::variant<PageReading, SourceFault>;
using ListOrFault = std::variant<ListReading, SourceFault>;

constexpr std::size_t kMostFeeds = 10;
constexpr std::size_t kShortText = 50;  // code points; below, a page says nothing by itself
constexpr std::size_t kFewWords = 20;
constexpr std::size_t kLongText = 200;

std::vector<std::string> feeds_of(const HtmlTree& tree) {
  std::vector<std::string> feeds;
  if (tree.root() == nullptr) return feeds;
  walk(tree.root(), [&](xmlNode* node) {
    if (is_element(node, "link") && feeds.size() < kMostFeeds) {
      const std::string type = lower_ascii(attribute(node, "type"));
      const bool is_feed = type == "application/rss+xml" || type == "application/atom+xml" ||
                           type == "application/feed+json";
      std::string url = is_feed ? tree.link(node, "href") : std::string();
      if (!url.empty()) feeds.push_back(std::move(url));
    }
    return true;
  });
  return feeds;
}

// 通知公告, 水利要闻, 部门文件; not 关于…的通知, which is longer.
bool is_column_name(const std::string& words) {
  static constexpr std::array<std::string_view, 14> kEnds = {"公告", "公示", "通知", "文件", "解读",
                                                             "动态", "要闻", "新闻", "法规", "通告",
                                                             "信息", "公开", "资讯", "政策"};
  const std::size_t length = count_code_points(words);
  return length >= 2 && length <= 8 &&
         std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return words.ends_with(end); });
}

std::vector<ColumnLink> columns_of(const HtmlTree& tree, const std::string& url) {
  constexpr std::size_t kMostColumns = 12;
  std::vector<ColumnLink> columns;
  const std::string own = host_of(url);
  walk(tree.root(), [&](xmlNode* node) {
    if (is_element(node) && is_invisible(node)) return false;
    if (!is_element(node, "a") || !has_little_text(node, 60)) return true;
    ColumnLink column{text_of(node), ""};
    if (!is_column_name(column.name)) return false;
    column.url = tree.link(node, "href");
    const bool known = std::any_of(columns.begin(), columns.end(), [&](const ColumnLink& other) {
      return other.url == column.url;
    });
    if (!known && host_of(column.url) == own && column.url != url &&
        columns.size() < kMostColumns) {
      columns.push_back(std::move(column));
    }
    return false;
  });
  return columns;
}

std::string label(const PageReading& reading, const char* name) {
  const auto found = reading.labels.find(name);
  return found == reading.labels.end() ? std::string() : found->second;
}

struct Counted {
  std::size_t rows = 0;
  std::size_t dated = 0;
  std::size_t in_body = 0;  // whose title stands in the article's text
  [[nodiscard]] bool is_column() const { return rows >= 2 && dated * 2 >= rows; }
};

Counted count(const ListReading* list, const std::string& text) {
  Counted counted;
  if (list == nullptr) return counted;
  for (const ListingRow& row : list->rows) {
    ++counted.rows;
    if (row.published) ++counted.dated;
    if (!text.empty() && text.find(row.title) != std::string::npos) ++counted.in_body;
  }
  return counted;
}

struct Verdict {
  Kind kind = Kind::Unknown;
  int confidence = 0;
};

// Points for an article: the prescribed labels, a text, and the line under a title that tells its
// time and source once.
int article_points(const PageReading& page, std::size_t length, bool rows_are_the_text) {
  int points = 0;
  const bool has_files = !page.article.body.attachments.empty();
  const bool has_pictures = !pictures(page.article.body).empty();
  const bool labelled = !label(page, "articletitle").empty();
  if (labelled) points += length > 0 || has_files || has_pictures ? 7 : 3;
  if (!label(page, "pubdate").empty() || !label(page, "article:publishedtime").empty()) points += 2;
  if (!rows_are_the_text) {
    if (length >= kShortText) points += page.certain_body ? 3 : 1;
    if (length >= kLongText) points += 2;
    if (length >= kFewWords) points += 1;
    if (length < kShortText && (has_files || has_pictures) && page.certain_body) points += 2;
  }
  if (page.info_lines >= 1 && page.info_lines <= 4) points += 3;
  if (!page.article.meta.index_no.empty() || !page.article.meta.doc_no.empty()) points += 2;
  const auto title = page.evidence.find("title");
  const bool headed = title != page.evidence.end() && title->second != "<title>";
  if (headed && page.article.published) points += 2;
  return points;
}

int list_points(const ListReading* list, const Counted& rows, bool has_column_label) {
  if (list == nullptr) return 0;
  int points = 0;
  if (rows.dated >= 2) points += rows.dated >= 5 ? 4 : 3;
  if (rows.dated < 2 && rows.rows >= 3) points += rows.rows >= 8 ? 2 : 1;
  if (!list->next_page.empty()) points += 2;
  if (rows.is_column() && has_column_label) points += 1;
  if (list->beside) points -= 3;
  return points;
}

Verdict judge(const PageReading* page, const std::string& text, const ListReading* list,
              const Counted& rows) {
  const std::size_t length = count_code_points(text);
  const bool rows_are_the_text = rows.in_body * 2 > rows.rows;
  const bool labelled = page != nullptr && !label(*page, "articletitle").empty();
  const bool column = page != nullptr && !label(*page, "columnname").empty() && !labelled;
  const int article = page == nullptr ? 0 : article_points(*page, length, rows_are_the_text);
  const int listed =
      list_points(list, rows, column) + (rows_are_the_text && rows.rows >= 3 ? 2 : 0);
  const int apart = article > listed ? article - listed : listed - article;
  const int confidence = std::min(97, 52 + 7 * apart);
  if (article > listed && article >= 2) return {Kind::Article, confidence};
  if (rows.rows >= 1 && listed > 0 && listed >= article) return {Kind::List, confidence};
  if (rows.rows >= 1 && length < kShortText) return {Kind::List, 30};
  return length >= kShortText ? Verdict{Kind::Article, 40} : Verdict{};
}

void take_rows(Inspection& inspection, ListReading list) {
  inspection.type = "page";
  inspection.family = std::move(list.family);
  inspection.row_path = std::move(list.row_path);
  inspection.rows = std::move(list.rows);
  const std::string own = host_of(inspection.url);
  for (const ListingRow& row : inspection.rows) {
    const std::string host = host_of(row.url);
    const bool is_own = host == own || host == "www." + own || "www." + host == own;
    if (!is_own) inspection.hosts.insert(host);
  }
}

SourceFault malformed(std::string message) {
  SourceFault fault;
  fault.kind = FaultKind::Malformed;
  fault.message = std::move(message);
  fault.advice = "look at the page in a browser; its encoding or template may have changed";
  return fault;
}

// The reader of articles knows why when something stands in place of the page.
Inspection without_content(PageOrFault& page) {
  if (auto* fault = std::get_if<SourceFault>(&page)) return inspection_of(std::move(*fault));
  SourceFault fault;
  fault.kind = FaultKind::Malformed;
  fault.message = "neither rows nor a text were found on the page";
  fault.advice = "a script may fill it in: look for the address it asks, or for a feed";
  return inspection_of(std::move(fault));
}

// What stands in place of the page counts before the few links around it.
bool stands_in_place(const PageOrFault& page, const Counted& list) {
  const auto* fault = std::get_if<SourceFault>(&page);
  return fault != nullptr && list.dated == 0 &&
         (fault->kind == FaultKind::Challenged || fault->kind == FaultKind::Soft404);
}

void take_article(Inspection& inspection, PageReading& reading) {
  inspection.evidence = std::move(reading.evidence);
  const Body& body = reading.article.body;
  if (!pictures(body).empty()) inspection.evidence["images"] = "img in the text";
  if (!body.attachments.empty())
    inspection.evidence["attachments"] = "links in and behind the text";
  if (!reading.certain_body) inspection.doubts.emplace_back("正文按文字密度找到，请核对");
  if (!reading.article.published) inspection.doubts.emplace_back("没有找到发布时间");
  if (reading.article.published && inspection.evidence["published_at"] == "address") {
    inspection.doubts.emplace_back("发布日期取自网址，可能是建稿日期");
  }
  inspection.article = std::move(reading.article);
}

void doubt_rows(Inspection& inspection, const Counted& counted, bool beside) {
  if (counted.dated < counted.rows) {
    inspection.doubts.push_back(
        fmt::format("{} 条中有 {} 条没有日期", counted.rows, counted.rows - counted.dated));
  }
  if (counted.rows < 3) inspection.doubts.emplace_back("条目很少，可能不是整个栏目");
  if (beside) inspection.doubts.emplace_back("条目像是页面旁边的推荐，不一定是栏目本身");
}

Inspection concluded(PageOrFault page, ListOrFault list, const std::string& url) {
  auto* reading = std::get_if<PageReading>(&page);
  auto* rows = std::get_if<ListReading>(&list);
  const std::string text = reading == nullptr ? std::string() : plain_text(reading->article.body);
  const Counted counted = count(rows, text);
  const Verdict verdict = judge(reading, text, rows, counted);
  if (verdict.kind == Kind::Unknown || stands_in_place(page, counted)) {
    return without_content(page);
  }
  Inspection inspection;
  inspection.url = url;
  inspection.kind = verdict.kind;
  inspection.confidence = verdict.confidence;
  if (verdict.confidence < 70) inspection.doubts.emplace_back("文章与列表难以分辨，请核对类型");
  if (rows != nullptr && !rows->next_page.empty()) {
    inspection.next = rows->next_page;
    inspection.evidence["next"] = rows->next_by;
  }
  if (reading != nullptr) {
    inspection.title = reading->article.title;
    inspection.family = reading->family;
  }
  if (verdict.kind == Kind::Article) {
    auto kept = std::move(inspection.evidence);
    take_article(inspection, *reading);
    inspection.evidence.merge(kept);
    return inspection;
  }
  const bool labelled = reading != nullptr && !label(*reading, "columnname").empty();
  if (labelled) inspection.title = label(*reading, "columnname");
  if (reading != nullptr) {
    inspection.evidence["title"] = labelled ? "meta ColumnName" : reading->evidence["title"];
  }
  inspection.evidence["items"] = rows->row_path;
  if (!rows->years_by.empty()) {
    inspection.evidence["items.date"] = rows->years_by;
    inspection.doubts.emplace_back("有的日期没有写年份，年份是推断的，请核对");
  }
  doubt_rows(inspection, counted, rows->beside);
  take_rows(inspection, std::move(*rows));
  return inspection;
}

Inspection inspect_json(std::string_view page, const std::string& url, Timestamp now) {
  ListRules rules;
  rules.any_host = true;
  auto list = read_list_json(page, url, now, rules);
  if (auto* fault = std::get_if<SourceFault>(&list)) return inspection_of(std::move(*fault));
  auto& rows = std::get<ListReading>(list);
  Inspection inspection;
  inspection.url = url;
  inspection.kind = Kind::List;
  inspection.confidence = 90;
  inspection.format = "JSON";
  inspection.evidence["items"] = rows.row_path;
  doubt_rows(inspection, count(&rows, ""), false);
  take_rows(inspection, std::move(rows));
  return inspection;
}

bool is_bare(const Inspection& inspection) {
  return inspection.kind == Kind::Unknown && inspection.fault &&
         inspection.fault->kind == FaultKind::Malformed;
}

// A column that holds nothing says so.
void take_empty_list(const HtmlTree& tree, Inspection& inspection) {
  static constexpr std::array<std::string_view, 9> kNothing = {
      "暂无数据",     "暂无信息",     "暂无内容", "暂无相关",  "暂无记录",
      "没有相关信息", "没有相关数据", "没有数据", "该栏目暂无"};
  if (tree.root() == nullptr) return;
  std::string words;
  walk(tree.root(), [&](xmlNode* node) {
    if (!words.empty() || (is_element(node) && is_invisible(node))) return false;
    if (node->type != XML_TEXT_NODE) return true;
    const std::string text = fold_blanks(reinterpret_cast<const char*>(node->content));
    const bool says = count_code_points(text) <= 20 &&
                      std::any_of(kNothing.begin(), kNothing.end(), [&](std::string_view nothing) {
                        return text.find(nothing) != std::string::npos;
                      });
    if (says) words = text;
    return true;
  });
  if (words.empty()) return;
  const std::string url = std::move(inspection.url);
  inspection = Inspection();
  inspection.url = url;
  inspection.kind = Kind::List;
  inspection.type = "page";
  inspection.confidence = 60;
  inspection.evidence["items"] = "the page says " + words;
  inspection.doubts.emplace_back("栏目现在没有条目，有了条目再看一次");
}

Inspection inspect_html(const HtmlTree& tree, std::string_view page, const std::string& url,
                        Timestamp now) {
  ListRules rules;
  rules.any_host = true;
  Inspection inspection = concluded(read_article_page(tree, page, url),
                                    read_list_page(tree, page, url, now, rules), url);
  if (inspection.kind == Kind::List && inspection.title.empty()) {
    inspection.title = page_name(tree);
    inspection.evidence["title"] = "<title>";
  }
  if (inspection.kind == Kind::Article && inspection.next.empty()) {
    NextPage next = next_part_of(tree);
    if (!next.url.empty()) inspection.evidence["next"] = std::move(next.by);
    inspection.next = std::move(next.url);
  }
  if (is_bare(inspection)) take_empty_list(tree, inspection);
  inspection.feeds = feeds_of(tree);
  if (tree.root() != nullptr) inspection.columns = columns_of(tree, url);
  return inspection;
}

// What a saved page says of its own address, for a file of which nobody said where it is from.
std::string address_in(const HtmlTree& tree) {
  std::string canonical;
  std::string og_url;
  walk(tree.root(), [&](xmlNode* node) {
    if (is_element(node, "link") && lower_ascii(attribute(node, "rel")) == "canonical") {
      canonical = tree.link(node, "href");
    }
    if (is_element(node, "meta") && attribute(node, "property") == "og:url") {
      og_url = tree.link(node, "content");
    }
    return !is_element(node, "body");
  });
  if (tree.base() != kNowhere) return tree.base();
  if (canonical.empty()) canonical = og_url;
  return host_of(canonical) == host_of(kNowhere) ? std::string() : canonical;
}

}  // namespace

Inspection inspect_page(const HttpReply& reply, Timestamp now) {
  const std::string_view stated = reply.header("content-type");
  auto fault = fault_of_status(reply, now);
  if (auto challenge = fault ? challenge_in(reply.status, reply.body) : std::nullopt) {
    fault = std::move(challenge);
  }
  const Result<std::string> page = decode_text(reply.body, stated);
  std::string url = reply.final_url;
  Inspection inspection;
  if (fault) {
    inspection = inspection_of(std::move(*fault));
  } else if (!page) {
    inspection = inspection_of(malformed(page.error().message()));
  } else if (looks_like_json(*page)) {
    inspection = inspect_json(*page, url, now);
  } else {
    Result<HtmlTree> tree = HtmlTree::parse(*page, url);
    if (tree && tree->root() != nullptr && url == kNowhere) {
      // A hostile page makes a large tree, so there is one at a time.
      if (std::string own = address_in(*tree); !own.empty()) {
        url = std::move(own);
        tree = Error(ErrorKind::Malformed, "");
        tree = HtmlTree::parse(*page, url);
      }
    }
    // What a live page calls today may be years old. A file has no headers, a server's reply has.
    const bool is_saved = reply.headers.empty();
    const Timestamp as_of = is_saved ? today_of_page(*page, now) : now;
    inspection = tree ? inspect_html(*tree, *page, url, as_of)
                      : inspection_of(malformed(tree.error().message()));
  }
  inspection.encoding = encoding_of(reply.body, stated);
  inspection.url = url;
  return inspection;
}

}  // namespace liandong
