#include "adapters/channels/mastodon/mastodon_channel.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kMarker = "0123456789ab";
constexpr std::string_view kAccount = R"({"id":"7","acct":"liandong","statuses_count":0})";

std::string post_json(std::string_view id, std::string_view marker, Timestamp at,
                      std::string_view more = "") {
  return fmt::format(
      R"({{"id":"{}","url":"https://m.example.org/@l/{}","created_at":"{}","visibility":"public",)"
      R"("content":"<p>x <a href=\"https://www.example.gov.cn/1?a=1&amp;p={}\">www</a></p>"{}}})",
      id, id, rfc3339(at), marker, more);
}

class MastodonChannelTest : public testing::Test {
 protected:
  void SetUp() override { rebuild(""); }

  void rebuild(const std::string& more) {
    const auto file = folder_.path() / "mastodon.token";
    std::ofstream(file) << "SecretToken\n";
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    problems_ = Problems();
    std::string text = "access_token_file = \"" + file.string() + "\"\n" + more + "\n";
    if (more.find("base_url") == std::string::npos)
      text += "base_url = \"https://m.example.org/\"\n";
    Table table = Table::parse(text, "liandong.toml", problems_);
    channel_ = make_mastodon_channel(table, setup_);
    table.reject_unknown();
  }

  static Item item() {
    Item item;
    item.id = 7;
    item.kind = Kind::Policy;
    item.revision.article.url = "https://www.example.gov.cn/1?a=1";
    item.revision.article.title = "关于印发办法的通知";
    item.revision.article.body.blocks.push_back(
        Picture{"https://www.example.gov.cn/a.png", "示意图"});
    return item;
  }

  Attempt attempt(int number = 1) {
    Attempt attempt;
    attempt.delivery = "42";
    attempt.marker = kMarker;
    attempt.number = number;
    attempt.rendition = channel_->render(item(), kMarker).value();
    attempt.sha256 = "aa";
    attempt.published.remote_id = "1";
    attempt.first_intent = clock_.now();
    attempt.deadline = clock_.after(30s);
    return attempt;
  }

  Outcome perform(std::string_view step, Attempt what, Progress progress = {}) {
    Step wanted;
    wanted.name = step;
    return run(channel_->perform(wanted, std::move(what), std::move(progress)));
  }

  Finding find(std::string_view step, Attempt what) {
    Step wanted;
    wanted.name = step;
    return run(channel_->find(wanted, std::move(what), {}));
  }

  std::string key_of(std::size_t request) {
    return request_header(http_.requests().at(request), "Idempotency-Key");
  }

  TempDir folder_;
  FakeClock clock_;
  FakeHttp http_;
  Problems problems_;
  ChannelSetup setup_{"mastodon", "安徽省教育厅", nullptr, clock_, http_};
  std::unique_ptr<Channel> channel_;
};

TEST_F(MastodonChannelTest, PostsAsAFormWithTokenLanguageVisibilityAndKey) {
  http_.expect("POST", "/api/v1/statuses").reply(200, post_json("1", kMarker, clock_.now()));

  const Outcome outcome = perform("post", attempt());

  ASSERT_EQ(name_of(outcome), "done");
  EXPECT_EQ(std::get<Done>(outcome).progress.at("status_id"), "1");
  const HttpRequest& request = http_.requests().at(0);
  EXPECT_EQ(request.url, "https://m.example.org/api/v1/statuses");
  EXPECT_EQ(request_header(request, "Authorization"), "Bearer SecretToken");
  EXPECT_NE(request.body.find("&language=zh&visibility=public"), std::string::npos);
  EXPECT_EQ(key_of(0).size(), 64U);
}

TEST_F(MastodonChannelTest, KeepsTheKeyOverAttemptsButNotOverTexts) {
  http_.otherwise([](const HttpRequest&) { return HttpResult(timed_out()); });
  Attempt other = attempt(3);
  other.sha256 = "bb";

  perform("post", attempt(1));
  perform("post", attempt(2));
  perform("post", other);

  EXPECT_EQ(key_of(0), key_of(1));
  EXPECT_NE(key_of(0), key_of(2));
}

