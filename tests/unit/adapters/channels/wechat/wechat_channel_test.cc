#include "adapters/channels/wechat/wechat_channel.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/channels/wechat/wechat_progress.h"

#include "tests/unit/adapters/channels/wechat/wechat_world.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

const std::string kPng = std::string("\x89PNG\r\n\x1A\n") + "png";
const std::string kJpeg = std::string("\xFF\xD8\xFF") + "jpg";

std::vector<std::string> names_of(std::span<const Step> steps) {
  std::vector<std::string> names;
  for (const Step& step : steps) names.emplace_back(step.name);
  return names;
}

Attempt with_pictures_of(Attempt attempt, std::vector<std::string> urls) {
  for (std::string& url : urls) attempt.rendition.pictures.push_back({std::move(url), ""});
  return attempt;
}

// --- what it is ---

TEST_F(WechatPublishing, HasTheStepsOfTheContract) {
  EXPECT_EQ(names_of(channel.steps(Purpose::Publish)),
            (std::vector<std::string>{"pictures", "cover", "draft", "submit", "poll"}));
  EXPECT_EQ(names_of(channel.steps(Purpose::Withdraw)), (std::vector<std::string>{"delete"}));
  EXPECT_TRUE(channel.steps(Purpose::Correct).empty());
  EXPECT_FALSE(channel.traits().draft_only);
  EXPECT_GE(channel.traits().settle, 10min);
}

TEST_F(WechatDrafting, EndsAtTheDraft) {
  EXPECT_EQ(names_of(channel.steps(Purpose::Publish)),
            (std::vector<std::string>{"pictures", "cover", "draft"}));
  EXPECT_TRUE(channel.traits().draft_only);
  EXPECT_FALSE(channel.traits().note.empty());
}

// --- pictures ---

TEST_F(WechatPublishing, AnArticleWithoutPicturesAsksNobody) {
  const Outcome outcome = perform("pictures", attempt());
  ASSERT_EQ(name_of(outcome), "done");
  EXPECT_TRUE(uploaded_pictures(std::get<Done>(outcome).progress).empty());
}

TEST_F(WechatPublishing, UploadsEachPictureByItsMagicNumber) {
  http.expect("GET", "https://a.gov.cn/1").reply(200, kPng);
  token();
  answer("/cgi-bin/media/uploadimg", R"({"url":"http:\/\/mmbiz.qpic.cn\/1"})");
  http.expect("GET", "https://a.gov.cn/2").reply(200, kJpeg);
  answer("/cgi-bin/media/uploadimg", R"({"url":"http:\/\/mmbiz.qpic.cn\/2","errcode":0})");

  const Outcome outcome =
      perform("pictures", with_pictures_of(attempt(), {"https://a.gov.cn/1", "https://a.gov.cn/2",
                                                       "https://a.gov.cn/1"}));

  ASSERT_EQ(name_of(outcome), "done");
  EXPECT_EQ(uploaded_pictures(std::get<Done>(outcome).progress),
            (std::map<std::string, std::string>{{"https://a.gov.cn/1", "http://mmbiz.qpic.cn/1"},
                                                {"https://a.gov.cn/2", "http://mmbiz.qpic.cn/2"}}));
  const FormPart& part = http.requests()[2].form.at(0);
  EXPECT_EQ(part.name, "media");
  EXPECT_EQ(part.content_type, "image/png");
  EXPECT_TRUE(part.file_name.ends_with(".png"));
  EXPECT_EQ(part.content, kPng);
}

