// The console's ledger: how it stands, its verification beside the io thread, and an entry's proof.

#include "daemon/console/ledger_desk.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/console/organisations.h"
#include "daemon/ledger/export.h"

#include "tests/support/organisations.h"
#include "tests/unit/console/console_world.h"

namespace liandong {
namespace {

class LedgerDeskTest : public testing::Test {
 protected:
  LedgerDeskTest() : auditor_(world_.person("qian", Role::Auditor)) {}

  boost::json::object ledger(const ConsoleWorld::Person& person) {
    return boost::json::parse(world_.get_as(person, "/api/v1/ledger").body).as_object();
  }
  // The end of the verification that runs.
  boost::json::object verified() {
    for (int looks = 0; looks < 3000; ++looks) {
      const auto run = ledger(auditor_).at("verification").as_object();
      if (!run.at("ended_at").is_null()) return run;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "it does not end";
    return {};
  }

  void add_office() {
    Settings settings;
    settings.organisations =
        organisations_of("[[organisation]]\nname = \"jyj\"\ntitle = \"某市教育局\"\n");
    world_.database->write_now([&](Transaction& tx) { store_organisations(tx, settings); });
  }

  ConsoleWorld world_;
  ConsoleWorld::Person auditor_;
};

TEST_F(LedgerDeskTest, ShowsTheNewestCheckpointWithItsCode) {
  EXPECT_TRUE(ledger(auditor_).at("checkpoint").is_null());
  world_.sign_checkpoint();
  const auto size = ledger(auditor_).at("size");
  world_.add_item("后来的通知");
  world_.add_delivery({});

  const auto shown = ledger(auditor_);
  EXPECT_EQ(shown.at("checkpoint").at("size"), size);
  EXPECT_GT(shown.at("size").as_int64(), size.as_int64());
  const std::string note(shown.at("checkpoint").at("note").as_string());
  EXPECT_TRUE(note.starts_with("test.example/liandong\n")) << note;
  EXPECT_GT(shown.at("checkpoint").at("qr").at("size").as_int64(), 20);
  EXPECT_TRUE(shown.at("witnesses").as_array().empty());
  EXPECT_TRUE(shown.at("verification").is_null());
}

TEST_F(LedgerDeskTest, ShowsWhatTheWitnessesKnow) {
  world_.execute(
      "INSERT INTO witness (name, size, edge, witnessed_at, since, grave, error) VALUES "
      "('a.example/w', 7, '', 1000, 0, 0, ''), ('b.example/w', 0, '', 0, 1000, 1, 'the site "
      "answered 404')");
  world_.execute("INSERT INTO timestamp_token (size, token, stamped_at) VALUES (5, '', 2000)");

  const auto shown = ledger(auditor_);
  ASSERT_EQ(shown.at("witnesses").as_array().size(), 2U);
  EXPECT_EQ(shown.at("witnesses").at(0).at("witnessed_at"), "1970-01-01T00:00:01.000Z");
  EXPECT_TRUE(shown.at("witnesses").at(1).at("witnessed_at").is_null());
  EXPECT_EQ(shown.at("witnesses").at(1).at("error"), "the site answered 404");
  EXPECT_EQ(shown.at("timestamp").at("size"), 5);
}

TEST_F(LedgerDeskTest, VerifiesBesideTheIoThreadAndSaysWhoAsked) {
  world_.sign_checkpoint();
  EXPECT_EQ(world_.post_as(auditor_, "/api/v1/ledger/verify").status, 200);

  const auto run = verified();
  EXPECT_TRUE(run.at("error").is_null());
  EXPECT_EQ(run.at("report").at("intact"), true) << boost::json::serialize(run);
  EXPECT_EQ(run.at("report").at("entries"), ledger(auditor_).at("size"));
  EXPECT_EQ(run.at("report").at("checkpoints"), 1);
  EXPECT_EQ(run.at("done"), run.at("total"));
  EXPECT_EQ(run.at("by"), "user:u000001");
}

TEST_F(LedgerDeskTest, FindsWhatWasChangedAndTellsTheFaultsToWhoSeesAll) {
  world_.execute(world_.store.dialect() == Dialect::Sqlite
                     ? "DROP TRIGGER ledger_no_update"
                     : "DROP TRIGGER ledger_no_change ON ledger");
  world_.execute("UPDATE ledger SET line = replace(line, 'event', 'evemt') WHERE seq = 1");
  add_office();
  const auto bound = world_.person("li", Role::Auditor, "jyj");
  EXPECT_EQ(world_.post_as(bound, "/api/v1/ledger/verify").status, 403);
  EXPECT_EQ(world_.post_as(auditor_, "/api/v1/ledger/verify").status, 200);

  const auto run = verified();
  EXPECT_EQ(run.at("report").at("intact"), false);
  ASSERT_FALSE(run.at("report").at("faults").as_array().empty());
  for (const auto& fault : run.at("report").at("faults").as_array())
    EXPECT_NE(fault.at("zh").at("message"), fault.at("message"));
  const auto told = ledger(bound).at("verification").at("report");
  EXPECT_EQ(told.at("intact"), false);
  EXPECT_TRUE(told.at("faults").as_array().empty());
}

TEST_F(LedgerDeskTest, ProvesAnEntryAsTheCommandDoes) {
  const auto proof = [&](const ConsoleWorld::Person& person, const std::string& seq) {
    return world_.get_as(person, "/api/v1/ledger/proof", {{"seq", seq}});
  };
  EXPECT_EQ(proof(auditor_, "0").status, 409) << "no checkpoint covers it";
  world_.sign_checkpoint();
  for (const char* seq : {"0", "1"})
    EXPECT_EQ(proof(auditor_, seq).body,
              prove_entry(*world_.database, std::stoul(seq)).value() + "\n");
  EXPECT_EQ(proof(auditor_, "9999").status, 409);
  for (const char* seq : {"", "-1", "x"}) EXPECT_EQ(proof(auditor_, seq).status, 400) << seq;
}

TEST_F(LedgerDeskTest, WhoIsBoundProvesTheEntriesHeSees) {
  add_office();
  const auto bound = world_.person("li", Role::Auditor, "jyj");
  for (const char* organisation : {"jyj", "wjw"}) {
    world_.add_item("通知");
    world_.execute("UPDATE item SET organisation = '" + std::string(organisation) +
                   "' WHERE organisation = ''");
    DeliveryFacts facts;
    facts.item = organisation == std::string("jyj") ? 1 : 2;
    world_.add_delivery(facts);
  }
  world_.sign_checkpoint();
  const auto size = ledger(auditor_).at("size").as_int64();
  const auto status = [&](std::int64_t seq) {
    return world_.get_as(bound, "/api/v1/ledger/proof", {{"seq", std::to_string(seq)}}).status;
  };
  EXPECT_EQ(status(size - 2), 200) << "of the own item";
  EXPECT_EQ(status(size - 1), 404) << "of another's";
  EXPECT_EQ(status(0), 404) << "of the installation";
}

}  // namespace
}  // namespace liandong
