#include "tests/contract/channel_contract.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

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

void ChannelContract::SetUp() {
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
  if (!GetParam().limited) GTEST_SKIP() << "the platform has none";

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

TEST_P(ChannelContract, DoesNotBelieveAReplyThatIsNotDocumented) {
  const std::string half = GetParam().accepted.body.substr(0, GetParam().accepted.body.size() / 2);
  for (const std::string& body : {std::string(), std::string(kHtml), half, std::string("null"),
                                  std::string("\xff\xfe\x00", 3), repeated("[", 100'000)}) {
    // A platform that answers by status alone has no body to doubt.
    if (body == GetParam().accepted.body) continue;
    EXPECT_EQ(name_of(after(ContractReply{200, body, {}})), "unconfirmed") << body.substr(0, 40);
  }
}

TEST_P(ChannelContract, DoesNotTakeARedirectForSuccess) {
  const Outcome outcome =
      after(ContractReply{302, "", {{"Location", "https://login.example.com/"}}});

  EXPECT_EQ(name_of(outcome), "unconfirmed");
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
    EXPECT_EQ((why->code + why->message).find(kContractSecret), std::string::npos);
    EXPECT_EQ((why->code + why->message).find(percent_encode(kContractSecret)), std::string::npos);
    EXPECT_LE(count_code_points(why->message), 400U);
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

TEST_P(ChannelContract, FindsWhatALostAnswerLeftBehind) {
  if (!GetParam().shows_it) GTEST_SKIP() << "the channel cannot look";
  ASSERT_EQ(name_of(after(answer_lost())), "unconfirmed");
  GetParam().shows_it(http_, attempt(), clock_.now());

  EXPECT_TRUE(std::holds_alternative<Found>(find()));
  EXPECT_EQ(published(), 1U);
}

TEST_P(ChannelContract, SeesThatNothingWasPublished) {
  if (!GetParam().shows_others) GTEST_SKIP() << "the channel cannot look";
  ASSERT_EQ(name_of(after(answer_lost())), "unconfirmed");
  GetParam().shows_others(http_, attempt(), clock_.now());

  EXPECT_TRUE(std::holds_alternative<Absent>(find()));
}

TEST_P(ChannelContract, CannotTellFromAFailedLook) {
  if (!GetParam().fails_to_show) {
    const bool absent = std::holds_alternative<Absent>(find());
    EXPECT_FALSE(absent);
    return;
  }
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
