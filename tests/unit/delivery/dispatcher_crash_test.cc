// The program dies at any moment; faults fall at random: exactly one post is visible in the end.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/unit/delivery/dispatcher_fixture.h"

namespace liandong {
namespace {

using testing::IsEmpty;

// --- Every moment of one delivery.

struct Case {
  const char* name;
  std::vector<Step> steps;
  std::deque<Reply> replies;
};

// What a test names in its output.
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

// Did it die before the delivery was on record? What comes after is rest.
bool died_in_the_middle(SimulatedOffice& office) {
  int starts = 0;
  for (const auto& entry : office.entries()) {
    if (entry.at("event") == "service.started") ++starts;
    const auto* result = entry.if_contains("result");
    if (result != nullptr && *result == "delivered") return starts > 1;
  }
  return true;
}

class DeathOfTheProgram : public testing::TestWithParam<Case> {};

TEST_P(DeathOfTheProgram, AtAnyStepLeavesExactlyOnePost) {
  bool died = true;
  std::size_t deaths = 0;
  for (std::size_t step = 0; died; ++step) {
    SimulatedOffice office;
    SimulatedPlatform& platform = office.platform("weibo");
    platform.publish = GetParam().steps;
    platform.replies = GetParam().replies;
    platform.ready_after = 40s;
    office.start();
    office.crash_after(step);
    const std::string key = office.column().publish("招生");
    office.watching = true;  // from the next start: the look itself may die
    office.look();
    office.advance(2h);
    died = died_in_the_middle(office);
    deaths += died ? 1U : 0U;

    const ItemId item = office.item_of(key).value();
    ASSERT_EQ(office.delivery(item, "weibo").state, State::Delivered) << "step " << step;
    ASSERT_EQ(platform.posts.size(), 1U) << "step " << step;
    ASSERT_THAT(office.violations_at_rest(), IsEmpty()) << "step " << step;
    ASSERT_THAT(office.deaths(), IsEmpty());
  }
  EXPECT_GT(deaths, 10U);
}

INSTANTIATE_TEST_SUITE_P(Steps, DeathOfTheProgram,
                         testing::Values(Case{"read_back", {{"post", StepClass::ReadBack}}, {}},
                                         Case{"read_back_and_lost_answer",
                                              {{"post", StepClass::ReadBack}},
                                              {Reply::LoseAnswer}},
                                         Case{"read_back_and_lost_request",
                                              {{"post", StepClass::ReadBack}},
                                              {Reply::LoseRequest, Reply::Defer}},
                                         Case{"server_key", {{"post", StepClass::ServerKey}}, {}},
                                         Case{"like_weibo", steps_like_weibo(), {}},
                                         Case{"like_wechat", steps_like_wechat(), {}}),
                         [](const auto& named) { return std::string(named.param.name); });

TEST(DeathTwice, DuringTheRecoveryToo) {
  for (std::size_t first = 1; first < 10; ++first) {
    for (std::size_t second = 0; second < 10; ++second) {
      SimulatedOffice office;
      SimulatedPlatform& platform = office.platform("weibo");
      office.start();
      const std::string key = office.column().publish("招生");
      office.look();
      office.crash_after(first);
      office.advance(1s);
      if (!office.is_running()) office.start();
      office.crash_after(second);
      office.advance(1h);

      ASSERT_EQ(office.delivery(office.item_of(key).value(), "weibo").state, State::Delivered)
          << first << " and " << second;
      ASSERT_EQ(platform.posts.size(), 1U) << first << " and " << second;
    }
  }
}

TEST_F(SimulatedDispatcher, KnowsNothingOfWhatWasBeingSentWhenItDied) {
  weibo.after = 20s;
  const ItemId item = push();
  ASSERT_EQ(delivery(item).state, State::InFlight);
  ASSERT_EQ(weibo.posts.size(), 1U);

  office.crash();
  office.start();

  EXPECT_EQ(story(item), "planned(queued) attempted unconfirmed");
  office.advance(1h);
  EXPECT_EQ(story(item), "planned(queued) attempted unconfirmed reconciled(delivered)");
}

// --- Random schedules.

struct Schedule {
  std::vector<std::string> broken;  // what the oracle saw
  std::size_t deaths = 0;
  std::size_t unsettled = 0;  // neither delivered nor held
  std::size_t held = 0;
};

// Three items to three channels under faults of all kinds for a day, then two quiet days.
Schedule run_schedule(std::uint64_t seed, bool trust_absence) {
  SimulatedOffice office(seed);
  Random random(seed * 7919 + 1);
  const auto chance = [&random](double share) { return random.unit() < share; };
  bool quiet = false;
  const std::vector<std::pair<std::string, std::vector<Step>>> channels = {
      {"weibo", steps_like_weibo()},
      {"wechat", steps_like_wechat()},
      {"webhook", {{"post", StepClass::ServerKey}}}};
  for (const auto& [name, steps] : channels) {
    SimulatedPlatform& platform = office.platform(name);
    platform.publish = steps;
    platform.before = Duration(static_cast<int>(random.unit() * 3000));
    platform.after = Duration(static_cast<int>(random.unit() * 3000));
    platform.listed_after = Duration(static_cast<int>(random.unit() * 280'000));
    platform.ready_after = Duration(static_cast<int>(random.unit() * 600'000));
    platform.chance = [&random, &quiet](const Step&) {
      if (quiet || random.unit() < 0.4) return Reply::Good;
      constexpr std::array kFaults = {Reply::Defer,       Reply::Limit,      Reply::Unauthorized,
                                      Reply::LoseRequest, Reply::LoseAnswer, Reply::LoseAnswer,
                                      Reply::ThrowBefore, Reply::ThrowAfter};
      return kFaults[random.next() % kFaults.size()];
    };
    platform.sight_chance = [&random, &quiet] {
      return quiet || random.unit() < 0.7 ? Sight::True : Sight::Blind;
    };
    ChannelLine& line = office.line(name);
    line.retry.max_attempts = 1000;
    line.trust_absence = trust_absence;
  }
  office.watching = true;
  office.source().every = 1h;
  office.start();
  for (const char* name : {"招生", "考试", "放假"}) {
    office.column().publish(name);
    for (int round = 0; round < 3; ++round) {
      if (chance(0.7)) office.crash_after(random.next() % 200);
      office.advance(3h);
    }
  }
  quiet = true;
  office.advance(24h * 2);

  Schedule result;
  result.broken = office.violations_at_rest();
  result.deaths = office.entries("service.started").size() - 1;
  for (const Delivery& delivery : office.deliveries()) {
    if (delivery.state == State::Held)
      ++result.held;
    else if (delivery.state != State::Delivered)
      ++result.unsettled;
  }
  for (const std::string& death : office.deaths()) result.broken.push_back(death);
  return result;
}

TEST(RandomSchedules, ShowEveryItemExactlyOnce) {
  std::size_t deaths = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Schedule schedule = run_schedule(seed, false);
    ASSERT_THAT(schedule.broken, IsEmpty()) << "seed " << seed;
    ASSERT_EQ(schedule.unsettled, 0U) << "seed " << seed;
    ASSERT_EQ(schedule.held, 0U) << "seed " << seed;
    deaths += schedule.deaths;
  }
  EXPECT_GT(deaths, 100U);
}

TEST(RandomSchedules, AreTheSameAgainFromTheirSeed) {
  const auto run = [] {
    SimulatedOffice office(42);
    office.platform("weibo").replies = {Reply::Defer, Reply::LoseAnswer};
    office.start();
    office.publish("招生");
    office.advance(24h);
    std::vector<std::string> told;
    for (const auto& entry : office.entries())
      told.push_back(std::string(entry.at("ts").as_string()) +
                     std::string(entry.at("event").as_string()));
    return told;
  };

  EXPECT_EQ(run(), run());
}

// The negative control: a dispatcher that takes what is unknown for absent posts twice, and the
// oracle sees it.
TEST(RandomSchedules, WouldShowADispatcherThatDoesNotLook) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const std::string& broken : run_schedule(seed, true).broken)
      seen += broken.find("times") != std::string::npos ? 1U : 0U;
  }

  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace liandong
