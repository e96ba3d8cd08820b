// What the watcher makes of a column: baseline, new rows, edits, rows that leave and come back.
#include "daemon/source/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/delivery/history.h"

#include "tests/unit/source/watcher_fixture.h"

namespace liandong {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// --- When it looks.

TEST_F(WatcherInAnOffice, LooksAtOnceWhenTheSiteCallsButNotMoreThanEveryFiveSeconds) {
  office.watching = true;
  office.start();
  office.advance(10s);
  const std::size_t looks = column.looks.size();
  column.publish("新闻");

  office.watcher().look_now(office.source().name);
  office.advance(1s);
  EXPECT_EQ(column.looks.size(), looks + 1);
  EXPECT_THAT(titles(), ElementsAre("关于新闻的通知"));

  for (int i = 0; i < 20; ++i) {
    office.watcher().look_now(office.source().name);
    office.advance(100ms);
  }
  EXPECT_EQ(column.looks.size(), looks + 1);
  office.advance(5s);
  EXPECT_EQ(column.looks.size(), looks + 2) << "what was called meanwhile is one look";
  office.watcher().look_now("another");
  office.advance(10s);
  EXPECT_EQ(column.looks.size(), looks + 2);
}

// --- The first look.

TEST_F(WatcherInAnOffice, KnowsWhatIsThereAtTheFirstLookAndPushesNothing) {
  column.publish("旧一");
  column.publish("旧二");

  office.start();
  office.advance(24h);

  EXPECT_EQ(items(), 0) << "with a text";
  EXPECT_THAT(office.deliveries(), IsEmpty());
  const auto baselined = office.entries("source.baselined");
  ASSERT_EQ(baselined.size(), 1U);
  EXPECT_EQ(baselined[0].at("rows"), 2);
  EXPECT_EQ(baselined[0].at("not_pushed"), 2);
  EXPECT_EQ(column.reads.size(), 0U) << "nobody reads what is not pushed";
}

TEST_F(WatcherInAnOffice, PushesWhatTheBackfillReaches) {
  const std::string old = column.publish("旧闻");
  column.article(old).published = StatedTime{office.clock.now() - 24h * 9, Precision::Day};
  column.set_row_date(old, column.article(old).published);
  column.publish("新闻");
  office.source().backfill = 24h * 7;

  office.start();
  office.advance(1min);

  EXPECT_THAT(titles(), ElementsAre("关于新闻的通知"));
  EXPECT_EQ(office.entries("source.baselined")[0].at("not_pushed"), 1);
}

TEST_F(WatcherInAnOffice, SaysSinceWhenANewItemMayHaveBeenThere) {
  column.publish("新闻");
  office.source().backfill = 24h * 7;
  office.start();
  office.advance(1min);
  column.publish("更新的新闻");
  office.look();

  const auto found = office.entries("item.found");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_FALSE(found[0].contains("looked_before"));  // it was there at the first look
  ASSERT_TRUE(found[1].contains("looked_before"));
  EXPECT_LT(*parse_rfc3339(std::string(found[1].at("looked_before").as_string())),
            *parse_rfc3339(std::string(found[1].at("first_seen").as_string())));
}

TEST_F(WatcherInAnOffice, PushesNoCopyOfWhatWasThereBefore) {
  const std::string key = column.publish("旧闻");
  column.article(key).cms_id = "4711";
  column.carries_articles = true;
  office.start();

  // The same document, republished at another address.
  Article copy = column.article(key);
  copy.url = "https://www.example.gov.cn/new/旧闻.html";
  column.add(copy.url, copy);
  office.look();

  EXPECT_THAT(office.deliveries(), IsEmpty());
}

// Somebody pushed it by hand, and imported that before the website was looked at.
TEST_F(WatcherInAnOffice, CountsWhatWasImportedFirstAndPushesItOnlyWhereItIsNot) {
  office.platform("wechat");
  office.start();
  const std::string key = column.publish("新闻");
  PushedBefore push;
  push.channel = "weibo";
  push.pushed_at = office.clock.now() - 1h;
  push.kind = Kind::Notice;
  push.title = column.article(key).title;
  push.url = column.article(key).url;
  office.write([&](Transaction& tx) {
    ASSERT_TRUE(
        import_push(tx, office.ledger(), push, {"operator:cli", office.clock.now()}).has_value());
  });

  office.look();
  office.advance(1h);

  ASSERT_THAT(titles(), SizeIs(1));
  EXPECT_EQ(items(), 1);
  const ItemId item = office.item_of(key).value();
  EXPECT_EQ(office.number("SELECT count(*) FROM item"), 1) << "one document, one number";
  EXPECT_EQ(office.delivery(item, "weibo").receipt.evidence, "imported");
  EXPECT_THAT(office.platform("weibo").posts, IsEmpty());
  EXPECT_EQ(office.delivery(item, "wechat").state, State::Delivered);
  EXPECT_EQ(office.number("SELECT count(*) FROM obligation WHERE met_at IS NULL"), 0);
}

TEST_F(WatcherInAnOffice, LosesNothingPublishedBetweenABaselineThatWasCutAndTheNextLook) {
  int cut = 0;
  for (std::size_t step = 0; step < 40; ++step) {
    SimulatedOffice site;
    site.platform("weibo");
    for (int i = 0; i < 5; ++i) site.column().publish("补" + std::to_string(i));
    site.source().backfill = 24h;
    site.watching = true;
    site.crash_after(step);
    site.start();
    const bool seen = site.entries("source.baselined").size() == 1;
    const bool ended = site.number("SELECT count(*) FROM source_state WHERE next_look > 0") == 1;
    if (!seen || ended) continue;
    ++cut;
    const std::string key = site.column().publish("期间");
    site.column().set_row_date(key, std::nullopt);  // the backfill would not reach it

    site.advance(1h);

    ASSERT_EQ(site.entries("item.found").size(), 6U) << "died at step " << step;
    ASSERT_EQ(site.entries("source.baselined").size(), 1U);
  }
  EXPECT_GT(cut, 5);
}

// --- New rows.

TEST_F(WatcherInAnOffice, MakesOneItemOfANewRow) {
  office.start();

  const ItemId item = office.publish("招生");
  for (int i = 0; i < 5; ++i) {
    office.advance(10min);
    office.look();
  }

  EXPECT_EQ(items(), 1);
  const auto found = office.entries("item.found");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at("item"), item);
  EXPECT_EQ(found[0].at("title"), "关于招生的通知");
  EXPECT_EQ(found[0].at("kind"), "notice");
  EXPECT_EQ(found[0].at("source"), "notices");
  EXPECT_EQ(office.number("SELECT sum(value) FROM counter WHERE measure = 'items'"), 1);
}

