#include "daemon/ledger/rotation.h"

#include <cstdlib>

#include <gmock/gmock.h>

#include "daemon/ledger/export.h"
#include "daemon/ledger/verify.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;

class RotationTest : public LedgerFixture {
 protected:
  void rotate(const SigningKey& next) {
    const auto note = database_->write_now(
        [&](Transaction& tx) { return rotate_key(tx, *ledger_, next, clock_, "operator:cli"); });
    ASSERT_TRUE(note.has_value()) << note.error().message();
    Ledger::Options options = ledger_->options();
    options.key = next;
    ledger_.emplace(options, clock_);
    ASSERT_TRUE(ledger_->open(*database_).has_value());
  }

  void checkpoint() {
    database_->write_now([&](Transaction& tx) { ledger_->checkpoint(tx); });
  }

  VerifyReport verify(const std::string& key = "") { return verify_database(*database_, {}, key); }

  void set_note(const std::string& note, std::int64_t size) {
    database_->write_now([&](Transaction& tx) {
      tx.sql() << "UPDATE checkpoint SET note = :note WHERE size = :size", soci::use(note),
          soci::use(size);
    });
  }

  int run_in_export(const std::string& command) {
    const std::string line =
        "cd " + folder_.path().string() + "/export && " + command + " >../out.txt 2>&1";
    return std::system(line.c_str());
  }

  TempDir folder_;
};

TEST_F(RotationTest, KeepsTheLedgerWholeUnderEveryKeyItHad) {
  grow_to(20);
  checkpoint();
  const SigningKey second = SigningKey::generate();
  const SigningKey third = SigningKey::generate();
  rotate(second);
  grow_to(40);
  checkpoint();
  rotate(third);
  grow_to(60);
  checkpoint();
  for (const std::string& key :
       {std::string(), key_.public_raw(), second.public_raw(), third.public_raw()}) {
    const VerifyReport report = verify(key);
    EXPECT_TRUE(report.intact()) << (report.faults.empty() ? "" : report.faults[0].message);
    EXPECT_THAT(report.keys,
                ElementsAre(key_.public_raw(), second.public_raw(), third.public_raw()));
  }
  EXPECT_FALSE(verify(SigningKey::generate().public_raw()).intact());
}

TEST_F(RotationTest, IsNotTakenFromWhoLacksTheOldKey) {
  grow_to(20);
  checkpoint();
  const SigningKey thief = SigningKey::generate();
  rotate(thief);
  const auto notes =
      database_->read_now([](Transaction& tx) { return read_ledger_state(tx).notes; });
  const auto vouching = peek_checkpoint(notes.at(notes.size() - 2)).value();
  ASSERT_TRUE(verify().intact());
  set_note(sign_checkpoint(HashKind::Sha256, vouching, thief),
           static_cast<std::int64_t>(vouching.size));
  EXPECT_FALSE(verify().intact());
  EXPECT_FALSE(verify(thief.public_raw()).intact());
}

TEST_F(RotationTest, LeavesNothingToTheOldKey) {
  grow_to(20);
  rotate(SigningKey::generate());
  grow_to(30);
  checkpoint();
  ASSERT_TRUE(verify().intact());
  const auto notes =
      database_->read_now([](Transaction& tx) { return read_ledger_state(tx).notes; });
  const auto last = peek_checkpoint(notes.back()).value();
  set_note(sign_checkpoint(HashKind::Sha256, last, key_), static_cast<std::int64_t>(last.size));
  EXPECT_FALSE(verify().intact());
}

TEST_F(RotationTest, IsCheckedByEveryVerifierOfAnExport) {
  grow_to(20);
  checkpoint();
  const SigningKey second = SigningKey::generate();
  rotate(second);
  grow_to(40);
  checkpoint();
  const auto folder = folder_.path() / "export";
  ASSERT_TRUE(export_ledger(*database_, folder, {}).has_value());
  EXPECT_TRUE(verify_folder(folder, {}).intact());
  EXPECT_TRUE(verify_folder(folder, {}, second.public_raw()).intact());
  write_file(folder_.path() / "second.pem", second.public_pem());
  write_file(folder_.path() / "first.pem", key_.public_pem());
  write_file(folder_.path() / "other.pem", SigningKey::generate().public_pem());
  for (const std::string& tool : {std::string("python3 verify.py"), std::string("sh verify.sh")}) {
    EXPECT_EQ(run_in_export(tool), 0) << tool << read_file(folder_.path() / "out.txt");
    EXPECT_EQ(run_in_export(tool + " ../first.pem"), 0) << read_file(folder_.path() / "out.txt");
    EXPECT_EQ(run_in_export(tool + " ../second.pem"), 0) << read_file(folder_.path() / "out.txt");
    EXPECT_NE(run_in_export(tool + " ../other.pem"), 0);
  }
}

}  // namespace
}  // namespace liandong