TEST_F(MastodonChannelTest, LooksWhetherAnAcceptedPostIsReallyThere) {
  const Progress progress = {{"status_id", "1"}};
  http_.expect("GET", "/api/v1/statuses/1").reply(200, post_json("1", kMarker, clock_.now()));
  http_.expect("GET", "/api/v1/statuses/1").reply(404, R"({"error":"Record not found"})");
  http_.expect("GET", "/api/v1/statuses/1").reply(404, R"({"error":"Record not found"})");
  http_.expect("GET", "/api/v1/statuses/1").reply(502, "<html>");

  const Outcome there = perform("verify", attempt(), progress);
  ASSERT_EQ(name_of(there), "delivered");
  EXPECT_EQ(std::get<Delivered>(there).receipt.permalink, "https://m.example.org/@l/1");
  // A step that only asks has no attempts that count: time decides.
  const Attempt asking = attempt();
  const Outcome early = perform("verify", asking, progress);
  ASSERT_EQ(name_of(early), "deferred");
  EXPECT_GE(std::get<Deferred>(early).retry_after, 5s);
  clock_.advance(2min);
  EXPECT_EQ(name_of(perform("verify", asking, progress)), "refused");
  const Outcome unclear = perform("verify", asking, progress);
  ASSERT_EQ(name_of(unclear), "deferred");
  EXPECT_GE(std::get<Deferred>(unclear).retry_after, 5s);
}

TEST_F(MastodonChannelTest, WaitsForAPictureInProcessAndNotForEver) {
  const Progress progress = {{"media_id", "9"}};
  http_.otherwise([](const HttpRequest&) {
    HttpReply reply;
    reply.status = 206;
    reply.body = R"({"id":"9","url":null})";
    return HttpResult(reply);
  });
  const Attempt asking = attempt();
  Duration waited{0};
  int asked = 0;
  Outcome outcome = perform("process", asking, progress);
  while (const auto* later = std::get_if<Deferred>(&outcome)) {
    ++asked;
    waited += later->retry_after.value();
    clock_.advance(later->retry_after.value());
    outcome = perform("process", asking, progress);
  }
  ASSERT_EQ(name_of(outcome), "done");
  EXPECT_EQ(std::get<Done>(outcome).progress.at("media_id"), "");
  EXPECT_GE(waited, 10min);
  EXPECT_LE(asked, 60);
}

TEST_F(MastodonChannelTest, IsNotTakenInByABoostOfItsOwnPost) {
  const std::string boost = post_json("9", kMarker, clock_.now() + 60s, R"(,"reblog":{"id":"8"})");
  http_.expect("GET", "verify_credentials").reply(200, std::string(kAccount));
  http_.expect("GET", "exclude_reblogs=true")
      .reply(200, "[" + boost + "," + post_json("8", kMarker, clock_.now()) + "]");

  const Finding finding = find("post", attempt());

  ASSERT_TRUE(std::holds_alternative<Found>(finding));
  EXPECT_EQ(std::get<Delivered>(std::get<Found>(finding).what).receipt.remote_id, "8");
}

TEST_F(MastodonChannelTest, TakesAnotherKeyAfterADefiniteRefusal) {
  http_.expect("POST", "/api/v1/statuses").fail(timed_out());
  http_.expect("POST", "/api/v1/statuses").reply(422, R"({"error":"Validation failed: Text"})");
  http_.expect("POST", "/api/v1/statuses").fail(timed_out());
  http_.expect("POST", "/api/v1/statuses").fail(timed_out());

  for (int i = 0; i < 4; ++i) perform("post", attempt());

  EXPECT_EQ(key_of(0), key_of(1));
  EXPECT_NE(key_of(1), key_of(2));  // Pleroma would repeat the refusal for six hours
  EXPECT_EQ(key_of(2), key_of(3));
}

TEST_F(MastodonChannelTest, FindsItsMarkerOnALaterPage) {
  http_.expect("GET", "verify_credentials").reply(200, std::string(kAccount));
  http_.expect("GET", "/api/v1/accounts/7/statuses?limit=40")
      .reply(200, "[" + post_json("9", "ffffffffffff", clock_.now() + 60s) + "]");
  http_.expect("GET", "max_id=9").reply(200, "[" + post_json("8", kMarker, clock_.now()) + "]");

  const Finding finding = find("post", attempt());

  ASSERT_TRUE(std::holds_alternative<Found>(finding));
  const Receipt receipt = std::get<Delivered>(std::get<Found>(finding).what).receipt;
  EXPECT_EQ(receipt.remote_id, "8");
  EXPECT_EQ(receipt.evidence, "read-back");
}

