#include "daemon/cli/item_finder.h"

#include <algorithm>
#include <charconv>

#include "daemon/console/queries.h"
#include "daemon/item/item_store.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

std::vector<ItemId> by_id(Transaction& tx, std::string_view words) {
  ItemId id = 0;
  const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), id);
  if (error != std::errc() || end != words.data() + words.size()) return {};
  ItemId known = 0;
  tx.sql() << "SELECT id FROM item WHERE id = :id", soci::use(id), soci::into(known);
  return tx.sql().got_data() ? std::vector<ItemId>{known} : std::vector<ItemId>{};
}

// Whose items there are; one that knows an item by keys of its own among them.
std::vector<std::string> organisations(Transaction& tx) {
  std::vector<std::string> all{""};
  std::string name;
  soci::statement statement =
      (tx.sql().prepare << "SELECT DISTINCT organisation FROM item ORDER BY organisation",
       soci::into(name));
  statement.execute();
  while (statement.fetch()) {
    if (!name.empty()) all.push_back(name);
  }
  return all;
}

// The keys an article with that address and that 索引号 would be known by, to each organisation.
std::vector<ItemId> by_key(Transaction& tx, const std::string& words) {
  Article article;
  article.url = words;
  article.meta.index_no = words;
  std::vector<IdentityKey> keys;
  for (IdentityKey& key : identity_keys("", article)) {
    if (key.kind == "url" || key.kind == "index") keys.push_back(std::move(key));
  }
  std::vector<ItemId> ids;
  for (const std::string& organisation : organisations(tx)) {
    const auto found = ItemStore::find(tx, keys_within(organisation, keys));
    if (found) ids.push_back(*found);
  }
  return ids;
}

std::vector<ItemId> by_doc_no(Transaction& tx, const std::string& words) {
  const std::string number = normalise_doc_no(words);
  std::vector<ItemId> ids;
  if (number.empty()) return ids;
  const auto most = static_cast<std::int64_t>(kMostCandidates);
  ItemId id = 0;
  soci::statement statement =
      (tx.sql().prepare
           << "SELECT id FROM item WHERE doc_no = :number ORDER BY id DESC LIMIT :most",
       soci::use(number), soci::use(most), soci::into(id));
  statement.execute();
  while (statement.fetch()) ids.push_back(id);
  return ids;
}

std::vector<ItemId> by_title(Transaction& tx, const std::string& words) {
  ItemQuery query;
  query.text = words;
  query.limit = static_cast<int>(kMostCandidates);
  std::vector<ItemId> ids;
  std::vector<ItemId> whole;  // three notices of one title are met
  for (const ItemRow& row : read_items(tx, query)) {
    ids.push_back(row.id);
    if (row.title == words) whole.push_back(row.id);
  }
  return whole.empty() ? ids : whole;
}

// The address of a post that shows the item.
std::vector<ItemId> by_permalink(Transaction& tx, const std::string& words) {
  if (!words.starts_with("http")) return {};
  ItemId id = 0;
  tx.sql() << "SELECT item FROM delivery WHERE permalink = :words LIMIT 1", soci::use(words),
      soci::into(id);
  return tx.sql().got_data() ? std::vector<ItemId>{id} : std::vector<ItemId>{};
}

}  // namespace

std::vector<ItemId> find_items(Transaction& tx, const std::string& words) {
  const std::string asked = fold_blanks(words);
  if (asked.empty()) return {};
  std::vector<ItemId> ids = by_id(tx, asked);
  if (ids.empty()) ids = by_key(tx, asked);
  if (ids.empty()) ids = by_permalink(tx, asked);
  if (ids.empty()) ids = by_doc_no(tx, asked);
  if (ids.empty()) ids = by_title(tx, asked);
  return ids;
}

}  // namespace liandong