TEST_F(WechatPublishing, APictureUploadedBeforeIsNotUploadedAgain) {
  http.expect("GET", "https://a.gov.cn/1").reply(200, kPng);
  token();
  answer("/cgi-bin/media/uploadimg", R"({"url":"http://mmbiz.qpic.cn/1"})");
  http.expect("GET", "https://a.gov.cn/1").reply(200, kPng);
  const Attempt made = with_pictures_of(attempt(), {"https://a.gov.cn/1"});

  EXPECT_EQ(name_of(perform("pictures", made)), "done");
  EXPECT_EQ(name_of(perform("pictures", made)), "done");
}

TEST_F(WechatPublishing, WhatThePlatformDoesNotTakeIsLeftOutWithANote) {
  HttpFailure large;
  large.request_left = true;
  large.too_large = true;
  http.expect("GET", "/webp").reply(200, "RIFF....WEBP");
  http.expect("GET", "/gif").reply(200, "GIF89a");
  http.expect("GET", "/html").reply(200, "<html>");
  http.expect("GET", "/gone").reply(404, "");
  http.expect("GET", "/large").fail(large);
  http.expect("GET", "/inside").fail(denied_by_policy());
  http.expect("GET", "/refused").reply(200, kPng);
  token();
  answer("/cgi-bin/media/uploadimg", R"({"errcode":40005,"errmsg":"invalid file type"})");

  const Outcome outcome = perform(
      "pictures", with_pictures_of(attempt(), {"https://a/webp", "https://a/gif", "https://a/html",
                                               "https://a/gone", "https://a/large",
                                               "https://a/inside", "https://a/refused"}));

  ASSERT_EQ(name_of(outcome), "done");
  const Progress& progress = std::get<Done>(outcome).progress;
  EXPECT_TRUE(uploaded_pictures(progress).empty());
  const auto dropped = boost::json::parse(progress.at("pictures_dropped")).as_object();
  EXPECT_EQ(dropped.size(), 7u);
  const auto why = [&dropped](const char* url) { return std::string(dropped.at(url).as_string()); };
  EXPECT_TRUE(why("https://a/webp").starts_with("it cannot be decoded")) << why("https://a/webp");
  EXPECT_TRUE(why("https://a/html").starts_with("neither JPEG")) << why("https://a/html");
  EXPECT_TRUE(why("https://a/large").starts_with("larger than")) << why("https://a/large");
  EXPECT_EQ(why("https://a/gone"), "HTTP 404");
}

TEST_F(WechatPublishing, AWebsiteInTroubleIsWaitedForBeforeAPictureIsLeftOut) {
  Attempt made = with_pictures_of(attempt(), {"https://a/1"});
  http.expect("GET", "https://a/1").fail(timed_out());
  EXPECT_EQ(name_of(perform("pictures", made)), "deferred");
  made.number = 2;
  http.expect("GET", "https://a/1").reply(503);
  EXPECT_EQ(name_of(perform("pictures", made)), "deferred");
  made.number = 3;
  http.expect("GET", "https://a/1").fail(timed_out());
  EXPECT_EQ(name_of(perform("pictures", made)), "done");
}

TEST_F(WechatPublishing, AFailedUploadIsRepeatedNotUnknown) {
  http.expect("GET", "https://a/1").reply(200, kPng);
  token();
  http.expect("POST", "/cgi-bin/media/uploadimg").fail(answer_lost());
  EXPECT_EQ(name_of(perform("pictures", with_pictures_of(attempt(), {"https://a/1"}))), "deferred");
}

// --- cover ---

TEST_F(WechatPublishing, TheCoverIsThePagesPictureUnderTheMarkersName) {
  http.expect("GET", "https://a/cover").reply(200, kJpeg);
  token();
  answer("/cgi-bin/material/add_material", R"({"media_id":"COVER","url":"http://m/1"})");
  Attempt made = attempt();
  made.rendition.fields["cover"] = "https://a/cover";

  const Outcome outcome = perform("cover", made);

  ASSERT_EQ(name_of(outcome), "done");
  EXPECT_EQ(std::get<Done>(outcome).progress.at("cover_media_id"), "COVER");
  EXPECT_NE(http.requests()[2].url.find("type=image"), std::string::npos);
  EXPECT_EQ(http.requests()[2].form.at(0).file_name, "liandong-0123456789ab.jpg");
}

TEST_F(WechatPublishing, WithoutAUsablePictureTheCoverIsDrawn) {
  http.expect("GET", "https://a/cover").reply(200, "<html>");
  token();
  answer("/cgi-bin/material/add_material", R"({"media_id":"COVER"})");
  Attempt made = attempt();
  made.rendition.fields["cover"] = "https://a/cover";

  EXPECT_EQ(name_of(perform("cover", made)), "done");

  EXPECT_TRUE(http.requests()[2].form.at(0).content.starts_with("\x89PNG"));
  EXPECT_EQ(http.requests()[2].form.at(0).file_name, "liandong-0123456789ab.png");
}

// --- draft ---

TEST_F(WechatPublishing, ADraftIsDoneWithItsMediaId) {
  token();
  answer("/cgi-bin/draft/add", R"({"media_id":"DRAFT","item":[]})");

  const Outcome outcome = perform("draft", attempt(), {{"cover_media_id", "COVER"}});

  ASSERT_EQ(name_of(outcome), "done");
  EXPECT_EQ(std::get<Done>(outcome).progress, drafted());
}

TEST_F(WechatPublishing, ADraftWithoutACoverIsNotTried) {
  EXPECT_EQ(name_of(perform("draft", attempt())), "refused");
}

TEST_F(WechatDrafting, TheDraftIsTheDeliveryAndSaysSo) {
  token();
  answer("/cgi-bin/draft/add", R"({"media_id":"DRAFT","item":[]})");

  const Outcome outcome = perform("draft", attempt(), {{"cover_media_id", "COVER"}});

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.evidence, "draft");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "DRAFT");
}

