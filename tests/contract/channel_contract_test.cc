#include "tests/contract/channel_contract.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

#include "tests/support/run.h"

namespace liandong {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view kMarker = "0123456789ab";
constexpr std::string_view kHtml = "<!DOCTYPE html><html><body>Please log in</body></html>";

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  while (count-- > 0) result += text;
  return result;
}

}  // namespace

std::vector<std::string> forms_of(std::string_view text) {
  const std::string plain(text);
  return {plain, percent_encode(plain), replace_all(plain, "/", "\\/"), base64(plain)};
}

void ChannelContract::SetUp() {
  LogOptions options;
  options.file = (folder_.path() / "log").string();
  options.level = Level::Debug;
  set_up_log(options);
  const auto file = folder_.path() / "secret";
  std::ofstream(file) << kContractSecret << '\n';
  std::filesystem::permissions(
      file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  Problems problems;
  Table table = Table::parse(replace_all(GetParam().config, "{secret_file}", file.string()),
                             "contract.toml", problems);
  channel_ = GetParam().make(table, ChannelSetup{"contract", "示例网站", nullptr, clock_, http_});
  table.reject_unknown();
  for (const Problem& problem : problems.list()) ADD_FAILURE() << problem.to_string();
  ASSERT_NE(channel_, nullptr);
}

void ChannelContract::TearDown() {
  const std::string lines = logged();
  set_up_log({});
  for (const std::string& form : forms_of(kContractSecret)) {
    EXPECT_EQ(lines.find(form), std::string::npos) << lines;
  }
}

std::string ChannelContract::logged() const {
  std::ifstream file(folder_.path() / "log");
  return {std::istreambuf_iterator<char>(file), {}};
}

Item ChannelContract::item(std::string title, std::string paragraph) {
  Item item;
  item.id = 7;
  item.kind = Kind::Policy;
  item.source = "policies";
  item.revision.article.url = "https://" + std::string(kContractHost) + "/zc/t20261122_1.html";
  item.revision.article.title = std::move(title);
  item.revision.article.body.blocks.push_back(
      Paragraph{{liandong::Run{std::move(paragraph), "", false}}});
  return item;
}

Attempt ChannelContract::attempt() {
  Attempt attempt;
  attempt.delivery = "42";
  attempt.marker = kMarker;
  attempt.item = 7;
  auto rendition =
      channel_->render(item("关于印发办法的通知", "各市人民政府：现印发给你们。"), kMarker);
  EXPECT_TRUE(rendition.has_value());
  if (rendition) attempt.rendition = std::move(*rendition);
  attempt.first_intent = clock_.now();
  attempt.deadline = clock_.after(30s);
  return attempt;
}

Step ChannelContract::step() const {
  const auto steps = channel_->steps(Purpose::Publish);
  const auto wanted = std::find_if(steps.begin(), steps.end(), [](const Step& candidate) {
    return candidate.name == GetParam().step;
  });
  if (wanted != steps.end()) return *wanted;
  ADD_FAILURE() << "there is no step " << GetParam().step;
  return Step{};
}

Outcome ChannelContract::perform() {
  return run(clock_, channel_->perform(step(), attempt(), GetParam().progress));
}

Outcome ChannelContract::after(const ContractReply& reply) {
  if (GetParam().before) GetParam().before(http_);
  http_.expect(GetParam().method, GetParam().path).reply(reply.status, reply.body, reply.headers);
  return perform();
}

Outcome ChannelContract::after(HttpFailure failure) {
  if (GetParam().before) GetParam().before(http_);
  http_.expect(GetParam().method, GetParam().path).fail(std::move(failure));
  return perform();
}

Finding ChannelContract::find() {
  return run(clock_, channel_->find(step(), attempt(), GetParam().progress));
}

std::size_t ChannelContract::published() const {
  return static_cast<std::size_t>(
      std::count_if(http_.requests().begin(), http_.requests().end(),
                    [](const HttpRequest& request) { return request.use == HttpUse::Publish; }));
}

namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ChannelContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ChannelReplies);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ChannelReadBack);

// --- what comes back ---

TEST_P(ChannelContract, AcceptsAnAcceptance) {
  const Outcome outcome = after(GetParam().accepted);

  EXPECT_EQ(name_of(outcome), GetParam().accepted_as);
}

