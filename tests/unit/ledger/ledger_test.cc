#include "daemon/ledger/ledger.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "daemon/ledger/segment.h"
#include "daemon/ledger/tree.h"
#include "daemon/ledger/verify.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class LedgerTest : public LedgerFixture {
 protected:
  bool is_due() {
    return database_->write_now([&](Transaction& tx) { return ledger_->checkpoint_due(tx); });
  }
  VerifyReport verify() { return verify_database(*database_, {}, key_.public_raw()); }
  std::string opening_error(const Ledger::Options& options) {
    const auto opened = Ledger(options, clock_).open(*database_);
    return opened ? "" : opened.error().message();
  }
};

TEST_F(LedgerTest, BeginsWithOriginHashKeyAndSoftware) {
  const auto genesis = parse_entry(lines().at(0));
  ASSERT_TRUE(genesis) << genesis.error().message();
  EXPECT_EQ(genesis->at("event"), json::value("genesis"));
  EXPECT_EQ(genesis->at("origin"), json::value(kOrigin));
  EXPECT_EQ(genesis->at("hash"), json::value("sha256"));
  EXPECT_EQ(genesis->at("software"), json::value("liandong/" LIANDONG_VERSION));
  const json::value key{{"algorithm", "ed25519"}, {"public", base64(key_.public_raw())}};
  EXPECT_EQ(genesis->at("keys"), json::value(json::array{key}));
  EXPECT_EQ(genesis->at("prev"), json::value(std::string(64, '0')));
}

TEST_F(LedgerTest, GoesOnFromBeforeTheWorkThatWasUndone) {
  database_->write_now([&](Transaction& tx) {
    ledger_->append(tx, {"item.found", "system:watcher", {{"item", 1}}});
    const auto fail = [&](Transaction& own) {
      ledger_->append(own, {"item.found", "system:watcher", {{"item", 2}}});
      throw std::runtime_error("the work it explains did not happen");
    };
    EXPECT_THROW(tx.nested(fail), std::runtime_error);
    EXPECT_EQ(ledger_->append(tx, {"item.found", "system:watcher", {{"item", 3}}}), 2);
  });
  EXPECT_EQ(lines().size(), 3U);
  EXPECT_TRUE(verify().intact()) << to_text(verify());
}

