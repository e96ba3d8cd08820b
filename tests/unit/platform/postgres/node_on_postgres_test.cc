// Several nodes on one server: who works on what, and what one writes whose lease ran out.

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/platform/node.h"

#include "tests/support/test_database.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const WorkNames kWork = {"leader", "channel a", "channel b", "site s", "site t"};

bool comes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 400; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

class NodeOnPostgres : public ::testing::Test {
 protected:
  std::unique_ptr<Node> join(const std::string& name, Duration lease = 30s) {
    auto node = Node::join({store_.url(), name, lease}, clock_);
    EXPECT_TRUE(node.has_value());
    (*node)->offer(kWork);
    return std::move(*node);
  }
  void keep(const Node& node) {
    database_->write_now(
        [&node](Transaction& tx) { return keep_work(tx, node.id(), node.share()); });
  }

  TestDatabase store_{Dialect::Postgres};
  std::unique_ptr<Database> database_ = store_.open();
  SystemClock clock_;
};

TEST_F(NodeOnPostgres, OneAloneHasAll) {
  const auto node = join("one");
  EXPECT_TRUE(comes_true([&] { return node->share() == kWork; }));
  const auto nodes = database_->read_now(read_nodes);
  ASSERT_THAT(nodes, SizeIs(1));
  WorkNames held;
  for (const auto& [name, since] : nodes.front().work) {
    held.insert(name);
    EXPECT_GE(since, nodes.front().joined_at);
  }
  EXPECT_EQ(held, kWork);
  EXPECT_TRUE(nodes.front().leads());
  EXPECT_GT(nodes.front().lease_left, 0s);
}

TEST_F(NodeOnPostgres, ASecondGetsItsShareOnlyWhenItIsGivenUp) {
  const auto one = join("one");
  ASSERT_TRUE(comes_true([&] { return one->share() == kWork; }));
  const auto two = join("two");
  ASSERT_TRUE(comes_true([&] {
    return one->share() == WorkNames{"leader", "channel a", "site s"};
  }));
  EXPECT_THAT(two->share(), IsEmpty()) << "the first has not said that it stopped";
  keep(*one);
  EXPECT_TRUE(comes_true([&] { return two->share() == WorkNames{"channel b", "site t"}; }));
}

TEST_F(NodeOnPostgres, WhatALostNodeHadIsTakenOver) {
  const auto lost = join("lost", 2s);
  ASSERT_TRUE(comes_true([&] { return lost->share() == kWork; }));
  lost->end_heartbeat();
  const auto heir = join("heir", 2s);
  EXPECT_TRUE(comes_true([&] { return heir->share() == kWork; }));
  EXPECT_THAT(database_->read_now(read_nodes), SizeIs(1));
}

// One has what the other lacks, and more than its share: the rest is nobody's, and who looks is
// told of both. What every configuration has lost is not missed.
TEST_F(NodeOnPostgres, SaysWhatUnequalConfigurationsLeave) {
  const auto left = [this] {
    return database_->read_now([](Transaction& tx) {
      return read_left_work(tx, from_millis(std::numeric_limits<std::int64_t>::max()));
    });
  };
  const auto one = join("one");
  ASSERT_TRUE(comes_true([&] { return one->share() == kWork; }));
  const auto two = join("two");
  two->offer({"leader", "channel a", "site s", "site t"});
  ASSERT_TRUE(comes_true([&] {
    return one->share() == WorkNames{"leader", "channel a", "site s"};
  }));
  keep(*one);
  ASSERT_TRUE(comes_true([&] { return two->share().contains("site t"); }));
  ASSERT_TRUE(comes_true([&] { return left().size() == 1; }));
  const LeftWork channel = left().front();
  EXPECT_EQ(channel.name, "channel b");
  EXPECT_THAT(channel.offering, ElementsAre("one"));
  EXPECT_THAT(channel.lacking, ElementsAre("two"));
  EXPECT_THAT(
      database_->read_now([&](Transaction& tx) { return read_left_work(tx, channel.since); }),
      IsEmpty());

  one->offer({"leader", "channel a", "site s", "site t"});
  EXPECT_TRUE(comes_true([&] { return left().empty(); }));
}

// As when the database or a port is taken: the others need not wait for its lease.
TEST_F(NodeOnPostgres, AStartThatFailsLeavesNoRow) {
  {
    const auto failed = Node::join({store_.url(), "failed", 30s}, clock_);
    ASSERT_TRUE(failed.has_value());
    EXPECT_THAT(database_->read_now(read_nodes), SizeIs(1));
  }
  EXPECT_THAT(database_->read_now(read_nodes), IsEmpty());
}

