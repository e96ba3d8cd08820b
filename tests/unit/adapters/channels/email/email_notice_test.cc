#include "adapters/channels/email/email_notice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OneMailer final : public Mailer {
 public:
  asio::awaitable<MailResult> send(MailRequest request) override {
    requests.push_back(std::move(request));
    co_return next;
  }
  std::vector<MailRequest> requests;
  MailResult next = MailAccepted{"queued"};
};

class EmailNotices : public ::testing::Test {
 protected:
  std::unique_ptr<NoticePost> make(const std::string& keys) {
    Table table = Table::parse(keys, "alerts.toml", problems_);
    return make_email_notice(table,
                             ChannelSetup{"email", "某省教育厅", nullptr, clock_, http_, mailer_});
  }

  Problems problems_;
  FakeClock clock_;
  FakeHttp http_;
  OneMailer mailer_;
  const Notice notice_{"alert-1", "alert.changed", FakeClock::kStart, "新告警", "内容", "{}"};
};

constexpr const char* kNoticeKeys =
    "smtp_host = \"smtp.example.gov.cn\"\nfrom = \"liandong@example.gov.cn\"\nto = "
    "[\"duty@example.gov.cn\", \"chief@example.gov.cn\"]\n";

TEST_F(EmailNotices, GoToEverybodyUnderOneMessageId) {
  const auto post = make(kNoticeKeys);
  ASSERT_NE(post, nullptr);
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(run(post->send(notice_, clock_.after(std::chrono::seconds(9)))).has_value());
  EXPECT_THAT(mailer_.requests[0].to, ElementsAre("duty@example.gov.cn", "chief@example.gov.cn"));
  EXPECT_THAT(mailer_.requests[0].message, HasSubstr("Message-ID: <alert-1@example.gov.cn>"));
  EXPECT_EQ(mailer_.requests[0].message, mailer_.requests[1].message);
}

TEST_F(EmailNotices, SayWhyTheServerRefused) {
  const auto post = make(kNoticeKeys);
  MailFailure failure;
  failure.reply = 550;
  failure.code = "smtp-550";
  failure.message = "no such mailbox";
  mailer_.next = failure;
  const auto sent = run(post->send(notice_, clock_.after(std::chrono::seconds(9))));
  ASSERT_FALSE(sent.has_value());
  EXPECT_THAT(sent.error().message(), HasSubstr("no such mailbox"));
}

TEST_F(EmailNotices, AreNotMadeWithoutRecipients) {
  EXPECT_EQ(make("smtp_host = \"smtp.example.gov.cn\"\nfrom = \"a@example.gov.cn\"\n"), nullptr);
  EXPECT_TRUE(problems_.has_errors());
}

}  // namespace
}  // namespace liandong
