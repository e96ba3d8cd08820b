#include "adapters/channels/webhook/webhook_channel.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/crypto.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using std::chrono_literals::operator""s;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kMarker = "0123456789ab";

class WebhookChannelTest : public testing::Test {
 protected:
  void SetUp() override {
    rebuild("url = \"https://hooks.example.cn/in?tenant=7\"", "whsec_" + base64(kKey));
  }

  void rebuild(const std::string& keys, const std::string& secret) {
    const auto file = folder_.path() / "webhook.secret";
    std::ofstream(file) << secret << '\n';
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    problems_ = Problems();
    Table table =
        Table::parse(keys + "\nsecret_file = \"" + file.string() + "\"\n", "test.toml", problems_);
    const ChannelSetup setup{"partner", "示例市教育局", nullptr, clock_, http_};
    channel_ = make_webhook_channel(table, setup);
    table.reject_unknown();
  }

  static Item item() {
    Item made;
    made.id = 7;
    made.kind = Kind::Policy;
    made.revision.number = 2;
    made.revision.sha256 = "ab";
    Article& article = made.revision.article;
    article.url = "https://www.example.gov.cn/zc/1.html";
    article.title = "关于印发<办法>的通知";
    article.meta.doc_no = "示教〔2026〕1号";
    article.published = StatedTime{Timestamp(Duration(1'795'334'400'000)), Precision::Day};
    liandong::Run text;
    text.text = "各县 <script>alert(1)</script>：";
    liandong::Run link;
    link.text = "附件";
    link.link = "https://www.example.gov.cn/a.pdf";
    article.body.blocks.push_back(Paragraph{{text, link}});
    article.body.blocks.push_back(Picture{"https://www.example.gov.cn/p.png", "图"});
    article.body.attachments.push_back({"https://www.example.gov.cn/a.pdf", "办法.pdf"});
    return made;
  }

  Attempt attempt(Purpose purpose = Purpose::Publish) {
    Attempt made;
    made.delivery = "42";
    made.marker = kMarker;
    made.purpose = purpose;
    made.item = 7;
    made.rendition = channel_->render(item(), kMarker).value();
    made.first_intent = FakeClock::kStart;
    made.deadline = clock_.after(30s);
    return made;
  }

  Outcome perform(Attempt made) {
    const Step step = channel_->steps(made.purpose).front();
    return run(clock_, channel_->perform(step, std::move(made), Progress{}));
  }
  Outcome after(int status, HttpHeaders headers = {}) {
    http_.expect("POST", "/in").reply(status, "their words", std::move(headers));
    return perform(attempt());
  }
  std::string problem() const {
    return problems_.list().empty() ? "" : problems_.list().front().to_string();
  }
  static boost::json::object event_of(const HttpRequest& request) {
    return boost::json::parse(request.body).as_object();
  }

  TempDir folder_;
  FakeClock clock_;
  FakeHttp http_;
  Problems problems_;
  std::unique_ptr<Channel> channel_;
};

