#include "daemon/ledger/verify.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "daemon/platform/text.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

namespace json = boost::json;

constexpr std::int64_t kSize = 300;

// A ledger of 300 entries with checkpoints at 1, 100 and 300, tampered with in memory.
class LedgerVerifierTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    checkpoint();
    grow_to(100);
    checkpoint();
    grow_to(kSize);
    checkpoint();
    lines_ = lines();
    notes_ = state().notes;
  }

  VerifyReport verify(const std::vector<std::string>& lines) {
    return verify(lines, notes_, key_.public_raw());
  }
  static VerifyReport verify(const std::vector<std::string>& lines, std::vector<std::string> notes,
                             std::string key) {
    LedgerVerifier verifier(std::move(notes), std::move(key));
    for (const std::string& line : lines) verifier.add(line);
    return verifier.finish();
  }

  // The lines from `at` on chained anew, as somebody without the key could do.
  static void chain_anew(std::vector<std::string>& lines, std::size_t at) {
    for (std::size_t i = std::max<std::size_t>(at, 1); i < lines.size(); ++i) {
      const std::size_t prev = lines[i].find("\"prev\":\"") + 8;
      lines[i].replace(prev, 64, sha256_hex(lines[i - 1]));
    }
  }

  std::vector<std::string> lines_;
  std::vector<std::string> notes_;
};

TEST_F(LedgerVerifierTest, FindsAnIntactLedgerIntact) {
  const VerifyReport report = verify(lines_);
  EXPECT_TRUE(report.intact()) << to_text(report);
  EXPECT_EQ(report.entries, 300U);
  EXPECT_EQ(report.checkpoints, 3U);
  EXPECT_EQ(report.last_checkpoint_size, 300U);
  EXPECT_EQ(report.origin, kOrigin);
  EXPECT_TRUE(report.key_given);
}

TEST_F(LedgerVerifierTest, FindsAFlippedBitInEveryEntry) {
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    auto changed = lines_;
    char& byte = changed[at][at * 7919 % changed[at].size()];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << at % 8));
    const VerifyReport report = verify(changed);
    ASSERT_FALSE(report.intact()) << at;
    const std::size_t named = report.faults[0].seq.value_or(at);
    EXPECT_LE(std::max(at, named) - std::min(at, named), 1U) << report.faults[0].message;
  }
}

TEST_F(LedgerVerifierTest, FindsEveryDeletedEntry) {
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    auto changed = lines_;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at));
    const VerifyReport report = verify(changed);
    ASSERT_FALSE(report.intact()) << at;
    EXPECT_EQ(report.faults[0].seq, at);
  }
}

TEST_F(LedgerVerifierTest, FindsEveryInsertedEntry) {
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    auto changed = lines_;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), lines_[at]);
    const VerifyReport report = verify(changed);
    ASSERT_FALSE(report.intact()) << at;
    EXPECT_EQ(report.faults[0].seq, at + 1);
  }
}

TEST_F(LedgerVerifierTest, FindsEveryPairOfSwappedEntries) {
  for (std::size_t at = 0; at + 1 < lines_.size(); ++at) {
    auto changed = lines_;
    std::swap(changed[at], changed[at + 1]);
    const VerifyReport report = verify(changed);
    ASSERT_FALSE(report.intact()) << at;
    EXPECT_EQ(report.faults[0].seq, at);
  }
}

TEST_F(LedgerVerifierTest, FindsEveryTruncation) {
  for (std::size_t size = 0; size < lines_.size(); ++size) {
    const VerifyReport report =
        verify({lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(size)});
    ASSERT_FALSE(report.intact()) << size;
  }
}