TEST_F(LedgerTest, OpensAgainWithoutWriting) {
  EXPECT_EQ(opening_error(options()), "");
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(LedgerTest, RefusesTheDatabaseOfAnotherOrigin) {
  EXPECT_NE(opening_error({"other.gov.cn/liandong", "1", key_}).find("an origin never changes"),
            std::string::npos);
  EXPECT_NE(opening_error({"with blank", "1", key_}), "");
}

TEST_F(LedgerTest, RefusesAnotherKeyThanItBeganWith) {
  EXPECT_NE(opening_error({kOrigin, "1", SigningKey::generate()}).find("configured key"),
            std::string::npos);
}

TEST_F(LedgerTest, ContinuesTheChain) {
  EXPECT_EQ(append(settled(5)), 1);
  EXPECT_EQ(append(settled(6)), 2);

  const auto all = lines();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(parse_entry(all[2])->at("prev"), json::value(sha256_hex(all[1])));
  EXPECT_EQ(state().size, 3U);
  EXPECT_EQ(state().prev, sha256_hex(all[2]));
  EXPECT_TRUE(verify().intact());
}

TEST_F(LedgerTest, RefusesAnEventThatIsNotInTheDictionary) {
  EXPECT_THROW(append({"delivery.exploded", "system:x", {}}), std::logic_error);
  EXPECT_THROW(append({"ledger.checkpointed", "system:x", {}}), std::logic_error);
  EXPECT_NO_THROW(append({"item.seen", "system:x", {}}));
}

TEST_F(LedgerTest, NamesNobody) {
  for (const char* name : {"system:watcher", "operator:cli", "operator:uid-1000", "user:u000123",
                           "user:u1000000", "user:unknown"})
    EXPECT_NO_THROW(append({"item.seen", name, {}})) << name;
  for (const char* name :
       {"", "zhang", "user:zhang", "user:张三", "user:u12", "user:u00000x",
        "user:", "user:u000123 x", "operator:root", "operator:uid-", "operator:uid-1a",
        "system:", "system:Zhang San", "admin:u000123", "zhang@example.gov.cn"})
    EXPECT_THROW(append({"item.seen", name, {}}), std::logic_error) << name;
}

TEST_F(LedgerTest, ForgetsAnEntryWhoseTransactionFailed) {
  EXPECT_THROW(database_->write_now([&](Transaction& tx) {
    ledger_->append(tx, settled(1));
    throw std::runtime_error("the state could not be written");
  }),
               std::runtime_error);
  EXPECT_EQ(append(settled(2)), 1);
  EXPECT_TRUE(verify().intact());
}

TEST_F(LedgerTest, RefusesUpdateAndDelete) {
  EXPECT_THROW(execute("UPDATE ledger SET line = 'x'"), DatabaseError);
  EXPECT_THROW(execute("DELETE FROM ledger"), DatabaseError);
}

TEST_F(LedgerTest, SignsItsSizeAndRoot) {
  grow_to(10);
  const auto signed_now = checkpoint();
  ASSERT_TRUE(signed_now);
  EXPECT_EQ(signed_now->size, 10U);

  const auto notes = state().notes;
  ASSERT_EQ(notes.size(), 1U);
  const auto opened = open_checkpoint(notes[0], log_key());
  ASSERT_TRUE(opened) << opened.error().message();
  std::vector<Digest> leaves;
  for (const std::string& line : lines()) leaves.push_back(leaf_hash(HashKind::Sha256, line));
  EXPECT_EQ(opened->root, tree_root(HashKind::Sha256, leaves));
}

TEST_F(LedgerTest, SignsNothingTwice) {
  EXPECT_TRUE(checkpoint());
  EXPECT_FALSE(checkpoint());
  EXPECT_EQ(state().notes.size(), 1U);
}

TEST_F(LedgerTest, RefusesASecondRootForOneSize) {
  checkpoint();
  EXPECT_THROW(execute("INSERT INTO checkpoint (size, note, signed_at) VALUES (1, 'other', 0)"),
               DatabaseError);
}

TEST_F(LedgerTest, RefusesToSignASmallerSize) {
  grow_to(10);
  checkpoint();
  execute("UPDATE ledger_head SET size = 8, edge = substr(edge, 1, 64)");
  EXPECT_THROW(checkpoint(), DatabaseError);
}

TEST_F(LedgerTest, RefusesToContinueADamagedHead) {
  grow_to(10);
  execute("UPDATE ledger_head SET edge = 'x'");
  EXPECT_THROW(append(settled(1)), DatabaseError);
}

TEST_F(LedgerTest, IsDueForACheckpointAfter256EntriesOrTenMinutes) {
  EXPECT_TRUE(is_due()) << "nothing is signed yet";
  checkpoint();
  EXPECT_FALSE(is_due());
  clock_.jump_wall(1h);
  EXPECT_FALSE(is_due()) << "nothing is new";
  append(settled(1));
  EXPECT_TRUE(is_due());
  checkpoint();
  append(settled(2));
  clock_.jump_wall(10min - 1ms);
  EXPECT_FALSE(is_due());
  clock_.jump_wall(1ms);
  EXPECT_TRUE(is_due());
  checkpoint();
  const auto base = static_cast<std::int64_t>(state().size);
  clock_.jump_wall(-2h);
  grow_to(base + 255);
  EXPECT_FALSE(is_due());
  append(settled(3));
  EXPECT_TRUE(is_due());
}

TEST_F(LedgerTest, WithoutAKeySignsNothingUntilItIsGivenOne) {
  const TestDatabase store;
  auto database = store.open();
  Ledger keyless({kOrigin, "1", std::nullopt}, clock_);
  ASSERT_TRUE(keyless.open(*database));
  const auto sign = [&database](Ledger& ledger) {
    return database->write_now([&ledger](Transaction& tx) { return ledger.checkpoint(tx); });
  };
  EXPECT_FALSE(sign(keyless));
  EXPECT_FALSE(database->write_now([&](Transaction& tx) { return keyless.checkpoint_due(tx); }));

  Ledger keyed(options(), clock_);
  ASSERT_TRUE(keyed.open(*database));
  ASSERT_TRUE(keyed.open(*database)) << "the key is named once";
  EXPECT_EQ(sign(keyed)->size, 2U);
  const VerifyReport report = verify_database(*database, {});
  EXPECT_TRUE(report.intact()) << to_text(report);
  EXPECT_EQ(report.public_raw, key_.public_raw());
  EXPECT_EQ(report.checkpoints, 1U);
}

TEST_F(LedgerTest, TwoProcessesOnOneDatabaseMakeOneChain) {
  auto other = store_.open();
  Ledger second({kOrigin, "2", key_}, clock_);
  ASSERT_TRUE(second.open(*other));
  for (int i = 0; i < 10; ++i) {
    append(settled(i));
    other->write_now([&](Transaction& tx) { return second.append(tx, settled(i)); });
  }
  EXPECT_EQ(lines().size(), 21U);
  EXPECT_TRUE(verify().intact());
}

// The ledger as it stands after 65,535 entries, made without writing each by append().
TEST_F(LedgerTest, SealsASegmentWhenItFills) {
  TreeEdge tree(HashKind::Sha256);
  RunningHash segment(HashKind::Sha256);
  std::string prev(64, '0');
  database_->write_now([&](Transaction& tx) {
    std::string line = read_lines(tx, 0, 1).front().line;
    std::int64_t seq = 0;
    soci::statement insert = (tx.sql().prepare << "INSERT INTO ledger (seq, line) VALUES (:s, :l)",
                              soci::use(seq, "s"), soci::use(line, "l"));
    for (;;) {
      tree.append(leaf_hash(HashKind::Sha256, line));
      segment.update(line);
      segment.update("\n");
      prev = sha256_hex(line);
      if (++seq == static_cast<std::int64_t>(kSegmentLines) - 1) break;
      line = R"({"actor":"a","event":"item.found","prev":")" + prev + R"(","seq":)" +
             std::to_string(seq) + R"(,"ts":"2026-11-22T08:00:00.000Z","v":1})";
      insert.execute(true);
    }
    const std::string edge = tree.text();
    tx.sql() << "UPDATE ledger_head SET size = :size, prev = :prev, edge = :edge",
        soci::use(seq, "size"), soci::use(prev, "prev"), soci::use(edge, "edge");
  });

  const std::int64_t last = append(settled(1));

  EXPECT_EQ(last, 65535);
  EXPECT_EQ(state().size, kSegmentLines + 1);
  const auto tail =
      database_->read_now([](Transaction& tx) { return read_lines(tx, 65535, INT64_MAX); });
  ASSERT_EQ(tail.size(), 2U);
  segment.update(tail[0].line + "\n");
  const auto seal = parse_entry(tail[1].line);
  ASSERT_TRUE(seal) << seal.error().message();
  EXPECT_EQ(seal->at("event"), json::value("segment.sealed"));
  EXPECT_EQ(seal->at("segment"), json::value(0));
  EXPECT_EQ(seal->at("sha256"), json::value(hex(segment.finish())));
  EXPECT_EQ(append(settled(2)), 65537);
  EXPECT_TRUE(verify().intact());
}

}  // namespace
}  // namespace liandong
