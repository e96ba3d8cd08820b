// A ledger hashed with SM3: its own lines, checkpoints, proofs and files, and none of SHA-256.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/cosignature.h"
#include "daemon/ledger/export.h"
#include "daemon/ledger/growth.h"
#include "daemon/ledger/outside_checkpoint.h"
#include "daemon/ledger/proof.h"
#include "daemon/ledger/rotation.h"
#include "daemon/ledger/segment.h"
#include "daemon/ledger/verify.h"
#include "daemon/ledger/witness.h"
#include "daemon/platform/text.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Sm3Ledger : public LedgerFixture {
 protected:
  Sm3Ledger() : LedgerFixture(HashKind::Sm3) {}

  VerifyReport verify() { return verify_database(*database_, {}, key_.public_raw()); }

  std::string opening_error(std::optional<HashKind> hash) {
    Ledger::Options other = options();
    other.hash = hash;
    const auto opened = Ledger(other, clock_).open(*database_);
    return opened ? "" : opened.error().message();
  }

  std::string first_edge_;

  std::vector<Digest> sm3_leaves() {
    std::vector<Digest> leaves;
    for (const std::string& line : lines()) leaves.push_back(leaf_hash(HashKind::Sm3, line));
    return leaves;
  }
};

TEST_F(Sm3Ledger, SaysSoAndChainsWithIt) {
  grow_to(20);
  checkpoint();
  const auto all = lines();
  EXPECT_THAT(all.at(0), HasSubstr(R"("hash":"sm3")"));
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_THAT(all[i], HasSubstr("\"prev\":\"" + hex(hash_of(HashKind::Sm3, all[i - 1])) + '"'));
  }
  const auto opened = open_checkpoint(state().notes.at(0), log_key());
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(opened->root, tree_root(HashKind::Sm3, sm3_leaves()));
  const VerifyReport report = verify();
  EXPECT_TRUE(report.intact()) << to_text(report);
  EXPECT_EQ(report.hash, HashKind::Sm3);
  EXPECT_THAT(to_text(report), HasSubstr("hash: sm3"));
}

TEST_F(Sm3Ledger, KeepsItsHashWhateverTheConfigurationSays) {
  EXPECT_THAT(
      opening_error(HashKind::Sha256),
      AllOf(HasSubstr("a ledger of sm3"), HasSubstr("hash = \"sm3\""), HasSubstr("store.url")));
  EXPECT_EQ(opening_error(HashKind::Sm3), "");
  Ledger unsaid({kOrigin, "1", key_}, clock_);
  ASSERT_TRUE(unsaid.open(*database_));
  EXPECT_EQ(unsaid.hash(), HashKind::Sm3);
  database_->write_now([&](Transaction& tx) { unsaid.append(tx, settled(7)); });
  EXPECT_TRUE(verify().intact()) << to_text(verify());
}

TEST(Sha256Ledger, IsNotMadeOneOfSm3) {
  const TestDatabase store;
  auto database = store.open();
  const FakeClock clock;
  ASSERT_TRUE(Ledger({kOrigin, "1", std::nullopt}, clock).open(*database));
  const auto opened = Ledger({kOrigin, "1", std::nullopt, HashKind::Sm3}, clock).open(*database);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr("a ledger of sha256"));
}

TEST_F(Sm3Ledger, IsNotIntactUnderAnotherHash) {
  grow_to(5);
  checkpoint();
  auto all = lines();
  all[0].replace(all[0].find("\"sm3\""), 5, "\"sha256\"");
  LedgerVerifier verifier(state().notes, key_.public_raw());
  for (const std::string& line : all) verifier.add(line);
  EXPECT_FALSE(verifier.finish().intact());
  EXPECT_FALSE(open_checkpoint(state().notes.at(0), {kOrigin, key_.public_raw()}).has_value());
}

