#include "adapters/channels/webhook/webhook_notice.h"

#include <fstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/channels/webhook/webhook_target.h"
#include "daemon/platform/crypto.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

constexpr std::string_view kNoticeKey = "0123456789abcdef0123456789abcdef";

class WebhookNotices : public ::testing::Test {
 protected:
  std::unique_ptr<NoticePost> make(const std::string& more = "") {
    const auto file = folder_.path() / "key";
    std::ofstream(file) << "whsec_" << base64(kNoticeKey);
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    Table table = Table::parse("url = \"https://alerts.example.gov.cn/in\"\nsecret_file = \"" +
                                   file.string() + "\"\n" + more,
                               "alerts.toml", problems_);
    auto post =
        make_webhook_notice(table, ChannelSetup{"webhook", "某省教育厅", nullptr, clock_, http_});
    table.reject_unknown();
    return post;
  }

  static Notice notice() {
    return {"alert-1", "alert.changed", FakeClock::kStart, "新告警", "内容", R"({"count":1})"};
  }

  TempDir folder_;
  Problems problems_;
  FakeClock clock_;
  FakeHttp http_;
};

TEST_F(WebhookNotices, AreSignedAndCarryTheirNumberAndData) {
  const auto post = make();
  ASSERT_NE(post, nullptr);
  http_.expect("POST", "alerts.example.gov.cn/in").reply(204);
  EXPECT_TRUE(run(post->send(notice(), clock_.after(std::chrono::seconds(9)))).has_value());
  const HttpRequest& request = http_.requests().at(0);
  const std::string stamp = request_header(request, "webhook-timestamp");
  EXPECT_EQ(request_header(request, "webhook-id"), "alert-1");
  EXPECT_EQ(request_header(request, "webhook-signature"),
            webhook_signature(kNoticeKey, "alert-1", stamp, request.body));
  const auto body = boost::json::parse(request.body).as_object();
  EXPECT_EQ(body.at("type").as_string(), "alert.changed");
  EXPECT_EQ(body.at("data").at("count").as_int64(), 1);
  EXPECT_EQ(body.at("data").at("text").as_string(), "内容");
}

TEST_F(WebhookNotices, AreNotTakenByAnErrorOfTheReceiver) {
  const auto post = make();
  for (const int status : {301, 401, 500}) {
    http_.expect("POST", "/in").reply(status);
    const auto sent = run(post->send(notice(), clock_.after(std::chrono::seconds(9))));
    ASSERT_FALSE(sent.has_value()) << status;
    EXPECT_EQ(sent.error().kind(), status == 401 ? ErrorKind::Unauthorized : ErrorKind::Transient);
  }
  http_.expect("POST", "/in").fail(timed_out());
  EXPECT_FALSE(run(post->send(notice(), clock_.after(std::chrono::seconds(9)))).has_value());
}

TEST_F(WebhookNotices, RefuseAKeyNobodyKnows) {
  (void)make("colour = \"red\"\n");
  ASSERT_EQ(problems_.list().size(), 1U);
  EXPECT_THAT(problems_.list()[0].to_string(), ::testing::HasSubstr("colour"));
}

}  // namespace
}  // namespace liandong
