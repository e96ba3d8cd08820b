#include "daemon/ledger/outside_checkpoint.h"

#include <gmock/gmock.h>

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

class OutsideCheckpoint : public LedgerFixture {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "ledger.checkpoint"; }
  Result<std::optional<Checkpoint>> outside() {
    return read_outside_checkpoint(file(), {kOrigin, key_.public_raw()});
  }
  void keep() {
    const std::string note = database_->read_now([](Transaction& tx) { return newest_note(tx); });
    ASSERT_TRUE(write_outside_checkpoint(file(), note).has_value());
  }
  std::optional<LedgerGap> gap(Database& database) {
    const Checkpoint seen = **outside();
    return database.read_now([&](Transaction& tx) { return ledger_gap(tx, seen); });
  }
};

TEST_F(OutsideCheckpoint, IsNothingWhereThereIsNoFile) {
  ASSERT_TRUE(outside().has_value());
  EXPECT_FALSE(outside()->has_value());
}

TEST_F(OutsideCheckpoint, IsContinuedByTheLedgerItCameFrom) {
  grow_to(10);
  checkpoint();
  keep();
  EXPECT_EQ((*outside())->size, 10U);
  EXPECT_FALSE(gap(*database_).has_value());
  grow_to(20);
  checkpoint();
  EXPECT_FALSE(gap(*database_).has_value());
}

TEST_F(OutsideCheckpoint, ShowsALedgerThatIsBehindIt) {
  grow_to(10);
  checkpoint();
  database_.reset();
  const TestDatabase backup = store_.copy();
  database_ = store_.open();
  grow_to(20);
  checkpoint();
  keep();

  auto restored = backup.open();
  const auto found = gap(*restored);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->ledger_size, 10U);
  EXPECT_EQ(found->checkpoint_size, 20U);
  // Grown beyond it, but by other entries.
  database_ = std::move(restored);
  clock_.jump_wall(std::chrono::hours(1));
  grow_to(40);
  checkpoint();
  EXPECT_TRUE(gap(*database_).has_value());
}

TEST_F(OutsideCheckpoint, OfAnotherLedgerIsAnErrorThatSaysWhatToDo) {
  for (const std::string& text :
       {std::string("nonsense"), std::string(),
        sign_checkpoint(HashKind::Sha256, {kOrigin, 5, {}}, SigningKey::generate()),
        sign_checkpoint(HashKind::Sha256, {"other.gov.cn/liandong", 5, {}}, key_)}) {
    write_file(file(), text);
    const auto read = outside();
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_THAT(read.error().message(), HasSubstr("move the file away"));
  }
}

TEST_F(OutsideCheckpoint, IsReplacedAsAWholeOrNotAtAll) {
  ASSERT_TRUE(write_outside_checkpoint(file(), "one\n").has_value());
  ASSERT_TRUE(write_outside_checkpoint(file(), "two\n").has_value());
  EXPECT_EQ(read_file(file()), "two\n");
  EXPECT_FALSE(std::filesystem::exists(file().string() + ".new"));
  EXPECT_FALSE(write_outside_checkpoint(folder_.path() / "none" / "x", "three\n").has_value());
}

}  // namespace
}  // namespace liandong
