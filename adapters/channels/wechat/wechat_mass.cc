// Mass-sending (群发): one draft to the followers, once.
//
// Two guards against a second send: the draft's media_id dies with the first, and the platform
// refuses a clientmsgid it has seen within 24 hours with 45065, which states the first's msg_id. So
// a request whose answer was lost is repeated as it was, and what comes back settles it. So is one
// that waits for the administrator's confirmation and was answered without a msg_id; with one, the
// job is asked about until it is confirmed, refused, or over after 30 minutes.

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
constexpr int kNoQuota = 45028;

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

bool asks_administrator(int code) {
  return code == kAsksAdministrator || code == kAdministratorAsked;
}

// Some refusals name the job there is: the one sent before, the one an administrator must confirm.
bool names_job(const WechatFault& fault) {
  return (fault.code == kSentBefore || asks_administrator(fault.code)) && !fault.message_id.empty();
}

// "SEND_SUCCESS"; an older page writes a blank.
std::string status_of(const boost::json::object& json) {
  std::string status = text_member(json, "msg_status");
  std::ranges::replace(status, ' ', '_');
  return status;
}

}  // namespace

// A service account's quota is by the month.
Outcome WechatChannel::outcome_of_send(const WechatFault& fault) const {
  const Diagnostic* why = diagnostic_of(fault.outcome);
  if (why == nullptr || fault.code != kNoQuota || !options_.service_account) return fault.outcome;
  return RateLimited{*why, begin_of_next_month(clock_.now())};
}

asio::awaitable<GroupOutcome> WechatChannel::mass_send(Members members) {
  GroupOutcome outcome;
  const std::string media_id = progress_value(members.front().progress, "media_id");
  const Attempt& first = members.front().attempt;
  if (media_id.empty()) {
    outcome.each.assign(members.size(), step_missing("media_id"));
    co_return outcome;
  }
  // The account lost its permission after the draft was made, and nothing was sent yet.
  if (draft_only() && first.number <= 1) {
    outcome.each = outcomes_of_draft(media_id, std::move(members));
    co_return outcome;
  }
  WechatCall call = make_call("/cgi-bin/message/mass/sendall", Asked::Act, first.deadline);
  call.body = mass_request(first.marker, media_id, options_.mass_tag);
  const WechatResult result = co_await api_.call(std::move(call));
  const auto* fault = std::get_if<WechatFault>(&result);
  if (fault != nullptr && !names_job(*fault)) {
    outcome.each.assign(members.size(), outcome_of_send(*fault));
    outcome.split = wechat_code_rule(fault->code) != nullptr;
    co_return outcome;
  }
  const std::string message_id = fault != nullptr
                                     ? fault->message_id
                                     : text_member(std::get<boost::json::object>(result), "msg_id");
  if (message_id.empty() || message_id.size() > kWechatMaxId) {
    const boost::json::object none;
    const auto* json = std::get_if<boost::json::object>(&result);
    outcome.each.assign(members.size(),
                        Unconfirmed{api_.surprise("the reply to mass/sendall has no msg_id",
                                                  json != nullptr ? *json : none)});
    co_return outcome;
  }
  for (GroupMember& member : members) {
    member.progress["msg_id"] = message_id;
    const bool was_sent_before = fault != nullptr && fault->code == kSentBefore;
    member.progress["msg_evidence"] = was_sent_before ? "clientmsgid" : "reply";
    outcome.each.emplace_back(Done{std::move(member.progress)});
  }
  co_return outcome;
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
    return Delivered{{remote_id_of(mass_remote_id(progress_value(progress, "msg_id")),
                                   article_place(progress).place, article_place(progress).articles),
                      "", now, progress_value(progress, "msg_evidence")}};
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

asio::awaitable<GroupOutcome> WechatChannel::poll_mass(Members members) {
  const Attempt& first = members.front().attempt;
  const WechatResult result =
      co_await ask_mass(progress_value(members.front().progress, "msg_id"), first.deadline);
  GroupOutcome outcome;
  if (const auto* json = std::get_if<boost::json::object>(&result)) {
    for (const GroupMember& member : members)
      outcome.each.push_back(outcome_of_mass_job(*json, member.attempt, member.progress));
    co_return outcome;
  }
  const WechatFault fault = std::get<WechatFault>(result);
  const Duration later = poll_again_after(first, clock_.now());
  Outcome all = fault.outcome;
  if (asks_administrator(fault.code)) {
    all = Deferred{fault.why(), later};
  } else if (const auto* busy = std::get_if<Deferred>(&fault.outcome)) {
    all = Deferred{busy->why, busy->retry_after.value_or(later)};
  } else if (std::holds_alternative<Refused>(fault.outcome)) {
    // Not being told is no refusal of what was accepted.
    all = Unconfirmed{fault.why()};
  }
  outcome.each.assign(members.size(), all);
  co_return outcome;
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
