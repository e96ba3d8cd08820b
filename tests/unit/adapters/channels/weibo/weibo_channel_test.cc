#include "adapters/channels/weibo/weibo_channel.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kToken = "2.00SecretToken";
constexpr std::string_view kMarker = "0123456789ab";

std::string status_json(std::string_view id, std::string_view text, Timestamp at) {
  const auto beijing = std::chrono::floor<std::chrono::seconds>(at + kBeijingOffset);
  const auto day = std::chrono::floor<std::chrono::days>(beijing);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(beijing - day);
  return fmt::format(
      R"({{"created_at":"Sun Nov {:02} {:02}:{:02}:{:02} +0800 {}","idstr":"{}","text":"{}",)"
      R"("user":{{"idstr":"2000000001"}}}})",
      static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
      clock.seconds().count(), static_cast<int>(date.year()), id, text);
}

std::string timeline_json(const std::string& rows, int total) {
  return fmt::format(R"({{"statuses":[{}],"total_number":{}}})", rows, total);
}

std::string error_json(int code, std::string_view words) {
  return fmt::format(R"({{"request":"/2/statuses/share.json","error_code":{},"error":"{}"}})", code,
                     words);
}

class WeiboChannelTest : public testing::Test {
 protected:
  void SetUp() override { rebuild(""); }

  // A channel from a configuration as a person writes it.
  void rebuild(const std::string& more) {
    const auto file = folder_.path() / "weibo.token";
    std::ofstream(file) << kToken << '\n';
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    problems_ = Problems();
    Table table =
        Table::parse("rip = \"211.156.0.1\"\nsafe_domains = [\"example.gov.cn\"]\n" + more +
                         (more.find("access_token_file") == std::string::npos
                              ? "\naccess_token_file = \"" + file.string() + "\"\n"
                              : ""),
                     "liandong.toml", problems_);
    channel_ = make_weibo_channel(table, setup_);
    table.reject_unknown();
  }

  static Item item() {
    Item item;
    item.id = 7;
    item.kind = Kind::Policy;
    item.revision.article.url = "https://www.example.gov.cn/zc/t1.html";
    item.revision.article.title = "关于印发办法的通知";
    item.revision.article.body.blocks.push_back(
        Paragraph{{liandong::Run{"各市人民政府：现将办法印发给你们。", "", false}}});
    item.revision.article.body.blocks.push_back(Picture{"https://www.example.gov.cn/a.jpg", ""});
    return item;
  }

  Attempt attempt(int number = 1) {
    Attempt attempt;
    attempt.delivery = "42";
    attempt.marker = kMarker;
    attempt.number = number;
    attempt.rendition = channel_->render(item(), kMarker).value();
    attempt.first_intent = clock_.now();
    attempt.deadline = clock_.after(30s);
    return attempt;
  }

  Outcome perform(std::string_view step, Attempt what, Progress progress = {}) {
    Step wanted;
    wanted.name = step;
    return run(channel_->perform(wanted, std::move(what), std::move(progress)));
  }

  Finding find(std::string_view step, Attempt what, Progress progress = {}) {
    Step wanted;
    wanted.name = step;
    return run(channel_->find(wanted, std::move(what), std::move(progress)));
  }

  TempDir folder_;
  FakeClock clock_;
  FakeHttp http_;
  Problems problems_;
  ChannelSetup setup_{"weibo", "安徽省教育厅", nullptr, clock_, http_};
  std::unique_ptr<Channel> channel_;
};

TEST_F(WeiboChannelTest, RendersKindTitleSummaryAndMarkedLink) {
  const Rendition rendition = channel_->render(item(), kMarker).value();

  EXPECT_EQ(rendition.link, "https://www.example.gov.cn/zc/t1.html?p=0123456789ab");
  EXPECT_TRUE(rendition.text.starts_with("【政策】关于印发办法的通知 各市人民政府"));
  EXPECT_TRUE(rendition.text.ends_with(" " + rendition.link + " "));
  EXPECT_TRUE(rendition.pictures.empty());
}

