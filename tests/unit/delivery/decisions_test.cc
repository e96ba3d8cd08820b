#include "daemon/delivery/decisions.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/mass_hold.h"
#include "daemon/delivery/obligation.h"
#include "daemon/platform/text.h"

#include "tests/unit/delivery/queue_fixture.h"

namespace liandong {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class DecisionsTest : public QueueFixture {
 protected:
  [[nodiscard]] Decider person() const { return {"operator:cli", clock_.now()}; }
  [[nodiscard]] Receipt by_hand() const {
    return {"", "https://weibo.com/1/by-hand", clock_.now() - 1h, "operator"};
  }

  // A delivery in that state, as another part of the program would have left it.
  DeliveryId in_state(State state) {
    const auto id = plan_many(1).front();
    write([&](Transaction& tx) {
      const std::string name(to_string(state));
      tx.sql() << "UPDATE delivery SET state = :state, attempt = 5, epoch = 5, code = '20012', "
                  "message = 'text too long', reason = 'as it was' WHERE id = :id",
          soci::use(name, "state"), soci::use(id, "id");
    });
    return id;
  }

  std::string error_of(const std::function<Result<void>(Transaction&)>& decide) {
    const auto done = write(decide);
    return done ? "" : done.error().message();
  }
};

struct Choice {
  Event event;
  std::string entry;
  std::function<Result<void>(Transaction&, Ledger&, DeliveryId, const Decider&)> decide;
};

std::vector<Choice> choices(const Receipt& receipt) {
  return {
      {Event::Hold, "delivery.held",
       [](Transaction& tx, Ledger& ledger, DeliveryId id, const Decider& by) {
         return hold_delivery(tx, ledger, id, "the mayor wants to read it first", by);
       }},
      {Event::Release, "delivery.released", release_delivery},
      {Event::Retry, "delivery.released", retry_delivery},
      {Event::Cancel, "delivery.cancelled",
       [](Transaction& tx, Ledger& ledger, DeliveryId id, const Decider& by) {
         return cancel_delivery(tx, ledger, id, "the notice was withdrawn", by);
       }},
      {Event::Record, "delivery.recorded",
       [receipt](Transaction& tx, Ledger& ledger, DeliveryId id, const Decider& by) {
         return record_delivery(tx, ledger, id, receipt, by);
       }},
  };
}

// What a person may do in each state is what the state machine allows, and leaves its entry.
TEST_F(DecisionsTest, AreTakenWhereTheStateAllowsThem) {
  for (const Choice& choice : choices(by_hand())) {
    for (const State state : kAllStates) {
      const auto id = in_state(state);
      const auto expected = next(state, choice.event);
      const std::size_t before = entries(choice.entry).size();

      const std::string error =
          error_of([&](Transaction& tx) { return choice.decide(tx, ledger_, id, person()); });

      const auto said = entries(choice.entry);
      if (!expected) {
        EXPECT_THAT(error, HasSubstr("is " + std::string(to_string(state)))) << choice.entry;
        EXPECT_EQ(stored(id).state, state);
        EXPECT_EQ(said.size(), before);
        continue;
      }
      EXPECT_EQ(error, "") << choice.entry << " when " << to_string(state);
      EXPECT_EQ(stored(id).state, *expected);
      ASSERT_EQ(said.size(), before + 1);
      EXPECT_EQ(said.back().at("delivery"), json::value(id));
      EXPECT_EQ(said.back().at("actor"), json::value("operator:cli"));
    }
  }
}

TEST_F(DecisionsTest, NameADeliveryThatIsNotThere) {
  for (const Choice& choice : choices(by_hand())) {
    EXPECT_THAT(
        error_of([&](Transaction& tx) { return choice.decide(tx, ledger_, 4711, person()); }),
        HasSubstr("no delivery 4711"));
  }
}

TEST_F(DecisionsTest, LeaveNothingBehindWhenTheyAreRefused) {
  const auto held = in_state(State::Held);
  const auto release = [this](Transaction& tx, DeliveryId id) {
    return release_delivery(tx, ledger_, id, person());
  };
  const std::string error = error_of([&](Transaction& tx) {
    return whole_or_nothing(tx, [&](Transaction& inner) {
      EXPECT_TRUE(release(inner, held));
      return release(inner, 4711);
    });
  });
  EXPECT_THAT(error, HasSubstr("no delivery 4711"));
  EXPECT_EQ(stored(held).state, State::Held);
  EXPECT_THAT(entries("delivery.released"), IsEmpty());

  EXPECT_EQ(error_of([&](Transaction& tx) {
              return whole_or_nothing(tx, [&](Transaction& inner) { return release(inner, held); });
            }),
            "");
  EXPECT_EQ(stored(held).state, State::Queued);
}

TEST_F(DecisionsTest, KeepTheReason) {
  const auto held = in_state(State::Queued);
  const auto cancelled = in_state(State::Queued);
  write([&](Transaction& tx) {
    EXPECT_TRUE(hold_delivery(tx, ledger_, held, "wait for the press", person()).has_value());
    EXPECT_TRUE(cancel_delivery(tx, ledger_, cancelled, "out of date", person()).has_value());
  });
  EXPECT_EQ(stored(held).reason, "wait for the press");
  EXPECT_EQ(stored(cancelled).reason, "out of date");
  EXPECT_EQ(entries("delivery.held").at(0).at("reason"), json::value("wait for the press"));
  EXPECT_EQ(entries("delivery.cancelled").at(0).at("reason"), json::value("out of date"));
}

TEST_F(DecisionsTest, CountAttemptsAnewWhenItIsSentAgain) {
  const auto failed = in_state(State::Failed);
  const auto held = in_state(State::Held);
  clock_.advance(3h);
  write([&](Transaction& tx) {
    EXPECT_TRUE(retry_delivery(tx, ledger_, failed, person()).has_value());
    EXPECT_TRUE(release_delivery(tx, ledger_, held, person()).has_value());
  });
  for (const auto id : {failed, held}) {
    const Delivery delivery = stored(id);
    EXPECT_EQ(delivery.attempt, 0);
    EXPECT_EQ(delivery.due_at, clock_.now());
    EXPECT_EQ(delivery.reason, "");
    EXPECT_EQ(delivery.epoch, 5) << "an epoch is never used twice";
    EXPECT_EQ(claim("weibo", 2).id, id);
  }
}

// What the platform refused at a later step would only be refused again.
TEST_F(DecisionsTest, BeginAnewWithWhatFailedAndGoOnWithWhatIsHeld) {
  const auto failed = in_state(State::Failed);
  const auto held = in_state(State::Held);
  const std::string progress = R"({"publish_id":"1"})";
  write([&](Transaction& tx) {
    tx.sql() << "UPDATE delivery SET step = 'poll', progress = :progress", soci::use(progress);
  });
  write([&](Transaction& tx) {
    EXPECT_TRUE(retry_delivery(tx, ledger_, failed, person()).has_value());
    EXPECT_TRUE(retry_delivery(tx, ledger_, held, person()).has_value());
  });
  EXPECT_EQ(stored(failed).step, "");
  EXPECT_TRUE(stored(failed).progress.empty());
  EXPECT_EQ(stored(held).step, "poll");
  EXPECT_EQ(stored(held).progress.at("publish_id"), "1");
}

TEST_F(DecisionsTest, SendNothingAgainThatTheWebsiteReplacedOrWithdrew) {
  const auto replaced = in_state(State::Failed);
  const auto withdrawn = in_state(State::Failed);
  write([&](Transaction& tx) {
    const Article article;
    ItemStore::add_revision(tx, Queue::load(tx, replaced)->item, article, clock_.now());
    ItemStore::set_withdrawn(tx, Queue::load(tx, withdrawn)->item, clock_.now());
  });

  EXPECT_THAT(
      error_of([&](Transaction& tx) { return retry_delivery(tx, ledger_, replaced, person()); }),
      HasSubstr("it has revision 1, the website has revision 2 by now"));
  EXPECT_THAT(
      error_of([&](Transaction& tx) { return retry_delivery(tx, ledger_, withdrawn, person()); }),
      HasSubstr("the website withdrew the item"));
  EXPECT_EQ(stored(replaced).state, State::Failed);
  EXPECT_EQ(stored(withdrawn).state, State::Failed);
}

TEST_F(DecisionsTest, TakeNothingDownThatCameBackToTheWebsite) {
  const auto published = in_state(State::Delivered);
  NewDelivery withdrawal = planned();
  withdrawal.item = stored(published).item;
  withdrawal.purpose = Purpose::Withdraw;
  withdrawal.failure = "there is no such post";
  const auto failed = plan(withdrawal).value();
  NewDelivery again = planned();
  again.item = withdrawal.item;
  again.revision = 2;
  const auto later = plan(again).value();
  write([&](Transaction& tx) {
    tx.sql() << "INSERT INTO rendition (delivery, text) VALUES (:id, '{}') ON CONFLICT (delivery) "
                "DO UPDATE SET text = excluded.text",
        soci::use(failed);
  });
  const auto retry = [&](Transaction& tx) { return retry_delivery(tx, ledger_, failed, person()); };

  EXPECT_THAT(error_of(retry), HasSubstr("the item came back to the website"));
  write(
      [&](Transaction& tx) { cancel_delivery(tx, ledger_, later, "a mistake", person()).value(); });
  EXPECT_EQ(error_of(retry), "");
}

TEST_F(DecisionsTest, CannotSendWhatTheChannelCouldNotShow) {
  NewDelivery unshowable = planned();
  unshowable.rendition.clear();
  unshowable.failure = "the title is longer than the platform takes";
  const auto id = plan(unshowable).value();
  EXPECT_THAT(error_of([&](Transaction& tx) { return retry_delivery(tx, ledger_, id, person()); }),
              HasSubstr(unshowable.failure));
  EXPECT_EQ(stored(id).state, State::Failed);
  EXPECT_EQ(error_of([&](Transaction& tx) {
              return record_delivery(tx, ledger_, id, by_hand(), person());
            }),
            "");
}

TEST_F(DecisionsTest, RecordWhatWasDoneByHandLikeAReceipt) {
  const auto id = in_state(State::Unconfirmed);
  const Delivery before = stored(id);
  write([&](Transaction& tx) {
    tx.sql() << "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, reason) "
                "VALUES (:item, 'weibo', 'important', 0, 0, 0, '')",
        soci::use(before.item, "item");
  });
  write([&](Transaction& tx) {
    EXPECT_TRUE(record_delivery(tx, ledger_, id, by_hand(), person()).has_value());
  });
  const Delivery delivery = stored(id);
  EXPECT_EQ(delivery.receipt.permalink, by_hand().permalink);
  EXPECT_EQ(delivery.receipt.accepted_at, by_hand().accepted_at);
  EXPECT_EQ(delivery.receipt.evidence, "operator");
  EXPECT_EQ(delivery.why.message, "");
  EXPECT_EQ(number("SELECT sum(value) FROM counter WHERE measure = 'deliveries'"), 1);
  EXPECT_EQ(number("SELECT met_at FROM obligation"), to_millis(by_hand().accepted_at));
  const auto entry = entries("delivery.recorded").at(0);
  EXPECT_EQ(entry.at("evidence"), json::value("operator"));
  EXPECT_EQ(entry.at("accepted_at"), json::value(rfc3339(by_hand().accepted_at)));
  EXPECT_EQ(entry.at("remote").as_object().at("url"), json::value(by_hand().permalink));
  EXPECT_THAT(error_of([&](Transaction& tx) {
                return record_delivery(tx, ledger_, id, by_hand(), person());
              }),
              HasSubstr("delivered already"));
  EXPECT_EQ(number("SELECT sum(value) FROM counter WHERE measure = 'deliveries'"), 1);
}

// The hall's screens show what is delivered: a claim would put unread text there.
TEST_F(DecisionsTest, RecordNothingOnAHall) {
  const auto id = in_state(State::Held);
  EXPECT_THAT(error_of([&](Transaction& tx) {
                return record_delivery(tx, ledger_, id, by_hand(), person(), {"hall", "weibo"});
              }),
              HasSubstr("screens of weibo"));
  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_EQ(error_of([&](Transaction& tx) {
              return record_delivery(tx, ledger_, id, by_hand(), person(), {"hall"});
            }),
            "");
}

TEST_F(DecisionsTest, CountADraftWhenAPersonHasPublishedIt) {
  Delivery drafted = under_way();
  write([&](Transaction& tx) {
    tx.sql() << "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, reason) "
                "VALUES (:item, 'weibo', 'important', 0, 0, 0, '')",
        soci::use(drafted.item, "item");
    queue_.deliver(tx, drafted, {"media-1", "", clock_.now(), "draft"});
  });
  const Delivery waiting = stored(drafted.id);
  EXPECT_EQ(waiting.state, State::Held);
  EXPECT_EQ(waiting.reason, kDraftWaits);
  EXPECT_EQ(waiting.receipt.remote_id, "media-1");
  EXPECT_EQ(number("SELECT count(*) FROM counter"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM obligation WHERE met_at IS NULL"), 1);
  EXPECT_EQ(entries("delivery.held").at(0).at("evidence"), json::value("draft"));
  EXPECT_THAT(error_of([&](Transaction& tx) {
                return release_delivery(tx, ledger_, drafted.id, person());
              }),
              HasSubstr("among the account's drafts"))
      << "there would be two";

  EXPECT_EQ(error_of([&](Transaction& tx) {
              return record_delivery(tx, ledger_, drafted.id, by_hand(), person());
            }),
            "");
  EXPECT_EQ(number("SELECT sum(value) FROM counter WHERE measure = 'deliveries'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM obligation WHERE met_at IS NULL"), 0);
}

TEST_F(DecisionsTest, AreUndoneWithTheirTransaction) {
  const auto id = in_state(State::Queued);
  EXPECT_THROW(write([&](Transaction& tx) {
                 EXPECT_TRUE(hold_delivery(tx, ledger_, id, "wait", person()).has_value());
                 pause_channel(tx, ledger_, "weibo", {clock_.now(), "wait", false}, "operator:cli");
                 throw std::runtime_error("the terminal is closed");
               }),
               std::runtime_error);
  EXPECT_EQ(stored(id).state, State::Queued);
  EXPECT_THAT(entries("delivery.held"), IsEmpty());
  EXPECT_THAT(entries("channel.paused"), IsEmpty());
}

class ChannelPauses : public DecisionsTest {
 protected:
  std::optional<ChannelPause> pause_of(const std::string& channel) {
    return read([&](Transaction& tx) { return channel_pause(tx, channel); });
  }
  void pause(const ChannelPause& pause) {
    write([&](Transaction& tx) { pause_channel(tx, ledger_, "weibo", pause, "operator:cli"); });
  }
  bool resume() {
    return write(
        [&](Transaction& tx) { return resume_channel(tx, ledger_, "weibo", "operator:cli"); });
  }
};

TEST_F(ChannelPauses, LastUntilTheyAreLifted) {
  EXPECT_FALSE(pause_of("weibo").has_value());
  EXPECT_FALSE(resume());
  EXPECT_THAT(entries("channel.resumed"), IsEmpty());

  pause({clock_.now(), "the account is being renamed", false});
  ASSERT_TRUE(pause_of("weibo").has_value());
  EXPECT_EQ(pause_of("weibo")->at, clock_.now());
  EXPECT_EQ(pause_of("weibo")->reason, "the account is being renamed");
  EXPECT_FALSE(pause_of("weibo")->automatic);
  EXPECT_FALSE(pause_of("wechat").has_value());
  EXPECT_EQ(entries("channel.paused").at(0).at("reason"),
            json::value("the account is being renamed"));

  EXPECT_TRUE(resume());
  EXPECT_FALSE(pause_of("weibo").has_value());
  EXPECT_FALSE(resume());
  EXPECT_THAT(entries("channel.resumed"), SizeIs(1));
}

TEST_F(ChannelPauses, AreTheLatestThatWasSaid) {
  pause({clock_.now(), "invalid credential", true});
  EXPECT_TRUE(pause_of("weibo")->automatic);
  clock_.advance(1h);
  pause({clock_.now(), "a person says so", false});
  EXPECT_FALSE(pause_of("weibo")->automatic);
  EXPECT_EQ(pause_of("weibo")->at, clock_.now());
  EXPECT_EQ(pause_of("weibo")->reason, "a person says so");
}

TEST_F(DecisionsTest, WaivesWhatIsOwedOnceAndSaysWhyNot) {
  const auto id = plan_many(1).front();
  const ItemId item = write([&](Transaction& tx) { return Queue::load(tx, id)->item; });
  const auto waive = [&](const std::string& channel, const std::string& reason) {
    return error_of(
        [&](Transaction& tx) { return waive_push(tx, ledger_, item, channel, reason, person()); });
  };
  EXPECT_THAT(waive("weibo", "no need"), HasSubstr("nothing is owed there"));
  write([&](Transaction& tx) {
    tx.sql() << "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, reason) "
                "VALUES (:item, 'weibo', 'all', 1, 2, 3, ''), (:item2, 'wechat', 'all', 1, 2, 3, "
                "'')",
        soci::use(item), soci::use(item);
    meet_obligation(tx, item, "wechat", clock_.now());
  });
  EXPECT_THAT(waive("wechat", "no need"), HasSubstr("it is there since"));
  EXPECT_THAT(waive("weibo", " \n"), HasSubstr("needs a reason"));
  EXPECT_EQ(waive("weibo", "含个人信息"), "");
  EXPECT_THAT(waive("weibo", "again"), HasSubstr("waived already"));
}

TEST_F(DecisionsTest, AMassChangeHidesNothingThatScreeningFound) {
  NewDelivery plan = planned();
  plan.hold_reason = "mass change: 40 new items in one look, more than 15";
  const DeliveryId id = this->plan(plan).value();
  write(
      [&](Transaction& tx) { hold_with_look(tx, id, "policies", "screening: 身份证号（第1段）"); });
  const auto release = [&](const std::string& note) {
    return error_of([&](Transaction& tx) {
      return release_delivery(tx, ledger_, id, {"operator:cli", clock_.now(), note});
    });
  };

  EXPECT_THAT(release(""), HasSubstr("what screening found"));
  EXPECT_EQ(stored(id).state, State::Held);
  EXPECT_EQ(release("公示名单"), "");
  EXPECT_EQ(stored(id).state, State::Queued);
}

}  // namespace
}  // namespace liandong