TEST_F(Sm3Ledger, RefusesAHashNobodyKnows) {
  auto genesis = lines().at(0);
  genesis.replace(genesis.find("\"sm3\""), 5, "\"md5\"");
  LedgerVerifier verifier({}, "");
  EXPECT_FALSE(verifier.add(genesis));
  const VerifyReport report = verifier.finish();
  ASSERT_FALSE(report.intact());
  EXPECT_THAT(report.faults.front().message, HasSubstr("sha256 and sm3"));
}

TEST_F(Sm3Ledger, SealsItsSegmentsWithIt) {
  grow_to(static_cast<std::int64_t>(kSegmentLines) + 1);
  RunningHash segment(HashKind::Sm3);
  const auto all = lines();
  for (std::size_t i = 0; i < kSegmentLines; ++i) segment.update(all[i] + '\n');
  EXPECT_THAT(all.at(kSegmentLines), AllOf(HasSubstr("segment.sealed"),
                                           HasSubstr("\"sm3\":\"" + hex(segment.finish()) + '"')));
  EXPECT_TRUE(verify().intact()) << to_text(verify());
}

TEST_F(Sm3Ledger, ProvesEachEntry) {
  grow_to(13);
  checkpoint();
  for (std::uint64_t seq = 0; seq < 13; ++seq) {
    const std::string receipt = prove_entry(*database_, seq).value();
    const auto proven = check_proof(receipt, key_.public_raw());
    ASSERT_TRUE(proven) << proven.error().message();
    EXPECT_EQ(proven->hash, HashKind::Sm3);
    auto forged = boost::json::parse(receipt).get_object();
    forged["hash"] = "sha256";
    EXPECT_FALSE(check_proof(boost::json::serialize(forged), key_.public_raw())) << seq;
    forged.erase("hash");
    EXPECT_FALSE(check_proof(boost::json::serialize(forged), key_.public_raw())) << seq;
    forged["hash"] = "md5";
    EXPECT_FALSE(check_proof(boost::json::serialize(forged), key_.public_raw())) << seq;
  }
}

TEST_F(Sm3Ledger, GoesOnWithItAfterItsKeyWasRotated) {
  grow_to(5);
  checkpoint();
  const SigningKey next = SigningKey::generate();
  const auto note = database_->write_now(
      [&](Transaction& tx) { return rotate_key(tx, *ledger_, next, clock_, "operator:cli"); });
  ASSERT_TRUE(note) << note.error().message();
  EXPECT_TRUE(open_checkpoint(*note, {kOrigin, next.public_raw(), HashKind::Sm3}).has_value());
  EXPECT_TRUE(verify_database(*database_, {}, next.public_raw()).intact());
}

TEST_F(Sm3Ledger, IsKnownOutsideByItsOwnHash) {
  grow_to(5);
  checkpoint();
  const std::filesystem::path file = folder_.path() / "outside";
  ASSERT_TRUE(write_outside_checkpoint(file, state().notes.at(0)));
  EXPECT_TRUE(read_outside_checkpoint(file, log_key()).has_value());
  EXPECT_FALSE(read_outside_checkpoint(file, {kOrigin, key_.public_raw()}).has_value());
}

TEST_F(Sm3Ledger, IsCosignedByAWitnessThatWasToldItsHash) {
  const SigningKey witness_key = SigningKey::generate();
  const auto answer_of = [&](const LogKey& known) {
    const TempDir state_folder;
    Witness witness(
        {"audit.example.gov.cn/witness", witness_key, {{kOrigin, known}}, state_folder.path()},
        clock_);
    EXPECT_EQ(witness.add_checkpoint(witness_request(0, {}, state().notes.at(0))).status,
              known.hash == HashKind::Sm3 ? 200 : 403);
    Growth growth(TreeEdge::from_text(HashKind::Sm3, 5, first_edge_).value(), 12);
    const auto all = lines();
    for (std::size_t i = 5; i < 12; ++i) growth.add(all[i]);
    EXPECT_EQ(growth.proof(), consistency_proof(HashKind::Sm3, sm3_leaves(), 5));
    return witness.add_checkpoint(witness_request(5, growth.proof(), state().notes.at(1)));
  };
  grow_to(5);
  checkpoint();
  first_edge_ = state().edge;
  grow_to(12);
  checkpoint();
  const WitnessAnswer answer = answer_of(log_key());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(find_cosignature(answer.body, state().notes.at(1), "audit.example.gov.cn/witness",
                               witness_key.public_raw())
                  .has_value());
  EXPECT_EQ(answer_of({kOrigin, key_.public_raw()}).status, 403);
}

