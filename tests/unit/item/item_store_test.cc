#include "daemon/item/item_store.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/test_database.h"

namespace liandong {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

Article whole_article() {
  Article article;
  article.url = "https://www.example.gov.cn/zwgk/202611/t20261122_1.html?a='b'&c=\"d\"";
  article.title = "关于印发《示例办法》的通知 — 𠮷祥，it's ‘quoted’ 100%";
  article.published = StatedTime{FakeClock::kStart - 2h, Precision::Minute};
  article.meta.index_no = "000014349/2026-00047";
  article.meta.doc_no = "国办发〔2026〕47号";
  article.meta.issuing_body = "国务院办公厅";
  article.meta.abstract = "摘要";
  article.body.blocks = {
      Heading{2, "一、总则"},
      Paragraph{{Run{"第一条 ", "", true}, Run{"见附件", "https://example.gov.cn/1.pdf", false}}},
      Picture{"https://example.gov.cn/1.png", "图"}, TableBlock{{{"甲", "乙"}, {"1", "2"}}}};
  article.body.attachments = {Attachment{"https://example.gov.cn/1.pdf", "附件1"}};
  article.cms_id = "t20261122_1";
  article.guid = "tag:example.gov.cn,2026:1";
  article.column = "政策文件";
  article.cover = "https://example.gov.cn/cover.png";
  article.language = "zh-CN";
  return article;
}

class ItemStoreTest : public ::testing::Test {
 protected:
  ItemId insert(const Article& article, const std::vector<IdentityKey>& keys = {}, int number = 1) {
    Item item;
    item.kind = Kind::Policy;
    item.source = "policies";
    item.first_seen = FakeClock::kStart;
    item.revision.number = number;
    item.revision.article = article;
    return write([&](Transaction& tx) { return ItemStore::insert(tx, item, keys); });
  }
  std::optional<ItemId> find(const std::vector<IdentityKey>& keys) {
    return database_->read_now([&](Transaction& tx) { return ItemStore::find(tx, keys); });
  }
  std::optional<Item> load(ItemId id) {
    return database_->read_now([id](Transaction& tx) { return ItemStore::load(tx, id); });
  }
  std::optional<Revision> load_revision(ItemId id, int number) {
    return database_->read_now(
        [=](Transaction& tx) { return ItemStore::load_revision(tx, id, number); });
  }
  template <typename Work>
  auto write(Work work) -> std::invoke_result_t<Work&, Transaction&> {
    return database_->write_now(std::move(work));
  }