TEST_F(WatcherInAnOffice, TakesNewRowsInTheOrderTheyWerePublished) {
  office.start();
  for (const char* name : {"一", "二", "三"}) column.publish(name);

  office.look();

  EXPECT_THAT(titles(), ElementsAre("关于一的通知", "关于二的通知", "关于三的通知"));
}

TEST_F(WatcherInAnOffice, KnowsTheSameDocumentInASecondColumn) {
  office.column("policies");
  office.start();
  const std::string key = column.publish("文件");
  column.article(key).meta.index_no = "000014349/2026-00012";
  office.look();
  Article copy = column.article(key);
  copy.url = "https://www.example.gov.cn/policies/文件.html";
  copy.body = body_of("摘要");
  office.column("policies").add(copy.url, copy);

  office.look("policies");
  office.advance(24h);

  EXPECT_EQ(items(), 1);
  EXPECT_EQ(revisions(), 1) << "a copy is no edit";
}

TEST_F(WatcherInAnOffice, TakesAChangedAddressForNoNewItem) {
  office.start();
  const std::string key = column.publish("文件");
  column.article(key).cms_id = "4711";
  office.look();
  Article moved = column.article(key);
  moved.url = "https://www.example.gov.cn/2026/文件.html";
  column.remove(key);
  column.add(moved.url, moved);

  for (int i = 0; i < 10; ++i) {
    office.look();
    office.advance(1h);
  }

  EXPECT_EQ(items(), 1);
  EXPECT_EQ(revisions(), 1);
  EXPECT_THAT(office.entries("item.withdrawn"), IsEmpty()) << "it has only moved";
}

