// Items, their identity and their revisions in the database. All functions run inside the caller's
// transaction; what they change is explained in the ledger by the caller.

#ifndef LIANDONG_DAEMON_ITEM_ITEM_STORE_H_
#define LIANDONG_DAEMON_ITEM_ITEM_STORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/item/identity.h"
#include "daemon/item/item.h"
#include "daemon/platform/database.h"

namespace liandong {

// Of a stored time, "second", "minute" or "day".
[[nodiscard]] Precision precision_from(std::string_view text);

class ItemStore {
 public:
  // The item that one of the keys names, the surest key first. `title` is that of the document the
  // keys are of: an item known by its 索引号 alone must bear one that it may have been edited from;
  // empty: any.
  [[nodiscard]] static std::optional<ItemId> find(Transaction& tx,
                                                  const std::vector<IdentityKey>& keys,
                                                  const std::string& title = {});

  // A new item with its first revision. With `revision.number` 0 it is one that was there before
  // Liandong came: known again, never pushed.
  static ItemId insert(Transaction& tx, const Item& item, const std::vector<IdentityKey>& keys);

  // One that was there before Liandong came is seen on the website now: it becomes what insert()
  // would have made of `item`, under its number and for the organisation it was counted for, which
  // is returned. REQUIRES: it has no text yet.
  static std::string become(Transaction& tx, ItemId id, const Item& item);

  // Adds what a copy or an edit brought to an item's keys. A key that already names another item
  // stays there: two documents never become one.
  static void add_keys(Transaction& tx, ItemId id, const std::vector<IdentityKey>& keys);

  // Stores the article as the next revision and returns its number.
  static int add_revision(Transaction& tx, ItemId id, const Article& article, Timestamp now);

  static void set_withdrawn(Transaction& tx, ItemId id, std::optional<Timestamp> when);

  // With its newest revision; empty when there is no such item, or none with a text.
  [[nodiscard]] static std::optional<Item> load(Transaction& tx, ItemId id);
  [[nodiscard]] static std::optional<Revision> load_revision(Transaction& tx, ItemId id,
                                                             int number);
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_ITEM_STORE_H_