TEST_F(WechatPublishing, AFreshCoverMayBeUnknownForAWhile) {
  const Progress progress = {{"cover_media_id", "COVER"},
                             {"cover_uploaded_at", std::to_string(to_millis(clock.now()))}};
  token();
  answer("/cgi-bin/draft/add", R"({"errcode":40007,"errmsg":"invalid media_id"})");
  answer("/cgi-bin/draft/add", R"({"errcode":40007,"errmsg":"invalid media_id"})");

  const Outcome fresh = perform("draft", attempt(), progress);
  ASSERT_EQ(name_of(fresh), "deferred");
  EXPECT_EQ(std::get<Deferred>(fresh).retry_after, 3s);

  clock.advance(60s);
  EXPECT_EQ(name_of(perform("draft", attempt(), progress)), "refused");
}

TEST_F(WechatPublishing, AnAnswerWithoutAMediaIdIsUnconfirmed) {
  token();
  answer("/cgi-bin/draft/add", R"({"errcode":0})");
  EXPECT_EQ(name_of(perform("draft", attempt(), {{"cover_media_id", "COVER"}})), "unconfirmed");
}

// --- submit ---

TEST_F(WechatPublishing, ASubmittedDraftIsDoneWithItsPublishId) {
  token();
  answer("/cgi-bin/freepublish/submit",
         R"({"errcode":0,"errmsg":"ok","publish_id":2247483650,"msg_data_id":2247483650})");

  const Outcome outcome = perform("submit", attempt(), drafted());

  ASSERT_EQ(name_of(outcome), "done");
  EXPECT_EQ(std::get<Done>(outcome).progress.at("publish_id"), "2247483650");
  EXPECT_EQ(http.requests()[1].body, R"({"media_id":"DRAFT"})");
}

TEST_F(WechatPublishing, WhatASubmitMayHaveDoneIsUnconfirmed) {
  token();
  const struct {
    const char* body;
    const char* outcome;
  } rows[] = {{R"({"errcode":0,"errmsg":"ok"})", "unconfirmed"},
              {R"({"errcode":40007,"errmsg":"invalid media_id"})", "unconfirmed"},
              {R"({"errcode":-1,"errmsg":"system error"})", "unconfirmed"},
              {"", "unconfirmed"},
              {R"({"errcode":53503,"errmsg":"x"})", "refused"},
              {R"({"errcode":53504,"errmsg":"x"})", "refused"},
              {R"({"errcode":48001,"errmsg":"api unauthorized"})", "unauthorized"},
              {R"({"errcode":45009,"errmsg":"x"})", "rate_limited"}};
  for (const auto& row : rows) {
    answer("/cgi-bin/freepublish/submit", row.body);
    EXPECT_EQ(name_of(perform("submit", attempt(), drafted())), row.outcome) << row.body;
  }
  http.expect("POST", "/cgi-bin/freepublish/submit").fail(answer_lost());
  EXPECT_EQ(name_of(perform("submit", attempt(), drafted())), "unconfirmed");
}

// --- poll ---

