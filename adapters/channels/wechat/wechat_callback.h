// What WeChat sends to the account's server address: the set-up check, and events.
//
// Everything is refused but what is signed with the token, is at most ten minutes old, and, when an
// EncodingAESKey is configured, is encrypted with it for this account. The signature of the plain
// mode does not cover the body, so even then an event is only a hint to ask the platform
// (contracts/wechat.md 6). The XML is bounded, has no DTD and no entities, and nothing is fetched
// for it.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_CALLBACK_H_
#define LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_CALLBACK_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/channel/callback.h"
#include "daemon/settings/secret.h"

namespace liandong {

class WechatCallback final {
 public:
  // `aes_key`: the EncodingAESKey, 43 characters; empty: plain mode only.
  // REQUIRES: is_encoding_aes_key(aes_key) or empty.
  WechatCallback(std::string path, std::string app_id, Secret token, const Secret& aes_key);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] CallbackReply answer(const CallbackRequest& request) const;

 private:
  [[nodiscard]] bool is_signed(const CallbackRequest& request) const;
  // The event's XML as text: decrypted, or as it came.
  [[nodiscard]] std::optional<std::string> message_of(const CallbackRequest& request) const;
  [[nodiscard]] std::optional<std::string> decrypt(std::string_view encrypted) const;

  std::string path_;
  std::string app_id_;
  Secret token_;
  Secret key_;  // 32 bytes, or empty
};

[[nodiscard]] bool is_encoding_aes_key(std::string_view text);

// The elements directly below <xml>, and below its PublishEventInfo as "PublishEventInfo.name"; of
// a repeated name the first. Empty when it is not a document we take.
[[nodiscard]] std::optional<std::map<std::string, std::string>> read_wechat_xml(
    std::string_view xml);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_CALLBACK_H_
