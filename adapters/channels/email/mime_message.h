// One UTF-8 e-mail as RFC 5322 and MIME want it: encoded headers, a plain and an HTML form.
//
// Pure: the same parts give the same bytes, so an attempt that is repeated sends the same message.

#ifndef LIANDONG_ADAPTERS_CHANNELS_EMAIL_MIME_MESSAGE_H_
#define LIANDONG_ADAPTERS_CHANNELS_EMAIL_MIME_MESSAGE_H_

#include <string>
#include <string_view>

#include "daemon/platform/clock.h"

namespace liandong {

struct MailParts {
  std::string from;        // "press@example.gov.cn"
  std::string from_name;   // 示例市教育局; may be empty
  std::string message_id;  // without brackets
  std::string replies_to;  // the message this one corrects, without brackets; may be empty
  std::string subject;
  std::string text;
  std::string html;  // empty: text only
  Timestamp date;
};

// Lines end with CRLF and are at most 78 characters long. Recipients are not named in it: they do
// not see each other. Line breaks in a header's value become blanks.
[[nodiscard]] std::string mime_message(const MailParts& parts);

// `text` as RFC 2047 encoded words, folded; unchanged when it is short plain ASCII.
[[nodiscard]] std::string encoded_words(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_EMAIL_MIME_MESSAGE_H_