TEST_F(WatcherInAnOffice, SeesAnEditAtTheAddressAnItemHasMovedTo) {
  office.start();
  const std::string key = column.publish("文件");
  column.article(key).meta.index_no = "000014349/2026-00012";
  office.look();
  office.advance(1s);
  Article moved = column.article(key);
  moved.url = "https://www.example.gov.cn/2026/文件.html";
  moved.body = body_of("改正");
  column.remove(key);
  column.add(moved.url, moved);

  office.look();

  EXPECT_EQ(items(), 1);
  EXPECT_EQ(revisions(), 2);
}

// Two rows of one column for one document, with different texts: no tug-of-war.
TEST_F(WatcherInAnOffice, LetsACopyInTheSameColumnReviseNothing) {
  office.start();
  const std::string key = column.publish("文件");
  column.article(key).meta.index_no = "000014349/2026-00012";
  office.look();
  Article excerpt = column.article(key);
  excerpt.url = "https://www.example.gov.cn/摘要.html";
  excerpt.body = body_of("摘要");
  column.add(excerpt.url, excerpt);

  for (int i = 0; i < 24; ++i) {
    office.look();
    office.advance(1h);
  }

  EXPECT_EQ(items(), 1);
  EXPECT_EQ(revisions(), 1);
}

TEST_F(WatcherInAnOffice, TakesTheKindFromTheFirstRuleThatFits) {
  office.source().kind_rules = {{"解读", "interpretation"}, {"关于", "policy"}};
  office.start();

  office.publish("政策解读");
  office.publish("办法");
  const std::string other = column.publish("x");
  column.article(other).title = "开学了";
  office.look();

  std::vector<std::string> kinds;
  for (const auto& entry : office.entries("item.found"))
    kinds.emplace_back(entry.at("kind").as_string());
  EXPECT_THAT(kinds, ElementsAre("interpretation", "policy", "notice"));
}

TEST_F(WatcherInAnOffice, HoldsAnItemDatedLongBeforeItWasSeen) {
  office.source().hold_older_than = 24h * 30;
  office.start();
  const std::string key = column.publish("旧闻");
  column.article(key).published = StatedTime{office.clock.now() - 24h * 31, Precision::Day};

  office.look();
  office.publish("新闻");

  EXPECT_EQ(office.deliveries().at(0).state, State::Held);
  EXPECT_THAT(office.deliveries().at(0).reason, HasSubstr("2026-10-22"));
  EXPECT_EQ(office.deliveries().at(1).state, State::Queued);
}

TEST_F(WatcherInAnOffice, CompletesAnArticleFromItsRow) {
  office.start();
  const std::string key = column.publish("招生");
  column.set_row_date(key, StatedTime{office.clock.now(), Precision::Day});
  column.article(key).published.reset();
  column.article(key).title.clear();
  column.set_row_title(key, "列表里的标题");
  office.look();

  EXPECT_THAT(titles(), ElementsAre("列表里的标题"));
  EXPECT_TRUE(office.entries("item.found")[0].contains("published_at"));
  // Reading the article again, without its row, is no edit.
  office.watching = true;
  office.crash();
  office.start();
  office.advance(24h * 8);
  EXPECT_GT(column.reads[key], 3);
  EXPECT_EQ(revisions(), 1);
}

// --- Edits.

TEST_F(WatcherInAnOffice, ReadsAnArticleAgainTenMinutesToSevenDaysLater) {
  office.watching = true;
  office.source().every = 10min;
  office.start();
  const std::string key = column.publish("招生");
  office.advance(11min);
  const Timestamp seen = from_millis(office.number("SELECT first_seen FROM sighting"));

  std::vector<int> reads = {column.reads[key]};
  for (const Duration age : {Duration(10min), Duration(1h), Duration(6h), Duration(24h),
                             Duration(24h * 7), Duration(24h * 9)}) {
    office.advance(seen + age + 11min - office.clock.now());
    reads.push_back(column.reads[key]);
  }

  EXPECT_THAT(reads, ElementsAre(1, 2, 3, 4, 5, 6, 6));
}

TEST_F(WatcherInAnOffice, SeesAnEditOfTitleOrBody) {
  office.watching = true;
  office.start();
  office.advance(1s);
  const std::string key = column.publish("招生");
  office.advance(11min);
  ASSERT_EQ(items(), 1);

  column.edit(key, [](Article& article) { article.title = "关于招生的公告"; });
  office.advance(2h);
  EXPECT_EQ(revisions(), 2);
  column.edit(key, [](Article& article) { article.body = body_of("改正"); });
  office.advance(7h);

  EXPECT_EQ(revisions(), 3);
  EXPECT_EQ(office.entries("item.revised").size(), 2U);
  EXPECT_EQ(items(), 1);
}