TEST_F(MastodonChannelTest, IsAbsentOnlyWhenTheListReachesBack) {
  const auto look = [this](std::string_view account, std::vector<std::string> pages) {
    http_.expect("GET", "verify_credentials").reply(200, std::string(account));
    for (const std::string& page : pages) http_.expect("GET", "statuses?limit=40").reply(200, page);
    const Finding finding = find("post", attempt());
    if (const auto* unclear = std::get_if<CannotTell>(&finding)) return unclear->why.code;
    return std::string(std::holds_alternative<Absent>(finding) ? "absent" : "found");
  };
  const std::string old = post_json("3", "ffffffffffff", clock_.now() - 1h);
  const std::string fresh = post_json("4", "ffffffffffff", clock_.now());
  constexpr std::string_view kBusy = R"({"id":"7","acct":"liandong","statuses_count":5})";

  EXPECT_EQ(look(kAccount, {"[]"}), "absent");
  EXPECT_EQ(look(kBusy, {"[" + fresh + "," + old + "]"}), "absent");
  EXPECT_EQ(look(kBusy, {"[" + fresh + "]", "[]"}), "absent");
  EXPECT_EQ(look(kBusy, {"[]"}), "empty-list");
  EXPECT_EQ(look(kBusy, {"[" + fresh + "]", "[" + fresh + "]"}), "short-list");
  EXPECT_EQ(look(kBusy, {"[" + fresh + ",{\"id\":\"5\"}]"}), "http-200");
  EXPECT_EQ(look(kBusy, {"<html>"}), "http-200");
  EXPECT_EQ(look("{}", {}), "http-200");
}

TEST_F(MastodonChannelTest, UploadsWaitsAndAttachesThePicture) {
  rebuild("with_picture = true");
  http_.expect("GET", "https://www.example.gov.cn/a.png").reply(200, "\x89PNG\r\n\x1a\nrest");
  http_.expect("POST", "/api/v2/media").reply(202, R"({"id":"9","url":null})");
  http_.expect("GET", "/api/v1/media/9").reply(206, R"({"id":"9","url":null})");
  http_.expect("GET", "/api/v1/media/9").reply(200, R"({"id":"9"})");
  http_.expect("POST", "/api/v1/statuses").reply(200, post_json("1", kMarker, clock_.now()));

  const Outcome uploaded = perform("upload", attempt());
  ASSERT_EQ(name_of(uploaded), "done");
  const Progress progress = std::get<Done>(uploaded).progress;
  EXPECT_EQ(name_of(perform("process", attempt(), progress)), "deferred");
  EXPECT_EQ(name_of(perform("process", attempt(2), progress)), "done");
  EXPECT_EQ(name_of(perform("post", attempt(), progress)), "done");

  const std::vector<FormPart>& form = http_.requests().at(1).form;
  EXPECT_EQ(form.at(0).name, "file");
  EXPECT_EQ(form.at(0).file_name, "picture.png");
  EXPECT_EQ(form.at(1).content, "示意图");
  EXPECT_NE(http_.requests().back().body.find("media_ids%5B%5D=9"), std::string::npos);
}

TEST_F(MastodonChannelTest, UploadsAgainWhatTheServerHasForgotten) {
  rebuild("with_picture = true");
  const Progress progress = {{"media_id", "9"},
                             {"media_at", std::to_string(to_millis(clock_.now()))}};
  clock_.advance(21h);
  http_.expect("GET", "a.png").reply(200, "\x89PNG\r\n\x1a\nrest");
  http_.expect("POST", "/api/v2/media").reply(202, R"({"id":"10","url":null})");
  http_.expect("POST", "/api/v1/statuses")
      .reply(422, R"({"error":"Cannot attach files that have not finished processing."})");
  http_.expect("POST", "/api/v1/statuses").reply(200, post_json("1", kMarker, clock_.now()));

  EXPECT_EQ(name_of(perform("post", attempt(), progress)), "deferred");
  EXPECT_EQ(name_of(perform("post", attempt(2), progress)), "done");  // not uploaded a third time

  EXPECT_NE(http_.requests().back().body.find("media_ids%5B%5D=10"), std::string::npos);
}

