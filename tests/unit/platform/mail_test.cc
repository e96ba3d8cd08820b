#include "daemon/platform/mail.h"

#include <memory>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/address_policy.h"
#include "daemon/platform/crypto.h"

#include "tests/support/run.h"
#include "tests/support/smtp_server.h"

namespace liandong {
namespace {

using std::chrono_literals::operator""s;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CurlMailerTest : public testing::Test {
 protected:
  MailRequest request() {
    AddressPolicy::Options inside;
    inside.allow_private = true;
    MailRequest made;
    made.server.host = "127.0.0.1";
    made.server.port = smtp_.port();
    made.server.security = MailSecurity::None;
    made.server.policy = std::make_shared<AddressPolicy>(inside);
    made.from = "press@example.gov.cn";
    made.to = {"a@news.cn", "b@news.cn"};
    made.message = "Subject: x\r\n\r\none\r\n.two\r\n.\r\n";
    made.deadline = clock_.after(5s);
    return made;
  }
  MailResult send(MailRequest made) { return run(context_, mailer_.send(std::move(made))); }
  MailFailure failure_of(MailRequest made) {
    const MailResult result = send(std::move(made));
    if (std::holds_alternative<MailAccepted>(result)) {
      ADD_FAILURE() << "accepted where a failure was expected";
      return {};
    }
    return std::get<MailFailure>(result);
  }

  SmtpServer smtp_;
  SystemClock clock_;
  asio::io_context context_;
  CurlMailer mailer_{clock_};
};

TEST_F(CurlMailerTest, HandsTheMessageOverUnchanged) {
  const MailResult result = send(request());

  EXPECT_EQ(std::get<MailAccepted>(result).words, "2.0.0 Ok: queued as STUB1");
  ASSERT_EQ(smtp_.mails().size(), 1u);
  const ReceivedMail mail = smtp_.mails()[0];
  EXPECT_EQ(mail.from, "press@example.gov.cn");
  EXPECT_THAT(mail.to, ElementsAre("a@news.cn", "b@news.cn"));
  EXPECT_EQ(mail.content, "Subject: x\r\n\r\none\r\n.two\r\n.\r\n");
  EXPECT_THAT(smtp_.commands(), Contains("EHLO example.gov.cn"));
}

TEST_F(CurlMailerTest, LogsIn) {
  MailRequest made = request();
  made.server.user = "press";
  made.server.password = "pass word";

  EXPECT_TRUE(std::holds_alternative<MailAccepted>(send(std::move(made))));

  const std::string login = base64(std::string("\0press\0pass word", 16));
  EXPECT_THAT(smtp_.commands(), Contains(HasSubstr("AUTH PLAIN")));
  EXPECT_THAT(smtp_.commands(), Contains(HasSubstr(login)));
}

TEST_F(CurlMailerTest, WithoutRecipientsOnlyLogsIn) {
  MailRequest made = request();
  made.to.clear();

  EXPECT_TRUE(std::holds_alternative<MailAccepted>(send(std::move(made))));

  EXPECT_THAT(smtp_.commands(), Contains("NOOP"));
  EXPECT_THAT(smtp_.commands(), Not(Contains("DATA")));
}

TEST_F(CurlMailerTest, TakesARefusedLoginForWhatItIs) {
  smtp_.answer("AUTH", "535 5.7.8 wrong password");
  MailRequest made = request();
  made.server.user = "press";
  made.server.password = "CANARY";

  const MailFailure failure = failure_of(std::move(made));

  EXPECT_TRUE(failure.unauthorized);
  EXPECT_EQ(failure.code, "smtp-535");
  EXPECT_THAT(failure.message, Not(HasSubstr("CANARY")));
}

TEST_F(CurlMailerTest, SaysNothingToAServerWithoutTlsWhenTlsIsDemanded) {
  MailRequest made = request();
  made.server.security = MailSecurity::StartTls;
  made.server.user = "press";
  made.server.password = "CANARY";

  const MailFailure failure = failure_of(std::move(made));

  EXPECT_TRUE(failure.untrusted);
  EXPECT_FALSE(failure.may_be_accepted);
  EXPECT_THAT(smtp_.commands(), Not(Contains(HasSubstr("AUTH"))));
}

struct RefusalCase {
  std::string command;
  std::string line;
  int reply;
};

class MailRefusal : public CurlMailerTest, public testing::WithParamInterface<RefusalCase> {};

TEST_P(MailRefusal, IsDefiniteAtEveryStage) {
  smtp_.answer(GetParam().command, GetParam().line);

  const MailFailure failure = failure_of(request());

  EXPECT_EQ(failure.reply, GetParam().reply);
  EXPECT_EQ(failure.code, "smtp-" + std::to_string(GetParam().reply));
  EXPECT_THAT(failure.message, HasSubstr(GetParam().line.substr(4)));
  EXPECT_FALSE(failure.may_be_accepted);
  EXPECT_THAT(smtp_.mails(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stages, MailRefusal,
                         testing::Values(RefusalCase{"", "421 4.3.2 closing", 421},
                                         RefusalCase{"MAIL", "550 5.7.1 not you", 550},
                                         RefusalCase{"RCPT", "450 4.2.1 mailbox busy", 450},
                                         RefusalCase{"DATA", "451 4.3.0 try later", 451},
                                         RefusalCase{".", "452 4.3.1 no space", 452},
                                         RefusalCase{".", "554 5.7.1 looks like spam", 554}));

class MailBroken : public CurlMailerTest, public testing::WithParamInterface<std::string> {};

TEST_P(MailBroken, BeforeTheEndOfTheContentHasDoneNothing) {
  smtp_.close_at(GetParam());

  const MailFailure failure = failure_of(request());

  EXPECT_FALSE(failure.may_be_accepted);
  EXPECT_EQ(failure.reply, 0);
  EXPECT_THAT(smtp_.mails(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stages, MailBroken, testing::Values("", "EHLO", "MAIL", "RCPT", "DATA"));

TEST_F(CurlMailerTest, BrokenInALongContentHasDoneNothing) {
  smtp_.close_in_content(1'000);
  MailRequest made = request();
  for (int i = 0; i < 200'000; ++i) made.message += "0123456789012345678901234567890123456789\r\n";

  const MailFailure failure = failure_of(std::move(made));

  EXPECT_FALSE(failure.may_be_accepted);
  EXPECT_THAT(smtp_.mails(), IsEmpty());
}

TEST_F(CurlMailerTest, BrokenAfterTheEndOfTheContentIsUnknown) {
  smtp_.close_at(".");

  const MailFailure failure = failure_of(request());

  EXPECT_TRUE(failure.may_be_accepted);
  EXPECT_EQ(smtp_.mails().size(), 1u);
  EXPECT_EQ(smtp_.connections(), 1);
}

TEST_F(CurlMailerTest, ADeniedAddressGetsNoConnection) {
  MailRequest made = request();
  made.server.policy = nullptr;

  const MailFailure failure = failure_of(std::move(made));

  EXPECT_EQ(failure.code, "policy");
  EXPECT_EQ(smtp_.connections(), 0);
}

TEST_F(CurlMailerTest, RefusesWhatWouldChangeTheDialogue) {
  MailRequest recipient = request();
  recipient.to.push_back("a@b.cn>\r\nRCPT TO:<evil@x.cn");
  MailRequest sender = request();
  sender.from = "press";
  MailRequest password = request();
  password.server.user = "u";
  password.server.password = "a\r\nb";
  MailRequest host = request();
  host.server.host = "127.0.0.1/x@";

  EXPECT_EQ(failure_of(std::move(recipient)).code, "request");
  EXPECT_EQ(failure_of(std::move(sender)).code, "request");
  EXPECT_EQ(failure_of(std::move(password)).code, "request");
  EXPECT_EQ(failure_of(std::move(host)).code, "request");
  EXPECT_EQ(smtp_.connections(), 0);
}

TEST_F(CurlMailerTest, NoTimeLeftFailsBeforeConnecting) {
  MailRequest made = request();
  made.deadline = clock_.tick();

  EXPECT_EQ(failure_of(std::move(made)).code, "deadline");
  EXPECT_EQ(smtp_.connections(), 0);
}

TEST(MailAddress, IsBareAndPlain) {
  EXPECT_TRUE(is_mail_address("press@example.gov.cn"));
  EXPECT_TRUE(is_mail_address("a.b+c@x.cn"));
  for (const std::string_view text :
       {"", "press", "@x.cn", "a@", "a@b@c", "a b@c.cn", "<a@b.cn>", "a@b.cn,c@d.cn", "a@b.cn\r\n",
        "张@b.cn", "a@b.cn/x", "\"a\"@b.cn"}) {
    EXPECT_FALSE(is_mail_address(text)) << text;
  }
}

TEST(NoMail, RefusesEverything) {
  const MailResult result = run(no_mail().send(MailRequest{}));

  EXPECT_EQ(std::get<MailFailure>(result).code, "mail");
}

}  // namespace
}  // namespace liandong