// The row alone would not do: it may be free while the one that led still believes that it does.
TEST_F(NodeOnPostgres, LeadsOnlyWithTheLeadersLock) {
  auto former = store_.open();
  former->write_now([](Transaction& tx) {
    int locked = 0;
    tx.sql() << "SELECT CASE WHEN pg_try_advisory_lock(4726403) THEN 1 ELSE 0 END",
        soci::into(locked);
    return locked;
  });
  const auto node = join("one", 2s);
  WorkNames others = kWork;
  others.erase(std::string(kLeadership));
  ASSERT_TRUE(comes_true([&] { return node->share() == others; }));
  std::this_thread::sleep_for(1500ms);  // three more beats
  EXPECT_EQ(node->share(), others);
  former.reset();
  EXPECT_TRUE(comes_true([&] { return node->share() == kWork; }));
}

TEST_F(NodeOnPostgres, OfTwoCandidatesAtOnceOneLeads) {
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<Node>> nodes(2);
    std::vector<std::thread> joining;
    for (auto& node : nodes) joining.emplace_back([&] { node = join("candidate", 2s); });
    for (std::thread& one : joining) one.join();
    const auto leaders = [&nodes] {
      return std::count_if(nodes.begin(), nodes.end(), [](const auto& node) {
        return node->share().contains(std::string(kLeadership));
      });
    };
    int most = 0;
    ASSERT_TRUE(comes_true([&] {
      const auto now = static_cast<int>(leaders());
      most = std::max(most, now);
      return now == 1;
    }));
    for (int look = 0; look < 20; ++look) {
      most = std::max(most, static_cast<int>(leaders()));
      std::this_thread::sleep_for(50ms);
    }
    EXPECT_EQ(most, 1);
  }
}

TEST_F(NodeOnPostgres, OneThatIsNotHeardOfBeginsNothing) {
  const auto node = join("one", 2s);
  EXPECT_TRUE(node->may_begin());
  node->end_heartbeat();
  EXPECT_TRUE(comes_true([&] { return !node->may_begin(); }));
}

TEST_F(NodeOnPostgres, AFencedOneEndsInsteadOfWriting) {
  EXPECT_EXIT(
      {
        const auto own = store_.open();
        const auto node = Node::join({store_.url(), "fenced", 30s}, clock_);
        if (!own->join_as((*node)->id())) ::_exit(1);
        own->write_now([](Transaction& tx) { tx.sql() << "UPDATE node SET name = 'well'"; });
        store_.run_script("DELETE FROM node");
        own->write_now([](Transaction& tx) { tx.sql() << "DELETE FROM ledger_head"; });
      },
      ::testing::ExitedWithCode(75), "node.fenced");
  auto heads = [](Transaction& tx) {
    int count = 0;
    tx.sql() << "SELECT count(*) FROM ledger_head", soci::into(count);
    return count;
  };
  EXPECT_EQ(database_->read_now(heads), 1);
}

TEST_F(NodeOnPostgres, ItsRowCannotGoWhileItWrites) {
  const auto node = Node::join({store_.url(), "writing", 30s}, clock_);
  ASSERT_TRUE(database_->join_as((*node)->id()));
  database_->write_now([this](Transaction&) {
    store_.run_script(
        "UPDATE node SET lease_until = 0;\n"
        "DELETE FROM node WHERE id IN (SELECT id FROM node FOR UPDATE SKIP LOCKED)");
  });
  EXPECT_THAT(database_->read_now(read_nodes), SizeIs(1));
}

TEST_F(NodeOnPostgres, WhoMustBeAloneIsNotBesideNodes) {
  const auto node = Node::join({store_.url(), "one", 30s}, clock_);
  ASSERT_TRUE(database_->join_as((*node)->id()));
  auto other = store_.open();
  EXPECT_TRUE(other->join_as((*node)->id()));
  EXPECT_FALSE(store_.open()->become_worker());
  database_.reset();
  other.reset();
  EXPECT_TRUE(store_.open()->become_worker());
  database_ = store_.open();
}

TEST_F(NodeOnPostgres, ANewerProgramDoesNotChangeTheTablesUnderOne) {
  const auto node = Node::join({store_.url(), "older", 30s}, clock_);
  ASSERT_TRUE(database_->join_as((*node)->id()));
  const std::vector<Migration> old(schema().begin(), schema().end());
  std::vector<Migration> newer = old;
  newer.push_back({old.back().version + 1, "more", "CREATE TABLE more (one {int}){strict}"});
  const auto refused = Database::open({store_.url(), false, false}, newer);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), HasSubstr("stop every node first"));
  database_.reset();
  EXPECT_TRUE(Database::open({store_.url(), false, false}, newer).has_value());
}

}  // namespace
}  // namespace liandong