  TestDatabase store_;
  std::unique_ptr<Database> database_ = store_.open();
};

TEST_F(ItemStoreTest, GivesBackWhatItWasGiven) {
  const Article article = whole_article();
  const ItemId id = insert(article);
  const auto item = load(id);
  ASSERT_TRUE(item.has_value());
  EXPECT_EQ(item->id, id);
  EXPECT_EQ(item->kind, Kind::Policy);
  EXPECT_EQ(item->source, "policies");
  EXPECT_EQ(item->first_seen, FakeClock::kStart);
  EXPECT_FALSE(item->withdrawn_at.has_value());
  EXPECT_EQ(item->revision.number, 1);
  EXPECT_EQ(item->revision.seen_at, FakeClock::kStart);
  EXPECT_EQ(item->revision.sha256, revision_hash(article));
  const Article& read = item->revision.article;
  EXPECT_EQ(read.url, article.url);
  EXPECT_EQ(read.title, article.title);
  EXPECT_EQ(read.published, article.published);
  EXPECT_EQ(read.meta, article.meta);
  EXPECT_EQ(read.body, article.body);
  EXPECT_EQ(read.cms_id, article.cms_id);
  EXPECT_EQ(read.guid, article.guid);
  EXPECT_EQ(read.column, article.column);
  EXPECT_EQ(read.cover, article.cover);
  EXPECT_EQ(read.language, article.language);
  EXPECT_EQ(revision_hash(read), item->revision.sha256);
}

TEST_F(ItemStoreTest, KeepsHowExactlyTheTimeWasStated) {
  Article article = whole_article();
  for (const Precision precision : {Precision::Second, Precision::Minute, Precision::Day}) {
    article.published = StatedTime{FakeClock::kStart, precision};
    EXPECT_EQ(load(insert(article))->revision.article.published, article.published);
  }
  article.published.reset();
  EXPECT_FALSE(load(insert(article))->revision.article.published.has_value());
}

TEST_F(ItemStoreTest, KeepsALongText) {
  Article article = whole_article();
  for (int i = 0; i < 2000; ++i)
    article.body.blocks.emplace_back(
        Paragraph{{liandong::Run{std::string(900, 'x') + "结束", "", false}}});
  EXPECT_EQ(load(insert(article))->revision.article.body, article.body);
}

TEST_F(ItemStoreTest, KnowsAnItemAgainByItsSurestKey) {
  const IdentityKey cms{"cms", "policies t1"};
  const IdentityKey url{"url", "example.gov.cn/1"};
  const IdentityKey title{"title", "办法 2026-11-22"};
  const ItemId first = insert(whole_article(), {cms, title});
  const ItemId second = insert(whole_article(), {url});
  EXPECT_EQ(find({cms}), first);
  EXPECT_EQ(find({url, title}), second);
  EXPECT_EQ(find({IdentityKey{"cms", "unknown"}, title}), first);
  EXPECT_EQ(find({IdentityKey{"url", "policies t1"}}), std::nullopt) << "another kind of key";
  EXPECT_EQ(find({}), std::nullopt);
}

TEST_F(ItemStoreTest, NeverMakesTwoDocumentsOne) {
  const IdentityKey shared{"url", "example.gov.cn/1"};
  const ItemId first = insert(whole_article(), {shared});
  const ItemId second = insert(whole_article(), {shared, IdentityKey{"guid", "feed 2"}});
  EXPECT_NE(first, second);
  write([&](Transaction& tx) {
    ItemStore::add_keys(tx, second, {shared, IdentityKey{"doc", "国办发〔2026〕47号 办法"}});
  });
  EXPECT_EQ(find({shared}), first);
  EXPECT_EQ(find({IdentityKey{"guid", "feed 2"}}), second);
  EXPECT_EQ(find({IdentityKey{"doc", "国办发〔2026〕47号 办法"}}), second);
}

TEST_F(ItemStoreTest, NumbersRevisionsAndShowsTheNewest) {
  Article article = whole_article();
  const ItemId id = insert(article);
  article.title = "关于修改《示例办法》的通知";
  article.url = "https://www.example.gov.cn/moved.html";
  article.meta.doc_no = "国办发〔2026〕48号";
  const int number = write([&](Transaction& tx) {
    return ItemStore::add_revision(tx, id, article, FakeClock::kStart + 1h);
  });
  EXPECT_EQ(number, 2);
  const auto item = load(id);
  EXPECT_EQ(item->revision.number, 2);
  EXPECT_EQ(item->revision.article.title, article.title);
  EXPECT_EQ(item->revision.seen_at, FakeClock::kStart + 1h);
  EXPECT_EQ(item->first_seen, FakeClock::kStart);
  EXPECT_EQ(load_revision(id, 1)->article.title, whole_article().title);
  EXPECT_FALSE(load_revision(id, 3).has_value());
  const auto row = database_->read_now([id](Transaction& tx) {
    std::vector<std::string> columns(3);
    tx.sql() << "SELECT title, url, doc_no FROM item WHERE id = :id", soci::use(id, "id"),
        soci::into(columns[0]), soci::into(columns[1]), soci::into(columns[2]);
    return columns;
  });
  EXPECT_THAT(row, ElementsAre(article.title, article.url, article.meta.doc_no));
}

TEST_F(ItemStoreTest, KnowsAgainWhatWasThereBeforeWithoutShowingIt) {
  const IdentityKey key{"url", "example.gov.cn/old"};
  const ItemId id = insert(whole_article(), {key}, 0);
  EXPECT_EQ(find({key}), id);
  EXPECT_FALSE(load(id).has_value());
  write([&](Transaction& tx) {
    EXPECT_EQ(ItemStore::add_revision(tx, id, whole_article(), FakeClock::kStart), 1);
  });
  EXPECT_TRUE(load(id).has_value());
}

TEST_F(ItemStoreTest, RemembersThatAnItemWasWithdrawn) {
  const ItemId id = insert(whole_article());
  write([&](Transaction& tx) { ItemStore::set_withdrawn(tx, id, FakeClock::kStart + 1h); });
  EXPECT_EQ(load(id)->withdrawn_at, FakeClock::kStart + 1h);
  write([&](Transaction& tx) { ItemStore::set_withdrawn(tx, id, std::nullopt); });
  EXPECT_FALSE(load(id)->withdrawn_at.has_value());
}

TEST_F(ItemStoreTest, HasNoItemItWasNotGiven) {
  EXPECT_FALSE(load(4711).has_value());
  EXPECT_FALSE(load_revision(4711, 1).has_value());
}

TEST_F(ItemStoreTest, IsUndoneWithTheTransaction) {
  const IdentityKey key{"url", "example.gov.cn/1"};
  EXPECT_THROW(write([&](Transaction& tx) {
                 Item item;
                 item.revision.article = whole_article();
                 ItemStore::insert(tx, item, {key});
                 throw std::runtime_error("the entry could not be written");
               }),
               std::runtime_error);
  EXPECT_EQ(find({key}), std::nullopt);
  EXPECT_FALSE(load(1).has_value());
}

}  // namespace
}  // namespace liandong
