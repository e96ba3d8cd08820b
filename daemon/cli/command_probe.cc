// `liandong probe`.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <future>
#include <optional>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/source/inspection.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr Duration kBeijing = std::chrono::hours(8);
constexpr std::size_t kShownRows = 15;
constexpr std::size_t kShownLines = 8;
constexpr std::size_t kShownLine = 100;  // code points

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

// RFC 3339 in Beijing's time, as the page showed it; a date alone where it tells no time.
json::value time_to_json(const std::optional<StatedTime>& time) {
  if (!time) return nullptr;
  if (time->precision == Precision::Day) return json::value(beijing_date(time->at));
  std::string text = rfc3339(time->at + kBeijing);
  const bool whole = text.ends_with(".000Z");
  text.resize(text.size() - (whole ? 5 : 1));
  return json::value(text + "+08:00");
}

json::value address(const std::string& url) {
  return url.empty() ? json::value(nullptr) : json::value(as_in_page(url));
}

// By the end of the file's name, in its address or else in its words.
json::value type_of(const Attachment& attachment) {
  const std::string path = attachment.url.substr(0, attachment.url.find_first_of("?#"));
  for (const std::string& name : {path, attachment.name}) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos || name.size() - dot > 6 || dot + 1 == name.size()) continue;
    std::string type = lower_ascii(name.substr(dot + 1));
    if (type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos)
      continue;
    return json::value(std::move(type));
  }
  return nullptr;
}

json::array pictures_to_json(const Body& body) {
  json::array array;
  for (const Picture& picture : pictures(body)) {
    array.push_back(json::object{{"url", address(picture.url)}, {"alt", picture.alt}});
  }
  return array;
}

json::array attachments_to_json(const Body& body) {
  json::array array;
  for (const Attachment& attachment : body.attachments) {
    const json::value size = attachment.bytes > 0 ? json::value(attachment.bytes) : json::value();
    array.push_back(json::object{{"name", attachment.name},
                                 {"url", address(attachment.url)},
                                 {"type", type_of(attachment)},
                                 {"size", size}});
  }
  return array;
}

json::array rows_to_json(const std::vector<ListingRow>& rows) {
  json::array array;
  for (const ListingRow& row : rows) {
    json::object object{{"title", row.title},
                        {"url", address(row.url)},
                        {"date", time_to_json(row.published)},
                        {"date_precision", precision_of(row.published)}};
    if (row.article) {  // what a feed carries with it
      object["id"] = or_null(row.article->guid);
      object["author"] = or_null(row.article->meta.author);
      object["summary"] = or_null(row.article->meta.abstract);
      object["body"] = or_null(plain_text(row.article->body));
      object["attachments"] = attachments_to_json(row.article->body);
    }
    array.push_back(std::move(object));
  }
  return array;
}

json::object evidence_to_json(const Inspection& seen) {
  json::object object;
  for (const auto& [field, by] : seen.evidence) {
    if (!by.empty()) object[field] = by;
  }
  if (!seen.article) return object;
  for (const auto& [name, value] : members(seen.article->meta)) {
    const std::string field = "document." + std::string(name);
    if (!value.empty() && !object.contains(field)) object[field] = "meta label";
  }
  return object;
}

json::value fault_to_json(const Inspection& seen) {
  if (!seen.fault) return nullptr;
  return json::object{{"kind", to_string(seen.fault->kind)},
                      {"message", seen.fault->message},
                      {"advice", seen.fault->advice}};
}

void add_article(const Inspection& seen, json::object& object) {
  const Article article = seen.article.value_or(Article{});
  object["published_at"] = time_to_json(article.published);
  object["precision"] = precision_of(article.published);
  object["source"] = or_null(article.meta.content_source);
  object["document"] = to_json(article.meta);
  object["body"] = seen.article ? json::value(plain_text(article.body)) : json::value(nullptr);
  object["images"] = pictures_to_json(article.body);
  object["attachments"] = attachments_to_json(article.body);
}

json::object to_json(const Inspection& seen, const std::string& block) {
  json::object object;
  object["kind"] = to_string(seen.kind);
  object["confidence"] = seen.confidence / 100.0;
  object["url"] = seen.url == kNowhere ? json::value(nullptr) : or_null(seen.url);
  object["type"] = or_null(seen.type);
  object["format"] = or_null(seen.format);
  object["family"] = or_null(seen.family);
  object["encoding"] = or_null(seen.encoding);
  object["title"] = or_null(seen.title);
  add_article(seen, object);
  object["next"] = address(seen.next);
  object["items"] = rows_to_json(seen.rows);
  object["evidence"] = evidence_to_json(seen);
  object["doubts"] = json::array(seen.doubts.begin(), seen.doubts.end());
  object["hosts"] = json::array(seen.hosts.begin(), seen.hosts.end());
  object["feeds"] = json::array(seen.feeds.begin(), seen.feeds.end());
  object["fault"] = fault_to_json(seen);
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
    print_fact("图片", as_in_page(picture.url) + (picture.alt.empty() ? "" : "  " + picture.alt));
  for (const Attachment& attachment : body.attachments)
    print_fact("附件", attachment.name + "  " + as_in_page(attachment.url));
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
               fold_blanks(as_in_page(row.url))});
  }
  table.print();
  if (rows.size() > kShownRows) fmt::print("……以下还有 {} 条\n", rows.size() - kShownRows);
}