TEST_F(WeiboChannelTest, RefusesALinkOutsideTheSafeDomains) {
  Item foreign = item();
  for (const std::string url :
       {"https://www.example.com/1", "https://badexample.gov.cn/1",
        "https://example.gov.cn.evil.cn/1", "javascript:alert(1)",
        "https://example.gov.cn@evil.cn/", "https://1.2.3.4.evil.cn/example.gov.cn"}) {
    foreign.revision.article.url = url;

    const auto rendition = channel_->render(foreign, kMarker);

    ASSERT_TRUE(rendition.has_error()) << url;
    EXPECT_EQ(rendition.error().kind(), ErrorKind::Permanent);
  }
}

TEST_F(WeiboChannelTest, SharesAsAFormOnAConnectionOfItsOwn) {
  http_.expect("POST", "/2/statuses/share.json")
      .reply(200, status_json("5100000000000001", "x", clock_.now()));
  const Attempt first = attempt();

  const Outcome outcome = perform("share", first);

  const auto* delivered = std::get_if<Delivered>(&outcome);
  ASSERT_NE(delivered, nullptr);
  EXPECT_EQ(delivered->receipt.remote_id, "5100000000000001");
  EXPECT_TRUE(delivered->receipt.permalink.starts_with("https://weibo.com/2000000001/"));
  EXPECT_EQ(delivered->receipt.evidence, "reply");
  const HttpRequest& request = http_.requests().at(0);
  EXPECT_EQ(request.use, HttpUse::Publish);
  EXPECT_EQ(request.url, "https://api.weibo.com/2/statuses/share.json");
  EXPECT_NE(request.body.find("status=" + percent_encode(first.rendition.text)), std::string::npos);
  EXPECT_NE(request.body.find("rip=211.156.0.1"), std::string::npos);
}

TEST_F(WeiboChannelTest, ReadsACodeWrittenAsAString) {
  http_.expect("POST", "share").reply(400, R"({"error_code":"20012","error":"text too long"})");

  const Outcome outcome = perform("share", attempt());

  ASSERT_EQ(name_of(outcome), "refused");
  EXPECT_EQ(diagnostic_of(outcome)->code, "20012");
  EXPECT_EQ(diagnostic_of(outcome)->http, 400);
}

TEST_F(WeiboChannelTest, DoesNotBelieveAReplyThatIsNotDocumented) {
  for (const std::string body :
       {"", "[]", "{}", R"({"idstr":"12x","text":"","created_at":"never"})",
        "<html>502 Bad Gateway</html>", "{\"id\":1"}) {
    http_.expect("POST", "share").reply(200, body);

    EXPECT_EQ(name_of(perform("share", attempt())), "unconfirmed") << body;
  }
}

TEST_F(WeiboChannelTest, NeverSharesTwiceWhatWeiboSaysIsPosted) {
  http_.expect("POST", "share").reply(400, error_json(20032, "wait"));
  http_.expect("GET", "user_timeline").reply(200, timeline_json("", 0));
  http_.expect("GET", "user_timeline")
      .reply(200, timeline_json(
                      status_json("5100000000000004",
                                  "【政策】关于印发办法的通知 各市人民政府：现将办法印发给你们。",
                                  clock_.now() + 60s),
                      1));

  const Outcome shared = perform("share", attempt());
  ASSERT_EQ(name_of(shared), "done");
  const Progress progress = std::get<Done>(shared).progress;
  clock_.advance(30s);
  const Outcome at_once = perform("confirm", attempt(), progress);  // asks nobody yet
  clock_.advance(90s);
  const Outcome early = perform("confirm", attempt(), progress);
  clock_.advance(120s);
  const Outcome later = perform("confirm", attempt(2), progress);

  ASSERT_EQ(name_of(at_once), "deferred");
  EXPECT_EQ(std::get<Deferred>(at_once).retry_after, 90s);
  ASSERT_EQ(name_of(early), "deferred");
  EXPECT_EQ(std::get<Deferred>(early).retry_after, 120s);  // a look costs a call: ever more seldom
  ASSERT_EQ(name_of(later), "delivered");
  EXPECT_EQ(std::get<Delivered>(later).receipt.remote_id, "5100000000000004");
  EXPECT_EQ(std::get<Delivered>(later).receipt.evidence, "read-back");
}

