#include "adapters/channels/webhook/webhook_channel.h"

#include "tests/contract/channel_contract.h"

namespace liandong {
namespace {

// The key file holds kContractSecret where a webhook needs whsec_ and base64, so it is written
// here.
std::unique_ptr<Channel> make_with_key(Table& table, const ChannelSetup& setup) {
  AddressPolicy::Options reach;
  reach.hosts = {"kb.example.gov.cn"};
  WebhookTarget target{"https://kb.example.gov.cn/liandong",
                       std::make_shared<const AddressPolicy>(reach), "",
                       table.secret("secret_file", true)};
  WebhookChannel::Options options{std::move(target),
                                  TextTemplate::parse("{{title}} {{link}}").value()};
  return std::make_unique<WebhookChannel>(std::move(options), setup);
}

// A receiver answers by status alone and cannot be asked.
ChannelCase webhook_case() {
  ChannelCase webhook;
  webhook.name = "webhook";
  webhook.make = &make_with_key;
  webhook.config = "secret_file = \"{secret_file}\"\n";
  webhook.step = "publish";
  webhook.path = "kb.example.gov.cn/liandong";
  webhook.accepted = {204, "", {}};
  webhook.refused = {410, "no longer wanted", {}};
  webhook.limited = ContractReply{503, "", {{"Retry-After", "30"}}};
  webhook.unauthorized = [](FakeHttp& http) {
    http.expect("POST", "liandong").reply(401, "bad signature");
  };
  return webhook;
}

INSTANTIATE_TEST_SUITE_P(Webhook, ChannelContract, testing::Values(webhook_case()),
                         name_of_channel_case);

}  // namespace
}  // namespace liandong