TEST_F(WechatPublishing, EveryPublishStatusHasItsOutcome) {
  const struct {
    const char* body;
    const char* outcome;
  } rows[] = {{R"({"publish_id":1,"publish_status":1,"fail_idx":[1]})", "deferred"},
              {R"({"publish_id":1,"publish_status":2,"fail_idx":[1]})", "refused"},
              {R"({"publish_id":1,"publish_status":3,"fail_idx":[]})", "refused"},
              {R"({"publish_id":1,"publish_status":4,"fail_idx":[1]})", "refused"},
              {R"({"publish_id":1,"publish_status":5})", "unconfirmed"},
              {R"({"publish_id":1,"publish_status":6})", "unconfirmed"},
              {R"({"publish_id":1,"publish_status":7})", "unconfirmed"},
              {R"({"publish_id":1})", "unconfirmed"},
              {R"({"publish_id":1,"publish_status":0})", "unconfirmed"},
              {R"({"publish_id":1,"publish_status":0,"article_id":"A"})", "delivered"},
              {R"({"errcode":-1,"errmsg":"x"})", "deferred"},
              {R"({"errcode":48001,"errmsg":"x"})", "unauthorized"},
              {"<html>", "deferred"}};
  token();
  for (const auto& row : rows) {
    answer("/cgi-bin/freepublish/get", row.body);
    EXPECT_EQ(name_of(perform("poll", attempt(), submitted())), row.outcome) << row.body;
  }
}

TEST_F(WechatPublishing, APublishedArticleGivesItsAddress) {
  token();
  answer(
      "/cgi-bin/freepublish/get",
      R"({"publish_id":2247483650,"publish_status":0,"article_id":"ART\n _1","article_detail":)"
      R"({"count":1,"item":[{"idx":1,"article_url":"http:\/\/mp.weixin.qq.com\/s\/x"}]},"fail_idx":[]})");

  const Outcome outcome = perform("poll", attempt(), submitted());

  ASSERT_EQ(name_of(outcome), "delivered");
  const Receipt& receipt = std::get<Delivered>(outcome).receipt;
  EXPECT_EQ(receipt.remote_id, "ART_1");
  EXPECT_EQ(receipt.permalink, "http://mp.weixin.qq.com/s/x");
  EXPECT_EQ(receipt.evidence, "reply");
  EXPECT_EQ(http.requests()[1].body, R"({"publish_id":"2247483650"})");
}

TEST_F(WechatPublishing, PollingWaitsLongerTheLongerItTakes) {
  const Attempt made = attempt();
  token();
  std::vector<Duration> waits;
  for (const Duration pause : {0s, 2s, 18s, 40s, 600s}) {
    clock.advance(pause);
    answer("/cgi-bin/freepublish/get", R"({"publish_status":1})");
    const Outcome outcome = perform("poll", made, submitted());
    waits.push_back(std::get<Deferred>(outcome).retry_after.value());
  }
  EXPECT_EQ(waits, (std::vector<Duration>{3s, 3s, 10s, 30s, 60s}));
}

TEST_F(WechatPublishing, AJobThePlatformForgotIsLookedForInTheList) {
  token();
  answer("/cgi-bin/freepublish/get", R"({"errcode":40002,"errmsg":"invalid argument"})");
  answer("/cgi-bin/freepublish/batchget",
         list_page(1, list_entry("article_id", "ART", our_link())));
  EXPECT_EQ(name_of(perform("poll", attempt(), submitted())), "delivered");

  answer("/cgi-bin/freepublish/get", R"({"errcode":40002,"errmsg":"invalid argument"})");
  answer("/cgi-bin/freepublish/batchget", R"({"item":[],"total_count":0})");
  EXPECT_EQ(name_of(perform("poll", attempt(), submitted())), "unconfirmed");
}

// --- withdraw ---

TEST_F(WechatPublishing, WithdrawingDeletesOneArticleNeverAll) {
  token();
  answer("/cgi-bin/freepublish/delete", R"({"errcode":0,"errmsg":"ok"})");

  EXPECT_EQ(name_of(perform("delete", withdrawal(attempt(Purpose::Withdraw), "reply"))),
            "delivered");

  EXPECT_EQ(http.requests()[1].body, R"({"article_id":"ART","index":1})");
}

TEST_F(WechatPublishing, WithdrawingWithoutAnArticleIdIsRefused) {
  EXPECT_EQ(name_of(perform("delete", attempt(Purpose::Withdraw))), "refused");
}