TEST_F(WeiboChannelTest, LeavesAPostThatNeverShowsUpToAPerson) {
  const Progress progress = {{"accepted_at", std::to_string(to_millis(clock_.now()))}};
  clock_.advance(2h);
  http_.expect("GET", "user_timeline").reply(200, timeline_json("", 0));
  http_.expect("GET", "user_timeline").reply(200, timeline_json("", 0));

  EXPECT_EQ(name_of(perform("confirm", attempt(), progress)), "unconfirmed");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(find("confirm", attempt(), progress)));
}

TEST_F(WeiboChannelTest, FindsALostPostAndLeavesItToItsDelivery) {
  const std::string rows = status_json(
      "5100000000000007",
      "【政策】关于印发办法的通知 各市人民政府：现将办法印发给你们。 http://t.cn/A6abcdef",
      clock_.now() + 3s);
  http_.expect("GET", "base_app=1").reply(200, timeline_json(rows, 1));
  http_.expect("GET", "base_app=1").reply(200, timeline_json(rows, 1));
  Attempt other = attempt();
  other.delivery = "43";

  const Finding finding = find("share", attempt());
  const Finding of_other = find("share", other);

  ASSERT_TRUE(std::holds_alternative<Found>(finding));
  EXPECT_EQ(std::get<Delivered>(std::get<Found>(finding).what).receipt.evidence, "read-back");
  EXPECT_TRUE(std::holds_alternative<Absent>(of_other));
}

TEST_F(WeiboChannelTest, AsksTheWholeAccountWhenTheApplicationsListIsTooShort) {
  const std::string old = status_json("1", "旧", clock_.now() - 1h);
  const std::string older = status_json("2", "更旧", clock_.now() - 2h);
  http_.expect("GET", "base_app=1").reply(200, timeline_json("", 800));
  http_.expect("GET", "user_timeline").reply(200, timeline_json(old + "," + older, 800));

  EXPECT_TRUE(std::holds_alternative<Absent>(find("share", attempt())));
  EXPECT_EQ(http_.requests().at(1).url.find("base_app"), std::string::npos);
}

TEST_F(WeiboChannelTest, DoesNotTakeAnEmptyTimelineForAbsenceWhenItKnowsBetter) {
  http_.expect("POST", "share").reply(200, status_json("5100000000000001", "x", clock_.now()));
  http_.expect("GET", "user_timeline").reply(200, timeline_json("", 0));
  ASSERT_EQ(name_of(perform("share", attempt())), "delivered");

  EXPECT_TRUE(std::holds_alternative<CannotTell>(find("share", attempt())));
}

TEST_F(WeiboChannelTest, WithdrawsByIdAndIsContentWhenItIsGone) {
  Attempt withdraw = attempt();
  withdraw.purpose = Purpose::Withdraw;
  withdraw.published.remote_id = "5100000000000001";
  http_.expect("POST", "/2/statuses/destroy.json")
      .reply(200, status_json("5100000000000001", "x", clock_.now()));
  http_.expect("POST", "/2/statuses/destroy.json").reply(400, error_json(20101, "gone"));
  http_.expect("POST", "/2/statuses/destroy.json").reply(400, error_json(20102, "not yours"));

  EXPECT_EQ(name_of(perform("destroy", withdraw)), "delivered");
  EXPECT_EQ(name_of(perform("destroy", withdraw)), "delivered");
  EXPECT_EQ(name_of(perform("destroy", withdraw)), "refused");
  withdraw.published.remote_id = "";
  EXPECT_EQ(name_of(perform("destroy", withdraw)), "refused");
}