TEST_F(MastodonChannelTest, UploadsAgainWhatALostPostMayHaveTaken) {
  rebuild("with_picture = true");
  const Progress progress = {{"media_id", "9"},
                             {"media_at", std::to_string(to_millis(clock_.now()))}};
  http_.expect("POST", "/api/v1/statuses")
      .reply(422, R"({"error":"Media 9 not found or already attached to another post"})");
  http_.expect("GET", "a.png").reply(200, "\x89PNG\r\n\x1a\nrest");
  http_.expect("POST", "/api/v2/media").reply(200, R"({"id":"10"})");
  http_.expect("POST", "/api/v1/statuses").reply(200, post_json("1", kMarker, clock_.now()));

  // Read back first; only when nothing is there the next attempt follows.
  EXPECT_EQ(name_of(perform("post", attempt(), progress)), "unconfirmed");
  EXPECT_EQ(name_of(perform("post", attempt(2), progress)), "done");

  EXPECT_NE(http_.requests().at(0).body.find("media_ids%5B%5D=9"), std::string::npos);
  EXPECT_NE(http_.requests().back().body.find("media_ids%5B%5D=10"), std::string::npos);
}

TEST_F(MastodonChannelTest, GoesWithoutAPictureThatIsNotTaken) {
  rebuild("with_picture = true");
  http_.expect("GET", "a.png").reply(404, "");
  http_.expect("GET", "a.png").reply(200, "\x89PNG\r\n\x1a\nrest");
  http_.expect("POST", "/api/v2/media").reply(422, R"({"error":"File content type is invalid"})");
  http_.expect("GET", "a.png").reply(200, "\x89PNG\r\n\x1a\nrest");
  http_.expect("POST", "/api/v2/media").reply(401, R"({"error":"The access token is invalid"})");

  const Outcome absent = perform("upload", attempt());
  ASSERT_EQ(name_of(absent), "done");
  EXPECT_EQ(std::get<Done>(absent).progress.at("media_id"), "");
  EXPECT_EQ(name_of(perform("upload", attempt())), "done");
  EXPECT_EQ(name_of(perform("upload", attempt())), "unauthorized");
}

TEST_F(MastodonChannelTest, EditsWithThePicturesThePostHas) {
  http_.expect("GET", "/api/v1/statuses/1")
      .reply(200,
             post_json("1", "ffffffffffff", clock_.now(), R"(,"media_attachments":[{"id":"9"}])"));
  http_.expect("PUT", "/api/v1/statuses/1").reply(200, post_json("2", kMarker, clock_.now()));
  Attempt correct = attempt();
  correct.purpose = Purpose::Correct;

  const Outcome outcome = perform("edit", correct);

  ASSERT_EQ(name_of(outcome), "delivered");
  EXPECT_EQ(std::get<Delivered>(outcome).receipt.remote_id, "2");
  EXPECT_NE(http_.requests().back().body.find("media_ids%5B%5D=9"), std::string::npos);
  EXPECT_EQ(http_.requests().back().body.find("visibility"), std::string::npos);
}

TEST_F(MastodonChannelTest, ReadsBackAnEditByTheNewMarker) {
  http_.expect("GET", "/statuses/1").reply(200, post_json("1", kMarker, clock_.now()));
  EXPECT_TRUE(std::holds_alternative<Found>(find("edit", attempt())));

  http_.expect("GET", "/statuses/1").reply(200, post_json("1", "ffffffffffff", clock_.now()));
  EXPECT_TRUE(std::holds_alternative<Absent>(find("edit", attempt())));

  http_.expect("GET", "/statuses/1").reply(404, "");
  http_.expect("GET", "verify_credentials").reply(200, std::string(kAccount));
  http_.expect("GET", "/accounts/7/statuses")
      .reply(200, "[" + post_json("2", kMarker, clock_.now()) + "]");
  EXPECT_TRUE(std::holds_alternative<Found>(find("edit", attempt())));

  http_.expect("GET", "/statuses/1").reply(404, "");
  http_.expect("GET", "verify_credentials").reply(200, std::string(kAccount));
  http_.expect("GET", "/accounts/7/statuses").reply(200, "[]");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(find("edit", attempt())));
}

TEST_F(MastodonChannelTest, BelievesADeletionOnlyWhenThePostIsGone) {
  http_.expect("DELETE", "/statuses/1").reply(200, post_json("1", kMarker, clock_.now()));
  EXPECT_EQ(name_of(perform("delete", attempt())), "delivered");

  http_.expect("DELETE", "/statuses/1").reply(404, "");
  http_.expect("GET", "/statuses/1").reply(404, "");
  EXPECT_EQ(name_of(perform("delete", attempt())), "delivered");

  http_.expect("DELETE", "/statuses/1").reply(404, "<html>no such end point</html>");
  http_.expect("GET", "/statuses/1").reply(200, post_json("1", kMarker, clock_.now()));
  EXPECT_EQ(name_of(perform("delete", attempt())), "refused");

  http_.expect("DELETE", "/statuses/1").reply(410, R"({"error":"Gone"})");
  http_.expect("GET", "/statuses/1").reply(410, "");
  EXPECT_EQ(name_of(perform("delete", attempt())), "delivered");

  http_.expect("DELETE", "/statuses/1").fail(answer_lost());
  EXPECT_EQ(name_of(perform("delete", attempt())), "unconfirmed");
  http_.expect("GET", "/statuses/1").reply(404, "");
  EXPECT_TRUE(std::holds_alternative<Found>(find("delete", attempt())));
}

