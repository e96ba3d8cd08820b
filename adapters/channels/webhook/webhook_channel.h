// A signed POST to another system (Standard Webhooks): 政务服务平台, 12345 knowledge base, a
// partner.
//
//   POST url                         {"type":"item.published","timestamp":…,"data":{…}}
//   webhook-id: msg_<marker>         the same over all attempts of one delivery
//   webhook-timestamp: <seconds>     of the attempt
//   webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">
//
// The receiver drops a webhook-id it has seen, which is what the standard asks of it; so every step
// is of class A (ServerKey), the engine repeats after an unknown outcome, and there is nothing to
// look for: find() cannot tell. Body and id are the same on every attempt; the timestamp is new,
// because receivers refuse old ones.
//
// 2xx is Delivered. 401, 403, 404: address or key are wrong, the channel pauses. 408 and 425:
// again later. 429, and 503 with Retry-After: not before then. 410 and other 4xx: Refused.
// Redirects are not followed; they and 5xx are unknown.
//
// BUGS
//   A receiver that does not keep webhook-ids sees a repeated event twice.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_CHANNEL_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_CHANNEL_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "adapters/channels/webhook/webhook_target.h"
#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"
#include "daemon/channel/text_template.h"

namespace liandong {

class WebhookChannel final : public Channel {
 public:
  struct Options {
    WebhookTarget target;
    TextTemplate words;
  };

  WebhookChannel(Options options, const ChannelSetup& setup);

  [[nodiscard]] Traits traits() const override;
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override;
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override;
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<Result<Traits>> probe(Instant deadline) override;

 private:
  [[nodiscard]] Outcome read_reply(const HttpReply& reply, const Attempt& attempt) const;

  Options options_;
  std::string site_name_;
  Clock& clock_;
  HttpClient& http_;
};

// MakeChannel. Keys: url, secret_file (whsec_…), internal, ca_file, text_template.
[[nodiscard]] std::unique_ptr<Channel> make_webhook_channel(Table& table,
                                                            const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_CHANNEL_H_
