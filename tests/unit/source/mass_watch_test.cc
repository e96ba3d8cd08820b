// The watcher before a site that changes as a whole.

#include <map>

#include <gmock/gmock.h>

#include "daemon/delivery/mass_hold.h"
#include "daemon/source/watcher.h"

#include "tests/unit/delivery/edits_fixture.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// A column whose rows a test writes; its articles are read one by one.
class Column final : public Source {
 public:
  asio::awaitable<Look> list(ListingState /*last*/, Instant /*deadline*/) override {
    Listing listing;
    for (auto page = pages.rbegin(); page != pages.rend(); ++page) {
      ListingRow row;
      row.key = page->first;
      row.url = "https://www.example.gov.cn/" + page->first + ".html";
      row.title = page->second.title;
      row.version = page->second.version;
      listing.rows.push_back(std::move(row));
    }
    co_return listing;
  }
  asio::awaitable<Reading> read(ListingRow row, Instant /*deadline*/) override {
    const auto page = pages.find(row.key);
    if (page == pages.end()) co_return Gone{"404"};
    Article article;
    article.url = row.url;
    article.title = page->second.title;
    article.meta.validity = page->second.validity;
    article.body.blocks.push_back(Paragraph{{Run{"正文" + page->second.version, "", false}}});
    article.cms_id = row.key;
    co_return article;
  }

  struct Page {
    std::string title;
    std::string version;
    std::string validity;
  };
  std::map<std::string, Page> pages;
};

class MassWatch : public EditsFixture {
 protected:
  void SetUp() override {
    EditsFixture::SetUp();
    auto column = std::make_shared<Column>();
    column_ = column.get();
    source_.source = std::move(column);
    notices_.name = "notices";
    notices_.kind = "notice";
    notices_.every = 10min;
    notices_.most_new = 15;
    notices_.most_changed = 50;
    look();  // the baseline of an empty column
  }

  void publish(int from, int to) {
    for (int number = from; number <= to; ++number)
      column_->pages["a" + std::to_string(100 + number)] = {"通知" + std::to_string(number), "1",
                                                            ""};
  }
  void look() {
    const Calendar calendar;
    Watcher watcher(*database_, ledger_, planner_, clock_, random_, calendar);
    asio::io_context context;
    run(context, watcher.look(source_));
    clock_.jump_wall(10min);
  }
  int in_state(const std::string& state) {
    return write([&](Transaction& tx) {
      int number = 0;
      tx.sql() << "SELECT count(*) FROM delivery WHERE state = :state", soci::use(state),
          soci::into(number);
      return number;
    });
  }

  SourceSettings notices_;
  SourceLine source_{notices_, nullptr};
  Column* column_ = nullptr;
};

TEST_F(MassWatch, LetsAnOrdinaryLookPass) {
  publish(1, 15);
  look();
  EXPECT_EQ(in_state("queued"), 15);
  EXPECT_EQ(count("source.held"), 0);
}

TEST_F(MassWatch, HoldsAllNewItemsOfALookWithTooMany) {
  publish(1, 16);
  look();
  EXPECT_EQ(in_state("held"), 16);
  EXPECT_THAT(entry("source.held"), HasSubstr("16 new items"));
  publish(17, 18);
  look();
  EXPECT_EQ(in_state("held"), 16);
  EXPECT_EQ(in_state("queued"), 2) << "the next look is judged by itself";
  write([&](Transaction& tx) {
    const std::string seen = held_look(tx, "notices").value().seen;
    const Decider by{"operator:cli", clock_.now()};
    return release_look(tx, ledger_, "notices", seen, by).value().released;
  });
  EXPECT_EQ(in_state("queued"), 18);
}

TEST_F(MassWatch, HoldsTheCorrectionsOfALookThatChangesMost) {
  publish(1, 10);
  look();
  send();
  ASSERT_EQ(in_state("delivered"), 10);
  for (auto& [key, page] : column_->pages) page.version = "2";
  look();
  EXPECT_EQ(in_state("held"), 10);
  EXPECT_THAT(entry("source.held"), HasSubstr("10 of 10 known items changed"));
}

TEST_F(MassWatch, CorrectsAFewChangedItemsWithoutAsking) {
  publish(1, 10);
  look();
  send();
  for (int number = 101; number <= 104; ++number)
    column_->pages["a" + std::to_string(number)].version = "2";
  look();
  EXPECT_EQ(in_state("queued"), 4);
  EXPECT_EQ(count("source.held"), 0);
}

TEST_F(MassWatch, HoldsTheWithdrawalsOfAColumnThatVanished) {
  line_->withdrawals = Withdrawals::AtOnce;
  publish(1, 10);
  look();
  send();
  column_->pages.clear();
  look();
  look();
  EXPECT_EQ(count("item.withdrawn"), 10);
  EXPECT_EQ(in_state("held"), 10);
  EXPECT_THAT(entry("source.held"), HasSubstr("10 gone in one look"));
  EXPECT_EQ(count("source.held"), 1);
}

TEST_F(MassWatch, WithdrawsADocumentThatIsRepealed) {
  publish(1, 1);
  look();
  send();
  column_->pages.begin()->second.version = "2";
  column_->pages.begin()->second.validity = "废止";
  look();
  EXPECT_EQ(in_state("held"), 1);
  EXPECT_THAT(entry("delivery.planned"), HasSubstr("the document was repealed: 废止"));
  EXPECT_THAT(entry("delivery.planned"), HasSubstr("\"purpose\":\"withdraw\""));
}

}  // namespace
}  // namespace liandong