TEST_F(WeiboChannelTest, LooksWhetherAWithdrawnPostIsStillThere) {
  Attempt withdraw = attempt();
  withdraw.published.remote_id = "5100000000000001";
  http_.expect("GET", "/2/statuses/show.json").reply(400, error_json(20101, "gone"));
  http_.expect("GET", "/2/statuses/show.json")
      .reply(200, status_json("5100000000000001", "x", clock_.now()));
  http_.expect("GET", "/2/statuses/show.json").reply(502, "<html>");

  EXPECT_TRUE(std::holds_alternative<Found>(find("destroy", withdraw)));
  EXPECT_TRUE(std::holds_alternative<Absent>(find("destroy", withdraw)));
  EXPECT_TRUE(std::holds_alternative<CannotTell>(find("destroy", withdraw)));
}

TEST_F(WeiboChannelTest, ReadsAPostAgainLongAfterwards) {
  Attempt made = attempt();
  made.published.remote_id = "5001";
  const std::string sent = made.rendition.text.substr(0, made.rendition.text.find(" http"));
  const auto look = [&](int status, const std::string& body) {
    http_.expect("GET", "/2/statuses/show.json").reply(status, body);
    return run(channel_->inspect(made));
  };
  EXPECT_TRUE(std::holds_alternative<Verified>(
      look(200, status_json("5001", sent + " http://t.cn/x", clock_.now()))));
  EXPECT_TRUE(
      std::holds_alternative<Drifted>(look(200, status_json("5001", "改过的话", clock_.now()))));
  EXPECT_TRUE(std::holds_alternative<Vanished>(
      look(400, error_json(20101, "target weibo does not exist"))));
  EXPECT_TRUE(std::holds_alternative<CannotTell>(look(400, error_json(10023, "too often"))));
  EXPECT_TRUE(
      std::holds_alternative<CannotTell>(look(200, status_json("5002", sent, clock_.now()))));
  EXPECT_TRUE(std::holds_alternative<CannotTell>(look(502, "<html>")));
}

TEST_F(WeiboChannelTest, FindsWhatAPersonPostedInTheAccountsOwnList) {
  Attempt made = attempt();
  made.subject = {"https://www.example.gov.cn/zc/t1.html", "关于印发示范管理办法的通知", "",
                  clock_.now() - 24h};
  http_.expect("GET", "/2/statuses/user_timeline.json")
      .reply(200, timeline_json(status_json("9", "关于印发示范管理办法的通知", clock_.now()) + "," +
                                    status_json("8", "别的", clock_.now()),
                                2));
  const auto copies = run(channel_->look_for_copies(made));
  ASSERT_TRUE(copies.has_value()) << copies.error().message();
  ASSERT_EQ(copies->size(), 1U);
  EXPECT_EQ(copies->front().remote_id, "9");
  EXPECT_EQ(http_.requests().back().url.find("base_app"), std::string::npos);

  http_.expect("GET", "/2/statuses/user_timeline.json").reply(403, error_json(10023, "too often"));
  EXPECT_FALSE(run(channel_->look_for_copies(made)).has_value());
}

TEST_F(WeiboChannelTest, SendsThePictureAsAPartAndTheTextAsAField) {
  rebuild("with_picture = true");
  http_.expect("GET", "https://www.example.gov.cn/a.jpg").reply(200, "\xff\xd8\xff\xe0 jpeg");
  http_.expect("POST", "share").reply(200, status_json("5100000000000001", "x", clock_.now()));
  const Attempt first = attempt();

  ASSERT_EQ(name_of(perform("share", first)), "delivered");

  const std::vector<FormPart>& form = http_.requests().at(1).form;
  ASSERT_EQ(form.size(), 4U);
  EXPECT_EQ(form[1].name, "status");
  EXPECT_EQ(form[1].content, first.rendition.text);
  EXPECT_TRUE(form[1].file_name.empty());
  EXPECT_EQ(form[3].name, "pic");
  EXPECT_EQ(form[3].content_type, "image/jpeg");
}

