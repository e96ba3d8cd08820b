#include "adapters/channels/email/email_notice.h"

#include <utility>

#include <fmt/format.h>

#include "adapters/channels/email/mail_route.h"
#include "adapters/channels/email/mime_message.h"
#include "adapters/shared/service.h"

namespace liandong {
namespace {

class EmailNotice final : public NoticePost {
 public:
  EmailNotice(MailRoute route, Mailer& mail) : route_(std::move(route)), mail_(mail) {}

  asio::awaitable<Result<void>> send(Notice notice, Instant deadline) override {
    MailParts parts;
    parts.from = route_.from;
    parts.from_name = route_.from_name;
    parts.message_id =
        fmt::format("{}@{}", notice.id, route_.from.substr(route_.from.find('@') + 1));
    parts.date = notice.at;
    parts.subject = notice.subject;
    parts.text = notice.text;
    MailRequest request;
    request.server = with_password(route_);
    request.from = route_.from;
    request.to = route_.to;
    request.message = mime_message(parts);
    request.deadline = deadline;
    const MailResult result = co_await mail_.send(std::move(request));
    const auto* failure = std::get_if<MailFailure>(&result);
    if (failure == nullptr) co_return Result<void>();
    const bool is_credential = failure->unauthorized || failure->untrusted;
    co_return Error(is_credential ? ErrorKind::Unauthorized : ErrorKind::Transient,
                    diagnostic(failure->code, failure->message, 0, route_.password).message);
  }

 private:
  MailRoute route_;
  Mailer& mail_;
};

}  // namespace

std::unique_ptr<NoticePost> make_email_notice(Table& table, const ChannelSetup& setup) {
  std::optional<MailRoute> route = read_mail_route(table, setup.site_name);
  if (!route) return nullptr;
  return std::make_unique<EmailNotice>(std::move(*route), setup.mail);
}

}  // namespace liandong