TEST_F(WechatDrafting, WithdrawingADraftDeletesTheDraftUnlessItIsGone) {
  token();
  answer("/cgi-bin/draft/delete", R"({"errcode":0,"errmsg":"ok"})");
  EXPECT_EQ(name_of(perform("delete", withdrawal(attempt(Purpose::Withdraw), "draft"))),
            "delivered");
  answer("/cgi-bin/draft/delete", R"({"errcode":40007,"errmsg":"x"})");
  EXPECT_EQ(name_of(perform("delete", withdrawal(attempt(Purpose::Withdraw), "draft"))), "refused");
}

// --- probe ---

TEST_F(WechatPublishing, AnAccountThatMayNotPublishIsDraftOnlyFromThenOn) {
  token();
  answer("/cgi-bin/freepublish/batchget", R"({"errcode":48001,"errmsg":"api unauthorized"})");
  answer("/cgi-bin/message/mass/get", R"({"errcode":48001,"errmsg":"api unauthorized"})");

  const Result<Traits> traits = run(channel.probe(clock.after(30s)));

  ASSERT_TRUE(traits);
  EXPECT_TRUE(traits->draft_only);
  EXPECT_NE(traits->note.find("48001"), std::string::npos);
  EXPECT_NE(traits->note.find("没有群发权限"), std::string::npos);
  EXPECT_EQ(http.requests()[1].body, R"({"offset":0,"count":1,"no_content":1})");

  answer("/cgi-bin/draft/add", R"({"media_id":"DRAFT"})");
  EXPECT_EQ(name_of(perform("draft", attempt(), {{"cover_media_id", "COVER"}})), "delivered");
  // A delivery that was past its draft ends with it, without another request.
  EXPECT_EQ(name_of(perform("submit", attempt(), drafted())), "delivered");
}

TEST_F(WechatPublishing, APermissionThatReturnsIsUsedAgain) {
  token();
  answer("/cgi-bin/freepublish/batchget", R"({"errcode":48001,"errmsg":"api unauthorized"})");
  answer("/cgi-bin/message/mass/get", R"({"errcode":-1,"errmsg":"system error"})");
  answer("/cgi-bin/freepublish/batchget", R"({"item":[],"total_count":0})");
  answer("/cgi-bin/message/mass/get", R"({"errcode":40059,"errmsg":"invalid msg id"})");
  const Result<Traits> before = run(channel.probe(clock.after(30s)));
  ASSERT_TRUE(before->draft_only);
  EXPECT_EQ(before->note.find("群发权限"), std::string::npos);  // not known is not said

  const Result<Traits> after = run(channel.probe(clock.after(30s)));

  EXPECT_FALSE(after->draft_only);
  EXPECT_NE(after->note.find("账号有群发权限"), std::string::npos);
}

TEST_F(WechatPublishing, ABusyPlatformIsNotAskedFourTimesASecond) {
  token();
  answer("/cgi-bin/freepublish/get", R"({"errcode":-1,"errmsg":"system error"})");

  const Outcome outcome = perform("poll", attempt(), submitted());

  ASSERT_EQ(name_of(outcome), "deferred");
  EXPECT_GE(std::get<Deferred>(outcome).retry_after, 3s);
}

TEST_F(WechatPublishing, AProbeThatFailsSaysWhy) {
  http.expect("POST", "stable_token")
      .reply(
          200,
          R"({"errcode":40164,"errmsg":"invalid ip 10.1.2.3 ipv6 ::ffff:10.1.2.3, not in whitelist"})");

  const Result<Traits> traits = run(channel.probe(clock.after(30s)));

  ASSERT_FALSE(traits);
  EXPECT_EQ(traits.error().kind(), ErrorKind::Unauthorized);
  EXPECT_NE(traits.error().message().find("add 10.1.2.3 to it"), std::string::npos);
}

// --- what it does not know ---

TEST_F(WechatPublishing, AnUnknownStepDoesNothing) {
  EXPECT_EQ(name_of(perform("share", attempt())), "refused");
  EXPECT_EQ(name_of_finding(find("share", attempt())), "cannot tell");
}

}  // namespace
}  // namespace liandong
