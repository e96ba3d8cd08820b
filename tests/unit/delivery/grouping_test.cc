// One test a promise of grouping.h.
#include "daemon/delivery/grouping.h"

#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/decisions.h"
#include "daemon/delivery/urgent.h"

#include "tests/unit/delivery/edits_fixture.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array kSteps = {Step{"picture", StepClass::Harmless},
                               Step{"draft", StepClass::ReadBack, Duration(0), true},
                               Step{"post", StepClass::ReadBack, Duration(0), true}};
constexpr std::array kDelete = {Step{"delete", StepClass::ServerKey}};

std::string titles(const std::vector<GroupMember>& members) {
  std::vector<std::string> all;
  for (const GroupMember& member : members) all.push_back(member.attempt.rendition.title);
  return fmt::format("{}", fmt::join(all, ","));
}

// A platform that posts whole drafts; refuses those with an article it does not like.
class DraftChannel final : public Channel {
 public:
  explicit DraftChannel(Clock& clock) : clock_(clock) {}
  [[nodiscard]] Traits traits() const override {
    Traits traits;
    traits.group_most = 8;
    traits.settle = 1min;
    return traits;
  }
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view) const override {
    Rendition rendition;
    rendition.title = item.revision.article.title;
    return rendition;
  }
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override {
    if (purpose == Purpose::Publish) return kSteps;
    return purpose == Purpose::Withdraw ? std::span<const Step>(kDelete) : std::span<const Step>();
  }
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override {
    done.push_back(fmt::format("{} {}", step.name, attempt.rendition.title));
    if (bad_pictures.contains(attempt.rendition.title)) co_return Refused{{"p", "bad", 0}};
    if (step.name == "delete") co_return Delivered{attempt.published};
    progress["picture"] = "P";
    co_return Done{std::move(progress)};
  }
  asio::awaitable<GroupOutcome> perform_together(Step step,
                                                 std::vector<GroupMember> members) override {
    const std::string who = titles(members);
    done.push_back(fmt::format("{} {}", step.name, who));
    if (on_call) on_call(step);
    GroupOutcome outcome;
    const bool bad =
        step.name == "draft" && std::ranges::any_of(members, [this](const GroupMember& member) {
          return bad_articles.contains(member.attempt.rendition.title);
        });
    if (bad) {
      outcome.each.assign(members.size(), Refused{{"45003", "no", 200}});
      outcome.split = true;
      co_return outcome;
    }
    if (step.name == "post") posts.push_back(who);
    if (lose == step.name) {
      lose.clear();
      outcome.each.assign(members.size(), Unconfirmed{{"timeout", "", 0}});
      co_return outcome;
    }
    for (std::size_t i = 0; i < members.size(); ++i)
      outcome.each.push_back(answer(step, posts.size(), i, members[i].progress));
    co_return outcome;
  }
  asio::awaitable<Finding> find(Step, Attempt, Progress) override { co_return Absent{}; }
  asio::awaitable<std::vector<Finding>> find_together(Step step,
                                                      std::vector<GroupMember> members) override {
    ++looks;
    std::vector<Finding> findings;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Outcome answered = answer(step, posts.size(), i, members[i].progress);
      if (!shows) {
        findings.emplace_back(Absent{});
      } else if (const auto* delivered = std::get_if<Delivered>(&answered)) {
        findings.emplace_back(Found{*delivered});
      } else {
        findings.emplace_back(Found{std::get<Done>(answered)});
      }
    }
    co_return findings;
  }
  asio::awaitable<Result<Traits>> probe(Instant) override { co_return traits(); }

  std::vector<std::string> done;
  std::vector<std::string> posts;  // what the public sees, and how often
  std::set<std::string> bad_articles;
  std::set<std::string> bad_pictures;
  std::string lose;  // the step whose answer is lost, once
  bool shows = true;
  int looks = 0;
  std::function<void(const Step&)> on_call;

 private:
  Outcome answer(const Step& step, std::size_t post, std::size_t place, Progress progress) {
    if (step.name == "post")
      return Delivered{{fmt::format("post-{}#{}", post, place + 1), "", clock_.now()}};
    progress["draft"] = "D";
    return Done{std::move(progress)};
  }

  Clock& clock_;
};

class Grouping : public EditsFixture {
 protected:
  void SetUp() override {
    EditsFixture::SetUp();
    auto channel = std::make_shared<DraftChannel>(clock_);
    drafts = channel.get();
    line_->channel = std::move(channel);
    line_->batching.most = 8;
    line_->adopts = false;
    configure();
  }
  std::string states(const std::vector<Item>& items) {
    std::vector<std::string> all;
    for (const Item& item : items) {
      const Delivery delivery = last(item);
      all.push_back(fmt::format("{} {}", to_string(delivery.state), delivery.receipt.remote_id));
    }
    return fmt::format("{}", fmt::join(all, ", "));
  }
  int grouped() {
    return write([](Transaction& tx) {
      int rows = 0;
      tx.sql() << "SELECT count(*) FROM delivery_group", soci::into(rows);
      return rows;
    });
  }