TEST_F(WeiboChannelTest, GoesWithoutAPictureThatCannotBeHad) {
  rebuild("with_picture = true");
  http_.expect("GET", "a.jpg").reply(200, "<html>not a picture</html>");
  http_.expect("POST", "share").reply(200, status_json("5100000000000001", "x", clock_.now()));
  http_.expect("GET", "a.jpg").fail(unreachable());

  EXPECT_EQ(name_of(perform("share", attempt())), "delivered");
  EXPECT_TRUE(http_.requests().at(1).form.empty());
  EXPECT_EQ(name_of(perform("share", attempt())), "deferred");

  http_.expect("GET", "a.jpg").fail(unreachable());
  http_.expect("POST", "share").reply(200, status_json("5100000000000002", "x", clock_.now()));
  EXPECT_EQ(name_of(perform("share", attempt(3))), "delivered");
}

TEST_F(WeiboChannelTest, AdoptsWhatWeiboSaysWasPostedBefore) {
  const std::string rows =
      status_json("5100000000000007",
                  "【政策】关于印发办法的通知 各市人民政府：现将办法印发给你们。", clock_.now());
  for (const int code : {20017, 20019, 20111}) {
    http_.expect("POST", "share").reply(400, error_json(code, "repeat content"));
    EXPECT_EQ(name_of(perform("share", attempt(1))), "unconfirmed") << code;

    http_.expect("POST", "share").reply(400, error_json(code, "repeat content"));
    http_.expect("GET", "user_timeline").reply(200, timeline_json(rows, 1));
    const Outcome adopted = perform("share", attempt(2));
    ASSERT_EQ(name_of(adopted), "delivered") << code;
    EXPECT_EQ(std::get<Delivered>(adopted).receipt.evidence, "read-back");

    http_.expect("POST", "share").reply(400, error_json(code, "repeat content"));
    http_.expect("GET", "user_timeline").reply(200, timeline_json("", 0));
    Attempt other = attempt(2);
    other.delivery = std::to_string(code);
    EXPECT_EQ(name_of(perform("share", other)), "refused") << code;
  }
}

TEST_F(WeiboChannelTest, GoesAgainWithoutAPictureThatWeiboRefuses) {
  rebuild("with_picture = true");
  for (const int code : {10007, 20005, 20006, 20007}) {
    http_.expect("GET", "a.jpg").reply(200, "\xff\xd8\xff\xe0 jpeg");
    http_.expect("POST", "share").reply(400, error_json(code, "picture"));
    http_.expect("POST", "share").reply(200, status_json("5100000000000001", "x", clock_.now()));
    Attempt sent = attempt();
    sent.delivery = std::to_string(code);

    EXPECT_EQ(name_of(perform("share", sent)), "deferred") << code;
    EXPECT_EQ(name_of(perform("share", sent)), "delivered") << code;

    EXPECT_TRUE(http_.requests().back().form.empty());
  }
}

TEST_F(WeiboChannelTest, KeepsSomeOfTheDaysCallsForReadingBack) {
  rebuild("calls_per_day = 5\ncalls_reserved = 2");
  for (int i = 0; i < 3; ++i) {
    http_.expect("POST", "share").reply(200, status_json("5100000000000001", "x", clock_.now()));
    EXPECT_EQ(name_of(perform("share", attempt())), "delivered");
  }

  const Outcome fourth = perform("share", attempt());  // asks nobody

  ASSERT_EQ(name_of(fourth), "rate_limited");
  EXPECT_EQ(beijing_time(std::get<RateLimited>(fourth).until), "2026-11-23 00:00");
  const std::string old = status_json("1", "旧", clock_.now() - 1h);
  const std::string older = status_json("2", "更旧", clock_.now() - 2h);
  for (int i = 0; i < 2; ++i) {
    http_.expect("GET", "user_timeline").reply(200, timeline_json(old + "," + older, 800));
    EXPECT_TRUE(std::holds_alternative<Absent>(find("share", attempt())));
  }
  EXPECT_TRUE(std::holds_alternative<CannotTell>(find("share", attempt())));  // none is left
  clock_.advance(9h);
  http_.expect("POST", "share").reply(200, status_json("5100000000000002", "x", clock_.now()));
  EXPECT_EQ(name_of(perform("share", attempt())), "delivered");
}

