// `liandong probe`.

#include <algorithm>
#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/source/inspection.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::size_t kShownRows = 15;
constexpr std::size_t kShownLines = 8;
constexpr std::size_t kShownLine = 100;  // code points

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

template <typename Linked>
json::array links_to_json(const std::vector<Linked>& all, std::string Linked::*words,
                          std::string_view name) {
  json::array array;
  for (const Linked& one : all) array.push_back(json::object{{"url", one.url}, {name, one.*words}});
  return array;
}

json::array rows_to_json(const std::vector<ListingRow>& rows) {
  json::array array;
  for (const ListingRow& row : rows) {
    array.push_back(json::object{{"title", row.title},
                                 {"url", row.url},
                                 {"date", to_json(row.published)},
                                 {"date_precision", precision_of(row.published)}});
  }
  return array;
}

json::object to_json(const Inspection& seen, const std::string& block) {
  const Article article = seen.article.value_or(Article{});
  json::object object;
  object["kind"] = to_string(seen.kind);
  object["confidence"] = seen.confidence / 100.0;
  object["url"] = seen.url;
  object["type"] = or_null(seen.type);
  object["format"] = or_null(seen.format);
  object["family"] = or_null(seen.family);
  object["encoding"] = or_null(seen.encoding);
  object["title"] = or_null(seen.title);
  object["published_at"] = to_json(article.published);
  object["precision"] = precision_of(article.published);
  object["source"] = or_null(article.meta.content_source);
  object["document"] = to_json(article.meta);
  object["body"] = seen.article ? json::value(plain_text(article.body)) : json::value(nullptr);
  object["images"] = links_to_json(pictures(article.body), &Picture::alt, "alt");
  object["attachments"] = links_to_json(article.body.attachments, &Attachment::name, "name");
  object["next"] = or_null(seen.next);
  object["items"] = rows_to_json(seen.rows);
  object["hosts"] = json::array(seen.hosts.begin(), seen.hosts.end());
  object["feeds"] = json::array(seen.feeds.begin(), seen.feeds.end());
  if (seen.fault) {
    object["fault"] = json::object{{"kind", to_string(seen.fault->kind)},
                                   {"message", seen.fault->message},
                                   {"advice", seen.fault->advice}};
  } else {
    object["fault"] = nullptr;
  }
  object["config"] = or_null(block);
  return object;
}

void print_fact(std::string_view name, const std::string& value) {
  if (!value.empty()) fmt::print("{} {}\n", padded(std::string(name), 12), fold_blanks(value));
}

void print_document(const DocumentMeta& meta) {
  print_fact("来源", meta.content_source);
  print_fact("索引号", meta.index_no);
  print_fact("发文字号", meta.doc_no);
  print_fact("发文机关", meta.issuing_body);
  print_fact("成文日期", meta.made_on);
  print_fact("施行日期", meta.effective_on);
  print_fact("失效日期", meta.lapses_on);
  print_fact("主题分类", meta.topic_class);
  print_fact("有效性", meta.validity);
  print_fact("作者", meta.author);
  print_fact("关键词", meta.keywords);
  print_fact("摘要", shorten(meta.abstract, kShownLine));
}

void print_body(const Body& body) {
  const std::string text = plain_text(body);
  fmt::print("\n正文（{} 字）\n", count_code_points(text));
  std::size_t shown_lines = 0;
  for (const std::string& line : split(text, '\n')) {
    const std::string words = shorten(fold_blanks(line), kShownLine);
    if (words.empty()) continue;
    if (++shown_lines > kShownLines) {
      fmt::print("  ……\n");
      break;
    }
    fmt::print("  {}\n", words);
  }
  for (const Picture& picture : pictures(body))
    print_fact("图片", picture.alt.empty() ? picture.url : picture.url + "  " + picture.alt);
  for (const Attachment& attachment : body.attachments)
    print_fact("附件", attachment.name + "  " + attachment.url);
}

void print_rows(const std::vector<ListingRow>& rows) {
  const auto undated =
      std::count_if(rows.begin(), rows.end(), [](const ListingRow& row) { return !row.published; });
  fmt::print("\n条目 {} 条{}\n", rows.size(),
             undated == 0 ? "" : fmt::format("（{} 条没有日期）", undated));
  TextTable table;
  for (const ListingRow& row : rows) {
    if (&row == rows.data() + kShownRows) break;
    table.add({row.published ? shown(*row.published) : "-", fold_blanks(row.title),
               fold_blanks(row.url)});
  }
  table.print();
  if (rows.size() > kShownRows) fmt::print("……以下还有 {} 条\n", rows.size() - kShownRows);
}

void print_seen(const Inspection& seen) {
  std::string what = word_of(to_string(seen.kind));
  if (!seen.format.empty()) what += "，" + fold_blanks(seen.format);
  if (seen.confidence > 0) what += fmt::format("（把握 {}%）", seen.confidence);
  print_fact("类型", what);
  print_fact("网址", seen.url);
  print_fact("编码", seen.encoding);
  print_fact("网站系统", seen.family);
  print_fact("标题", seen.title);
  if (seen.article) {
    const auto& published = seen.article->published;
    print_fact("发布时间", published ? shown(*published) : "没有找到");
    print_document(seen.article->meta);
    print_body(seen.article->body);
  }
  if (seen.kind == Inspection::Kind::List || seen.kind == Inspection::Kind::Feed)
    print_rows(seen.rows);
  print_fact("下一页", seen.next);
  for (const std::string& feed : seen.feeds) print_fact("另有订阅源", feed);
  if (!seen.fault) return;
  fmt::print("\n");
  print_fact("故障",
             fmt::format("{}：{}", word_of(to_string(seen.fault->kind)), seen.fault->message));
  print_fact("建议", seen.fault->advice);
}

void print_block(const Inspection& seen, const std::string& block) {
  if (!block.empty()) {
    fmt::print("\n# 复制到 liandong.toml，再用 liandong check 检查\n{}", block);
    if (!seen.hosts.empty()) fmt::print("# hosts 是条目所在的其他网站；不想跟进的可以删去\n");
  } else if (seen.kind == Inspection::Kind::Article) {
    fmt::print("\n这是一篇文章；来源要写它所在栏目（列表页）的网址。\n");
  }
  if (seen.family == "wordpress" && seen.type != "wordpress")
    fmt::print("像是 WordPress 网站，可再试：liandong probe --type wordpress 网站首页\n");
}

}  // namespace

int probe_place(const ProbeTarget& target, bool json) {
  SystemClock clock;
  const Inspection seen = probe(target, clock);
  const std::string block = source_block(seen, target.internal);
  if (json) {
    print_json(to_json(seen, block));
  } else {
    print_seen(seen);
    print_block(seen, block);
  }
  const bool is_known = seen.kind != Inspection::Kind::Unknown && !seen.fault;
  return is_known ? kExitDone : kExitFailed;
}

}  // namespace liandong
