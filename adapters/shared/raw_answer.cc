#include "adapters/shared/raw_answer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kMask = "***";
constexpr std::size_t kLookedAt = 65'536;  // bytes of the body
constexpr std::size_t kKept = 240;         // code points of it
constexpr std::size_t kKeptType = 60;
constexpr std::array<std::string_view, 8> kCredentialNames = {
    "access_token", "refresh_token", "client_secret", "appsecret",
    "app_secret",   "secret",        "password",      "authorization"};

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Behind `"name" : "` or `name=`: where the value begins; npos when no value follows.
std::size_t value_begin(std::string_view text, std::size_t at) {
  const std::size_t sign = text.find_first_not_of("\"'\\ ", at);
  if (sign == std::string_view::npos || (text[sign] != ':' && text[sign] != '=')) {
    return std::string_view::npos;
  }
  return text.find_first_not_of("\"'\\ ", sign + 1);
}

// `Bearer x` is a value too, so a blank ends only what was not quoted.
std::size_t value_end(std::string_view text, std::size_t begin) {
  const char before = text[begin - 1];
  const bool quoted = before == '"' || before == '\'';
  return std::min(text.find_first_of(quoted ? "\"'" : "&,;}\"'\n<", begin), text.size());
}

std::string without_named_values(std::string_view text, std::string_view name) {
  const std::string lower = lower_ascii(text);
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = lower.find(name); at != std::string::npos; at = lower.find(name, at)) {
    const bool whole = at == 0 || !is_name_byte(lower[at - 1]);
    at += name.size();
    const std::size_t begin = whole ? value_begin(text, at) : std::string::npos;
    if (begin == std::string::npos) continue;
    at = value_end(text, begin);
    out.append(text, copied, begin - copied).append(kMask);
    copied = at;
  }
  return out.append(text, copied);
}

}  // namespace

std::string masked(std::string text, std::span<const Secret> secrets) {
  for (const Secret& secret : secrets) {
    if (secret.empty()) continue;
    const std::string& value = secret.reveal();
    for (const std::string& form :
         {value, percent_encode(value), replace_all(value, "/", "\\/"),
          replace_all(value, "/", "\\\\/"), escape_html(value), base64(value)}) {
      text = replace_all(std::move(text), form, kMask);
    }
  }
  for (const std::string_view name : kCredentialNames) {
    text = without_named_values(text, name);
  }
  return text;
}

std::string raw_answer(const HttpReply& reply, std::span<const Secret> secrets) {
  const std::string type =
      shorten(fold_blanks(masked(std::string(reply.header("content-type")), secrets)), kKeptType);
  std::string line = fmt::format("HTTP {}, {}, {} bytes", reply.status,
                                 type.empty() ? "no type" : type, reply.body.size());
  const std::string_view begin = std::string_view(reply.body).substr(0, kLookedAt);
  const std::string words = shorten(fold_blanks(masked(to_valid_utf8(begin), secrets)), kKept);
  return words.empty() ? line : line + ": " + words;
}

Diagnostic undocumented(std::string_view code, std::string_view what, const HttpReply& reply,
                        std::span<const Secret> secrets) {
  Diagnostic why;
  why.code = code;
  why.message = fmt::format("{} ({})", what, raw_answer(reply, secrets));
  why.http = reply.status;
  return why;
}

void alarm_unknown_code(std::string_view channel, const Diagnostic& why) {
  log(Level::Error, "platform.misunderstood",
      {{"channel", channel}, {"code", why.code}, {"http", why.http}, {"error", why.message}});
}

}  // namespace liandong
