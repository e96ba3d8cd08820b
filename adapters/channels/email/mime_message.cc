#include "adapters/channels/email/mime_message.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::size_t kEncodedLine = 76;  // characters of a base64 line (RFC 2045)
constexpr std::size_t kWordBytes = 42;    // of text in one encoded word: 75 characters with all
constexpr std::size_t kPlainHeader = 60;  // longer ASCII is folded as encoded words too

bool is_plain(std::string_view text) {
  return text.size() <= kPlainHeader && text.find("=?") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Bytes of the UTF-8 sequence that begins with `lead`.
std::size_t sequence_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

std::string base64_lines(std::string_view bytes) {
  const std::string encoded = base64(bytes);
  std::string lines;
  for (std::size_t at = 0; at < encoded.size(); at += kEncodedLine) {
    lines += encoded.substr(at, kEncodedLine) + "\r\n";
  }
  return lines;
}

std::string mail_date(Timestamp time) {
  static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                            "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto local = std::chrono::floor<std::chrono::seconds>(time + kBeijingOffset);
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss clock(local - midnight);
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} +0800",
      kDays.at(std::chrono::weekday(midnight).c_encoding()), static_cast<unsigned>(day.day()),
      kMonths.at(static_cast<unsigned>(day.month()) - 1), static_cast<int>(day.year()),
      clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string part(std::string_view type, std::string_view content) {
  return fmt::format(
      "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", type,
      base64_lines(content));
}

std::string headers_of(const MailParts& parts) {
  const std::string name =
      parts.from_name.empty() ? "" : encoded_words(fold_blanks(parts.from_name)) + "\r\n ";
  std::string headers = fmt::format(
      "Date: {}\r\nFrom: {}<{}>\r\nTo: undisclosed-recipients:;\r\nMessage-ID: <{}>\r\n",
      mail_date(parts.date), name, parts.from, parts.message_id);
  if (!parts.replies_to.empty()) {
    headers += fmt::format("In-Reply-To: <{0}>\r\nReferences: <{0}>\r\n", parts.replies_to);
  }
  headers += fmt::format("Subject: {}\r\n", encoded_words(fold_blanks(parts.subject)));
  return headers + "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
}

}  // namespace

std::string encoded_words(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  const std::string valid = to_valid_utf8(text);
  std::string words;
  std::string word;
  const auto flush = [&words, &word] {
    if (word.empty()) return;
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + base64(word) + "?=";
    word.clear();
  };
  for (std::size_t at = 0; at < valid.size();) {
    const std::size_t length = sequence_length(valid[at]);
    if (word.size() + length > kWordBytes) flush();
    word += valid.substr(at, length);
    at += length;
  }
  flush();
  return words;
}

std::string mime_message(const MailParts& parts) {
  std::string message = headers_of(parts);
  if (parts.html.empty()) return message + part("text/plain", parts.text);
  // "_" never occurs in base64, so the boundary cannot occur in a part.
  const std::string boundary = "_" + sha256_hex(parts.message_id).substr(0, 32);
  message +=
      fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n", boundary);
  message += fmt::format("--{}\r\n{}", boundary, part("text/plain", parts.text));
  message += fmt::format("--{}\r\n{}", boundary, part("text/html", parts.html));
  return message + fmt::format("--{}--\r\n", boundary);
}

}  // namespace liandong
