#include "adapters/channels/wechat/wechat_api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/raw_answer.h"
#include "adapters/shared/service.h"
#include "daemon/channel/channel.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::size_t kMaxReply = 8U << 20U;
constexpr std::size_t kMaxWords = 240;  // code points of the platform's words kept
constexpr std::size_t kMaxRid = 64;  // bytes; the end of the words, by which support finds a call

bool is_token_code(int code) {
  const CodeRule* rule = wechat_code_rule(code);
  return rule != nullptr && rule->reaction == Reaction::Token;
}

bool is_hex(std::string_view digits) {
  return std::ranges::all_of(digits, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

// The UTF-16 unit of an escape `\uXXXX` at `at`, or nothing.
std::optional<unsigned> unit_at(std::string_view json, std::size_t at) {
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return std::nullopt;
  const std::string_view digits = json.substr(at + 2, 4);
  if (!is_hex(digits)) return std::nullopt;
  unsigned unit = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  return unit;
}

bool is_high(std::optional<unsigned> unit) {
  return unit && *unit >= 0xD800 && *unit < 0xDC00;
}
bool is_low(std::optional<unsigned> unit) {
  return unit && *unit >= 0xDC00 && *unit < 0xE000;
}

// The platform cuts texts inside a surrogate pair; the lone half becomes U+FFFD instead of making
// the whole reply unreadable.
std::string repair_surrogates(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const auto unit = unit_at(json, at);
    std::size_t length = unit ? 6 : 1;
    if (!unit && json[at] == '\\' && at + 1 < json.size()) length = 2;
    if (is_high(unit) && is_low(unit_at(json, at + 6))) length = 12;
    const bool lone = length == 6 && (is_high(unit) || is_low(unit));
    out += lone ? std::string_view("\\ufffd") : json.substr(at, length);
    at += length;
  }
  return out;
}

std::optional<boost::json::object> parse_object(std::string_view body) {
  boost::json::error_code error;
  boost::json::value json = boost::json::parse(repair_surrogates(to_valid_utf8(body)), error);
  if (error || !json.is_object()) return std::nullopt;
  return std::move(json.as_object());
}

WechatFault lost(Asked asked, Diagnostic why) {
  if (asked == Asked::Act) return {0, Unconfirmed{std::move(why)}};
  return {0, Deferred{std::move(why), std::nullopt}};
}

WechatFault fault_of_failure(const HttpFailure& failure, Asked asked) {
  Outcome outcome = outcome_of(failure);
  if (asked != Asked::Act && std::holds_alternative<Unconfirmed>(outcome)) {
    return lost(asked, {failure.code, failure.message});
  }
  return {0, std::move(outcome)};
}

WechatFault fault_of_status(const HttpReply& reply, Asked asked, Timestamp now,
                            std::span<const Secret> secrets) {
  Diagnostic why = undocumented(fmt::format("http-{}", reply.status),
                                "the platform answered by status alone", reply, secrets);
  if (reply.status == 429) {
    const Duration wait = retry_after(reply, now).value_or(std::chrono::minutes(1));
    return {0, RateLimited{std::move(why), now + wait}};
  }
  // What a proxy finds too large never reached the platform.
  if (reply.status == 413 && asked != Asked::Token) return {0, Refused{std::move(why)}};
  return lost(asked, std::move(why));
}

// 40164 states the refused address: what the operator must enter in the console.
std::string refused_address(std::string_view message) {
  constexpr std::string_view kBefore = "invalid ip ";
  const std::size_t at = message.find(kBefore);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = message.substr(at + kBefore.size());
  const std::string_view address =
      rest.substr(0, rest.find_first_not_of("0123456789abcdefABCDEF.:"));
  return std::string(address.substr(0, 45));
}

// Masked before it is cut: the beginning of a secret is one too.
std::string platform_words(const boost::json::object& json, std::span<const Secret> secrets) {
  const std::string words = fold_blanks(masked(text_member(json, "errmsg"), secrets));
  std::string kept = shorten(words, kMaxWords);
  const std::size_t rid = words.rfind("rid:");
  if (kept == words || rid == std::string::npos) return kept;
  return kept + " " + to_valid_utf8(words.substr(rid, kMaxRid));
}

Diagnostic diagnostic_of_reply(int code, const boost::json::object& json, const HttpReply& reply,
                               std::span<const Secret> secrets) {
  if (wechat_code_rule(code) == nullptr) {
    return undocumented(std::to_string(code), "the platform answered", reply, secrets);
  }
  std::string words = platform_words(json, secrets);
  const std::string address = code == 40164 ? refused_address(words) : std::string();
  if (!address.empty()) words = fmt::format("add {} to it: {}", address, words);
  return {std::to_string(code), std::move(words), 200};
}

int status_of(const HttpResult& result) {
  const auto* reply = std::get_if<HttpReply>(&result);
  return reply == nullptr ? 0 : reply->status;
}

Outcome no_token_in_reply(int status) {
  return Deferred{{"token", "the reply to the token request has no usable token", status},
                  std::nullopt};
}

}  // namespace

std::int64_t number_member(const boost::json::object& object, std::string_view name,
                           std::int64_t fallback) {
  const std::string text = text_member(object, name);
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && !text.empty() ? number : fallback;
}

std::optional<bool> flag_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  if (member != nullptr && member->is_bool()) return member->get_bool();
  const std::string text = lower_ascii(text_member(object, name));
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return std::nullopt;
}

