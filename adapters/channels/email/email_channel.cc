#include "adapters/channels/email/email_channel.h"

#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/email/mime_message.h"
#include "adapters/shared/body_html.h"
#include "adapters/shared/service.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::size_t kSummary = 300;            // code points
constexpr std::size_t kLongestSubject = 120;     // code points
constexpr std::size_t kLongestText = 100'000;    // code points
constexpr std::size_t kLargestHtml = 2U << 20U;  // bytes; a longer document is sent as text only

constexpr std::array kPublish = {Step{"send", StepClass::AtMostOnce}};
constexpr std::array kCorrect = {Step{"correct", StepClass::AtMostOnce}};
constexpr std::array kWithdraw = {Step{"withdraw", StepClass::AtMostOnce}};

constexpr std::string_view kSubject = "【{{kind_name}}】{{title}}";
constexpr std::string_view kWords =
    "{{title}}\n\n发布日期：{{date}}\n原文链接：{{link}}\n\n{{text}}\n\n—— {{site_name}}\n";

std::string html_page(const Article& article, const std::string& link,
                      const std::string& site_name) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta "
      "charset=\"utf-8\"><title>{}</title></head>\n"
      "<body>\n<h1>{}</h1>\n",
      escape_html(article.language), escape_html(article.title), escape_html(article.title));
  html += html_of(article.body);
  html += fmt::format("<p><a href=\"{}\">原文链接</a></p>\n<p>—— {}</p>\n</body>\n</html>\n",
                      escape_html(link), escape_html(site_name));
  return html.size() > kLargestHtml ? std::string() : html;
}

std::optional<TextTemplate> read_template(Table& table, std::string_view key,
                                          std::string_view fallback) {
  auto words = TextTemplate::parse(table.string(key, std::string(fallback)));
  if (words) return std::move(words).value();
  table.problem(key, words.error().message());
  return std::nullopt;
}

}  // namespace

EmailChannel::EmailChannel(Options options, const ChannelSetup& setup)
    : options_(std::move(options)),
      site_name_(setup.site_name),
      clock_(setup.clock),
      mail_(setup.mail) {}

Traits EmailChannel::traits() const {
  Traits traits;
  traits.can_edit = true;    // by a further mail
  traits.can_delete = true;  // the same
  return traits;
}

Result<Rendition> EmailChannel::render(const Item& item, std::string_view marker) const {
  const Article& article = item.revision.article;
  Rendition rendition;
  rendition.link = with_marker(article.url, marker);
  const auto values = template_values(item, site_name_, rendition.link, kSummary);
  rendition.title = shorten(fold_blanks(options_.subject.render(values)), kLongestSubject);
  rendition.text = shorten(options_.words.render(values), kLongestText);
  rendition.html = html_page(article, rendition.link, site_name_);
  if (rendition.title.empty()) return Error(ErrorKind::Permanent, "the subject is empty");
  return rendition;
}

std::vector<Extent> EmailChannel::extents(const Rendition& rendition) const {
  return {{"主题", count_code_points(rendition.title), kLongestSubject},
          {"正文", count_code_points(rendition.text), kLongestText}};
}

std::span<const Step> EmailChannel::steps(Purpose purpose) const {
  switch (purpose) {
    case Purpose::Publish:
      return kPublish;
    case Purpose::Correct:
      return kCorrect;
    case Purpose::Withdraw:
      break;
  }
  return kWithdraw;
}

asio::awaitable<Outcome> EmailChannel::perform(Step /*step*/, Attempt attempt,
                                               Progress /*progress*/) {
  MailRequest request = request_for(attempt);
  const MailResult result = co_await mail_.send(std::move(request));
  if (const auto* failure = std::get_if<MailFailure>(&result)) {
    co_return outcome_of_failure(*failure);
  }
  co_return Delivered{Receipt{message_id(attempt), "", clock_.now(), "reply"}};
}

asio::awaitable<Finding> EmailChannel::find(Step /*step*/, Attempt attempt, Progress /*progress*/) {
  Diagnostic why;
  why.code = "smtp";
  why.message =
      fmt::format("mail cannot be looked for; the server's log knows <{}>", message_id(attempt));
  co_return CannotTell{std::move(why)};
}

asio::awaitable<Result<Traits>> EmailChannel::probe(Instant deadline) {
  MailRequest request;
  request.server = with_password(options_.route);
  request.from = options_.route.from;
  request.deadline = deadline;
  const MailResult result = co_await mail_.send(std::move(request));
  if (const auto* failure = std::get_if<MailFailure>(&result)) {
    const bool is_credential = failure->unauthorized || failure->untrusted;
    co_return Error(
        is_credential ? ErrorKind::Unauthorized : ErrorKind::Transient,
        diagnostic(failure->code, failure->message, 0, options_.route.password).message);
  }
  Traits reached = traits();
  reached.note = fmt::format("{} accepts the connection{}", options_.route.server.host,
                             options_.route.server.user.empty() ? "" : " and the login");
  co_return reached;
}

std::string EmailChannel::message_id(const Attempt& attempt) const {
  return fmt::format("{}.{}@{}", attempt.marker, to_string(attempt.purpose),
                     options_.route.from.substr(options_.route.from.find('@') + 1));
}

MailRequest EmailChannel::request_for(const Attempt& attempt) const {
  MailParts parts;
  parts.from = options_.route.from;
  parts.from_name = options_.route.from_name;
  parts.message_id = message_id(attempt);
  parts.date = attempt.first_intent;
  parts.subject = attempt.rendition.title;
  parts.text = attempt.rendition.text;
  parts.html = attempt.rendition.html;
  if (attempt.purpose != Purpose::Publish) parts.replies_to = attempt.published.remote_id;
  if (attempt.purpose == Purpose::Correct) parts.subject = "【更正】" + parts.subject;
  if (attempt.purpose == Purpose::Withdraw) {
    parts.subject = "【撤回】" + parts.subject;
    parts.text = fmt::format("原网页已撤下，此前发送的内容请勿再使用：\n\n{}\n{}\n\n—— {}\n",
                             attempt.rendition.title, attempt.rendition.link, site_name_);
    parts.html.clear();
  }
  MailRequest request;
  request.server = with_password(options_.route);
  request.from = options_.route.from;
  request.to = options_.route.to;
  request.message = mime_message(parts);
  request.deadline = attempt.deadline;
  return request;
}

Outcome EmailChannel::outcome_of_failure(const MailFailure& failure) const {
  Diagnostic why = diagnostic(failure.code, failure.message, 0, options_.route.password);
  if (failure.may_be_accepted) return Unconfirmed{std::move(why)};
  if (failure.unauthorized || failure.untrusted) return Unauthorized{std::move(why)};
  constexpr int kLoginRequired = 530;
  if (failure.reply == kLoginRequired) return Unauthorized{std::move(why)};
  if (failure.reply >= 500) return Refused{std::move(why)};
  return Deferred{std::move(why), std::nullopt};
}

std::unique_ptr<Channel> make_email_channel(Table& table, const ChannelSetup& setup) {
  std::optional<MailRoute> route = read_mail_route(table, setup.site_name);
  std::optional<TextTemplate> subject = read_template(table, "subject", kSubject);
  std::optional<TextTemplate> words = read_template(table, "template", kWords);
  if (!route || !subject || !words) return nullptr;
  EmailChannel::Options options{std::move(*route), std::move(*subject), std::move(*words)};
  return std::make_unique<EmailChannel>(std::move(options), setup);
}

}  // namespace liandong
