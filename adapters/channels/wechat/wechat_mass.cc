// Mass-sending (群发): one draft to the followers, once.
//
// Two guards against a second send: the draft's media_id dies with the first, and the platform
// refuses a clientmsgid it has seen within 24 hours with 45065, which states the first's msg_id. So
// a request whose answer was lost is repeated as it was, and what comes back settles it.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "adapters/channels/wechat/wechat_progress.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/platform/crypto.h"

namespace liandong {
namespace {

constexpr int kSentBefore = 45065;
constexpr int kNoPermission = 48001;
constexpr int kNoSuchMessage = 40059;
constexpr int kAsksAdministrator = 89504;
constexpr int kAdministratorAsked = 89505;

// At most 32 bytes. A new draft, made after a person's retry, is a new message.
std::string client_message_id(std::string_view marker, std::string_view media_id) {
  return fmt::format("liandong-{}-{}", marker.substr(0, 12), sha256_hex(media_id).substr(0, 8));
}

boost::json::object mass_request(std::string_view marker, const std::string& media_id,
                                 std::int64_t tag) {
  boost::json::object filter;
  filter["is_to_all"] = tag == 0;
  if (tag != 0) filter["tag_id"] = tag;
  boost::json::object body;
  body["filter"] = std::move(filter);
  body["mpnews"] = {{"media_id", media_id}};
  body["msgtype"] = "mpnews";
  body["send_ignore_reprint"] = 0;
  body["clientmsgid"] = client_message_id(marker, media_id);
  return body;
}

// "SEND_SUCCESS"; an older page writes a blank.
std::string status_of(const boost::json::object& json) {
  std::string status = text_member(json, "msg_status");
  std::ranges::replace(status, ' ', '_');
  return status;
}

}  // namespace

asio::awaitable<Outcome> WechatChannel::mass_send(Attempt attempt, Progress progress) {
  std::string media_id = progress_value(progress, "media_id");
  if (media_id.empty()) co_return step_missing("media_id");
  // The account lost its permission after the draft was made, and nothing was sent yet.
  if (draft_only() && attempt.number <= 1)
    co_return outcome_of_draft(std::move(media_id), std::move(progress));

  WechatCall call = make_call("/cgi-bin/message/mass/sendall", Asked::Act, attempt.deadline);
  call.body = mass_request(attempt.marker, media_id, options_.mass_tag);
  const WechatResult result = co_await api_.call(std::move(call));
  const auto* fault = std::get_if<WechatFault>(&result);
  if (fault != nullptr && (fault->code != kSentBefore || fault->message_id.empty()))
    co_return fault->outcome;
  std::string message_id = fault != nullptr
                               ? fault->message_id
                               : text_member(std::get<boost::json::object>(result), "msg_id");
  if (message_id.empty() || message_id.size() > kWechatMaxId) {
    const boost::json::object none;
    const auto* json = std::get_if<boost::json::object>(&result);
    co_return Unconfirmed{
        api_.surprise("the reply to mass/sendall has no msg_id", json != nullptr ? *json : none)};
  }
  progress["msg_id"] = std::move(message_id);
  progress["msg_evidence"] = fault != nullptr ? "clientmsgid" : "reply";
  co_return Done{std::move(progress)};
}

asio::awaitable<WechatResult> WechatChannel::ask_mass(std::string message_id, Instant deadline) {
  WechatCall call = make_call("/cgi-bin/message/mass/get", Asked::Harmless, deadline);
  call.body["msg_id"] = std::move(message_id);
  co_return co_await api_.call(std::move(call));
}

Outcome WechatChannel::outcome_of_mass_job(const boost::json::object& json, const Attempt& attempt,
                                           const Progress& progress) const {
  const Timestamp now = clock_.now();
  const std::string status = status_of(json);
  if (status == "SEND_SUCCESS")
    return Delivered{{mass_remote_id(progress_value(progress, "msg_id")), "", now,
                      progress_value(progress, "msg_evidence")}};
  if (status == "SENDING")
    return Deferred{{status, "the platform is still sending", 200}, poll_again_after(attempt, now)};
  if (status == "SEND_FAIL")
    return Refused{{status,
                    "the platform did not send it: its review refused it, or the administrator did "
                    "not confirm it within 30 minutes; the account's console says which",
                    200}};
  if (status == "DELETE")
    return Unconfirmed{{status, "sent, then deleted by somebody: a person must decide", 200}};
  Diagnostic why = api_.surprise("a msg_status the contract does not know", json);
  alarm_unknown_code(options_.account.channel, why);
  return Unconfirmed{std::move(why)};
}

asio::awaitable<Outcome> WechatChannel::poll_mass(Attempt attempt, Progress progress) {
  const WechatResult result =
      co_await ask_mass(progress_value(progress, "msg_id"), attempt.deadline);
  if (const auto* json = std::get_if<boost::json::object>(&result))
    co_return outcome_of_mass_job(*json, attempt, progress);
  const WechatFault fault = std::get<WechatFault>(result);
  const Duration later = poll_again_after(attempt, clock_.now());
  if (fault.code == kAsksAdministrator || fault.code == kAdministratorAsked)
    co_return Deferred{fault.why(), later};
  if (const auto* busy = std::get_if<Deferred>(&fault.outcome))
    co_return Deferred{busy->why, busy->retry_after.value_or(later)};
  // Not being told is no refusal of what was accepted.
  if (std::holds_alternative<Refused>(fault.outcome)) co_return Unconfirmed{fault.why()};
  co_return fault.outcome;
}

asio::awaitable<Finding> WechatChannel::find_mass_withdrawn(Attempt attempt) {
  const Receipt& published = attempt.published;
  const WechatResult result =
      co_await ask_mass(mass_message_id(published.remote_id), attempt.deadline);
  if (const auto* fault = std::get_if<WechatFault>(&result)) co_return CannotTell{fault->why()};
  const std::string status = status_of(std::get<boost::json::object>(result));
  if (status == "SEND_SUCCESS") co_return Absent{};
  if (status != "DELETE") co_return CannotTell{{"msg_status", "not said to be deleted", 200}};
  co_return Found{Delivered{{published.remote_id, published.permalink, clock_.now(), "read-back"}}};
}

asio::awaitable<LaterLook> WechatChannel::inspect_mass(Attempt attempt) {
  const WechatResult result =
      co_await ask_mass(mass_message_id(attempt.published.remote_id), attempt.deadline);
  if (const auto* fault = std::get_if<WechatFault>(&result)) co_return CannotTell{fault->why()};
  const std::string status = status_of(std::get<boost::json::object>(result));
  if (status == "SEND_SUCCESS") co_return Verified{};
  if (status == "DELETE") co_return Vanished{"WeChat says that the message is deleted"};
  co_return CannotTell{{"msg_status", "neither sent nor deleted", 200}};
}

// Each permission is asked for by itself: accounts have them in any combination. A message that
// does not exist is asked about, so nothing is sent.
asio::awaitable<std::optional<bool>> WechatChannel::ask_mass_send(Instant deadline) {
  const WechatResult result = co_await ask_mass("1", deadline);
  const auto* fault = std::get_if<WechatFault>(&result);
  if (fault == nullptr || fault->code == kNoSuchMessage) co_return true;
  if (fault->code == kNoPermission) co_return false;
  co_return std::nullopt;
}

}  // namespace liandong
