#include "adapters/channels/webhook/webhook_notice.h"

#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/channels/webhook/webhook_target.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

std::string body_of(const Notice& notice) {
  boost::system::error_code error;
  boost::json::value data = boost::json::parse(notice.data, error);
  boost::json::object object;
  if (!error && data.is_object()) object = std::move(data.get_object());
  object["subject"] = notice.subject;
  object["text"] = notice.text;
  boost::json::object event;
  event["type"] = notice.type;
  event["timestamp"] = rfc3339(notice.at);
  event["data"] = std::move(object);
  return boost::json::serialize(event);
}

class WebhookNotice final : public NoticePost {
 public:
  WebhookNotice(WebhookTarget target, Clock& clock, HttpClient& http)
      : target_(std::move(target)), clock_(clock), http_(http) {}

  asio::awaitable<Result<void>> send(Notice notice, Instant deadline) override {
    HttpRequest request = signed_request(target_, notice.id, clock_.now(), body_of(notice));
    request.deadline = deadline;
    const HttpResult result = co_await http_.send(std::move(request));
    if (const auto* failure = std::get_if<HttpFailure>(&result))
      co_return Error(failure->untrusted ? ErrorKind::Unauthorized : ErrorKind::Transient,
                      failure->message);
    const int status = std::get<HttpReply>(result).status;
    if (status >= 200 && status < 300) co_return Result<void>();
    const bool is_credential = status == 401 || status == 403;
    co_return Error(is_credential ? ErrorKind::Unauthorized : ErrorKind::Transient,
                    fmt::format("the receiver answers HTTP {}", status));
  }

 private:
  WebhookTarget target_;
  Clock& clock_;
  HttpClient& http_;
};

}  // namespace

std::unique_ptr<NoticePost> make_webhook_notice(Table& table, const ChannelSetup& setup) {
  std::optional<WebhookTarget> target = read_webhook_target(table);
  if (!target) return nullptr;
  return std::make_unique<WebhookNotice>(std::move(*target), setup.clock, setup.http);
}

}  // namespace liandong