// The example of the Standard Webhooks reference libraries.
TEST(WebhookSignature, AgreesWithTheReferenceLibraries) {
  const std::string key = from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value();

  EXPECT_EQ(webhook_signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                              R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(WebhookChannelTest, SendsASignedEvent) {
  http_.expect("POST", "https://hooks.example.cn/in?tenant=7").reply(204);

  const Outcome outcome = perform(attempt());

  const HttpRequest& request = http_.requests().at(0);
  EXPECT_EQ(request_header(request, "webhook-id"), "msg_0123456789ab");
  EXPECT_EQ(request_header(request, "webhook-timestamp"), "1795334400");
  EXPECT_EQ(request_header(request, "webhook-signature"),
            webhook_signature(kKey, "msg_0123456789ab", "1795334400", request.body));
  EXPECT_EQ(request_header(request, "content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(request.use, HttpUse::Publish);
  EXPECT_EQ(request.redirects, 0);
  ASSERT_TRUE(std::holds_alternative<Delivered>(outcome));
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "msg_0123456789ab");
}

TEST_F(WebhookChannelTest, DescribesTheItem) {
  http_.expect("POST", "/in").reply(200);
  perform(attempt());

  const boost::json::object event = event_of(http_.requests().at(0));
  const boost::json::object& data = event.at("data").as_object();

  EXPECT_EQ(event.at("type"), "item.published");
  EXPECT_EQ(event.at("timestamp"), "2026-11-22T08:00:00.000Z");
  EXPECT_EQ(data.at("item"), 7);
  EXPECT_EQ(data.at("revision"), 2);
  EXPECT_EQ(data.at("kind"), "policy");
  EXPECT_EQ(data.at("title"), "关于印发<办法>的通知");
  EXPECT_EQ(data.at("url"), "https://www.example.gov.cn/zc/1.html");
  EXPECT_EQ(data.at("link"), "https://www.example.gov.cn/zc/1.html?p=0123456789ab");
  EXPECT_EQ(data.at("published_on"), "2026-11-22");
  EXPECT_EQ(data.at("document").at("doc_no"), "示教〔2026〕1号");
  EXPECT_EQ(data.at("attachments").at(0).at("name"), "办法.pdf");
  EXPECT_EQ(data.at("pictures").at(0).at("url"), "https://www.example.gov.cn/p.png");
  EXPECT_THAT(std::string(data.at("text").as_string()), HasSubstr("【政策】关于印发<办法>的通知"));
  EXPECT_EQ(data.at("html"),
            "<p>各县 &lt;script&gt;alert(1)&lt;/script&gt;：<a href=\"https://"
            "www.example.gov.cn/a.pdf\">附件</a></p>\n"
            "<p><img src=\"https://www.example.gov.cn/p.png\" alt=\"图\"></p>\n"
            "<ul>\n<li><a href=\"https://www.example.gov.cn/a.pdf\">办法.pdf</a></li>\n</ul>\n");
}

TEST_F(WebhookChannelTest, RepeatsTheSameBytesUnderTheSameId) {
  http_.expect("POST", "/in").fail(answer_lost());
  http_.expect("POST", "/in").reply(200);

  EXPECT_EQ(name_of(perform(attempt())), "unconfirmed");
  clock_.advance(600s);
  EXPECT_EQ(name_of(perform(attempt())), "delivered");

  const HttpRequest& first = http_.requests().at(0);
  const HttpRequest& second = http_.requests().at(1);
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(request_header(first, "webhook-id"), request_header(second, "webhook-id"));
  EXPECT_EQ(request_header(second, "webhook-timestamp"), "1795335000");
}

TEST_F(WebhookChannelTest, EveryStepMayBeRepeated) {
  for (const Purpose purpose : {Purpose::Publish, Purpose::Correct, Purpose::Withdraw}) {
    ASSERT_EQ(channel_->steps(purpose).size(), 1u);
    EXPECT_EQ(channel_->steps(purpose).front().kind, StepClass::ServerKey);
  }
  const Step step = channel_->steps(Purpose::Publish).front();
  const Finding finding = run(clock_, channel_->find(step, attempt(), Progress{}));
  EXPECT_TRUE(std::holds_alternative<CannotTell>(finding));
}

TEST_F(WebhookChannelTest, TellsACorrectionAndAWithdrawalByTheEvent) {
  http_.expect("POST", "/in").reply(200);
  http_.expect("POST", "/in").reply(200);
  Attempt correction = attempt(Purpose::Correct);
  correction.published.remote_id = "msg_before";
  Attempt withdrawal = attempt(Purpose::Withdraw);
  withdrawal.published.remote_id = "msg_before";
  perform(std::move(correction));
  perform(std::move(withdrawal));

  const boost::json::object corrected = event_of(http_.requests().at(0));
  const boost::json::object withdrawn = event_of(http_.requests().at(1));

  EXPECT_EQ(corrected.at("type"), "item.revised");
  EXPECT_EQ(corrected.at("data").at("replaces"), "msg_before");
  EXPECT_EQ(withdrawn.at("type"), "item.withdrawn");
  EXPECT_EQ(withdrawn.at("data").at("url"), "https://www.example.gov.cn/zc/1.html");
  for (const char* spread : {"text", "html", "content", "document", "pictures", "attachments"}) {
    EXPECT_FALSE(withdrawn.at("data").as_object().contains(spread)) << spread;
  }
}

TEST_F(WebhookChannelTest, ReadsTheStatus) {
  const std::vector<std::pair<int, std::string>> table = {
      {200, "delivered"},    {202, "delivered"},   {204, "delivered"},    {301, "unconfirmed"},
      {302, "unconfirmed"},  {400, "refused"},     {401, "unauthorized"}, {403, "unauthorized"},
      {404, "unauthorized"}, {408, "deferred"},    {410, "refused"},      {413, "refused"},
      {422, "refused"},      {425, "deferred"},    {429, "rate_limited"}, {500, "unconfirmed"},
      {502, "unconfirmed"},  {503, "unconfirmed"}, {504, "unconfirmed"}};
  for (const auto& [status, expected] : table)
    EXPECT_EQ(name_of(after(status)), expected) << status;
}

TEST_F(WebhookChannelTest, WaitsAsLongAsTheReceiverAsks) {
  for (const int status : {429, 503}) {
    const Outcome outcome = after(status, {{"Retry-After", "120"}});
    ASSERT_EQ(name_of(outcome), "rate_limited");
    EXPECT_EQ(std::get<RateLimited>(outcome).until, clock_.now() + 120s);
  }
}

TEST_F(WebhookChannelTest, TellsApartWhatNeverLeft) {
  http_.expect("POST", "/in").fail(unreachable());
  http_.expect("POST", "/in").fail(untrusted_certificate());
  http_.expect("POST", "/in").fail(timed_out());

  EXPECT_EQ(name_of(perform(attempt())), "deferred");
  EXPECT_EQ(name_of(perform(attempt())), "unauthorized");
  EXPECT_EQ(name_of(perform(attempt())), "unconfirmed");
}

TEST_F(WebhookChannelTest, KeepsTheKeyOutOfDiagnostics) {
  http_.expect("POST", "/in").reply(400, "bad " + std::string(kKey) + "\r\n\x1b[31m");

  const Outcome outcome = perform(attempt());

  const Diagnostic& why = std::get<Refused>(outcome).why;
  EXPECT_EQ(why.code, "http-400");
  EXPECT_THAT(why.message, Not(HasSubstr(kKey)));
  EXPECT_THAT(why.message, Not(HasSubstr("\x1b")));
}

TEST_F(WebhookChannelTest, ProbesWithoutPublishing) {
  http_.expect("HEAD", "/in").reply(405);
  http_.expect("HEAD", "/in").fail(unreachable());

  const Result<Traits> reached = run(clock_, channel_->probe(clock_.after(5s)));
  const Result<Traits> failed = run(clock_, channel_->probe(clock_.after(5s)));

  EXPECT_THAT(reached.value().note, HasSubstr("HTTP 405"));
  EXPECT_TRUE(failed.has_error());
}

TEST_F(WebhookChannelTest, ReachesItsReceiverOnly) {
  http_.expect("POST", "/in").reply(200);
  perform(attempt());

  const AddressPolicy& policy = *http_.requests().at(0).policy;

  EXPECT_TRUE(policy.check_url("https://hooks.example.cn/in").has_value());
  EXPECT_FALSE(policy.check_url("https://other.example.cn/in").has_value());
  EXPECT_FALSE(policy.check_url("http://hooks.example.cn/in").has_value());
  EXPECT_FALSE(policy.allows_address("10.0.0.1"));
}

TEST_F(WebhookChannelTest, SaysWhatIsWrongWithItsConfiguration) {
  const std::string good = "whsec_" + base64(kKey);
  rebuild("", good);
  EXPECT_THAT(problem(), HasSubstr("url: is required"));
  rebuild("url = \"http://hooks.example.cn/\"", good);
  EXPECT_THAT(problem(), HasSubstr("must be https"));
  rebuild("url = \"https://u:p@hooks.example.cn/\"", good);
  EXPECT_FALSE(problem().empty());
  rebuild("url = \"https://hooks.example.cn/\"", "0123456789abcdef0123456789abcdef");
  EXPECT_THAT(problem(), HasSubstr("whsec_"));
  EXPECT_EQ(channel_, nullptr);
  rebuild("url = \"https://hooks.example.cn/\"", "whsec_" + base64("too short"));
  EXPECT_THAT(problem(), HasSubstr("at least 24"));
  rebuild("url = \"https://hooks.example.cn/\"\ntext_template = \"{{nothing}}\"", good);
  EXPECT_THAT(problem(), HasSubstr("text_template"));
  rebuild("url = \"http://10.1.2.3:8080/in\"\ninternal = true", good);
  EXPECT_EQ(problem(), "");
  EXPECT_NE(channel_, nullptr);
}

}  // namespace
}  // namespace liandong
