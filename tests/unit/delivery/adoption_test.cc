// Posts that somebody made by hand before the daemon came to it.

#include "daemon/delivery/adoption.h"

#include <gmock/gmock.h>

#include "tests/unit/delivery/edits_fixture.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Adoption : public EditsFixture {
 protected:
  void SetUp() override {
    EditsFixture::SetUp();
    channel_->abilities.can_list = true;
  }
  Receipt post(const std::string& id) {
    return {id, "https://weibo.com/" + id, clock_.now(), "listed"};
  }
};

TEST_F(Adoption, TakesAPostMadeByHandForTheDelivery) {
  channel_->copies = {post("by-hand")};
  Article text = article("关于做好招生工作的通知");
  text.meta.doc_no = "某教〔2026〕3号";
  text.published = StatedTime{clock_.now() - 2h, Precision::Minute};
  const Item item = find(text);
  send();
  EXPECT_THAT(channel_->done, IsEmpty());
  EXPECT_EQ(deliveries(item), "publish 1 delivered");
  EXPECT_EQ(last(item).receipt.remote_id, "by-hand");
  EXPECT_THAT(entry("delivery.settled"), HasSubstr("\"evidence\":\"adopted\""));
  ASSERT_EQ(channel_->asked_for.size(), 1U);
  EXPECT_EQ(channel_->asked_for.front().doc_no, "某教〔2026〕3号");
  EXPECT_EQ(channel_->asked_for.front().since, clock_.now() - 2s - 3h);
}

TEST_F(Adoption, LeavesEveryDeliveryItsOwnPost) {
  channel_->copies = {post("by-hand")};
  find("通知");
  send();
  find("通知");
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 通知"));
}

TEST_F(Adoption, SendsWhenNothingIsThereOrThePlatformCannotBeRead) {
  find("甲");
  send();
  EXPECT_THAT(channel_->done, ElementsAre("post 甲"));
  EXPECT_EQ(channel_->asked_for.size(), 1U);
}

TEST_F(Adoption, AsksForCorrectionsNever) {
  const Item item = find("第一稿");
  send();
  revise(item, "第二稿");
  send();
  EXPECT_EQ(channel_->asked_for.size(), 1U);
}

TEST_F(Adoption, LooksAlsoWhereADayHasOneDelivery) {
  line_->pacing.per_day = 1;
  find("甲");
  send();
  EXPECT_EQ(channel_->asked_for.size(), 1U);
}

TEST_F(Adoption, CostsNothingWhereItIsSwitchedOffOrTheBudgetIsShort) {
  line_->adopts = false;
  find("甲");
  send();
  line_->adopts = true;
  line_->pacing.per_day = 2;
  find("乙");
  send();
  EXPECT_THAT(channel_->asked_for, IsEmpty()) << "one of two is used";
  line_->pacing.per_day = 40;
  find("丙");
  send();
  EXPECT_EQ(channel_->asked_for.size(), 1U);
}

}  // namespace
}  // namespace liandong