TEST_F(LedgerVerifierTest, FindsAnEditWithTheRestChainedAnewByTheCheckpoint) {
  for (const std::size_t at : {1UL, 98UL, 99UL, 100UL, 298UL, 299UL}) {
    auto changed = lines_;
    changed[at] = replace_all(changed[at], "weibo", "weixin");
    chain_anew(changed, at + 1);
    const VerifyReport report = verify(changed);
    ASSERT_FALSE(report.intact()) << at;
    EXPECT_NE(report.faults[0].message.find("another root"), std::string::npos);
    EXPECT_TRUE(verify(changed, {}, "").intact()) << "without a checkpoint nobody can tell";
  }
}

TEST_F(LedgerVerifierTest, FindsAnInsertedEntryWithTheRestNumberedAndChainedAnew) {
  auto changed = lines_;
  changed.insert(changed.begin() + 200, changed[200]);
  for (std::size_t i = 201; i < changed.size(); ++i) {
    changed[i] =
        replace_all(changed[i], "\"seq\":" + std::to_string(i - 1), "\"seq\":" + std::to_string(i));
  }
  chain_anew(changed, 200);
  EXPECT_TRUE(verify(changed, {}, "").intact());
  EXPECT_FALSE(verify(changed).intact());
}

TEST_F(LedgerVerifierTest, RefusesLinesThatAreEqualButNotCanonical) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"v\":1}", "\"v\":1 }"},
                                                        {"\"v\":1}", "\"v\":1}\r"},
                                                        {"通", "\\u901a"},
                                                        {"\"v\":1}", "\"v\":1.0}"}}) {
    auto changed = lines_;
    changed[299] = replace_all(changed[299], from, to);
    ASSERT_NE(changed[299], lines_[299]);
    const VerifyReport report = verify(changed);
    ASSERT_FALSE(report.intact()) << to;
    EXPECT_EQ(report.faults[0].seq, 299U);
  }
}

TEST_F(LedgerVerifierTest, RefusesACheckpointOfAnotherKey) {
  const SigningKey other = SigningKey::generate();
  const auto signed_here = peek_checkpoint(notes_[2]);
  ASSERT_TRUE(signed_here);
  const std::string forged = sign_checkpoint(HashKind::Sha256, *signed_here, other);
  EXPECT_FALSE(verify(lines_, {forged}, "").intact());
  EXPECT_FALSE(verify(lines_, {forged}, key_.public_raw()).intact());
  const VerifyReport report = verify(lines_, {forged}, other.public_raw());
  ASSERT_FALSE(report.intact()) << "the genesis entry names another key than the one to trust";
  EXPECT_EQ(report.faults[0].seq, 0U);
}

TEST_F(LedgerVerifierTest, RefusesTwoRootsForOneSize) {
  const std::string forged =
      sign_checkpoint(HashKind::Sha256, {kOrigin, 100, sha256("another history")}, key_);
  auto notes = notes_;
  notes.push_back(forged);
  EXPECT_FALSE(verify(lines_, notes, key_.public_raw()).intact());
}

TEST_F(LedgerVerifierTest, RefusesWhatIsNotACheckpointAndStillChecksTheLines) {
  auto notes = notes_;
  notes.emplace_back("not a note");
  auto changed = lines_;
  changed.erase(changed.begin() + 5);
  EXPECT_EQ(verify(lines_, notes, "").faults.size(), 1U);
  EXPECT_EQ(verify(changed, notes, "").faults.size(), 2U);
}

TEST_F(LedgerVerifierTest, AcceptsEntriesAfterTheLastCheckpoint) {
  append(settled(1));
  EXPECT_TRUE(verify(lines()).intact());
}

TEST_F(LedgerVerifierTest, RefusesALedgerThatDoesNotBeginWithGenesis) {
  const std::string zeros(64, '0');
  const std::string found = R"({"actor":"a","event":"item.found","prev":")" + zeros +
                            R"(","seq":0,"ts":"2026-11-22T08:00:00.000Z","v":1})";
  EXPECT_FALSE(verify({found}, {}, "").intact());
  EXPECT_FALSE(verify({}, {}, "").intact());
}

