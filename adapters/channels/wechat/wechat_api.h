// Calls to api.weixin.qq.com: the access token, the errcode convention, raw UTF-8 JSON.
//
// One call is sent once; only a call refused for its access token, hence never executed, is sent a
// second time with a new one. Neither the token nor the secret ever stands in a Diagnostic.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_API_H_
#define LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_API_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json.hpp>

#include "adapters/channels/wechat/wechat_errors.h"
#include "adapters/shared/access_token.h"
#include "adapters/shared/service.h"
#include "daemon/platform/http.h"
#include "daemon/settings/secret.h"

namespace liandong {

struct WechatAccount {
  std::string base_url;  // "https://api.weixin.qq.com", no final slash
  std::string app_id;
  Secret app_secret;
  // Which addresses `base_url` may lead to; null: any public one.
  std::shared_ptr<const AddressPolicy> policy;
  std::string channel = "wechat";  // for the log
};

struct WechatCall {
  std::string path;            // "/cgi-bin/draft/add"
  std::string query;           // beside the access token: "type=image"
  boost::json::object body;    // sent as JSON, unless there is a form
  std::vector<FormPart> form;  // an upload
  Asked asked = Asked::Harmless;
  Instant deadline;
};

// Why a call gave no result. `code` is the platform's errcode, 0 when none came.
struct WechatFault {
  int code = 0;
  Outcome outcome;
  std::string message_id = {};  // of the mass-send that 45065, 89504, 89505 speak of

  [[nodiscard]] const Diagnostic& why() const { return *diagnostic_of(outcome); }
};
using WechatResult = std::variant<boost::json::object, WechatFault>;

class WechatApi final {
 public:
  // REQUIRES: `clock` and `http` outlive this object.
  WechatApi(WechatAccount account, Clock& clock, HttpClient& http);
  WechatApi(const WechatApi&) = delete;
  WechatApi& operator=(const WechatApi&) = delete;

  asio::awaitable<WechatResult> call(WechatCall call);

  // A result that lacks what the contract says is in it; the reply is kept, without a credential.
  [[nodiscard]] Diagnostic surprise(std::string_view what, const boost::json::object& reply) const;

 private:
  asio::awaitable<WechatResult> send(WechatCall call, Secret token);
  asio::awaitable<AccessToken::Fetched> fetch_token(AccessToken::Mode mode, Instant deadline);
  // The log's word for a code that is not in the contract.
  void alarm(const WechatResult& result) const;

  WechatAccount account_;
  Clock& clock_;
  HttpClient& http_;
  AccessToken token_;
  Secret last_token_;  // sent with the last call: a reply may repeat it
};

// Reads a reply: HTTP 200 with a JSON object whose errcode is absent or 0 is a result. A fault's
// Diagnostic holds none of `secrets`.
[[nodiscard]] WechatResult read_wechat_reply(const HttpResult& result, Asked asked, Timestamp now,
                                             std::span<const Secret> secrets = {});

// Numbers come as strings too; `fallback` when it is neither.
[[nodiscard]] std::int64_t number_member(const boost::json::object& object, std::string_view name,
                                         std::int64_t fallback);

// true, 1, "1", "true" and their opposites; empty when it is none of them.
[[nodiscard]] std::optional<bool> flag_member(const boost::json::object& object,
                                              std::string_view name);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_API_H_
