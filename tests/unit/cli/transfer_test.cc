// The whole record between databases: SQLite, or both kinds where the environment names a
// PostgreSQL.

#include "daemon/app/transfer.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/app/backup.h"
#include "daemon/app/workshop.h"
#include "daemon/delivery/restored.h"
#include "daemon/item/item_store.h"
#include "daemon/ledger/verify.h"

#include "tests/support/fake_clock.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_database.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

using Content = std::map<std::string, std::vector<std::string>>;

// What the record says, row by row, whichever database holds it.
Content content_of(Database& database) {
  Content content;
  for (const auto& [table, query] : std::map<std::string, std::string>{
           {"ledger", "SELECT line FROM ledger ORDER BY seq"},
           {"ledger_head", "SELECT prev || edge FROM ledger_head"},
           {"ledger_index",
            "SELECT event || coalesce(channel, '-') FROM ledger_index ORDER BY seq"},
           {"checkpoint", "SELECT note FROM checkpoint ORDER BY size"},
           {"item_key", "SELECT kind || value FROM item_key ORDER BY kind, value"},
           {"revision", "SELECT sha256 || article FROM revision ORDER BY item, number"},
           {"delivery",
            "SELECT cast(d.id AS text) || d.state || d.channel || d.marker || d.progress || "
            "coalesce(cast(d.delivered_at AS text), 'never') || coalesce(r.text, 'nothing') FROM "
            "delivery d LEFT JOIN rendition r ON r.delivery = d.id ORDER BY d.id"}}) {
    content[table] = database.read_now([&query = query](Transaction& tx) {
      std::vector<std::string> rows;
      std::string row;
      auto all = tx.sql().rows(query);
      all, soci::into(row);
      while (all.next()) rows.push_back(row);
      return rows;
    });
  }
  return content;
}

class TransferTest : public testing::Test {
 protected:
  // A store with something in every table that the first version had.
  void SetUp() override {
    std::ifstream dump(source_dir() + "/tests/unit/item/stores/version1.sqlite.sql",
                       std::ios::binary);
    store_.run_script({std::istreambuf_iterator<char>(dump), {}});
    from_ = store_.open();
  }
  // The error; empty: it was copied.
  std::string copy(Database& to) {
    const auto copied = copy_record(*from_, to, [](std::uint64_t, std::uint64_t) {});
    return copied ? "" : copied.error().message();
  }
  void cut_short(Database& to, int batches) {
    const TransferProgress broken = [&batches](std::uint64_t, std::uint64_t) {
      if (--batches == 0) throw std::runtime_error("cut short");
    };
    EXPECT_THROW((void)copy_record(*from_, to, broken), std::runtime_error);
  }

  TestDatabase store_{Dialect::Sqlite};
  TestDatabase other_;
  std::unique_ptr<Database> from_;
};

TEST_F(TransferTest, CopiesEveryRowThereAndBack) {
  const Content was = content_of(*from_);
  for (const auto& [table, rows] : was) EXPECT_FALSE(rows.empty()) << table;
  const auto to = other_.open();
  ASSERT_EQ(copy(*to), "");
  EXPECT_EQ(content_of(*to), was);

  const TestDatabase third(Dialect::Sqlite);
  const auto back = third.open();
  ASSERT_TRUE(copy_record(*to, *back, [](std::uint64_t, std::uint64_t) {}));
  EXPECT_EQ(content_of(*back), was);
}

TEST_F(TransferTest, GivesNewNumbersAfterTheCopiedOnes) {
  const auto to = other_.open();
  ASSERT_EQ(copy(*to), "");
  const auto insert = [](Transaction& tx) {
    Item item;
    item.source = "notices";
    item.revision.article.title = "新的通知";
    item.revision.article.url = "https://example.gov.cn/new";
    return ItemStore::insert(tx, item, {});
  };
  EXPECT_EQ(to->write_now(insert), from_->write_now(insert));
}

TEST_F(TransferTest, GoesOnWhereItWasCutShort) {
  const Content was = content_of(*from_);
  for (int batches = 1; batches < 12; ++batches) {
    const TestDatabase target;
    const auto to = target.open();
    cut_short(*to, batches);
    ASSERT_EQ(copy(*to), "") << batches;
    EXPECT_EQ(content_of(*to), was) << batches;
  }
}