  DraftChannel* drafts = nullptr;
};

TEST_F(Grouping, SeveralGoAsOnePostAndEachHasItsOwnReceipt) {
  const std::vector<Item> items = {find("甲"), find("乙"), find("丙")};
  send();

  EXPECT_THAT(drafts->done, ElementsAre("picture 甲", "picture 乙", "picture 丙", "draft 甲,乙,丙",
                                        "post 甲,乙,丙"));
  EXPECT_EQ(states(items), "delivered post-1#1, delivered post-1#2, delivered post-1#3");
  EXPECT_EQ(grouped(), 0);
  EXPECT_EQ(count("delivery.grouped"), 3);
  // Each step of each has its intent and its outcome.
  EXPECT_EQ(count("delivery.attempted"), 9);
  EXPECT_EQ(count("delivery.settled"), 9);
  EXPECT_THAT(entry("delivery.settled"), HasSubstr("\"group\":"));
}

TEST_F(Grouping, EveryIntentIsStoredBeforeTheStepIsDone) {
  find("甲");
  find("乙");
  std::vector<std::string> seen;
  drafts->on_call = [&](const Step& step) {
    const auto under_way = database_->read_now([](Transaction& tx) {
      int rows = 0;
      tx.sql() << "SELECT count(*) FROM delivery WHERE state = 'in_flight'", soci::into(rows);
      return rows;
    });
    seen.push_back(fmt::format("{} {} {}", step.name, under_way, count("delivery.attempted")));
  };
  send();

  EXPECT_THAT(seen, ElementsAre("draft 2 4", "post 2 6"));
}

TEST_F(Grouping, IsOffUnlessConfigured) {
  line_->batching.most = 1;
  find("甲");
  find("乙");
  send();

  EXPECT_EQ(count("delivery.grouped"), 0);
  EXPECT_EQ(drafts->done.front(), "picture 甲");
}

TEST_F(Grouping, NoMoreThanTheChannelTakes) {
  line_->batching.most = 2;
  std::vector<Item> items = {find("甲"), find("乙"), find("丙")};
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("甲,乙", "丙"));
}

TEST_F(Grouping, TheScheduleTakesWhatWasDueByThen) {
  // It is 16:00 in Beijing.
  line_->batching.at = {9h, 17h};
  const Item early = find("甲");
  send();
  EXPECT_THAT(drafts->posts, IsEmpty());

  clock_.advance(50min);
  const Item other = find("乙");
  clock_.advance(15min);
  const Item late = find("丙");
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("甲,乙"));
  EXPECT_EQ(states({early, other, late}), "delivered post-1#1, delivered post-1#2, queued ");
}

TEST_F(Grouping, WhatIsUrgentWaitsForNoBatchAndGoesAlone) {
  line_->batching.at = {9h, 17h};
  const Item usual = find("甲");
  const Item urgent = find("乙");
  write([&](Transaction& tx) {
    mark_urgent(tx, ledger_, urgent.id, "防汛", {"user:u000001", clock_.now()}).value();
    for (const char* actor : {"user:u000002", "user:u000003"})
      (void)approve_delivery(tx, ledger_, Queue::of_item(tx, urgent.id).at(0).id, "",
                             {actor, clock_.now()})
          .value();
  });
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("乙"));
  EXPECT_EQ(states({usual, urgent}), "queued , delivered post-1#1");
}

TEST_F(Grouping, WhatIsUrgentAndPutOffHoldsUpNobody) {
  const Item usual = find("甲");
  const Item urgent = find("乙");
  const std::int64_t later = to_millis(clock_.now() + 1h);
  write([&](Transaction& tx) {
    tx.sql()
        << "UPDATE delivery SET urgent = 1, state = 'deferred', due_at = :at WHERE item = :item",
        soci::use(later), soci::use(urgent.id);
  });
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("甲"));
  EXPECT_EQ(states({usual, urgent}), "delivered post-1#1, deferred ");
}

TEST(BatchMoment, IsTheLastOneAndTheNextOne) {
  const Timestamp now = FakeClock::kStart;  // 16:00
  const Batching twice{8, {9h, 16h + 30min}};
  EXPECT_EQ(batch_moment(twice, now), now - 7h);
  EXPECT_EQ(next_batch(twice, now), now + 30min);
  const Batching evening{8, {20h}};
  EXPECT_EQ(batch_moment(evening, now), now - 20h);
  EXPECT_EQ(next_batch(Batching{8, {9h}}, now), now + 17h);
  EXPECT_EQ(next_batch(Batching{8, {}}, now), std::nullopt);
  EXPECT_EQ(batch_moment(Batching{8, {}}, now), now);
}