TEST_F(WatcherInAnOffice, ReadsAtOnceWhatTheColumnSaysHasChanged) {
  column.tells_versions = true;
  office.start();
  const std::string key = column.publish("招生");
  office.look();
  column.edit(key, [](Article& article) { article.body = body_of("改正"); });

  office.advance(1s);
  office.look();

  EXPECT_EQ(revisions(), 2);
}

TEST_F(WatcherInAnOffice, TakesArticlesFromARowThatCarriesThem) {
  column.carries_articles = true;
  column.tells_versions = true;
  office.start();
  for (int i = 0; i < 120; ++i) column.publish("第" + std::to_string(i) + "号");

  office.look();

  EXPECT_EQ(items(), 120);
  EXPECT_THAT(column.reads, IsEmpty());
}

TEST_F(WatcherInAnOffice, PushesNoEditOfWhatWasThereBefore) {
  column.tells_versions = true;
  const std::string key = column.publish("旧闻");
  office.start();
  column.edit(key, [](Article& article) { article.body = body_of("改正"); });

  office.look();
  office.advance(24h);

  EXPECT_THAT(office.deliveries(), IsEmpty());
}

// --- Rows that leave.

TEST_F(WatcherInAnOffice, TakesARowThatMovedToPageTwoForNoWithdrawal) {
  office.start();
  const std::string key = column.publish("招生");
  office.look();
  column.unlist(key);

  for (int i = 0; i < 20; ++i) {
    office.advance(1h);
    office.look();
  }

  EXPECT_THAT(office.entries("item.withdrawn"), IsEmpty());
  EXPECT_GT(column.reads[key], 1) << "but it was asked";
}

TEST_F(WatcherInAnOffice, WithdrawsWhatLeftAndIsGoneTwice) {
  office.source().every = 10min;
  office.start();
  const ItemId item = office.publish("招生");
  column.remove("https://www.example.gov.cn/招生.html");

  office.advance(10min);
  office.look();
  EXPECT_THAT(office.entries("item.withdrawn"), IsEmpty()) << "one answer is no verdict";
  office.advance(10min);
  office.look();

  const auto withdrawn = office.entries("item.withdrawn");
  ASSERT_EQ(withdrawn.size(), 1U);
  EXPECT_EQ(withdrawn[0].at("item"), item);
  EXPECT_EQ(withdrawn[0].at("evidence"), "404, and it left the column");
}

TEST_F(WatcherInAnOffice, WithdrawsNothingThatIsStillListed) {
  office.start();
  const ItemId item = office.publish("招生");
  column.gone["https://www.example.gov.cn/招生.html"] = "404";

  for (int i = 0; i < 20; ++i) {
    office.advance(1h);
    office.look();
  }

  EXPECT_THAT(office.entries("item.withdrawn"), IsEmpty()) << item;
}

TEST_F(WatcherInAnOffice, WithdrawsNothingWhileTheSiteIsDown) {
  office.watching = true;
  office.start();
  office.advance(1s);
  const std::string key = column.publish("招生");
  office.advance(11min);
  column.unlist(key);
  column.unreadable[key] = {SourceFault::Kind::Unreachable, "timeout", "wait", std::nullopt};

  office.advance(24h * 10);

  EXPECT_THAT(office.entries("item.withdrawn"), IsEmpty());
}

TEST_F(WatcherInAnOffice, SeesThatAWithdrawnItemCameBack) {
  office.source().every = 10min;
  office.start();
  const std::string key = column.publish("招生");
  office.look();
  column.remove(key);
  for (int i = 0; i < 3; ++i) {
    office.advance(10min);
    office.look();
  }
  ASSERT_EQ(office.entries("item.withdrawn").size(), 1U);

  column.restore(key);
  office.advance(10min);
  office.look();

  EXPECT_EQ(items(), 1);
  EXPECT_EQ(revisions(), 2);
  const auto revised = office.entries("item.revised");
  ASSERT_EQ(revised.size(), 1U);
  EXPECT_EQ(revised[0].at("reason"), "it is on the website again");
  EXPECT_EQ(office.number("SELECT count(*) FROM item WHERE withdrawn_at IS NOT NULL"), 0);
}