TEST_F(TransferTest, TouchesNoOtherRecordAndNoWholeOne) {
  const auto to = other_.open();
  ASSERT_EQ(copy(*to), "");
  EXPECT_THAT(copy(*to), HasSubstr("a whole record"));

  const TestDatabase foreign;
  const auto strange = foreign.open();
  strange->write_now([](Transaction& tx) {
    tx.sql() << "INSERT INTO ledger (seq, line) VALUES (0, 'not of this office')";
  });
  EXPECT_THAT(copy(*strange), HasSubstr("another record"));
}

// What changed since stands in no row that was copied before.
TEST_F(TransferTest, DoesNotGoOnWithARecordThatWentOn) {
  const auto to = other_.open();
  cut_short(*to, 4);
  from_->write_now([](Transaction& tx) {
    tx.sql() << "INSERT INTO ledger (seq, line) SELECT max(seq) + 1, '{}' FROM ledger";
  });
  EXPECT_THAT(copy(*to), HasSubstr("went on since"));
}

// What is damaged is no row that is copied: only a reading of every page shows it.
TEST_F(TransferTest, CopiesNothingOfADamagedFile) {
  std::int64_t page = 0;
  from_->read_now([&page](Transaction& tx) {
    tx.sql() << "SELECT rootpage FROM sqlite_master WHERE name = 'delivery_due'", soci::into(page);
  });
  from_.reset();
  const std::string file = store_.url().substr(std::string_view("sqlite://").size());
  std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp((page - 1) * 4096);
  damaged << std::string(4096, 'Z');
  damaged.close();
  Database::Options options;
  options.url = store_.url();
  options.check_pages = false;
  from_ = std::move(Database::open(options, schema()).value());
  const auto to = other_.open();
  EXPECT_THAT(copy(*to), HasSubstr("the database file is damaged"));
  EXPECT_THAT(content_of(*to).at("ledger"), testing::IsEmpty());
}

class TransferOfAnInstallation : public testing::Test {
 protected:
  void SetUp() override {
    settings_.store.url = url_of("old.db");
    settings_.ledger.origin = "example.gov.cn/liandong";
    workshop_ = open_workshop(settings_, clock_, true).value();
    workshop_.database->write_now([&](Transaction& tx) {
      Entry entry;
      entry.event = "service.started";
      entry.actor = "system:service";
      workshop_.ledger->append(tx, entry);
    });
  }
  [[nodiscard]] std::string url_of(const std::string& name) const {
    return "sqlite://" + (folder_.path() / name).string();
  }

  const TransferProgress quiet_ = [](std::uint64_t, std::uint64_t) {};
  TempDir folder_;
  FakeClock clock_;
  Settings settings_;
  Workshop workshop_;
};

TEST_F(TransferOfAnInstallation, RestoresABackupThatSendsNothing) {
  const std::filesystem::path file = folder_.path() / "backup.db";
  ASSERT_TRUE(back_up(*workshop_.database, file, quiet_));
  EXPECT_EQ(std::filesystem::status(file).permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_THAT(back_up(*workshop_.database, file, quiet_).error().message(), HasSubstr("exists"));

  settings_.store.url = url_of("new.db");
  const auto restored = restore_backup(file, settings_, clock_, quiet_);
  ASSERT_TRUE(restored) << restored.error().message();

  const Workshop again = open_workshop(settings_, clock_, false).value();
  EXPECT_TRUE(again.database->read_now([](Transaction& tx) { return restored_backup(tx); }));
  EXPECT_TRUE(verify_database(*again.database, {}).intact());
  EXPECT_FALSE(workshop_.database->read_now([](Transaction& tx) { return restored_backup(tx); }));
}

TEST_F(TransferOfAnInstallation, WantsTheKeyBackFirst) {
  const std::filesystem::path file = folder_.path() / "backup.db";
  ASSERT_TRUE(back_up(*workshop_.database, file, quiet_));
  settings_.ledger.key_file = (folder_.path() / "lost.key").string();
  settings_.store.url = url_of("new.db");
  EXPECT_THAT(restore_backup(file, settings_, clock_, quiet_).error().message(),
              HasSubstr("lost.key is missing"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "new.db"));
}

TEST_F(TransferOfAnInstallation, MigratesNothingThatIsWorkedOn) {
  const Workshop daemon = open_workshop(settings_, clock_, false).value();
  ASSERT_TRUE(daemon.database->become_worker());
  EXPECT_THAT(migrate_record(*workshop_.database, url_of("new.db"), quiet_).error().message(),
              HasSubstr("works on the present database"));
}

}  // namespace
}  // namespace liandong