TEST_F(MastodonChannelTest, ReadsAPostAgainLongAfterwards) {
  const Attempt made = attempt();
  const auto post = [&](std::string_view words, std::string_view marker) {
    return fmt::format(
        R"({{"id":"1","created_at":"{}","content":"<p>{} <a href=\"https://www.example.gov.cn/1?a=1&amp;p={}\">x</a></p>"}})",
        rfc3339(clock_.now()), words, marker);
  };
  const auto look = [&](int status, const std::string& body) {
    http_.expect("GET", "/api/v1/statuses/1").reply(status, body);
    return run(channel_->inspect(made));
  };
  EXPECT_TRUE(
      std::holds_alternative<Verified>(look(200, post("【政策】关于印发办法的通知", kMarker))));
  EXPECT_TRUE(
      std::holds_alternative<Drifted>(look(200, post("【政策】关于废止办法的通知", kMarker))));
  EXPECT_TRUE(std::holds_alternative<Drifted>(
      look(200, post("【政策】关于印发办法的通知", "ffffffffffff"))));
  EXPECT_TRUE(std::holds_alternative<Vanished>(look(404, R"({"error":"Record not found"})")));
  EXPECT_TRUE(std::holds_alternative<CannotTell>(look(503, "")));
}

TEST_F(MastodonChannelTest, ListsOlderPostsBehindTheLastOne) {
  http_.expect("GET", "/verify_credentials").reply(200, std::string(kAccount));
  http_.expect("GET", "/api/v1/accounts/7/statuses?limit=40&exclude_reblogs=true")
      .reply(200, "[" + post_json("9", "ffffffffffff", clock_.now()) + "]");
  http_.expect("GET", "exclude_reblogs=true&max_id=9")
      .reply(200, "[" + post_json("3", "ffffffffffff", clock_.now() - 48h) + "]");
  const auto posts = run(channel_->list_posts(2, attempt().deadline));
  ASSERT_TRUE(posts.has_value()) << posts.error().message();
  ASSERT_EQ(posts->size(), 2U);
  EXPECT_EQ(posts->back().receipt.remote_id, "3");
  EXPECT_EQ(posts->back().seen.at, clock_.now() - 48h);
}

TEST_F(MastodonChannelTest, FindsWhatAPersonPostedByItsLink) {
  Attempt made = attempt();
  made.subject = {"https://www.example.gov.cn/1?a=1", "短题", "", clock_.now()};
  http_.expect("GET", "/verify_credentials").reply(200, std::string(kAccount));
  http_.expect("GET", "/api/v1/accounts/7/statuses?limit=40")
      .reply(200, "[" + post_json("3", "ffffffffffff", clock_.now() - 48h) + "]");
  const auto copies = run(channel_->look_for_copies(made));
  ASSERT_TRUE(copies.has_value()) << copies.error().message();
  ASSERT_EQ(copies->size(), 1U);
  EXPECT_EQ(copies->front().remote_id, "3");
  // The account is known from then on: one read.
  http_.expect("GET", "/api/v1/accounts/7/statuses?limit=40").reply(200, "[]");
  EXPECT_TRUE(run(channel_->look_for_copies(made))->empty());
  http_.expect("GET", "/api/v1/accounts/7/statuses?limit=40").reply(500, "");
  EXPECT_FALSE(run(channel_->look_for_copies(made)).has_value());
}

TEST_F(MastodonChannelTest, ProbesNewServersAndOldOnes) {
  constexpr std::string_view kInstance =
      R"~({"version":"4.0.0 (not true; really snac/2.94)","configuration":{"statuses":)~"
      R"({"max_characters":5000,"characters_reserved_per_url":32}}})";
  http_.expect("GET", "/api/v2/instance").reply(404, "<h1>404 Not Found</h1>");
  http_.expect("GET", "/api/v1/instance").reply(200, std::string(kInstance));
  http_.expect("GET", "verify_credentials").reply(200, std::string(kAccount));

  const auto traits = run(channel_->probe(clock_.after(10s)));

  ASSERT_TRUE(traits.has_value());
  EXPECT_NE(traits->note.find("@liandong"), std::string::npos);
  EXPECT_NE(traits->note.find("snac/2.94"), std::string::npos);
}

