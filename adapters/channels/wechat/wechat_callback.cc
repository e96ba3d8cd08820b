#include "adapters/channels/wechat/wechat_callback.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/legacy_crypto.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::size_t kMaxBody = 64U << 10U;
constexpr std::size_t kMaxEcho = 256;
constexpr std::size_t kMaxElements = 200;
constexpr std::size_t kMaxId = 20;
constexpr std::size_t kVector = 16;
constexpr std::size_t kPadBlock = 32;  // the platform pads to 32, not to the cipher's 16
constexpr Duration kFresh = std::chrono::minutes(10);
constexpr std::string_view kNothingToSay = "success";

std::string_view parameter(const CallbackRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string_view() : std::string_view(found->second);
}

std::string signature_of(std::vector<std::string_view> parts) {
  std::ranges::sort(parts);
  std::string all;
  for (const std::string_view part : parts) all += part;
  return sha1_hex(all);
}

bool is_fresh(std::string_view seconds, Timestamp now) {
  std::int64_t stated = 0;
  const char* end = seconds.data() + seconds.size();
  const auto parsed = std::from_chars(seconds.data(), end, stated);
  const bool number = parsed.ec == std::errc() && parsed.ptr == end && seconds.size() <= 11;
  if (!number) return false;
  const Duration age = now - from_millis(stated * 1000);
  return age <= kFresh && -age <= kFresh;
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxId &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string text_of(xmlNode* element) {
  const std::unique_ptr<xmlChar, decltype(xmlFree)> content(xmlNodeGetContent(element), xmlFree);
  if (content == nullptr) return {};
  return std::string(trim(reinterpret_cast<const char*>(content.get())));
}

// False when there are more than we look at.
bool collect(xmlNode* parent, const std::string& prefix, std::map<std::string, std::string>& values,
             std::size_t& left) {
  for (xmlNode* node = parent->children; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (left == 0) return false;
    --left;
    const std::string name = reinterpret_cast<const char*>(node->name);
    values.emplace(prefix + name, text_of(node));
    const bool inner = prefix.empty() && name == "PublishEventInfo";
    if (inner && !collect(node, name + ".", values, left)) return false;
  }
  return true;
}

std::string value_of(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

// One SDK knows the first event under another name.
std::optional<CallbackHint> hint_of(const std::map<std::string, std::string>& values) {
  if (value_of(values, "MsgType") != "event") return std::nullopt;
  const std::string event = value_of(values, "Event");
  CallbackHint hint{event, "", ""};
  if (event == "PUBLISHJOBFINISH" || event == "FREEPUBLISHJOBFINISH") {
    hint.key = "publish_id";
    hint.value = value_of(values, "PublishEventInfo.publish_id");
  } else if (event == "MASSSENDJOBFINISH") {
    hint.key = "msg_id";
    hint.value = value_of(values, "MsgID");
  }
  return is_id(hint.value) ? std::optional(std::move(hint)) : std::nullopt;
}

// Of the last of the 43 characters the platform leaves two bits to chance.
Secret key_of(const Secret& encoded) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text(encoded.reveal());
  if (text.empty()) return Secret("");
  text.back() = kLetters[kLetters.find(text.back()) & ~std::size_t{3}];
  return Secret(from_base64(text + "=").value());
}

CallbackReply refusal() {
  return {403, "", std::nullopt};
}

}  // namespace

bool is_encoding_aes_key(std::string_view text) {
  return text.size() == 43 && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

WechatCallback::WechatCallback(std::string path, std::string app_id, Secret token,
                               const Secret& aes_key)
    : path_(std::move(path)),
      app_id_(std::move(app_id)),
      token_(std::move(token)),
      key_(key_of(aes_key)) {}

CallbackReply WechatCallback::answer(const CallbackRequest& request) const {
  if (request.body.size() > kMaxBody || !is_signed(request)) return refusal();
  if (request.method == "GET") {
    const std::string_view echo = parameter(request, "echostr");
    if (echo.empty() || echo.size() > kMaxEcho) return refusal();
    return {200, std::string(echo), std::nullopt};
  }
  const std::optional<std::string> message = message_of(request);
  if (!message) return refusal();
  const auto values = read_wechat_xml(*message);
  if (!values) return refusal();
  return {200, std::string(kNothingToSay), hint_of(*values)};
}

bool WechatCallback::is_signed(const CallbackRequest& request) const {
  const std::string_view timestamp = parameter(request, "timestamp");
  const std::string_view nonce = parameter(request, "nonce");
  const std::string expected = signature_of({token_.reveal(), timestamp, nonce});
  return !nonce.empty() && equal_constant_time(parameter(request, "signature"), expected) &&
         is_fresh(timestamp, request.now);
}

std::optional<std::string> WechatCallback::message_of(const CallbackRequest& request) const {
  if (key_.empty()) return request.body;
  const auto envelope = read_wechat_xml(request.body);
  if (!envelope) return std::nullopt;
  const auto encrypted = envelope->find("Encrypt");
  if (encrypted == envelope->end()) return std::nullopt;  // plain beside a configured key
  const std::string expected = signature_of({token_.reveal(), parameter(request, "timestamp"),
                                             parameter(request, "nonce"), encrypted->second});
  if (!equal_constant_time(parameter(request, "msg_signature"), expected)) return std::nullopt;
  return decrypt(encrypted->second);
}

// 16 random bytes, the length in 4 bytes, the message, the account's id, 1 to 32 bytes of padding.
std::optional<std::string> WechatCallback::decrypt(std::string_view encrypted) const {
  const std::optional<std::string> cipher = from_base64(encrypted);
  if (!cipher) return std::nullopt;
  const std::string_view key = key_.reveal();
  const auto plain = decrypt_aes256_cbc(key, key.substr(0, kVector), *cipher);
  if (!plain) return std::nullopt;
  const auto padding = static_cast<unsigned char>(plain->back());
  constexpr std::size_t kHead = 20;
  if (padding == 0 || padding > kPadBlock || plain->size() < kHead + padding) return std::nullopt;
  const std::string_view content =
      std::string_view(*plain).substr(kHead, plain->size() - kHead - padding);
  std::size_t length = 0;
  for (std::size_t at = kVector; at < kHead; ++at)
    length = (length << 8U) | static_cast<unsigned char>((*plain)[at]);
  if (length > content.size() || content.substr(length) != app_id_) return std::nullopt;
  return std::string(content.substr(0, length));
}

std::optional<std::map<std::string, std::string>> read_wechat_xml(std::string_view xml) {
  if (xml.empty() || xml.size() > kMaxBody) return std::nullopt;
  // A document type is refused before it is parsed, and after, should it hide in another encoding.
  if (xml.find("<!DOCTYPE") != std::string_view::npos) return std::nullopt;
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, kOptions),
      &xmlFreeDoc);
  if (document == nullptr || document->intSubset != nullptr) return std::nullopt;
  xmlNode* root = xmlDocGetRootElement(document.get());
  const bool is_ours =
      root != nullptr && std::string_view(reinterpret_cast<const char*>(root->name)) == "xml";
  if (!is_ours) return std::nullopt;
  std::map<std::string, std::string> values;
  std::size_t left = kMaxElements;
  if (!collect(root, "", values, left)) return std::nullopt;
  return values;
}

}  // namespace liandong