TEST_P(ChannelContract, ReportsARefusalInThePlatformsWords) {
  const Outcome outcome = after(GetParam().refused);

  ASSERT_EQ(name_of(outcome), "refused");
  EXPECT_FALSE(diagnostic_of(outcome)->code.empty());
  EXPECT_EQ(diagnostic_of(outcome)->http, GetParam().refused.status);
}

TEST_P(ChannelContract, WaitsAsLongAsRetryAfterSays) {
  const Outcome outcome = after(ContractReply{429, "slow down", {{"Retry-After", "120"}}});

  ASSERT_EQ(name_of(outcome), "rate_limited");
  EXPECT_EQ(std::get<RateLimited>(outcome).until, clock_.now() + 120s);
}

TEST_P(ChannelContract, WaitsForAWhileWhen429SaysNoTime) {
  const Outcome outcome = after(ContractReply{429, "slow down", {}});

  ASSERT_EQ(name_of(outcome), "rate_limited");
  EXPECT_GT(std::get<RateLimited>(outcome).until, clock_.now());
  EXPECT_LE(std::get<RateLimited>(outcome).until, clock_.now() + 24h);
}

TEST_P(ChannelContract, UnderstandsThePlatformsOwnLimit) {
  ASSERT_TRUE(GetParam().limited);

  const Outcome outcome = after(*GetParam().limited);

  ASSERT_EQ(name_of(outcome), "rate_limited");
  EXPECT_GT(std::get<RateLimited>(outcome).until, clock_.now());
}

TEST_P(ChannelContract, StopsWhenTheTokenIsNotAccepted) {
  GetParam().unauthorized(http_);

  EXPECT_EQ(name_of(perform()), "unauthorized");
}

TEST_P(ChannelContract, DoesNotKnowWhatAServerErrorDid) {
  for (const int status : {500, 502, 504}) {
    EXPECT_EQ(name_of(after(ContractReply{status, std::string(kHtml), {}})), "unconfirmed")
        << status;
  }
}

TEST_P(ChannelContract, DoesNotTakeARedirectForSuccess) {
  for (const int status : {301, 302, 303, 307, 308}) {
    const Outcome outcome =
        after(ContractReply{status, "", {{"Location", "https://login.example.com/"}}});

    EXPECT_EQ(name_of(outcome), "unconfirmed") << status;
  }
}