// The files of an export, checked by this program, by the shell with openssl, and by Python.
class Sm3Export : public Sm3Ledger {
 protected:
  void SetUp() override {
    Sm3Ledger::SetUp();
    grow_to(7);
    checkpoint();
    grow_to(13);
    checkpoint();
    const auto report = export_ledger(*database_, export_, {});
    ASSERT_TRUE(report) << report.error().message();
  }

  [[nodiscard]] int run(const std::string& program, const std::string& script) const {
    return std::system(
        (program + " '" + (export_ / script).string() + "' >/dev/null 2>&1").c_str());
  }

  [[nodiscard]] std::vector<bool> verdicts() const {
    return {verify_folder(export_, {}, key_.public_raw()).intact(), run("sh", "verify.sh") == 0,
            run("python3", "verify.py") == 0};
  }

  // The sums anew, as somebody who tampers would write them.
  void sum_anew() const {
    std::string sums;
    for (const auto& file : std::filesystem::recursive_directory_iterator(export_)) {
      const std::string path = std::filesystem::relative(file.path(), export_).string();
      if (!file.is_regular_file() || path == "SM3SUMS") continue;
      sums += hex(hash_of(HashKind::Sm3, read_file(file.path()))) + "  " + path + '\n';
    }
    write_file(export_ / "SM3SUMS", sums);
  }

  std::filesystem::path export_ = folder_.path() / "out";
};

TEST_F(Sm3Export, HoldsItsOwnSumsAndExplainsThem) {
  EXPECT_FALSE(std::filesystem::exists(export_ / "SHA256SUMS"));
  EXPECT_THAT(read_file(export_ / "SM3SUMS"), HasSubstr("  segments/seg-000000.jsonl\n"));
  const std::string readme = read_file(export_ / "README");
  EXPECT_THAT(readme, AllOf(HasSubstr("openssl dgst -sm3"), HasSubstr("SM3SUMS")));
  EXPECT_EQ(readme.find("SHA-256"), std::string::npos);
  EXPECT_EQ(readme.find("sha256"), std::string::npos);
}

TEST_F(Sm3Export, IsIntactForAllThreeAndForNoneOnceChanged) {
  EXPECT_EQ(verdicts(), std::vector<bool>({true, true, true}));
  const std::filesystem::path segment = export_ / "segments/seg-000000.jsonl";
  const std::string good = read_file(segment);
  const auto lines = split_lines(good);
  const std::vector<std::pair<const char*, std::string>> changes = {
      {"edited", replace_all(good, "\"channel\":\"weibo\",\"delivery\":1005",
                             "\"channel\":\"weixin\",\"delivery\":1005")},
      {"called SHA-256", replace_all(good, "\"hash\":\"sm3\"", "\"hash\":\"sha256\"")},
      {"truncated", join_lines({lines.begin(), lines.end() - 1})},
      {"deleted", join_lines({lines.begin() + 1, lines.end()})}};
  for (const auto& [name, text] : changes) {
    ASSERT_NE(text, good) << name;
    write_file(segment, text);
    sum_anew();
    EXPECT_EQ(verdicts(), std::vector<bool>({false, false, false})) << name;
  }
  write_file(segment, good);
  sum_anew();
  EXPECT_EQ(verdicts(), std::vector<bool>({true, true, true})) << "the loop above proved nothing";
  write_file(export_ / "README", "x");
  EXPECT_EQ(verdicts(), std::vector<bool>({false, false, false})) << "a changed file";
}

}  // namespace
}  // namespace liandong
