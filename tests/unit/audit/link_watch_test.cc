#include "daemon/audit/link_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/findings.h"

#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class WatchedLinks : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    AddressPolicy::Options reach;
    reach.hosts = {"example.gov.cn"};
    watch_ = std::make_unique<LinkWatch>(*database_, http_, clock_,
                                         std::make_shared<const AddressPolicy>(reach));
    push(find("bf", Kind::Policy), "weibo", Kind::Policy);
  }

  void round() { run(watch_->round()); }

  std::vector<RuleFinding> dead() {
    const Settings settings;
    const AuditSetting setting{settings, RuleSet::built_in(), calendar_, from_millis(0),
                               clock_.now()};
    std::vector<RuleFinding> found;
    for (RuleFinding& one : read([&](Transaction& tx) { return audit(tx, setting); }).bad) {
      if (one.rule == "dead_links") found.push_back(std::move(one));
    }
    return found;
  }

  FakeHttp http_;
  std::unique_ptr<LinkWatch> watch_;
};

TEST_F(WatchedLinks, AreAskedOnceAWeek) {
  http_.expect("GET", "example.gov.cn/bf").reply(200);
  round();
  round();
  clock_.jump_wall(std::chrono::days(7) + 1min);
  http_.expect("GET", "example.gov.cn/bf").reply(200);
  round();
  EXPECT_TRUE(http_.finished());
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(WatchedLinks, AreDeadAfterTwoLooksAndAliveAfterOne) {
  http_.expect("GET", "example.gov.cn/bf").reply(404);
  round();
  EXPECT_THAT(dead(), IsEmpty());
  clock_.jump_wall(6h + 1min);
  http_.expect("GET", "example.gov.cn/bf").reply(404);
  round();
  ASSERT_THAT(dead(), SizeIs(1));
  EXPECT_THAT(dead()[0].judgement.words, HasSubstr("HTTP 404"));
  clock_.jump_wall(6h + 1min);
  http_.expect("GET", "example.gov.cn/bf").fail(timed_out());  // tells nothing
  round();
  EXPECT_THAT(dead(), SizeIs(1));
  clock_.jump_wall(6h + 1min);
  http_.expect("GET", "example.gov.cn/bf").reply(200);
  round();
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(WatchedLinks, AreNotDeadForAnAnswerAboutRightsOrPace) {
  for (const int status : {403, 429, 500, 503}) {
    http_.expect("GET", "example.gov.cn/bf").reply(status);
    round();
    clock_.jump_wall(std::chrono::days(7) + 1min);
  }
  EXPECT_THAT(dead(), IsEmpty());
}

}  // namespace
}  // namespace liandong