TEST_F(WeiboChannelTest, HasNoBudgetWhereTheEnginesDailyLimitIsLifted) {
  rebuild("per_day = 0");
  for (int i = 0; i < 120; ++i) {
    http_.expect("POST", "share").reply(200, status_json("5100000000000001", "x", clock_.now()));
    ASSERT_EQ(name_of(perform("share", attempt())), "delivered") << i;
  }
}

TEST_F(WeiboChannelTest, TakesTheHourlyBudgetForTheDailyOneWhenItLasts) {
  Timestamp until;
  for (int i = 0; i < 4; ++i) {
    http_.expect("POST", "share").reply(403, error_json(10023, "out of rate limit"));
    const Outcome limited = perform("share", attempt());
    ASSERT_EQ(name_of(limited), "rate_limited");
    until = std::get<RateLimited>(limited).until;
    if (i < 3) clock_.advance(until - clock_.now());
  }
  EXPECT_EQ(beijing_time(until), "2026-11-23 00:00");
}

TEST_F(WeiboChannelTest, WritesALinkThatWeiboReadsWhole) {
  Item shown = item();
  const auto link = [&](std::string url) {
    shown.revision.article.url = std::move(url);
    const auto rendition = channel_->render(shown, kMarker);
    return rendition ? rendition->link : rendition.error().message();
  };
  EXPECT_EQ(link("https://www.example.gov.cn/政策/1.html"),
            "https://www.example.gov.cn/%E6%94%BF%E7%AD%96/1.html?p=0123456789ab");
  EXPECT_EQ(link("https://www.example.gov.cn/#/a#b"),
            "https://www.example.gov.cn/?p=0123456789ab#/a%23b");
}

TEST_F(WeiboChannelTest, KnowsAChineseDomainByEitherName) {
  const auto file = folder_.path() / "weibo.token";
  problems_ = Problems();
  Table table = Table::parse(fmt::format("rip = \"1.2.3.4\"\nsafe_domains = [\"示例.政务\"]\n"
                                         "access_token_file = \"{}\"\n",
                                         file.string()),
                             "liandong.toml", problems_);
  channel_ = make_weibo_channel(table, setup_);
  ASSERT_NE(channel_, nullptr);
  Item shown = item();
  shown.revision.article.url = "https://www.示例.政务/1.html";

  const auto rendition = channel_->render(shown, kMarker);

  ASSERT_TRUE(rendition.has_value()) << rendition.error().message();
  EXPECT_TRUE(rendition->link.starts_with("https://www.xn--")) << rendition->link;
}

TEST(WeiboToken, WarnsThirtySevenAndOneDayAhead) {
  constexpr std::int64_t kDay = 86'400;
  EXPECT_EQ(token_warning(31 * kDay), std::nullopt);
  EXPECT_EQ(token_warning(30 * kDay), std::nullopt);
  EXPECT_EQ(token_warning(30 * kDay - 1), 30);
  EXPECT_EQ(token_warning(7 * kDay), 30);
  EXPECT_EQ(token_warning(7 * kDay - 1), 7);
  EXPECT_EQ(token_warning(kDay - 1), 1);
  EXPECT_EQ(words_of_token("7", 40 * kDay), "微博账号 7，授权还剩 40 天");
  EXPECT_NE(words_of_token("7", 20 * kDay).find("一个月内到期"), std::string::npos);
  EXPECT_NE(words_of_token("7", 3 * kDay).find("一周内到期"), std::string::npos);
  EXPECT_NE(words_of_token("7", 60).find("今天必须"), std::string::npos);
}

