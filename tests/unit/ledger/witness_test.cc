#include "daemon/ledger/witness.h"

#include <gmock/gmock.h>

#include "daemon/ledger/cosignature.h"
#include "daemon/ledger/growth.h"
#include "daemon/ledger/outside_checkpoint.h"
#include "daemon/ledger/tree.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

std::vector<Digest> leaves_of(std::size_t count, const std::string& salt = "") {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i)
    leaves.push_back(leaf_hash(HashKind::Sha256, salt + std::to_string(i)));
  return leaves;
}

class WitnessTest : public ::testing::Test {
 protected:
  static constexpr const char* kName = "audit.example.gov.cn/witness";

  WitnessTest() { restart(); }

  void restart() {
    witness_.emplace(
        Witness::Options{
            kName, witness_key_, {{kOrigin, {kOrigin, log_key_.public_raw()}}}, folder_.path()},
        clock_);
  }

  std::string note(std::size_t size, const std::string& salt = "") {
    return sign_checkpoint(HashKind::Sha256,
                           {kOrigin, size, tree_root(HashKind::Sha256, leaves_of(size, salt))},
                           log_key_);
  }

  WitnessAnswer show(std::size_t old_size, std::size_t size, const std::string& salt = "") {
    const auto proof = consistency_proof(HashKind::Sha256, leaves_of(size, salt), old_size);
    return witness_->add_checkpoint(witness_request(old_size, proof, note(size, salt)));
  }

  FakeClock clock_;
  TempDir folder_;
  SigningKey log_key_ = SigningKey::generate();
  SigningKey witness_key_ = SigningKey::generate();
  std::optional<Witness> witness_;
};

TEST_F(WitnessTest, CosignsWhatContinuesWhatItKnows) {
  for (const auto& [old_size, size] : {std::pair(0, 5), {5, 5}, {5, 8}, {8, 13}, {13, 300}}) {
    const WitnessAnswer answer =
        show(static_cast<std::size_t>(old_size), static_cast<std::size_t>(size));
    ASSERT_EQ(answer.status, 200) << size << answer.body;
    const auto signature = find_cosignature(answer.body, note(static_cast<std::size_t>(size)),
                                            kName, witness_key_.public_raw());
    ASSERT_TRUE(signature.has_value()) << signature.error().message();
    EXPECT_EQ(signature->at, std::chrono::floor<std::chrono::seconds>(clock_.now()));
    restart();  // what it knows is on the disk
  }
}

TEST_F(WitnessTest, SaysTheSizeItKnows) {
  ASSERT_EQ(show(0, 8).status, 200);
  for (const auto& [old_size, size] : {std::pair(0, 9), {7, 9}, {0, 8}, {5, 8}}) {
    const WitnessAnswer answer =
        show(static_cast<std::size_t>(old_size), static_cast<std::size_t>(size));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.type, "text/x.tlog.size");
    EXPECT_EQ(answer.body, "8\n");
  }
}

TEST_F(WitnessTest, CosignsNoShorterAndNoOtherHistory) {
  ASSERT_EQ(show(0, 8).status, 200);
  EXPECT_EQ(witness_->add_checkpoint(witness_request(8, {}, note(5))).status, 400);
  EXPECT_EQ(show(5, 5).status, 409);
  EXPECT_EQ(witness_->add_checkpoint(witness_request(8, {}, note(8, "other"))).status, 409);
  EXPECT_EQ(show(8, 12, "other").status, 422);
  EXPECT_EQ(show(8, 12).status, 200);
}

