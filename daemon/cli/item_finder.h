// The item a person means: by its number, address, 发文字号, 索引号, or a piece of its title.

#ifndef LIANDONG_DAEMON_CLI_ITEM_FINDER_H_
#define LIANDONG_DAEMON_CLI_ITEM_FINDER_H_

#include <string>
#include <vector>

#include "daemon/item/item.h"
#include "daemon/platform/database.h"

namespace liandong {

inline constexpr std::size_t kMostCandidates = 20;

// One id: that item is meant. Several: any of them could be, newest first, at most
// kMostCandidates. What is surer goes first: an address or number found ends the search.
[[nodiscard]] std::vector<ItemId> find_items(Transaction& tx, const std::string& words);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CLI_ITEM_FINDER_H_
