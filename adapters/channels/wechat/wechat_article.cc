#include "adapters/channels/wechat/wechat_article.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::string_view kPlaceholder = "<img data-picture=\"";
constexpr std::string_view kPictureMissing = "<span style=\"color:#888888\">［图片见原文］</span>";
// An uploaded address replaces a placeholder after the length was checked.
constexpr std::size_t kAddressReserve = 256;
constexpr std::size_t kSummary = 2000;  // code points shown of a text over the limit

// Builds the HTML; every piece of foreign text passes through escape_html() here.
class ArticleHtml {
 public:
  void paragraph(std::string_view inner, std::string_view style = "margin:0 0 1em") {
    out_ += fmt::format("<p style=\"{}\">{}</p>", style, inner);
  }
  void strong_line(std::string_view text, int size) {
    paragraph(fmt::format("<strong>{}</strong>", escape_html(text)),
              fmt::format("margin:1.2em 0 0.8em;font-size:{}px", size));
  }
  void note(std::string_view text) {
    paragraph(escape_html(text), "margin:0 0 0.5em;font-size:14px;color:#888888");
  }
  void add(const Paragraph& block);
  void add(const Heading& block) { strong_line(block.text, block.level <= 2 ? 18 : 17); }
  void add(const Picture& block);
  void add(const TableBlock& block);

  void attachments(const std::vector<Attachment>& list);
  void footnotes();

  [[nodiscard]] std::string html() const {
    return fmt::format(
        "<section style=\"font-size:16px;line-height:1.75;color:#333333\">{}</section>", out_);
  }
  [[nodiscard]] const std::vector<Picture>& pictures() const { return pictures_; }

 private:
  [[nodiscard]] std::size_t footnote(const std::string& url);

  std::string out_;
  std::vector<Picture> pictures_;
  std::vector<std::string> links_;
  bool pictures_left_out_ = false;
};

std::size_t ArticleHtml::footnote(const std::string& url) {
  const auto known = std::ranges::find(links_, url);
  const auto number = static_cast<std::size_t>(known - links_.begin()) + 1;
  if (known == links_.end()) links_.push_back(url);
  return number;
}

void ArticleHtml::add(const Paragraph& block) {
  std::string inner;
  for (const Run& run : block.runs) {
    const std::string text = escape_html(run.text);
    inner += run.strong ? fmt::format("<strong>{}</strong>", text) : text;
    if (!run.link.empty() && run.link != run.text) {
      inner += fmt::format("<sup>[{}]</sup>", footnote(run.link));
    }
  }
  if (!trim(inner).empty()) paragraph(inner, "margin:0 0 1em;text-align:justify");
}

void ArticleHtml::add(const Picture& block) {
  if (pictures_.size() == kWechatPictures) {
    if (!pictures_left_out_) note("其余图片见原文。");
    pictures_left_out_ = true;
    return;
  }
  paragraph(fmt::format("{}{}\" alt=\"{}\" style=\"max-width:100%\"/>", kPlaceholder,
                        pictures_.size(), escape_html(block.alt)),
            "margin:0 0 1em;text-align:center");
  pictures_.push_back(block);
}

void ArticleHtml::add(const TableBlock& block) {
  std::string rows;
  for (const auto& row : block.rows) {
    rows += "<tr>";
    for (const auto& cell : row) {
      rows += fmt::format("<td style=\"border:1px solid #cccccc;padding:4px 6px\">{}</td>",
                          escape_html(cell));
    }
    rows += "</tr>";
  }
  if (rows.empty()) return;
  out_ += fmt::format(
      "<table style=\"width:100%;border-collapse:collapse;margin:0 0 1em;font-size:14px\">"
      "<tbody>{}</tbody></table>",
      rows);
}

void ArticleHtml::attachments(const std::vector<Attachment>& list) {
  if (list.empty()) return;
  strong_line("附件", 16);
  int number = 0;
  for (const Attachment& attachment : list) {
    const std::string name = attachment.name.empty() ? attachment.url : attachment.name;
    paragraph(fmt::format("{}. {}", ++number, escape_html(name)), "margin:0 0 0.5em");
  }
  note("附件请点击文末“阅读原文”下载。");
}

void ArticleHtml::footnotes() {
  if (links_.empty()) return;
  strong_line("文中链接", 16);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    note(fmt::format("[{}] {}", i + 1, links_[i]));
  }
}

std::string metadata_line(const DocumentMeta& meta) {
  std::string line;
  const auto add = [&line](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    if (!line.empty()) line += "　";
    line += fmt::format("{}：{}", name, value);
  };
  add("发文机关", meta.issuing_body);
  add("发文字号", meta.doc_no);
  add("索引号", meta.index_no);
  add("成文日期", meta.made_on);
  add("施行日期", meta.effective_on);
  return line;
}

std::string origin_line(const Article& article, const ArticleStyle& style) {
  std::string line = fmt::format("来源：{}", style.site_name);
  if (article.published) line += fmt::format("　发布日期：{}", beijing_date(article.published->at));
  return line;
}