void print_seen(const Inspection& seen) {
  std::string what = word_of(to_string(seen.kind));
  if (!seen.format.empty()) what += "，" + fold_blanks(seen.format);
  if (seen.confidence > 0) what += fmt::format("（把握 {}%）", seen.confidence);
  print_fact("类型", what);
  if (seen.url != kNowhere) print_fact("网址", seen.url);
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
  print_fact("下一页", as_in_page(seen.next));
  for (const std::string& feed : seen.feeds) print_fact("另有订阅源", feed);
  for (const std::string& doubt : seen.doubts) print_fact("请核对", doubt);
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

// No page may keep its reader for long, whatever is in it; a file is read at once, an address may
// first be waited for. A machine that is busy with other work is no fault of the page: what it
// costs counts too.
constexpr std::chrono::milliseconds kReading(4'000);
constexpr std::chrono::minutes kWaiting(8);
constexpr std::clock_t kCost = CLOCKS_PER_SEC;  // of the processor, that no page for people takes

[[noreturn]] void give_up(bool as_json) {
  SourceFault fault;
  fault.kind = SourceFault::Kind::Malformed;
  fault.message = "the page takes too long to read: it is not made for people";
  fault.advice = "look at what the address serves; a column is a page of a few hundred rows";
  const Inspection seen = inspection_of(std::move(fault));
  if (as_json) {
    print_json(to_json(seen, ""));
  } else {
    print_seen(seen);
  }
  std::fflush(stdout);
  std::_Exit(kExitFailed);
}

struct Looked {
  Inspection seen;
  std::vector<Inspection> columns;
  std::optional<Agreement> agreement;  // with a second look
};

Looked look(const ProbeTarget& target, std::chrono::seconds watch) {
  SystemClock clock;
  Looked looked;
  looked.seen = probe(target, clock);
  looked.columns = probe_columns(target, looked.seen, clock);
  if (watch > std::chrono::seconds(0)) {
    std::this_thread::sleep_for(watch);
    looked.agreement = compare(looked.seen, probe(target, clock));
  }
  return looked;
}

bool comes(const std::future<Looked>& looking, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kStep(50);
  for (std::chrono::milliseconds waited(0); waited < patience || std::clock() < kCost;
       waited += kStep) {
    if (looking.wait_for(kStep) == std::future_status::ready) return true;
  }
  return false;
}

json::array columns_to_json(const std::vector<Inspection>& columns, bool internal) {
  json::array array;
  for (const Inspection& column : columns) {
    array.push_back(json::object{{"title", column.title},
                                 {"url", column.url},
                                 {"items", column.rows.size()},
                                 {"config", source_block(column, internal)}});
  }
  return array;
}

json::value agreement_to_json(const std::optional<Agreement>& agreement) {
  if (!agreement) return nullptr;
  const auto& differences = agreement->differences;
  return json::object{{"agree", differences.empty()},
                      {"added", agreement->added},
                      {"differences", json::array(differences.begin(), differences.end())}};
}

// Every column's block, each under a name of its own.
std::string blocks_of(const std::vector<Inspection>& columns, bool internal) {
  std::string blocks;
  for (const Inspection& column : columns) {
    std::string block = source_block(column, internal);
    const std::size_t end = block.find("\"\n");  // of the name, which stands first
    const std::string head = block.substr(0, end);
    if (end != std::string::npos && blocks.find(head + "\"\n") != std::string::npos) {
      block.insert(end, fmt::format("_{}", &column - columns.data() + 1));
    }
    blocks += (blocks.empty() ? "" : "\n") + block;
  }
  return blocks;
}

void print_columns(const std::vector<Inspection>& columns, bool internal) {
  for (const Inspection& column : columns) {
    fmt::print("\n栏目“{}”，{} 条：{}\n", fold_blanks(column.title), column.rows.size(),
               fold_blanks(column.url));
  }
  if (!columns.empty()) {
    fmt::print("\n# 复制到 liandong.toml，再用 liandong check 检查\n{}",
               blocks_of(columns, internal));
  }
}

void print_agreement(const Agreement& agreement) {
  if (agreement.differences.empty()) {
    fmt::print("\n两次读取一致{}\n",
               agreement.added == 0 ? "" : fmt::format("（其间新增 {} 条）", agreement.added));
    return;
  }
  fmt::print("\n两次读取不一致：\n");
  for (const std::string& difference : agreement.differences) {
    fmt::print("  {}\n", fold_blanks(difference));
  }
}

}  // namespace

int probe_place(const ProbeTarget& target, std::chrono::seconds watch, bool json) {
  auto looking = std::async(std::launch::async, [&] { return look(target, watch); });
  const int looks = watch.count() > 0 ? 2 : 1;
  const auto patience = target.is_file() ? kReading * looks : std::chrono::milliseconds(kWaiting);
  if (!comes(looking, patience + watch)) give_up(json);
  const Looked looked = looking.get();
  const Inspection& seen = looked.seen;
  // The rows of a front page are a choice from its columns.
  const std::string block = looked.columns.empty() ? source_block(seen, target.internal)
                                                   : blocks_of(looked.columns, target.internal);
  if (json) {
    json::object object = to_json(seen, block);
    object["columns"] = columns_to_json(looked.columns, target.internal);
    object["watch"] = agreement_to_json(looked.agreement);
    print_json(object);
  } else {
    print_seen(seen);
    if (looked.columns.empty()) print_block(seen, block);
    print_columns(looked.columns, target.internal);
    if (looked.agreement) print_agreement(*looked.agreement);
  }
  const bool agrees = !looked.agreement || looked.agreement->differences.empty();
  const bool is_known = seen.kind != Inspection::Kind::Unknown && !seen.fault;
  return (is_known || !looked.columns.empty()) && agrees ? kExitDone : kExitFailed;
}

}  // namespace liandong
