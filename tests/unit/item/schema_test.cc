// The schema's steps, from every earlier version, with content. tests/unit/item/stores holds a
// store of each version as its database's own tool dumps it (`sqlite3 FILE .dump`, `pg_dump
// --inserts
// --no-owner`); a version without a dump is reached from the newest one before it.

#include "daemon/item/schema.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/recount.h"
#include "daemon/delivery/decisions.h"
#include "daemon/delivery/queue.h"
#include "daemon/item/item_store.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/verify.h"
#include "daemon/source/sighting.h"

#include "tests/support/fake_clock.h"
#include "tests/support/paths.h"
#include "tests/support/test_database.h"

namespace liandong {
namespace {

using ::testing::IsEmpty;

constexpr std::uint64_t kEntries = 22;  // of the ledger in each dump

std::filesystem::path dump_of(int version, Dialect dialect) {
  return source_dir() + "/tests/unit/item/stores/version" + std::to_string(version) +
         (dialect == Dialect::Sqlite ? ".sqlite.sql" : ".postgres.sql");
}

// A store as the program of that version left it.
void restore(const TestDatabase& store, int version) {
  int dumped = version;
  while (!std::filesystem::exists(dump_of(dumped, store.dialect()))) --dumped;
  std::ifstream stream(dump_of(dumped, store.dialect()), std::ios::binary);
  store.run_script({std::istreambuf_iterator<char>(stream), {}});
  (void)store.open(schema().first(static_cast<std::size_t>(version)));
}

std::vector<std::string> rows(Database& database, const std::string& query) {
  return database.read_now([&query](Transaction& tx) {
    std::vector<std::string> all;
    std::string row;
    soci::statement statement = (tx.sql().prepare << query, soci::into(row));
    statement.execute();
    while (statement.fetch()) all.push_back(row);
    return all;
  });
}

// Everything the database knows about its own shape, in words.
std::vector<std::string> shape(Database& database) {
  if (database.dialect() == Dialect::Sqlite) {
    return rows(database,
                "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER "
                "BY type, name");
  }
  auto all = rows(database,
                  "SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, "
                  "is_nullable, column_default, identity_generation) FROM "
                  "information_schema.columns WHERE table_schema = 'public' ORDER BY 1");
  for (const char* more :
       {"SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
        "SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM "
        "pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
        "SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"}) {
    const auto found = rows(database, more);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

class SchemaVersion : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    restore(store_, GetParam());
    database_ = store_.open();
  }
  template <typename Work>
  auto read(Work work) -> std::invoke_result_t<Work&, Transaction&> {
    return database_->read_now(std::move(work));
  }
  Delivery delivery(DeliveryId id) {
    return read([id](Transaction& tx) { return Queue::load(tx, id); }).value();
  }
  void expect_intact(std::uint64_t entries) {
    const VerifyReport report = verify_database(*database_, {});
    EXPECT_TRUE(report.intact()) << to_text(report);
    EXPECT_EQ(report.entries, entries);
    EXPECT_EQ(report.checkpoints, 1U);
    EXPECT_THAT(recount(*database_).value(), IsEmpty());
  }

  FakeClock clock_{FakeClock::kStart + std::chrono::hours(1)};
  TestDatabase store_;
  std::unique_ptr<Database> database_;
};

TEST_P(SchemaVersion, BecomesWhatANewStoreIs) {
  const TestDatabase fresh;
  EXPECT_EQ(shape(*database_), shape(*fresh.open()));
  const auto names = rows(*database_, "SELECT name FROM schema_version ORDER BY version");
  ASSERT_EQ(names.size(), schema().size());
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(names[i], schema()[i].name);
}

TEST_P(SchemaVersion, KeepsTheRecord) {
  expect_intact(kEntries);
}

TEST_P(SchemaVersion, KeepsItemsAndSources) {
  const auto item = read([](Transaction& tx) { return ItemStore::load(tx, 1); });
  ASSERT_TRUE(item.has_value());
  EXPECT_EQ(item->revision.number, 2);
  EXPECT_EQ(item->revision.article.title, "关于印发《示例办法》的通知（更正）");
  EXPECT_EQ(item->revision.article.meta.doc_no, "示政发〔2026〕1号");
  EXPECT_EQ(item->revision.article.body.attachments.at(0).name, "附件'1'.pdf");
  EXPECT_EQ(item->revision.sha256,
            "9b9de16ac7a8bdcbb8012ebd8b0f7fbc29837f4a59fa37793bf56f159673f4b0");
  EXPECT_EQ(read([](Transaction& tx) {
              return ItemStore::find(tx, {IdentityKey{"url", "example.gov.cn/old.html"}});
            }),
            2);
  const auto state = read([](Transaction& tx) { return load_source_state(tx, "policies"); });
  EXPECT_TRUE(state.baseline_done);
  EXPECT_EQ(state.listing.at("etag"), "\"5f-abc\"");
  EXPECT_EQ(read([](Transaction& tx) {
              return due_sightings(tx, "policies", FakeClock::kStart + std::chrono::hours(1), 9);
            })
                .at(0)
                .item,
            1);
}

TEST_P(SchemaVersion, KeepsDeliveriesAndChannels) {
  EXPECT_EQ(delivery(1).state, State::Delivered);
  EXPECT_EQ(delivery(1).receipt.remote_id, "5012");
  EXPECT_EQ(delivery(2).state, State::Unconfirmed);
  EXPECT_EQ(delivery(2).step, "submit");
  EXPECT_EQ(delivery(2).progress, (Progress{{"media_id", "m-1"}}));
  EXPECT_EQ(delivery(3).state, State::Held);
  EXPECT_EQ(delivery(3).reason, "正文有电话号码");
  EXPECT_EQ(delivery(4).state, State::Queued);
  EXPECT_EQ(delivery(5).state, State::Failed);
  EXPECT_EQ(delivery(6).state, State::Deferred);
  const auto pause = read([](Transaction& tx) { return channel_pause(tx, "hotline"); });
  ASSERT_TRUE(pause.has_value());
  EXPECT_EQ(pause->reason, "系统维护");
  EXPECT_EQ(rows(*database_, "SELECT channel FROM obligation WHERE met_at IS NOT NULL"),
            std::vector<std::string>{"weibo"});
  EXPECT_EQ(rows(*database_, "SELECT screen.name FROM play JOIN screen ON screen.id = play.screen"),
            std::vector<std::string>{"一楼大厅"});
}

TEST_P(SchemaVersion, CountsWhatScreensHadShown) {
  EXPECT_EQ(rows(*database_, "SELECT CAST(sum(shows) AS TEXT) FROM shown_day"),
            rows(*database_, "SELECT CAST(count(*) AS TEXT) FROM play"));
  EXPECT_EQ(rows(*database_, "SELECT CAST(sum(millis) AS TEXT) FROM shown_item"),
            rows(*database_, "SELECT CAST(sum(ended_at - started_at) AS TEXT) FROM play"));
}

// The work goes on: keys are given out behind those that are there, the chain is continued.
TEST_P(SchemaVersion, IsWrittenOn) {
  Ledger ledger({"example.gov.cn/liandong", "1", std::nullopt}, clock_);
  ASSERT_TRUE(ledger.open(*database_).has_value());
  Queue queue(ledger, clock_);
  const auto [item, made] = database_->write_now([&](Transaction& tx) {
    Item next = ItemStore::load(tx, 1).value();
    next.revision.article.title = "新的通知";
    NewDelivery plan;
    plan.item = ItemStore::insert(tx, next, {});
    plan.channel = "weibo";
    plan.due_at = clock_.now();
    plan.rendition = "{}";
    return std::pair(plan.item, queue.plan(tx, plan).value());
  });
  EXPECT_EQ(item, 3);
  EXPECT_EQ(made, 7);
  expect_intact(kEntries + 1);
}

TEST_P(SchemaVersion, RefusesToChangeTheLedger) {
  for (const char* change : {"UPDATE ledger SET line = 'x'", "DELETE FROM ledger"}) {
    EXPECT_THROW(database_->write_now([change](Transaction& tx) { tx.sql() << change; }),
                 DatabaseError);
  }
}

INSTANTIATE_TEST_SUITE_P(Every, SchemaVersion,
                         ::testing::Range(1, static_cast<int>(schema().size()) + 1));

TEST(Schema, IsNumberedWithoutGaps) {
  int version = 0;
  for (const Migration& step : schema()) {
    EXPECT_EQ(step.version, ++version);
    EXPECT_FALSE(step.name.empty());
  }
}

// Two items on two halls; one hall has a screen that was heard of since.
TEST(Schema, OpensAgainWhatOnlyAListHadMetAndCountsWhatWasShown) {
  const TestDatabase store;
  (void)store.open(schema().first(23))->write_now([](Transaction& tx) {
    tx.sql() << "INSERT INTO item (kind, source, title, url, doc_no, published_precision, "
                "first_seen, revision) VALUES ('notice', 's', 't', 'u', '', 'day', 1, 1)";
    for (const std::string channel : {"lobby", "annex", "weibo"}) {
      const std::string evidence = channel == "weibo" ? "reply" : "listed";
      tx.sql() << "INSERT INTO delivery (item, revision, channel, purpose, kind, state, marker, "
                  "sha256, created_at, due_at, step, attempt, epoch, owner, lease_until, "
                  "first_intent, intent_at, looks, progress, remote_id, permalink, evidence, "
                  "delivered_at, code, message, reason) VALUES (1, 1, :channel, 'publish', "
                  "'notice', 'delivered', :channel, '', 1, 1, '', 1, 1, '', 0, 0, 0, 0, '{}', '', "
                  "'', :evidence, 1000, '', '', '')",
          soci::use(channel, "channel"), soci::use(evidence, "evidence");
      tx.sql() << "INSERT INTO obligation (item, channel, route, made_at, warn_at, due_at, met_at, "
                  "reason) VALUES (1, :channel, 'r', 1, 1, 1, 1000, '')",
          soci::use(channel, "channel");
    }
    tx.sql() << "INSERT INTO screen (name, screen_group, key_sha256, token_sha256, state, "
                "registered_at, seen_at, list_version, report) VALUES ('一楼', 'lobby', 'k', 't', "
                "'approved', 1, 2000, '', '')";
    // The third by a clock that was set while it was shown.
    for (const int millis : {20'000, 3'600'000, 3'600'001}) {
      const std::string id = std::to_string(millis);
      tx.sql() << "INSERT INTO play (play_id, screen, delivery, title, started_at, ended_at, "
                  "clock) VALUES (:id, 1, 1, 't', 0, :millis, 'local')",
          soci::use(id, "id"), soci::use(millis, "millis");
    }
    return 0;
  });
  const auto database = store.open();
  EXPECT_EQ(
      rows(*database, "SELECT channel FROM obligation WHERE met_at IS NOT NULL ORDER BY channel"),
      (std::vector<std::string>{"lobby", "weibo"}));
  for (const std::string table : {"shown_day", "shown_item"})
    EXPECT_EQ(rows(*database, "SELECT shows || ' ' || millis FROM " + table),
              (std::vector<std::string>{"2 3620000"}))
        << table;
}

// The last and the first moment of months in Beijing, leap days and turns of the year among them.
TEST(Schema, CountsByMonthWhatPersonsHadRecorded) {
  const std::vector<std::pair<std::string, std::string>> moments = {
      {"2024-02-29T15:59:59Z", "2024-2"},  {"2024-02-29T16:00:00Z", "2024-3"},
      {"2025-12-31T15:59:59Z", "2025-12"}, {"2025-12-31T16:00:00Z", "2026-1"},
      {"2026-02-28T15:59:59Z", "2026-2"},  {"2026-02-28T16:00:00Z", "2026-3"},
      {"2026-11-28T03:00:00Z", "2026-11"}, {"2099-12-31T12:00:00Z", "2099-12"}};
  const TestDatabase store;
  (void)store.open(schema().first(24))->write_now([&moments](Transaction& tx) {
    tx.sql() << "INSERT INTO item (kind, source, title, url, doc_no, published_precision, "
                "first_seen, revision) VALUES ('notice', 's', 't', 'u', '', 'day', 1, 1)";
    for (const auto& [moment, month] : moments) {
      const std::int64_t at = to_millis(parse_rfc3339(moment).value());
      for (const std::string evidence : {"operator", "reply"}) {
        const std::string channel = month + evidence;
        tx.sql() << "INSERT INTO delivery (item, revision, channel, purpose, kind, state, marker, "
                    "sha256, created_at, due_at, step, attempt, epoch, owner, lease_until, "
                    "first_intent, intent_at, looks, progress, remote_id, permalink, evidence, "
                    "delivered_at, code, message, reason) VALUES (1, 1, :channel, 'publish', "
                    "'notice', 'delivered', :channel, '', 1, 1, '', 1, 1, '', 0, 0, 0, 0, '{}', "
                    "'', '', :evidence, :at, '', '', '')",
            soci::use(channel, "channel"), soci::use(evidence, "evidence"), soci::use(at, "at");
      }
    }
    return 0;
  });
  std::vector<std::string> expected;
  for (const auto& [moment, month] : moments)
    expected.push_back(month + " " + month + "operator 1");
  EXPECT_THAT(rows(*store.open(),
                   "SELECT year || '-' || month || ' ' || channel || ' ' || value FROM counter "
                   "WHERE measure = 'recorded'"),
              testing::UnorderedElementsAreArray(expected));
}

TEST(Schema, HasADumpOfItsFirstVersionForEitherDatabase) {
  EXPECT_TRUE(std::filesystem::exists(dump_of(1, Dialect::Sqlite)));
  EXPECT_TRUE(std::filesystem::exists(dump_of(1, Dialect::Postgres)));
}

}  // namespace
}  // namespace liandong
