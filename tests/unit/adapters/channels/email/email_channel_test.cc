#include "adapters/channels/email/email_channel.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/smtp_server.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using std::chrono_literals::operator""s;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kMarker = "0123456789ab";
constexpr std::string_view kKeys = R"(
smtp_host = "smtp.example.gov.cn"
from = "press@example.gov.cn"
to = ["a@news.cn", "b@news.cn"]
)";

class RecordingMailer final : public Mailer {
 public:
  asio::awaitable<MailResult> send(MailRequest request) override {
    requests.push_back(std::move(request));
    co_return next;
  }
  std::vector<MailRequest> requests;
  MailResult next = MailAccepted{"queued"};
};

class EmailChannelTest : public testing::Test {
 protected:
  void SetUp() override { rebuild(std::string(kKeys), mailer_); }

  void rebuild(const std::string& keys, Mailer& mailer) {
    problems_ = Problems();
    Table table = Table::parse(keys, "test.toml", problems_);
    const ChannelSetup setup{"press", "示例市教育局", nullptr, clock_, http_, mailer};
    channel_ = make_email_channel(table, setup);
    table.reject_unknown();
  }
  std::string password_file(const std::string& password) {
    const auto file = folder_.path() / "smtp.password";
    std::ofstream(file) << password << '\n';
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return file.string();
  }

  static Item item(std::string title = "关于印发<办法>的通知") {
    Item made;
    made.id = 7;
    made.kind = Kind::Notice;
    Article& article = made.revision.article;
    article.url = "https://www.example.gov.cn/zc/1.html";
    article.title = std::move(title);
    liandong::Run run;
    run.text = "各县 <script>alert(1)</script>：";
    article.body.blocks.push_back(Paragraph{{run}});
    return made;
  }
  Attempt attempt(Purpose purpose = Purpose::Publish) {
    Attempt made;
    made.marker = kMarker;
    made.purpose = purpose;
    made.rendition = channel_->render(item(), kMarker).value();
    made.first_intent = FakeClock::kStart;
    made.deadline = clock_.after(30s);
    return made;
  }
  Outcome perform(Attempt made) {
    const Step step = channel_->steps(made.purpose).front();
    return run(clock_, channel_->perform(step, std::move(made), Progress{}));
  }
  Outcome after(MailFailure failure) {
    mailer_.next = std::move(failure);
    return perform(attempt());
  }
  std::string problem() const {
    return problems_.list().empty() ? "" : problems_.list().front().to_string();
  }

  TempDir folder_;
  FakeClock clock_;
  FakeHttp http_;
  RecordingMailer mailer_;
  Problems problems_;
  std::unique_ptr<Channel> channel_;
};

TEST_F(EmailChannelTest, RendersSubjectTextAndSafeHtml) {
  const Rendition rendition = channel_->render(item(), kMarker).value();

  EXPECT_EQ(rendition.title, "【通知】关于印发<办法>的通知");
  EXPECT_THAT(rendition.text, HasSubstr("https://www.example.gov.cn/zc/1.html?p=0123456789ab"));
  EXPECT_THAT(rendition.text, HasSubstr("各县 <script>alert(1)</script>："));
  EXPECT_THAT(rendition.html, HasSubstr("<h1>关于印发&lt;办法&gt;的通知</h1>"));
  EXPECT_THAT(rendition.html, Not(HasSubstr("<script")));
}

TEST_F(EmailChannelTest, ShortensAnEndlessTitle) {
  std::string title;
  for (int i = 0; i < 500; ++i) title += "长";

  const Rendition rendition = channel_->render(item(title), kMarker).value();

  EXPECT_LE(count_code_points(rendition.title), 120u);
}

TEST_F(EmailChannelTest, SendsOneMessageToAllRecipients) {
  const Outcome outcome = perform(attempt());

  ASSERT_TRUE(std::holds_alternative<Delivered>(outcome));
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "0123456789ab.publish@example.gov.cn");
  ASSERT_EQ(mailer_.requests.size(), 1u);
  const MailRequest& request = mailer_.requests[0];
  EXPECT_EQ(request.from, "press@example.gov.cn");
  EXPECT_THAT(request.to, ElementsAre("a@news.cn", "b@news.cn"));
  EXPECT_EQ(request.server.port, 587);
  EXPECT_EQ(request.server.security, MailSecurity::StartTls);
  EXPECT_THAT(request.message, HasSubstr("Message-ID: <0123456789ab.publish@example.gov.cn>"));
  EXPECT_THAT(request.message, Not(HasSubstr("a@news.cn")));
}

TEST_F(EmailChannelTest, RepeatsTheSameBytes) {
  mailer_.next = MailFailure{};
  perform(attempt());
  clock_.advance(600s);
  perform(attempt());

  EXPECT_EQ(mailer_.requests.at(0).message, mailer_.requests.at(1).message);
}

TEST_F(EmailChannelTest, CorrectsAndWithdrawsByAFurtherMail) {
  Attempt correction = attempt(Purpose::Correct);
  correction.published.remote_id = "before@example.gov.cn";
  Attempt withdrawal = attempt(Purpose::Withdraw);
  withdrawal.published.remote_id = "before@example.gov.cn";
  perform(std::move(correction));
  perform(std::move(withdrawal));

  const std::string& corrected = mailer_.requests.at(0).message;
  const std::string& withdrawn = mailer_.requests.at(1).message;

  EXPECT_THAT(corrected, HasSubstr("In-Reply-To: <before@example.gov.cn>"));
  EXPECT_THAT(corrected, HasSubstr("Message-ID: <0123456789ab.correct@example.gov.cn>"));
  EXPECT_THAT(corrected, HasSubstr("text/html"));
  EXPECT_THAT(withdrawn, HasSubstr("In-Reply-To: <before@example.gov.cn>"));
  EXPECT_THAT(withdrawn, Not(HasSubstr("text/html")));
}