TEST_F(WeiboChannelTest, LogsTheEndOfItsTokenOnceAThreshold) {
  LogOptions options;
  options.file = (folder_.path() / "log").string();
  set_up_log(options);
  const auto probe = [this](int days) {
    http_.expect("POST", "/oauth2/get_token_info")
        .reply(200, fmt::format(R"({{"uid":"2","expires_in":{}}})", days * 86'400 + 100));
    http_.expect("GET", "rate_limit_status").reply(404, "");
    EXPECT_TRUE(run(channel_->probe(clock_.after(10s))).has_value());
  };
  for (const int days : {40, 29, 28, 6, 5, 0, 0, 1825, 29}) probe(days);
  set_up_log({});

  std::ifstream file(options.file);
  std::string levels;
  for (std::string line; std::getline(file, line);) {
    const std::size_t level = line.find(' ') + 1;  // behind the time
    if (line.find("token.expiring") != std::string::npos) levels += line.substr(level, 1);
  }
  EXPECT_EQ(levels, "wwew");
}

TEST_F(WeiboChannelTest, ProbesTokenAndBudget) {
  http_.expect("POST", "/oauth2/get_token_info")
      .reply(200, R"({"uid":2000000001,"expire_in":864000})");
  http_.expect("GET", "/2/account/rate_limit_status.json")
      .reply(200, R"({"remaining_user_hits":86})");

  const auto traits = run(channel_->probe(clock_.after(10s)));

  ASSERT_TRUE(traits.has_value());
  EXPECT_NE(traits->note.find("2000000001"), std::string::npos);
  EXPECT_NE(traits->note.find("10 天"), std::string::npos);
  EXPECT_NE(traits->note.find("重新授权"), std::string::npos);
  EXPECT_NE(traits->note.find("86"), std::string::npos);
}

TEST_F(WeiboChannelTest, ReportsATokenOfAnotherAccountOrNone) {
  rebuild("uid = \"1\"");
  http_.expect("POST", "/oauth2/get_token_info").reply(200, R"({"uid":"2","expire_in":864000})");
  http_.expect("POST", "/oauth2/get_token_info").reply(400, error_json(21327, "expired_token"));
  http_.expect("POST", "/oauth2/get_token_info").reply(502, "<html>");

  for (const ErrorKind kind :
       {ErrorKind::Unauthorized, ErrorKind::Unauthorized, ErrorKind::Malformed}) {
    const auto traits = run(channel_->probe(clock_.after(10s)));
    ASSERT_TRUE(traits.has_error());
    EXPECT_EQ(traits.error().kind(), kind) << traits.error().message();
  }
}

TEST_F(WeiboChannelTest, CanPublishAndWithdrawButNotCorrect) {
  EXPECT_EQ(channel_->steps(Purpose::Publish).front().name, "share");
  EXPECT_EQ(channel_->steps(Purpose::Publish).front().kind, StepClass::ReadBack);
  EXPECT_EQ(channel_->steps(Purpose::Withdraw).size(), 1U);
  EXPECT_TRUE(channel_->steps(Purpose::Correct).empty());
  EXPECT_EQ(channel_->traits().parallel, 1);
  EXPECT_GE(channel_->traits().settle, 150s);
}

TEST_F(WeiboChannelTest, IsNotBuiltFromAWrongConfiguration) {
  struct Wrong {
    std::string text;
    std::string key;
  };
  const Wrong wrongs[] = {
      {"base_url = \"http://api.weibo.com\"", "base_url"},
      {"access_token_file = \"absent\"", "access_token_file"},
      {"template = \"{{nothing}}\"", "template"},
      {"base_url = \"http://127.0.0.1.example.org\"", "base_url"},
      {"calls_per_day = 20\ncalls_reserved = 20", "calls_reserved"},
  };
  for (const Wrong& wrong : wrongs) {
    rebuild(wrong.text);

    EXPECT_EQ(channel_, nullptr) << wrong.text;
    ASSERT_FALSE(problems_.list().empty()) << wrong.text;
    EXPECT_EQ(problems_.list().front().key, wrong.key);
  }
}

}  // namespace
}  // namespace liandong