// --- The negative control: had the item come twice, these tests would say so.

TEST_F(WatcherInAnOffice, WouldNotMissASecondItem) {
  office.start();
  office.publish("招生");
  office.publish("招生二");

  EXPECT_EQ(items(), 2);
  EXPECT_THAT(titles(), ElementsAre("关于招生的通知", "关于招生二的通知"));
}

// --- Doubts.

TEST(Watcher, DoubtsADateThatIsLongPastOrToCome) {
  const Timestamp now = parse_stated_time("2026-11-22 16:00")->at;
  const auto doubt = [now](const char* date, Duration limit = 720h) {
    return doubt_about_date(parse_stated_time(date), now, limit);
  };
  EXPECT_EQ(doubt("2026-11-22 15:59"), "");
  EXPECT_EQ(doubt("2026-11-23"), "");
  EXPECT_EQ(doubt("2026-11-23 16:01"), "dated 2026-11-23, which is to come");
  EXPECT_EQ(doubt("2062-11-22"), "dated 2062-11-22, which is to come");
  EXPECT_EQ(doubt("2026-10-24"), "");
  EXPECT_EQ(doubt("2026-10-20"), "dated 2026-10-20, long before it was seen");
  EXPECT_EQ(doubt("2021-01-29", Duration(0)), "");
  EXPECT_EQ(doubt("2062-11-22", Duration(0)), "dated 2062-11-22, which is to come");
  EXPECT_EQ(doubt(""), "");
}

// --- Whose it is.

// Two offices of one installation publish the same document.
TEST_F(WatcherInAnOffice, GivesAnItemToTheOrganisationOfItsSource) {
  const auto organisation = [](const std::string& name, const std::string& identity) {
    return std::make_shared<const Organisation>(Organisation{name, name, "", identity});
  };
  SimulatedColumn& copies = office.column("copies");
  SimulatedColumn& branch = office.column("branch");
  office.source("notices").organisation = organisation("city", "");
  office.source("copies").organisation = organisation("city", "");
  office.source("branch").organisation = organisation("jyj", "jyj");
  office.platform("branch_weibo");
  RouteSettings city;
  city.name = "city";
  city.kinds = {"notice", "news"};
  city.channels = {"weibo"};
  city.organisations = {"", "city"};
  RouteSettings jyj = city;
  jyj.name = "jyj";
  jyj.channels = {"branch_weibo"};
  jyj.organisations = {"jyj"};
  office.routes = {city, jyj};
  office.start();
  for (SimulatedColumn* one : {&column, &copies, &branch}) one->publish("办法");
  for (const char* source : {"notices", "copies", "branch"}) office.look(source);

  const auto found = office.entries("item.found");
  ASSERT_EQ(found.size(), 2U) << "a copy in a column of the same organisation is no item";
  EXPECT_EQ(found[0].at("organisation"), "city");
  EXPECT_EQ(found[1].at("organisation"), "jyj");
  EXPECT_EQ(office.number("SELECT count(*) FROM item WHERE organisation = 'jyj'"), 1);
  EXPECT_EQ(office.number("SELECT count(*) FROM delivery d JOIN item i ON i.id = d.item WHERE "
                          "d.channel = 'branch_weibo' AND i.organisation = 'jyj'"),
            1);
  EXPECT_EQ(office.number("SELECT count(*) FROM delivery"), 2);
  EXPECT_EQ(office.number("SELECT sum(value) FROM counter WHERE organisation = 'jyj'"), 1);

  // What it is now, another organisation does not have.
  office.source("branch").organisation = organisation("wjw", "wjw");
  office.crash();
  office.start();
  const std::string key = "https://www.example.gov.cn/办法.html";
  branch.edit(key, [](Article& article) { article.body = body_of("另一个正文"); });
  office.advance(1h);
  office.look("branch");
  EXPECT_EQ(office.entries("item.revised").size(), 1U);
  EXPECT_EQ(office.number("SELECT count(*) FROM item WHERE organisation = 'wjw'"), 0);
}

}  // namespace
}  // namespace liandong
