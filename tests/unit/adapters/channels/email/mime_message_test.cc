#include "adapters/channels/email/mime_message.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

using testing::HasSubstr;
using testing::Not;

MailParts parts() {
  MailParts made;
  made.from = "press@example.gov.cn";
  made.from_name = "示例市教育局";
  made.message_id = "0123456789ab.publish@example.gov.cn";
  made.subject = "Notice";
  made.text = "正文";
  made.html = "<p>正文</p>";
  made.date = Timestamp(Duration(1'795'334'400'000));
  return made;
}

// What a mail programme reads: encoded words decoded, folding undone.
std::string decoded(std::string_view header) {
  std::string text;
  for (const std::string& word : split(replace_all(std::string(header), "\r\n", ""), ' ')) {
    if (!word.starts_with("=?UTF-8?B?") || !word.ends_with("?=")) return std::string(header);
    text += from_base64(word.substr(10, word.size() - 12)).value_or("(broken)");
  }
  return text;
}

TEST(MimeMessage, HasTheHeadersOfAnAutomaticMail) {
  const std::string message = mime_message(parts());

  EXPECT_THAT(message, HasSubstr("Date: Sun, 22 Nov 2026 16:00:00 +0800\r\n"));
  EXPECT_THAT(message, HasSubstr("\r\n <press@example.gov.cn>\r\n"));
  EXPECT_THAT(message, HasSubstr("To: undisclosed-recipients:;\r\n"));
  EXPECT_THAT(message, HasSubstr("Message-ID: <0123456789ab.publish@example.gov.cn>\r\n"));
  EXPECT_THAT(message, HasSubstr("Subject: Notice\r\n"));
  EXPECT_THAT(message, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(message, Not(HasSubstr("In-Reply-To")));
}

TEST(MimeMessage, HoldsAPlainAndAnHtmlForm) {
  const std::string message = mime_message(parts());

  const std::size_t plain = message.find("Content-Type: text/plain; charset=utf-8");
  const std::size_t html = message.find("Content-Type: text/html; charset=utf-8");
  EXPECT_LT(plain, html);
  EXPECT_NE(html, std::string::npos);
  EXPECT_THAT(message, HasSubstr(base64("正文") + "\r\n"));
  EXPECT_THAT(message, HasSubstr(base64("<p>正文</p>") + "\r\n"));
  EXPECT_TRUE(message.ends_with("--\r\n"));
}

TEST(MimeMessage, WithoutHtmlIsOnePart) {
  MailParts made = parts();
  made.html.clear();

  EXPECT_THAT(mime_message(made), Not(HasSubstr("multipart")));
}

TEST(MimeMessage, NamesTheMailItAnswers) {
  MailParts made = parts();
  made.replies_to = "0123456789ab.publish@example.gov.cn";

  EXPECT_THAT(mime_message(made),
              HasSubstr("In-Reply-To: <0123456789ab.publish@example.gov.cn>\r\nReferences: <"));
}

TEST(MimeMessage, ATitleCannotWriteAHeader) {
  MailParts made = parts();
  made.subject = "a\r\nBcc: evil@x.cn\r\n\r\nbody";

  const std::string message = mime_message(made);

  EXPECT_THAT(message, HasSubstr("Subject: a Bcc: evil@x.cn body\r\n"));
  EXPECT_THAT(message, Not(HasSubstr("\nBcc")));
}

TEST(MimeMessage, HasOnlyShortAsciiLinesEndedByCrlf) {
  MailParts made = parts();
  for (int i = 0; i < 500; ++i) made.subject += "关于𠮷";
  for (int i = 0; i < 500; ++i) made.text += "一行没有换行的很长的文字";

  const std::string message = mime_message(made);

  for (std::string line : split(message, '\n')) {
    ASSERT_TRUE(line.empty() || line.ends_with('\r')) << line;
    EXPECT_LE(line.size(), 79u) << line;
    EXPECT_EQ(line.find_first_of("\x80\xe5\xf0"), std::string::npos);
  }
}

TEST(EncodedWords, KeepShortAsciiAndRoundTripTheRest) {
  EXPECT_EQ(encoded_words("Notice 2026"), "Notice 2026");
  for (const std::string text :
       {"通知", "𠮷野家", "a关b于c",
        "关于印发《示例市中小学校外培训机构管理办法（试行）》的通知及其解读", "=?UTF-8?B?fake?="}) {
    EXPECT_EQ(decoded(encoded_words(text)), text);
  }
}

}  // namespace
}  // namespace liandong