TEST_F(LedgerVerifierTest, RefusesAFalseSeal) {
  append({"segment.sealed", "system:ledger", {{"segment", 0}, {"lines", 65536}, {"sha256", ""}}});
  const VerifyReport report = verify(lines());
  ASSERT_FALSE(report.intact());
  EXPECT_EQ(report.faults[0].seq, 300U);
}

TEST_F(LedgerVerifierTest, RefusesASecondGenesisAndAKeyNobodyVouchedFor) {
  append({"genesis", "system:ledger", {{"origin", kOrigin}, {"hash", "sha256"}}});
  EXPECT_EQ(verify(lines()).faults.at(0).seq, 300U);
  const auto key = [] {
    return json::object{{"algorithm", "ed25519"},
                        {"public", base64(SigningKey::generate().public_raw())}};
  };
  const TestDatabase store;
  auto database = store.open();
  ASSERT_TRUE(ledger_->open(*database));
  database->write_now([&](Transaction& tx) {
    for (int i = 0; i < 2; ++i)
      ledger_->append(tx, {"key.rotated", "system:ledger", {{"keys", json::array{key()}}}});
  });
  EXPECT_EQ(verify_database(*database, {}).faults.at(0).seq, 2U);
}

TEST_F(LedgerVerifierTest, ChecksADatabaseInPlace) {
  std::uint64_t done = 0;
  const VerifyReport report = verify_database(
      *database_, [&done](std::uint64_t now, std::uint64_t) { done = now; }, key_.public_raw());
  EXPECT_TRUE(report.intact()) << to_text(report);
  EXPECT_EQ(report.entries, 300U);
  EXPECT_EQ(done, 300U);
  EXPECT_FALSE(verify_database(*database_, {}, SigningKey::generate().public_raw()).intact());
}

// What root can do to the file, behind the back of the triggers.
TEST_F(LedgerVerifierTest, FindsWhatWasDoneToTheDatabase) {
  const std::vector<std::string> attacks = {
      "UPDATE ledger SET line = replace(line, 'weibo', 'weixin') WHERE seq = 250",
      "DELETE FROM ledger WHERE seq = 250",
      "DELETE FROM ledger WHERE seq >= 250",
      "DELETE FROM ledger",
      "UPDATE ledger SET seq = 1000 WHERE seq = 299",
      "INSERT INTO ledger (seq, line) SELECT 300, line FROM ledger WHERE seq = 299",
      "INSERT INTO ledger (seq, line) SELECT -1, line FROM ledger WHERE seq = 299",
      "UPDATE ledger_head SET size = 299",
      "UPDATE ledger_head SET prev = edge",
      "UPDATE ledger_head SET edge = prev",
      "UPDATE checkpoint SET note = replace(note, 'example', 'exemple') WHERE size = 100",
  };
  database_.reset();  // the last connection moves everything into the one file
  drop_guards();
  for (const std::string& attack : attacks) {
    const TestDatabase attacked = store_.copy();
    auto copy = attacked.open();
    ASSERT_TRUE(verify_database(*copy, {}).intact());
    copy->write_now([&](Transaction& tx) { tx.sql() << attack; });
    EXPECT_FALSE(verify_database(*copy, {}).intact()) << attack;
  }
}

TEST_F(LedgerVerifierTest, ReportsForPeopleAndPrograms) {
  auto changed = lines_;
  changed.erase(changed.begin() + 7);
  const VerifyReport good = verify(lines_);
  const VerifyReport bad = verify(changed);

  EXPECT_NE(to_text(good).find("台账完整"), std::string::npos);
  EXPECT_NE(to_text(bad).find("第 7 条"), std::string::npos);
  const json::object described = to_json(bad);
  EXPECT_EQ(described.at("intact"), json::value(false));
  EXPECT_EQ(described.at("faults").get_array().at(0).get_object().at("seq"), json::value(7));
  EXPECT_EQ(to_json(good).at("root"), json::value(hex(good.root)));
}

}  // namespace
}  // namespace liandong
