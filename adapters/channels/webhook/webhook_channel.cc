#include "adapters/channels/webhook/webhook_channel.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/webhook/webhook_event.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

using std::chrono_literals::operator""s;

constexpr int kParallel = 16;  // what comes together is committed together
constexpr auto kPauseWhenNoneStated = 60s;

constexpr std::array kPublish = {Step{"publish", StepClass::ServerKey}};
constexpr std::array kCorrect = {Step{"correct", StepClass::ServerKey}};
constexpr std::array kWithdraw = {Step{"withdraw", StepClass::ServerKey}};

}  // namespace

WebhookChannel::WebhookChannel(Options options, const ChannelSetup& setup)
    : options_(std::move(options)),
      site_name_(setup.site_name),
      clock_(setup.clock),
      http_(setup.http) {}

Traits WebhookChannel::traits() const {
  Traits traits;
  traits.can_edit = true;
  traits.can_delete = true;
  traits.parallel = kParallel;
  return traits;
}

Result<Rendition> WebhookChannel::render(const Item& item, std::string_view marker) const {
  return render_event(item, marker, site_name_, options_.words);
}

std::span<const Step> WebhookChannel::steps(Purpose purpose) const {
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

asio::awaitable<Outcome> WebhookChannel::perform(Step /*step*/, Attempt attempt,
                                                 Progress /*progress*/) {
  HttpRequest request =
      signed_request(options_.target, webhook_id(attempt), clock_.now(), event_body(attempt));
  request.deadline = attempt.deadline;
  const HttpResult result = co_await http_.send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) co_return outcome_of(*failure);
  co_return read_reply(std::get<HttpReply>(result), attempt);
}

asio::awaitable<Finding> WebhookChannel::find(Step /*step*/, Attempt /*attempt*/,
                                              Progress /*progress*/) {
  Diagnostic why;
  why.code = "webhook";
  why.message = "a receiver cannot be asked; it drops a webhook-id it has seen";
  co_return CannotTell{std::move(why)};
}

asio::awaitable<Result<Traits>> WebhookChannel::probe(Instant deadline) {
  HttpRequest request;
  request.method = "HEAD";
  request.url = options_.target.url;
  request.policy = options_.target.policy;
  request.ca_file = options_.target.ca_file;
  request.deadline = deadline;
  const HttpResult result = co_await http_.send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    const ErrorKind kind = failure->untrusted ? ErrorKind::Unauthorized : ErrorKind::Transient;
    co_return Error(kind, failure->message);
  }
  Traits reached = traits();
  reached.note =
      fmt::format("reachable, HEAD is answered with HTTP {}", std::get<HttpReply>(result).status);
  co_return reached;
}

Outcome WebhookChannel::read_reply(const HttpReply& reply, const Attempt& attempt) const {
  const int status = reply.status;
  if (status >= 200 && status < 300) {
    return Delivered{Receipt{webhook_id(attempt), "", clock_.now(), "reply"}};
  }
  const std::array<Secret, 1> secrets = {options_.target.key};
  Diagnostic why =
      undocumented(fmt::format("http-{}", status), "the receiver refused it", reply, secrets);
  const std::optional<Duration> pause = retry_after(reply, clock_.now());
  if (status == 429 || (status == 503 && pause)) {
    const Duration wait = pause.value_or(kPauseWhenNoneStated);
    return RateLimited{std::move(why), clock_.now() + wait};
  }
  if (status == 401 || status == 403 || status == 404) return Unauthorized{std::move(why)};
  if (status == 408 || status == 425) return Deferred{std::move(why), pause};
  if (status >= 400 && status < 500) return Refused{std::move(why)};
  return Unconfirmed{std::move(why)};
}

std::unique_ptr<Channel> make_webhook_channel(Table& table, const ChannelSetup& setup) {
  std::optional<WebhookTarget> target = read_webhook_target(table);
  const std::string text = table.string("text_template", "【{{kind_name}}】{{title}} {{link}}");
  auto words = TextTemplate::parse(text);
  if (!words) table.problem("text_template", words.error().message());
  if (!target || !words) return nullptr;
  WebhookChannel::Options options{std::move(*target), std::move(words).value()};
  return std::make_unique<WebhookChannel>(std::move(options), setup);
}

}  // namespace liandong