WechatResult read_wechat_reply(const HttpResult& result, Asked asked, Timestamp now,
                               std::span<const Secret> secrets) {
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    return fault_of_failure(*failure, asked);
  }
  const auto& reply = std::get<HttpReply>(result);
  if (reply.status != 200) return fault_of_status(reply, asked, now, secrets);
  std::optional<boost::json::object> json = parse_object(reply.body);
  if (!json) {
    constexpr std::string_view kNotJson = "the platform's reply is not a JSON object";
    return lost(asked, undocumented("not-json", kNotJson, reply, secrets));
  }
  if (!json->contains("errcode")) return std::move(*json);
  constexpr std::int64_t kUnreadable = INT32_MIN;
  const std::int64_t code = number_member(*json, "errcode", kUnreadable);
  if (code == 0) return std::move(*json);
  if (code <= kUnreadable || code > INT32_MAX) {
    constexpr std::string_view kNoCode = "the platform's errcode is not a number";
    return lost(asked, undocumented("errcode", kNoCode, reply, secrets));
  }
  const int known = static_cast<int>(code);
  Diagnostic why = diagnostic_of_reply(known, *json, reply, secrets);
  return WechatFault{known, outcome_of_code(known, asked, std::move(why), now),
                     text_member(*json, "msg_id")};
}

WechatApi::WechatApi(WechatAccount account, Clock& clock, HttpClient& http)
    : account_(std::move(account)),
      clock_(clock),
      http_(http),
      token_(clock, [this](AccessToken::Mode mode, Instant deadline) {
        return fetch_token(mode, deadline);
      }) {}

asio::awaitable<WechatResult> WechatApi::call(WechatCall call) {
  AccessToken::Answer token = co_await token_.get(call.deadline);
  if (auto* outcome = std::get_if<Outcome>(&token)) co_return WechatFault{0, std::move(*outcome)};

  WechatResult result = co_await send(call, std::get<Secret>(token));
  const auto* fault = std::get_if<WechatFault>(&result);
  if (fault == nullptr || !is_token_code(fault->code)) co_return result;

  // Refused before anything was executed, so asking a second time is safe for any call.
  token = co_await token_.renew(std::get<Secret>(token), call.deadline);
  if (auto* outcome = std::get_if<Outcome>(&token)) {
    co_return WechatFault{fault->code, std::move(*outcome)};
  }
  result = co_await send(std::move(call), std::get<Secret>(token));
  co_return result;
}

asio::awaitable<WechatResult> WechatApi::send(WechatCall call, Secret token) {
  HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}{}?access_token={}", account_.base_url, call.path,
                            percent_encode(token.reveal()));
  if (!call.query.empty()) request.url += "&" + call.query;
  if (call.form.empty()) {
    request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    request.body = boost::json::serialize(call.body);
  }
  request.form = std::move(call.form);
  request.use = call.asked == Asked::Act ? HttpUse::Publish : HttpUse::Read;
  request.max_bytes = kMaxReply;
  request.deadline = call.deadline;
  request.policy = account_.policy;

  const HttpResult reply = co_await http_.send(std::move(request));
  last_token_ = std::move(token);
  const std::array<Secret, 2> secrets = {last_token_, account_.app_secret};
  WechatResult result = read_wechat_reply(reply, call.asked, clock_.now(), secrets);
  alarm(result);
  co_return result;
}

Diagnostic WechatApi::surprise(std::string_view what, const boost::json::object& reply) const {
  const std::array<Secret, 2> secrets = {last_token_, account_.app_secret};
  const std::string words = fold_blanks(masked(boost::json::serialize(reply), secrets));
  return {"reply", fmt::format("{}: {}", what, shorten(words, kMaxWords)), 200};
}

void WechatApi::alarm(const WechatResult& result) const {
  const auto* fault = std::get_if<WechatFault>(&result);
  const bool unknown =
      fault != nullptr && fault->code != 0 && wechat_code_rule(fault->code) == nullptr;
  if (unknown) alarm_unknown_code(account_.channel, fault->why());
}

asio::awaitable<AccessToken::Fetched> WechatApi::fetch_token(AccessToken::Mode mode,
                                                             Instant deadline) {
  const boost::json::object body = {{"grant_type", "client_credential"},
                                    {"appid", account_.app_id},
                                    {"secret", account_.app_secret.reveal()},
                                    {"force_refresh", mode == AccessToken::Mode::Forced}};
  HttpRequest request;
  request.method = "POST";
  request.url = account_.base_url + "/cgi-bin/stable_token";
  request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  request.body = boost::json::serialize(body);
  request.max_bytes = kMaxReply;
  request.deadline = deadline;
  request.policy = account_.policy;

  const HttpResult reply = co_await http_.send(std::move(request));
  const std::array<Secret, 2> secrets = {last_token_, account_.app_secret};
  WechatResult result = read_wechat_reply(reply, Asked::Token, clock_.now(), secrets);
  alarm(result);
  if (auto* fault = std::get_if<WechatFault>(&result)) co_return std::move(fault->outcome);
  const auto& json = std::get<boost::json::object>(result);
  std::string token = text_member(json, "access_token");
  const std::int64_t seconds = number_member(json, "expires_in", 0);
  if (token.empty() || token.size() > 4096 || seconds <= 0) {
    co_return no_token_in_reply(status_of(reply));
  }
  constexpr std::int64_t kMaxSeconds = 7200;  // never trust a token for longer than documented
  IssuedToken issued{Secret(std::move(token)),
                     std::chrono::seconds(std::min(seconds, kMaxSeconds))};
  co_return issued;
}

}  // namespace liandong