TEST_P(ChannelContract, KeepsTheRawAnswerOfAServerInTrouble) {
  const std::string page = "<html><h1>Bad day 4711</h1>" + repeated("x", 100'000) + "</html>";

  const Outcome outcome = after(ContractReply{502, page, {{"Content-Type", "text/html"}}});

  ASSERT_NE(diagnostic_of(outcome), nullptr);
  const Diagnostic& why = *diagnostic_of(outcome);
  EXPECT_EQ(why.http, 502);
  EXPECT_NE(why.message.find("Bad day 4711"), std::string::npos) << why.message;
  EXPECT_NE(why.message.find("text/html"), std::string::npos) << why.message;
  EXPECT_LE(count_code_points(why.message), 450U);
}

TEST_P(ChannelReplies, DoesNotBelieveAReplyThatIsNotDocumented) {
  const std::string half = GetParam().accepted.body.substr(0, GetParam().accepted.body.size() / 2);
  for (const std::string& body :
       {std::string(), std::string(kHtml), half, std::string("null"), std::string("[]"),
        std::string("\xff\xfe\x00", 3), repeated("[", 100'000), repeated("9", 100'000)}) {
    const Outcome outcome = after(ContractReply{200, body, {}});

    ASSERT_EQ(name_of(outcome), "unconfirmed") << body.substr(0, 40);
    const std::string size = fmt::format("{} bytes", body.size());
    EXPECT_NE(diagnostic_of(outcome)->message.find(size), std::string::npos)
        << diagnostic_of(outcome)->message;
  }
}

// WeChat labels its JSON text/plain: what a reply says counts, not how it is labelled.
TEST_P(ChannelReplies, ReadsWhatAReplySaysWhateverItsType) {
  ContractReply plain = GetParam().accepted;
  plain.headers = {{"Content-Type", "text/plain"}};
  EXPECT_EQ(name_of(after(plain)), GetParam().accepted_as);

  const ContractReply page{200, std::string(kHtml), {{"Content-Type", "application/json"}}};
  EXPECT_EQ(name_of(after(page)), "unconfirmed");
}

TEST_P(ChannelReplies, SurvivesEveryWrongType) {
  for (const auto& [reply, as] : GetParam().odd) {
    EXPECT_EQ(name_of(after(reply)), as) << reply.body;
  }
}

TEST_P(ChannelReplies, RaisesAnAlarmForACodeItDoesNotKnow) {
  const Outcome outcome = after(GetParam().unknown_code);

  EXPECT_EQ(name_of(outcome), GetParam().unknown_code_as);
  EXPECT_EQ(published(), 1U);
  EXPECT_NE(diagnostic_of(outcome)->message.find("something new"), std::string::npos);
  EXPECT_NE(logged().find("error platform.misunderstood"), std::string::npos) << logged();
  EXPECT_NE(logged().find("something new"), std::string::npos) << logged();
}

// --- what does not come back ---

TEST_P(ChannelContract, SendsAgainLaterWhatNeverLeft) {
  EXPECT_EQ(name_of(after(unreachable())), "deferred");
}

TEST_P(ChannelContract, DoesNotKnowWhatALostAnswerSaid) {
  EXPECT_EQ(name_of(after(timed_out())), "unconfirmed");
  EXPECT_EQ(name_of(after(answer_lost())), "unconfirmed");
}

TEST_P(ChannelContract, DoesNotKnowWhatAHugeAnswerSaid) {
  HttpFailure huge;
  huge.request_left = true;
  huge.too_large = true;
  huge.code = "curl-63";
  huge.message = "the reply is too large";

  EXPECT_EQ(name_of(after(huge)), "unconfirmed");
}

TEST_P(ChannelContract, StopsWhenTheCertificateIsNotTrusted) {
  EXPECT_EQ(name_of(after(untrusted_certificate())), "unauthorized");
}

// --- what goes out ---

TEST_P(ChannelContract, PublishesOnceOverAConnectionOfItsOwn) {
  const Attempt sent = attempt();
  const Outcome outcome = after(GetParam().accepted);

  ASSERT_EQ(name_of(outcome), GetParam().accepted_as);
  EXPECT_EQ(published(), 1U);
  const HttpRequest& request = http_.requests().back();
  EXPECT_EQ(request.use, HttpUse::Publish);
  EXPECT_EQ(request.redirects, 0);
  EXPECT_EQ(request.deadline, sent.deadline);
  EXPECT_NE(request.policy, nullptr);
}

TEST_P(ChannelContract, NeverRepeatsARequestByItself) {
  ASSERT_EQ(name_of(after(timed_out())), "unconfirmed");

  EXPECT_EQ(published(), 1U);
}

TEST_P(ChannelContract, KeepsTheSecretOutOfEveryDiagnostic) {
  const std::string echo =
      "bad token " + std::string(kContractSecret) + " and " + percent_encode(kContractSecret);
  HttpFailure failure = answer_lost();
  failure.message = "lost";
  const Outcome outcomes[] = {
      after(
          ContractReply{400, R"({"error":")" + echo + R"(","error_code":10001,"errcode":-1})", {}}),
      after(ContractReply{422, R"({"error":")" + echo + R"("})", {}}),
      after(ContractReply{403, echo, {}}),
      after(ContractReply{500, echo, {}}),
      after(failure),
  };
  for (const Outcome& outcome : outcomes) {
    const Diagnostic* why = diagnostic_of(outcome);
    if (why == nullptr) continue;
    for (const std::string& form : forms_of(kContractSecret)) {
      EXPECT_EQ((why->code + why->message).find(form), std::string::npos) << why->message;
    }
    EXPECT_LE(count_code_points(why->message), 450U);
  }
}

// --- what people will see ---

TEST_P(ChannelContract, RendersTheSameBytesAndAsksNobody) {
  const Item shown = item("关于印发办法的通知", "各市人民政府：现印发给你们。");

  const Result<Rendition> first = channel_->render(shown, kMarker);
  clock_.advance(24h);
  const Result<Rendition> second = channel_->render(shown, kMarker);

  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(to_json_text(*first), to_json_text(*second));
  EXPECT_NE(first->link.find(kMarker), std::string::npos);
  EXPECT_TRUE(http_.requests().empty());
}

TEST_P(ChannelContract, RendersWithinTheLimitsOfThePlatform) {
  const std::string titles[] = {"短",
                                repeated("题", 60),
                                repeated("𠮷", 40),
                                repeated("👨‍👩‍👧‍👦", 12),
                                "《" + repeated("名", 50) + "》",
                                "a\x01\u202E\r\nb"};
  const std::string paragraphs[] = {"", repeated("要", 3000), repeated("😀", 3000),
                                    repeated("e\u0301", 3000), repeated("Lorem ipsum ", 500)};
  for (const std::string& title : titles) {
    for (const std::string& paragraph : paragraphs) {
      const Result<Rendition> rendition = channel_->render(item(title, paragraph), kMarker);

      ASSERT_TRUE(rendition.has_value()) << rendition.error().message();
      EXPECT_TRUE(is_valid_utf8(rendition->text + rendition->title + rendition->html));
      if (GetParam().length) {
        EXPECT_LE(GetParam().length(*rendition), GetParam().most);
      }
      for (const Extent& extent : channel_->extents(*rendition)) {
        EXPECT_LE(extent.length, extent.limit) << extent.part;
      }
    }
  }
}

TEST_P(ChannelContract, HasNamedStepsForPublishing) {
  const auto steps = channel_->steps(Purpose::Publish);
  std::set<std::string_view> names;
  for (const Step& each : steps) names.insert(each.name);

  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(names.size(), steps.size());
  EXPECT_FALSE(names.contains(""));
}

// --- looking ---

TEST_P(ChannelReadBack, FindsWhatALostAnswerLeftBehind) {
  ASSERT_EQ(name_of(after(answer_lost())), "unconfirmed");
  GetParam().shows_it(http_, attempt(), clock_.now());

  EXPECT_TRUE(std::holds_alternative<Found>(find()));
  EXPECT_EQ(published(), 1U);
}

TEST_P(ChannelReadBack, SeesThatNothingWasPublished) {
  ASSERT_EQ(name_of(after(answer_lost())), "unconfirmed");
  GetParam().shows_others(http_, attempt(), clock_.now());

  EXPECT_TRUE(std::holds_alternative<Absent>(find()));
}

TEST_P(ChannelReadBack, CannotTellFromAFailedLook) {
  GetParam().fails_to_show(http_);

  EXPECT_TRUE(std::holds_alternative<CannotTell>(find()));
  EXPECT_EQ(published(), 0U);
}

TEST_P(ChannelContract, CannotTellWhenThePlatformIsOutOfReach) {
  http_.otherwise([](const HttpRequest&) { return HttpResult(timed_out()); });

  EXPECT_TRUE(std::holds_alternative<CannotTell>(find()));
}

// --- probing ---

TEST_P(ChannelContract, ProbesWithoutPublishing) {
  const ContractReply replies[] = {{200, "{}", {}}, {200, std::string(kHtml), {}},
                                   {401, "{}", {}}, {404, "", {}},
                                   {500, "", {}},   GetParam().accepted};
  for (const ContractReply& reply : replies) {
    http_.otherwise([&reply](const HttpRequest& request) {
      HttpReply answer;
      answer.status = reply.status;
      answer.body = reply.body;
      answer.final_url = request.url;
      return HttpResult(std::move(answer));
    });
    const Result<Traits> traits = run(clock_, channel_->probe(clock_.after(10s)));
    if (traits.has_error()) {
      EXPECT_EQ(traits.error().message().find(kContractSecret), std::string::npos);
    }
  }
  EXPECT_EQ(published(), 0U);
}

TEST_P(ChannelContract, SaysThatItIsOutOfReachWhenProbed) {
  http_.otherwise([](const HttpRequest&) { return HttpResult(unreachable()); });

  const Result<Traits> traits = run(clock_, channel_->probe(clock_.after(10s)));

  ASSERT_TRUE(traits.has_error());
  EXPECT_EQ(traits.error().kind(), ErrorKind::Transient);
}

}  // namespace
}  // namespace liandong
