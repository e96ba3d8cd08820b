// Mass-sending: one draft, once, and what every answer to it means.
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/adapters/channels/wechat/wechat_world.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

Progress sent(const std::string& evidence = "reply") {
  Progress progress = drafted();
  progress["msg_id"] = "3147483730";
  progress["msg_evidence"] = evidence;
  return progress;
}

Attempt mass_withdrawal(Attempt attempt) {
  attempt.published = {"mass:3147483730", "", {}, "reply"};
  return attempt;
}

constexpr std::string_view kDraftList = R"({"item":[],"total_count":0})";

TEST_F(WechatMassSending, TakesTheStepsOfADraftThenSendsUnderAKeyOfADay) {
  const auto steps = channel.steps(Purpose::Publish);
  ASSERT_EQ(steps.size(), 5U);
  EXPECT_EQ(steps[3].name, "send");
  EXPECT_EQ(steps[3].kind, StepClass::ServerKey);
  EXPECT_LT(steps[3].key_life, 24h);
  EXPECT_GT(steps[3].key_life, 0h);
  EXPECT_EQ(steps[4].kind, StepClass::Reading);
}

TEST_F(WechatMassSending, SendsTheDraftToAllUnderTheSameKeyEachTime) {
  std::vector<std::string> bodies;
  token();
  for (int number = 1; number <= 2; ++number) {
    answer("/cgi-bin/message/mass/sendall", R"({"errcode":0,"msg_id":34182,"msg_data_id":2})");
    Attempt again = attempt();
    again.number = number;
    const Outcome outcome = perform("send", again, drafted());
    ASSERT_EQ(name_of(outcome), "done");
    EXPECT_EQ(std::get<Done>(outcome).progress.at("msg_id"), "34182");
    bodies.push_back(http.requests().back().body);
  }
  EXPECT_EQ(bodies[0], bodies[1]);
  const auto body = boost::json::parse(bodies[0]).as_object();
  EXPECT_EQ(body.at("filter").at("is_to_all"), true);
  EXPECT_EQ(body.at("mpnews").at("media_id"), "DRAFT");
  EXPECT_EQ(body.at("msgtype"), "mpnews");
  const std::string key(body.at("clientmsgid").as_string());
  EXPECT_LE(key.size(), 32U);
  EXPECT_NE(key.find(kMarker), std::string::npos);
  EXPECT_EQ(
      key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"),
      std::string::npos);
}

TEST_F(WechatMassSending, TakesWhatWasSentBeforeForSent) {
  token();
  answer("/cgi-bin/message/mass/sendall",
         R"({"errcode":45065,"errmsg":"clientmsgid exist","msg_id":3147483730})");
  const Outcome outcome = perform("send", attempt(), drafted());
  ASSERT_EQ(name_of(outcome), "done");
  const Progress& progress = std::get<Done>(outcome).progress;
  EXPECT_EQ(progress.at("msg_id"), "3147483730");
  EXPECT_EQ(progress.at("msg_evidence"), "clientmsgid");
}

TEST_F(WechatMassSending, AsksAboutAJobThatWaitsForTheAdministrator) {
  token();
  for (const int code : {89504, 89505}) {
    answer("/cgi-bin/message/mass/sendall",
           fmt::format(R"({{"errcode":{},"errmsg":"confirm","msg_id":3147483730}})", code));
    const Outcome outcome = perform("send", attempt(), drafted());
    ASSERT_EQ(name_of(outcome), "done") << code;
    EXPECT_EQ(std::get<Done>(outcome).progress.at("msg_id"), "3147483730");
    EXPECT_EQ(std::get<Done>(outcome).progress.at("msg_evidence"), "reply");
  }
}

struct Answered {
  std::string body;
  std::string_view outcome;
};
class WechatMassAnswer : public WechatMassSending, public testing::WithParamInterface<Answered> {};

TEST_P(WechatMassAnswer, ToTheRequestMeans) {
  token();
  answer("/cgi-bin/message/mass/sendall", GetParam().body);
  EXPECT_EQ(name_of(perform("send", attempt(), drafted())), GetParam().outcome);
}
INSTANTIATE_TEST_SUITE_P(
    Every, WechatMassAnswer,
    testing::Values(Answered{R"({"errcode":0,"errmsg":"send job submission success"})",
                             "unconfirmed"},
                    Answered{R"({"errcode":0,"msg_id":{}})", "unconfirmed"},
                    Answered{R"({"errcode":45065,"errmsg":"clientmsgid exist"})", "unconfirmed"},
                    Answered{R"({"errcode":-1,"errmsg":"system error"})", "unconfirmed"},
                    Answered{R"({"errcode":40007,"errmsg":"invalid media_id"})", "unconfirmed"},
                    Answered{R"({"errcode":89504,"errmsg":"confirm"})", "unconfirmed"},
                    Answered{R"({"errcode":89505,"errmsg":"confirm"})", "unconfirmed"},
                    Answered{R"({"errcode":45066,"errmsg":"too fast"})", "rate_limited"},
                    Answered{R"({"errcode":45028,"errmsg":"no quota"})", "rate_limited"},
                    Answered{R"({"errcode":42010,"errmsg":"too fast"})", "rate_limited"},
                    Answered{R"({"errcode":48001,"errmsg":"unauthorized"})", "unauthorized"},
                    Answered{R"({"errcode":48003,"errmsg":"agreement"})", "unauthorized"},
                    Answered{R"({"errcode":45067,"errmsg":"too long"})", "refused"},
                    Answered{R"({"errcode":40152,"errmsg":"no such tag"})", "refused"},
                    Answered{R"({"errcode":41040,"errmsg":"original"})", "refused"}));

