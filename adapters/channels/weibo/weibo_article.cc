#include "adapters/channels/weibo/weibo_article.h"

#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/channels/weibo/weibo_channel.h"
#include "adapters/channels/weibo/weibo_text.h"
#include "adapters/shared/picture.h"
#include "adapters/shared/raw_answer.h"
#include "adapters/shared/service.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::int64_t kDone = 100'000;
constexpr std::int64_t kSystem = 10'001;
constexpr std::int64_t kParameter = 10'008;
constexpr std::int64_t kTooOften = 11'001;
constexpr std::int64_t kPostFailed = 11'002;
constexpr std::int64_t kBindingFailed = 11'003;
constexpr std::size_t kMaxId = 64;
constexpr std::string_view kArticlePath = "/ttarticle/";

std::string paragraph(std::string_view words) {
  return fmt::format("<p>{}</p>", escape_html(words));
}

std::string markup(const Paragraph& block) {
  std::string html;
  for (const Run& run : block.runs)
    html += run.strong ? fmt::format("<strong>{}</strong>", escape_html(run.text))
                       : escape_html(run.text);
  return fmt::format("<p>{}</p>", html);
}
std::string markup(const Heading& block) {
  return fmt::format("<p><strong>{}</strong></p>", escape_html(block.text));
}
// Whether Weibo takes a picture of another host is not known.
std::string markup(const Picture& /*block*/) {
  return paragraph("［图片见原文］");
}
std::string markup(const TableBlock& block) {
  std::string html;
  for (const auto& row : block.rows) {
    std::string words;
    for (const std::string& cell : row) words += (words.empty() ? "" : "　") + cell;
    html += paragraph(words);
  }
  return html;
}

std::string content_of(const Body& body, const std::string& link) {
  std::string html;
  for (const Block& block : body.blocks)
    html += std::visit([](const auto& one) { return markup(one); }, block);
  if (!body.attachments.empty()) html += paragraph("附件见原文。");
  return html + paragraph("原文链接：" + link);
}

}  // namespace

WeiboArticle weibo_article(const Item& item, const std::string& link,
                           const WeiboArticles& articles) {
  const Article& article = item.revision.article;
  const bool is_long = count_code_points(plain_text(article.body)) >= articles.from;
  if (!articles.kinds.contains(item.kind) || !is_long) return {};
  const std::string own = lead_picture(article).url;
  WeiboArticle made{shorten(fold_blanks(article.title), kWeiboArticleTitle),
                    content_of(article.body, link), own.empty() ? articles.cover : own};
  const bool fits = count_code_points(made.content) <= kWeiboArticleContent;
  return fits && !made.cover.empty() ? made : WeiboArticle{};
}

Outcome outcome_of_weibo_article(const boost::json::object& reply, Diagnostic why, Timestamp now) {
  const auto code = integer_member(reply, "code");
  switch (code.value_or(0)) {
    case kDone: {
      const auto* data = reply.if_contains("data");
      const boost::json::object none;
      const auto& made = data != nullptr && data->is_object() ? data->get_object() : none;
      std::string post = text_member(made, "mid");
      const std::string article = text_member(made, "object_id");
      if (post.empty() || post.size() > kMaxId) return Unconfirmed{std::move(why)};
      std::string url = text_member(made, "url");
      if (url.find(kArticlePath) == std::string::npos)
        url = fmt::format("https://weibo.com/ttarticle/p/show?id={}", percent_encode(article));
      return Delivered{{std::move(post), std::move(url), now}};
    }
    case kParameter:
      return Refused{std::move(why)};
    case kTooOften:
      return RateLimited{std::move(why), now + std::chrono::minutes(10)};
    case kPostFailed:
    case kBindingFailed:
      why.message += " (an article without its post may be public: look in the account)";
      return Refused{std::move(why)};
    case kSystem:
    default:
      return Unconfirmed{std::move(why)};
  }
}

bool is_weibo_article(const Receipt& receipt) {
  return receipt.permalink.find(kArticlePath) != std::string::npos;
}

asio::awaitable<Outcome> WeiboChannel::publish_article(Attempt attempt) {
  const Rendition& rendition = attempt.rendition;
  const HttpHeaders form = {{"access_token", options_.token.reveal()},
                            {"title", rendition.title},
                            {"content", rendition.html},
                            {"cover", rendition.fields.at("article_cover")},
                            {"text", rendition.text},
                            {"rip", options_.rip}};
  HttpRequest request = post("/proxy/article/publish.json", form, attempt.deadline);
  const HttpResult result = co_await ask(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  const bool speaks = json && reply.status == 200 && json->contains("code");
  if (!speaks) co_return refusal(reply, attempt.number);
  const std::span<const Secret> secrets(&options_.token, 1);
  const std::string words = fold_blanks(masked(text_member(*json, "msg"), secrets));
  Diagnostic why{fmt::format("article-{}", text_member(*json, "code")), shorten(words, 200),
                 reply.status};
  Outcome outcome = outcome_of_weibo_article(*json, std::move(why), clock_.now());
  if (const auto* made = std::get_if<Delivered>(&outcome))
    claim(made->receipt.remote_id, attempt.delivery);
  const bool strange =
      std::holds_alternative<Unconfirmed>(outcome) && integer_member(*json, "code") != kSystem;
  if (strange) alarm_unknown_code(name_, *diagnostic_of(outcome));
  co_return outcome;
}

}  // namespace liandong