TEST_F(MastodonChannelTest, SaysWhatToSetWhenTheServerTakesLess) {
  const auto probe = [this](int characters, int url_cost) {
    http_.expect("GET", "/api/v2/instance")
        .reply(200, fmt::format(R"({{"configuration":{{"statuses":{{"max_characters":{},)"
                                R"("characters_reserved_per_url":{}}}}}}})",
                                characters, url_cost));
    http_.expect("GET", "verify_credentials").reply(200, std::string(kAccount));
    const auto traits = run(channel_->probe(clock_.after(10s)));
    return traits.has_error() ? traits.error().message() : std::string("accepted");
  };
  EXPECT_EQ(probe(500, 23), "accepted");
  EXPECT_NE(probe(300, 23).find("set max_characters = 300"), std::string::npos);
  EXPECT_NE(probe(500, 64).find("set url_cost = 64"), std::string::npos);
}

TEST_F(MastodonChannelTest, ReadsTheLimitAsPleromaAnnouncesIt) {
  constexpr std::string_view kInstance =
      R"~({"version":"2.7.2 (compatible; Pleroma 2.9.0)","max_toot_chars":"300"})~";
  http_.expect("GET", "/api/v2/instance").reply(404, "");
  http_.expect("GET", "/api/v1/instance").reply(200, std::string(kInstance));
  http_.expect("GET", "verify_credentials").reply(200, std::string(kAccount));
  const auto traits = run(channel_->probe(clock_.after(10s)));
  ASSERT_FALSE(traits.has_value());
  EXPECT_NE(traits.error().message().find("set max_characters = 300"), std::string::npos);
}

TEST_F(MastodonChannelTest, StatesFollowersAndPostsOfTheAccount) {
  http_.expect("GET", "verify_credentials")
      .reply(200, R"({"id":"1","acct":"liandong","followers_count":12,"statuses_count":"34"})");
  const auto figures = run(channel_->figures(clock_.after(10s)));
  ASSERT_TRUE(figures.has_value());
  ASSERT_EQ(figures->size(), 2U);
  EXPECT_EQ(figures->at(0).name, kFollowers);
  EXPECT_EQ(figures->at(0).value, 12);
  EXPECT_EQ(figures->at(1).value, 34);
  http_.expect("GET", "verify_credentials").reply(422, "");
  EXPECT_FALSE(run(channel_->figures(clock_.after(10s))).has_value());
}

TEST_F(MastodonChannelTest, ReportsABadTokenOnEveryFamily) {
  for (const int status : {401, 403, 422}) {
    http_.expect("GET", "/api/v2/instance").reply(200, "{}");
    http_.expect("GET", "verify_credentials").reply(status, "");

    const auto traits = run(channel_->probe(clock_.after(10s)));

    ASSERT_TRUE(traits.has_error());
    EXPECT_EQ(traits.error().kind(), ErrorKind::Unauthorized);
  }
}

TEST_F(MastodonChannelTest, AcceptsHttpForLoopbackOnly) {
  rebuild("base_url = \"http://127.0.0.1:8080\"");
  EXPECT_NE(channel_, nullptr);

  for (const std::string url : {"http://m.example.org", "http://127.0.0.1.example.org",
                                "https://user@m.example.org", "https://m.example.org/?a=1"}) {
    rebuild("base_url = \"" + url + "\"");
    EXPECT_EQ(channel_, nullptr) << url;
    EXPECT_TRUE(problems_.has_errors()) << url;
  }
}

TEST_F(MastodonChannelTest, HasPictureStepsOnlyWhenItSendsPictures) {
  EXPECT_EQ(channel_->steps(Purpose::Publish).size(), 2U);
  EXPECT_EQ(channel_->steps(Purpose::Publish).front().name, "post");
  rebuild("with_picture = true");
  EXPECT_EQ(channel_->steps(Purpose::Publish).size(), 4U);
  EXPECT_EQ(channel_->steps(Purpose::Correct).front().kind, StepClass::ReadBack);
  EXPECT_EQ(channel_->steps(Purpose::Withdraw).front().kind, StepClass::ServerKey);
}

}  // namespace
}  // namespace liandong