TEST_F(Grouping, AGroupIsOneStartOfTheBudget) {
  line_->pacing.per_day = 1;
  find("甲");
  find("乙");
  send();
  find("丙");
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("甲,乙"));
}

TEST_F(Grouping, OneThatCannotBePreparedDoesNotSinkTheOthers) {
  drafts->bad_pictures = {"乙"};
  const std::vector<Item> items = {find("甲"), find("乙"), find("丙")};
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("甲,丙"));
  EXPECT_EQ(states(items), "delivered post-1#1, failed , delivered post-1#2");
}

TEST_F(Grouping, ARefusedArticleIsFoundByHalves) {
  drafts->bad_articles = {"丙"};
  const std::vector<Item> items = {find("甲"), find("乙"), find("丙"), find("丁")};
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("甲,乙", "丁"));
  EXPECT_EQ(states(items), "delivered post-1#1, delivered post-1#2, failed , delivered post-2#1");
}

TEST_F(Grouping, AnUnknownIsFoundForAll) {
  drafts->lose = "post";
  const std::vector<Item> items = {find("甲"), find("乙")};
  send();
  EXPECT_EQ(states(items), "unconfirmed , unconfirmed ");
  clock_.advance(10s);
  send();

  EXPECT_EQ(states(items), "delivered post-1#1, delivered post-1#2");
  EXPECT_THAT(drafts->posts, ElementsAre("甲,乙"));
  EXPECT_EQ(drafts->looks, 1);
  EXPECT_EQ(count("delivery.reconciled"), 2);
}

TEST_F(Grouping, AnAbsenceNeedsTwoLooksAndTheSettleTime) {
  drafts->lose = "draft";
  drafts->shows = false;
  find("甲");
  find("乙");
  send();
  clock_.advance(10s);
  send();
  EXPECT_EQ(drafts->looks, 1);
  EXPECT_THAT(drafts->posts, IsEmpty());
  clock_.advance(2min);
  send();

  EXPECT_EQ(drafts->looks, 2);
  EXPECT_THAT(drafts->posts, ElementsAre("甲,乙"));
}

TEST_F(Grouping, WhatWasUnderWayAtACrashIsUnknownForAll) {
  drafts->on_call = [&](const Step& step) {
    if (step.name != "post") return;
    write([&](Transaction& tx) { queue_.recover(tx); });
  };
  const std::vector<Item> items = {find("甲"), find("乙")};
  send();
  send();

  EXPECT_EQ(count("delivery.unconfirmed"), 2);
  EXPECT_EQ(states(items), "delivered post-1#1, delivered post-1#2");
  EXPECT_THAT(drafts->posts, ElementsAre("甲,乙"));
}

TEST_F(Grouping, WhoIsHeldLeavesAndTheDraftIsMadeAnewWithoutIt) {
  drafts->lose = "draft";
  const std::vector<Item> items = {find("甲"), find("乙"), find("丙")};
  send();
  const DeliveryId second = last(items[1]).id;
  write([&](Transaction& tx) {
    const Decider by{"operator:uid-7", clock_.now()};
    ASSERT_TRUE(cancel_delivery(tx, ledger_, second, "不发", by).has_value());
  });
  clock_.advance(10s);
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("甲,丙"));
  EXPECT_EQ(drafts->done[drafts->done.size() - 2], "draft 甲,丙");
  EXPECT_EQ(states(items), "delivered post-1#1, cancelled , delivered post-1#2");
}

TEST_F(Grouping, APolicyStandsBeforeItsInterpretation) {
  find(article("《某省政务服务管理办法》解读"), Kind::Interpretation);
  find("通知");
  find(article("某省政务服务管理办法"), Kind::Policy);
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("某省政务服务管理办法,《某省政务服务管理办法》解读,通知"));
}

TEST_F(Grouping, OneIsTakenOffByItself) {
  const std::vector<Item> items = {find("甲"), find("乙")};
  line_->withdrawals = Withdrawals::AtOnce;
  send();
  withdraw(items[1]);
  send();

  EXPECT_EQ(drafts->done.back(), "delete 乙");
  EXPECT_EQ(deliveries(items[0]), "publish 1 delivered");
  EXPECT_EQ(deliveries(items[1]), "publish 1 delivered, withdraw 1 delivered");
}

TEST_F(Grouping, WhatBeganAsAGroupEndsAsOneThoughTheConfigurationChanged) {
  drafts->lose = "draft";
  const std::vector<Item> items = {find("甲"), find("乙")};
  send();
  line_->batching.most = 1;
  clock_.advance(10s);
  send();

  EXPECT_THAT(drafts->posts, ElementsAre("甲,乙"));
  EXPECT_EQ(states(items), "delivered post-1#1, delivered post-1#2");
}

}  // namespace
}  // namespace liandong