// A shortened title would otherwise be lost.
void open_article(ArticleHtml& html, const Article& article, std::string_view title) {
  const std::string whole = fold_blanks(article.title);
  if (title.find(whole) == std::string_view::npos) html.strong_line(whole, 20);
  const std::string metadata = metadata_line(article.meta);
  if (!metadata.empty()) html.note(metadata);
}

ArticleHtml whole_article(const Article& article, std::string_view title,
                          const ArticleStyle& style) {
  ArticleHtml html;
  open_article(html, article, title);
  for (const Block& block : article.body.blocks) {
    std::visit([&html](const auto& content) { html.add(content); }, block);
  }
  html.attachments(article.body.attachments);
  html.footnotes();
  if (article.body.blocks.empty()) html.note("详情请点击文末“阅读原文”查看。");
  html.note(origin_line(article, style));
  return html;
}

// The page's own abstract, or the beginning of the text.
std::vector<std::string> summary_lines(const Article& article) {
  const std::string& abstract = article.meta.abstract;
  return split(shorten(abstract.empty() ? plain_text(article.body) : abstract, kSummary), '\n');
}

ArticleHtml summary_article(const Article& article, std::string_view title,
                            const ArticleStyle& style) {
  ArticleHtml html;
  open_article(html, article, title);
  for (const std::string& line : summary_lines(article)) {
    if (!trim(line).empty()) html.paragraph(escape_html(line));
  }
  html.strong_line("本文篇幅较长，以上为摘要，全文请点击文末“阅读原文”查看。", 16);
  html.attachments(article.body.attachments);
  html.note(origin_line(article, style));
  return html;
}

bool fits(const ArticleHtml& html, const ArticleStyle& style) {
  const std::string content = html.html();
  const std::size_t reserve = html.pictures().size() * kAddressReserve;
  return count_code_points(content) + reserve < style.content_limit &&
         content.size() + reserve < kWechatBytes;
}

Error does_not_fit(std::string message) {
  return {ErrorKind::Permanent, std::move(message)};
}

std::optional<Error> check_article(const Article& article, const std::string& link) {
  if (trim(article.title).empty()) return does_not_fit("the item has no title");
  if (!article.url.starts_with("https://") && !article.url.starts_with("http://")) {
    return does_not_fit("the item has no http or https address for 阅读原文");
  }
  if (link.size() > kWechatLink) {
    return does_not_fit(fmt::format("the item's address is longer than {} bytes", kWechatLink));
  }
  return std::nullopt;
}

}  // namespace

Result<Rendition> render_article(const Item& item, std::string_view marker,
                                 const ArticleStyle& style) {
  const Article& article = item.revision.article;
  Rendition rendition;
  rendition.link = with_marker(article.url, marker);
  const std::optional<Error> error = check_article(article, rendition.link);
  if (error) return *error;

  const auto values = template_values(item, style.site_name, rendition.link, style.digest_limit);
  rendition.title = shorten(fold_blanks(style.title.render(values)), style.title_limit);
  if (rendition.title.empty()) return does_not_fit("the title is empty");
  rendition.text = shorten(fold_blanks(style.digest.render(values)), style.digest_limit);

  ArticleHtml html = whole_article(article, rendition.title, style);
  if (!fits(html, style)) html = summary_article(article, rendition.title, style);
  if (!fits(html, style)) {
    return does_not_fit(
        fmt::format("even the item's summary is longer than {} characters", style.content_limit));
  }
  rendition.html = html.html();
  rendition.pictures = html.pictures();
  rendition.fields["author"] = style.author;
  rendition.fields["kind_name"] = std::string(chinese_name(item.kind));
  rendition.fields["cover"] = style.page_cover ? article.cover : std::string();
  return rendition;
}

std::string with_pictures(const Rendition& rendition,
                          const std::map<std::string, std::string>& uploaded) {
  std::string out;
  std::string_view rest = rendition.html;
  for (std::size_t at = rest.find(kPlaceholder); at != std::string_view::npos;
       at = rest.find(kPlaceholder)) {
    out += rest.substr(0, at);
    rest.remove_prefix(at + kPlaceholder.size());
    std::size_t index = rendition.pictures.size();
    const auto number = std::from_chars(rest.data(), rest.data() + rest.size(), index);
    const auto known = number.ec == std::errc() && index < rendition.pictures.size()
                           ? uploaded.find(rendition.pictures[index].url)
                           : uploaded.end();
    if (known != uploaded.end()) {
      out += fmt::format("<img src=\"{}", escape_html(known->second));
      rest.remove_prefix(static_cast<std::size_t>(number.ptr - rest.data()));
    } else {
      out += kPictureMissing;
      const std::size_t end = rest.find("/>");
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    }
  }
  out += rest;
  return out;
}

boost::json::object draft_article(const Rendition& rendition, const std::string& content,
                                  const std::string& cover_media_id) {
  boost::json::object article;
  article["article_type"] = "news";
  article["title"] = rendition.title;
  const auto author = rendition.fields.find("author");
  if (author != rendition.fields.end() && !author->second.empty())
    article["author"] = author->second;
  article["digest"] = rendition.text;
  article["content"] = content;
  article["content_source_url"] = rendition.link;
  article["thumb_media_id"] = cover_media_id;
  article["need_open_comment"] = 0;
  article["only_fans_can_comment"] = 0;
  return article;
}

}  // namespace liandong