class WechatMassJob : public WechatMassSending, public testing::WithParamInterface<Answered> {};

TEST_P(WechatMassJob, IsOverOrNotAsItsStatusSays) {
  token();
  answer("/cgi-bin/message/mass/get", GetParam().body);
  EXPECT_EQ(name_of(perform("poll", attempt(), sent())), GetParam().outcome);
  EXPECT_NE(http.requests().back().body.find(R"("msg_id":"3147483730")"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(
    Every, WechatMassJob,
    testing::Values(Answered{R"({"msg_id":3147483730,"msg_status":"SEND_SUCCESS"})", "delivered"},
                    Answered{R"({"msg_id":3147483730,"msg_status":"SEND SUCCESS"})", "delivered"},
                    Answered{R"({"msg_id":3147483730,"msg_status":"SENDING"})", "deferred"},
                    Answered{R"({"msg_id":3147483730,"msg_status":"SEND_FAIL"})", "refused"},
                    Answered{R"({"msg_id":3147483730,"msg_status":"DELETE"})", "unconfirmed"},
                    Answered{R"({"msg_id":3147483730,"msg_status":"SOMETHING"})", "unconfirmed"},
                    Answered{R"({"msg_id":3147483730})", "unconfirmed"},
                    Answered{R"({"errcode":89504,"errmsg":"confirm"})", "deferred"},
                    Answered{R"({"errcode":89505,"errmsg":"confirm"})", "deferred"},
                    Answered{R"({"errcode":-1,"errmsg":"system error"})", "deferred"},
                    Answered{R"({"errcode":40059,"errmsg":"invalid msg id"})", "unconfirmed"},
                    Answered{R"({"errcode":48001,"errmsg":"unauthorized"})", "unauthorized"}));

TEST_F(WechatMassSending, ReceiptSaysWhichMessageItWasAndHowThatIsKnown) {
  token();
  answer("/cgi-bin/message/mass/get", R"({"msg_id":3147483730,"msg_status":"SEND_SUCCESS"})");
  const Outcome outcome = perform("poll", attempt(), sent("clientmsgid"));
  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "mass:3147483730");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.evidence, "clientmsgid");
}

TEST_F(WechatMassSending, WithdrawsByDeletingTheMessage) {
  token();
  answer("/cgi-bin/message/mass/delete", R"({"errcode":0,"errmsg":"ok"})");
  const Outcome outcome = perform("delete", mass_withdrawal(attempt(Purpose::Withdraw)));
  ASSERT_EQ(name_of(outcome), "delivered");
  const auto body = boost::json::parse(http.requests().back().body).as_object();
  EXPECT_EQ(body.at("msg_id"), "3147483730");
  EXPECT_EQ(body.at("article_idx"), 1);
}

TEST_F(WechatMassSending, SeesWhetherAMessageIsDeleted) {
  token();
  answer("/cgi-bin/message/mass/get", R"({"msg_status":"DELETE"})");
  answer("/cgi-bin/message/mass/get", R"({"msg_status":"SEND_SUCCESS"})");
  answer("/cgi-bin/message/mass/get", R"({"msg_status":"SENDING"})");
  answer("/cgi-bin/message/mass/get", R"({"errcode":40059,"errmsg":"invalid msg id"})");
  const Attempt asked = mass_withdrawal(attempt(Purpose::Withdraw));
  EXPECT_EQ(name_of_finding(find("delete", asked)), "found delivered");
  EXPECT_EQ(name_of_finding(find("delete", asked)), "absent");
  EXPECT_EQ(name_of_finding(find("delete", asked)), "cannot tell");
  EXPECT_EQ(name_of_finding(find("delete", asked)), "cannot tell");
}

TEST_F(WechatMassSending, IsReadAgainByThePatrol) {
  token();
  for (const char* status : {"SEND_SUCCESS", "DELETE", "SENDING"})
    answer("/cgi-bin/message/mass/get", fmt::format(R"({{"msg_status":"{}"}})", status));
  const Attempt asked = mass_withdrawal(attempt());
  EXPECT_TRUE(std::holds_alternative<Verified>(run(channel.inspect(asked))));
  EXPECT_TRUE(std::holds_alternative<Vanished>(run(channel.inspect(asked))));
  EXPECT_TRUE(std::holds_alternative<CannotTell>(run(channel.inspect(asked))));
}

TEST_F(WechatMassSending, EndsAtTheDraftWhereTheAccountMayNotMassSend) {
  token();
  answer("/cgi-bin/freepublish/batchget", std::string(kDraftList));
  answer("/cgi-bin/message/mass/get", R"({"errcode":48001,"errmsg":"api unauthorized"})");
  const Result<Traits> traits = run(channel.probe(clock.after(1min)));
  ASSERT_TRUE(traits.has_value());
  EXPECT_TRUE(traits->draft_only);
  EXPECT_NE(traits->note.find("群发接口权限（48001）"), std::string::npos) << traits->note;

  const Outcome outcome = perform("send", attempt(), drafted());
  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.evidence, "draft");
}