TEST_F(WitnessTest, RefusesEveryProofThatWasChanged) {
  ASSERT_EQ(show(0, 7).status, 200);
  const auto proof = consistency_proof(HashKind::Sha256, leaves_of(20), 7);
  ASSERT_GT(proof.size(), 2U);
  for (std::size_t i = 0; i < proof.size(); ++i) {
    auto flipped = proof;
    flipped[i][0] ^= 1U;
    EXPECT_EQ(witness_->add_checkpoint(witness_request(7, flipped, note(20))).status, 422);
    auto shorter = proof;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(witness_->add_checkpoint(witness_request(7, shorter, note(20))).status, 422);
    auto longer = proof;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), proof[i]);
    EXPECT_EQ(witness_->add_checkpoint(witness_request(7, longer, note(20))).status, 422);
  }
  EXPECT_EQ(witness_->add_checkpoint(witness_request(7, proof, note(20))).status, 200);
}

TEST_F(WitnessTest, KnowsOnlyItsLogsAndTheirKeys) {
  const Checkpoint checkpoint{kOrigin, 3, tree_root(HashKind::Sha256, leaves_of(3))};
  const std::string forged = sign_checkpoint(HashKind::Sha256, checkpoint, SigningKey::generate());
  EXPECT_EQ(witness_->add_checkpoint(witness_request(0, {}, forged)).status, 403);
  const std::string other =
      sign_checkpoint(HashKind::Sha256, {"other.gov.cn/liandong", 3, checkpoint.root}, log_key_);
  EXPECT_EQ(witness_->add_checkpoint(witness_request(0, {}, other)).status, 404);
}

TEST_F(WitnessTest, ReadsNothingThatIsNoRequest) {
  const std::string good = witness_request(0, {}, note(3));
  const std::vector<std::string> all = {"",
                                        "old 0\n",
                                        "old x\n\n" + note(3),
                                        "old 00\n\n" + note(3),
                                        "new" + good.substr(3),
                                        "old 0\nAAAA\n\n" + note(3),
                                        "old 0\n\n",
                                        "old -1\n\n" + note(3),
                                        std::string(70'000, 'x')};
  for (const std::string& bad : all)
    EXPECT_EQ(witness_->add_checkpoint(bad).status, 400) << bad.substr(0, 40);
  std::string many = "old 0\n";
  for (int i = 0; i < 64; ++i) many += base64(std::string(32, 'x')) + "\n";
  EXPECT_EQ(witness_->add_checkpoint(many + "\n" + note(3)).status, 400);
  EXPECT_EQ(witness_->add_checkpoint(good).status, 200);
}

TEST_F(WitnessTest, SignsTheTimeAndTheNoteTogether) {
  const std::string lines = show(0, 3).body;
  const std::string raw = witness_key_.public_raw();
  EXPECT_TRUE(find_cosignature(lines, note(3), kName, raw).has_value());
  EXPECT_FALSE(find_cosignature(lines, note(4), kName, raw).has_value());
  EXPECT_FALSE(find_cosignature(lines, note(3), "other", raw).has_value());
  EXPECT_FALSE(find_cosignature(lines, note(3), kName, log_key_.public_raw()).has_value());
  const std::size_t space = lines.rfind(' ') + 1;
  const std::string bytes = from_base64(lines.substr(space, lines.size() - space - 1)).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(
        find_cosignature(lines.substr(0, space) + base64(changed) + "\n", note(3), kName, raw)
            .has_value())
        << i;
  }
}

TEST(Growth, GivesTheProofOfTheWholeTreeFromItsEdgeAndTheNewLines) {
  for (std::size_t size = 1; size <= 40; ++size) {
    const auto leaves = leaves_of(size);
    for (std::size_t old_size = 0; old_size <= size; ++old_size) {
      TreeEdge edge(HashKind::Sha256);
      for (std::size_t i = 0; i < old_size; ++i) edge.append(leaves[i]);
      Growth growth(edge, size);
      for (std::size_t i = old_size; i < size; ++i) growth.add(std::to_string(i));
      EXPECT_EQ(growth.proof(), consistency_proof(HashKind::Sha256, leaves, old_size))
          << old_size << " " << size;
      EXPECT_EQ(growth.edge().root(), tree_root(HashKind::Sha256, leaves));
    }
  }
}

}  // namespace
}  // namespace liandong