TEST_F(EmailChannelTest, NobodyCanTellWhenTheAnswerIsLost) {
  MailFailure lost;
  lost.may_be_accepted = true;

  EXPECT_EQ(name_of(after(lost)), "unconfirmed");
  for (const Purpose purpose : {Purpose::Publish, Purpose::Correct, Purpose::Withdraw}) {
    EXPECT_EQ(channel_->steps(purpose).front().kind, StepClass::AtMostOnce);
  }
  const Step step = channel_->steps(Purpose::Publish).front();
  const Finding finding = run(clock_, channel_->find(step, attempt(), Progress{}));
  ASSERT_TRUE(std::holds_alternative<CannotTell>(finding));
  EXPECT_THAT(std::get<CannotTell>(finding).why.message, HasSubstr("0123456789ab.publish@"));
}

TEST_F(EmailChannelTest, ReadsTheServersCodes) {
  const std::vector<std::pair<int, std::string>> table = {
      {0, "deferred"},   {421, "deferred"}, {450, "deferred"},
      {451, "deferred"}, {452, "deferred"}, {550, "refused"},
      {552, "refused"},  {554, "refused"},  {530, "unauthorized"}};
  for (const auto& [reply, expected] : table) {
    MailFailure failure;
    failure.reply = reply;
    EXPECT_EQ(name_of(after(failure)), expected) << reply;
  }
  MailFailure login;
  login.reply = 535;
  login.unauthorized = true;
  EXPECT_EQ(name_of(after(login)), "unauthorized");
  MailFailure certificate;
  certificate.untrusted = true;
  EXPECT_EQ(name_of(after(certificate)), "unauthorized");
}

TEST_F(EmailChannelTest, KeepsThePasswordOutOfDiagnostics) {
  rebuild(fmt::format("{}user = \"press\"\npassword_file = \"{}\"\n", kKeys,
                      password_file("CANARY-password")),
          mailer_);
  MailFailure echo;
  echo.reply = 535;
  echo.unauthorized = true;
  echo.message = "535 no: CANARY-password";

  const Outcome outcome = after(echo);

  EXPECT_EQ(mailer_.requests.at(0).server.password, "CANARY-password");
  EXPECT_THAT(diagnostic_of(outcome)->message, Not(HasSubstr("CANARY")));
}

TEST_F(EmailChannelTest, ProbesWithoutSending) {
  const Result<Traits> reached = run(clock_, channel_->probe(clock_.after(5s)));
  mailer_.next = MailFailure{};
  const Result<Traits> failed = run(clock_, channel_->probe(clock_.after(5s)));

  EXPECT_THAT(reached.value().note, HasSubstr("accepts the connection"));
  EXPECT_TRUE(mailer_.requests.at(0).to.empty());
  EXPECT_TRUE(failed.has_error());
}

TEST_F(EmailChannelTest, SaysWhatIsWrongWithItsConfiguration) {
  rebuild("from = \"press@example.gov.cn\"\nto = [\"a@b.cn\"]\n", mailer_);
  EXPECT_THAT(problem(), HasSubstr("smtp_host"));
  EXPECT_EQ(channel_, nullptr);
  rebuild("smtp_host = \"s.cn\"\nfrom = \"press\"\nto = [\"a@b.cn\"]\n", mailer_);
  EXPECT_THAT(problem(), HasSubstr("press@example.gov.cn"));
  rebuild("smtp_host = \"s.cn\"\nfrom = \"p@s.cn\"\nto = [\"张三 <a@b.cn>\"]\n", mailer_);
  EXPECT_THAT(problem(), HasSubstr("got '张三 <a@b.cn>'"));
  rebuild("smtp_host = \"s.cn\"\nfrom = \"p@s.cn\"\n", mailer_);
  EXPECT_THAT(problem(), HasSubstr("to: is required"));
  rebuild(std::string(kKeys) + "user = \"press\"\n", mailer_);
  EXPECT_THAT(problem(), HasSubstr("password_file"));
  rebuild(fmt::format("{}user = \"press\"\nsecurity = \"none\"\npassword_file = \"{}\"\n", kKeys,
                      password_file("x")),
          mailer_);
  EXPECT_THAT(problem(), HasSubstr("never sent in the clear"));
  rebuild(std::string(kKeys) + "subject = \"{{nothing}}\"\n", mailer_);
  EXPECT_THAT(problem(), HasSubstr("subject"));
}

// The whole way to a server.
TEST_F(EmailChannelTest, ReachesAServer) {
  SmtpServer smtp;
  const SystemClock clock;
  asio::io_context context;
  CurlMailer mailer(clock);
  rebuild(fmt::format("smtp_host = \"127.0.0.1\"\nsmtp_port = {}\nsecurity = \"none\"\n"
                      "internal = true\nfrom = \"press@example.gov.cn\"\nto = [\"a@news.cn\"]\n",
                      smtp.port()),
          mailer);
  ASSERT_NE(channel_, nullptr) << problem();
  Attempt made = attempt();
  made.deadline = clock.after(10s);
  const Step step = channel_->steps(Purpose::Publish).front();

  const Outcome outcome = run(context, channel_->perform(step, std::move(made), Progress{}));

  EXPECT_EQ(name_of(outcome), "delivered");
  ASSERT_EQ(smtp.mails().size(), 1u);
  EXPECT_THAT(smtp.mails()[0].content, HasSubstr("Subject: =?UTF-8?B?"));
}

}  // namespace
}  // namespace liandong