TEST_F(WechatMassSending, NeverCallsADraftWhatMayHaveBeenSent) {
  token();
  answer("/cgi-bin/freepublish/batchget", std::string(kDraftList));
  answer("/cgi-bin/message/mass/get", R"({"errcode":48001,"errmsg":"api unauthorized"})");
  ASSERT_TRUE(run(channel.probe(clock.after(1min))).has_value());
  answer("/cgi-bin/message/mass/sendall", R"({"errcode":48001,"errmsg":"api unauthorized"})");
  Attempt second = attempt();
  second.number = 2;

  EXPECT_EQ(name_of(perform("send", second, drafted())), "unauthorized");
}

TEST_F(WechatMassSending, SendsThoughTheAccountMayNotPublish) {
  token();
  answer("/cgi-bin/freepublish/batchget", R"({"errcode":48001,"errmsg":"api unauthorized"})");
  answer("/cgi-bin/message/mass/get", R"({"errcode":40059,"errmsg":"invalid msg id"})");
  const Result<Traits> traits = run(channel.probe(clock.after(1min)));
  ASSERT_TRUE(traits.has_value());
  EXPECT_FALSE(traits->draft_only);
  EXPECT_FALSE(traits->can_list);
  EXPECT_NE(traits->note.find("没有发布接口权限"), std::string::npos) << traits->note;
}

TEST_F(WechatMassSending, KnowsTheQuotaOfEitherKindOfAccount) {
  EXPECT_EQ(channel.traits().allowed_per_day, 1);
  EXPECT_EQ(channel.traits().allowed_per_month, 0);
  WechatOptions options = make_options(WechatMode::MassSend);
  options.service_account = true;
  const WechatChannel service(std::move(options), clock, http);
  EXPECT_EQ(service.traits().allowed_per_day, 0);
  EXPECT_EQ(service.traits().allowed_per_month, 4);
}

TEST_F(WechatPublishing, HasNoQuotaOfMassSends) {
  EXPECT_EQ(channel.traits().allowed_per_day, 0);
  EXPECT_EQ(channel.traits().allowed_per_month, 0);
}

// --- Figures.

TEST_F(WechatPublishing, StatesFollowersOfAWeekAndReadsOfAMonth) {
  token();
  answer("/datacube/getusercumulate",
         R"({"list":[{"ref_date":"2026-11-20","user_source":0,"cumulate_user":900},)"
         R"({"ref_date":"2026-11-21","cumulate_user":"901"},{"ref_date":"2026-11-19"},7]})");
  answer("/datacube/getbizsummary",
         R"({"list":[{"ref_date":"2026-11-21","read_user":50,"share_user":4,"like_user":3,)"
         R"("comment_count":2,"collection_user":1}],"is_delay":false})");

  const auto figures = run(channel.figures(clock.after(1min)));

  ASSERT_TRUE(figures.has_value());
  std::string all;
  for (const Figure& figure : *figures)
    all += fmt::format("{} {} {}; ", figure.day, figure.name, figure.value);
  EXPECT_EQ(all,
            "2026-11-20 followers 900; 2026-11-21 followers 901; 2026-11-21 reads 50; "
            "2026-11-21 shares 4; 2026-11-21 likes 3; 2026-11-21 comments 2; ");
  const auto asked = boost::json::parse(http.requests().back().body).as_object();
  EXPECT_LT(asked.at("begin_date").as_string(), asked.at("end_date").as_string());
}

TEST_F(WechatPublishing, StatesWhatItHasWhenOneCallIsOffline) {
  token();
  answer("/datacube/getusercumulate",
         R"({"list":[{"ref_date":"2026-11-20","cumulate_user":900}]})");
  answer("/datacube/getbizsummary", R"({"errcode":47009,"errmsg":"api offline"})");
  const auto figures = run(channel.figures(clock.after(1min)));
  ASSERT_TRUE(figures.has_value());
  EXPECT_EQ(figures->size(), 1U);
}

TEST_F(WechatPublishing, HasNoFiguresBeforeThePlatformCountedOrWithoutThePermission) {
  token();
  for (const char* code : {"61503", "48001"}) {
    for (int i = 0; i < 2; ++i)
      answer("/datacube/", fmt::format(R"({{"errcode":{},"errmsg":"x"}})", code));
    EXPECT_FALSE(run(channel.figures(clock.after(1min))).has_value()) << code;
  }
  answer("/datacube/", R"({"list":{}})");
  answer("/datacube/", R"({})");
  EXPECT_FALSE(run(channel.figures(clock.after(1min))).has_value());
}

}  // namespace
}  // namespace liandong
