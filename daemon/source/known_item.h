// What a row of a column says of an item that is known: is it the item's own text, has it moved, is
// it gone? Runs inside the caller's transaction and changes nothing.

#ifndef LIANDONG_DAEMON_SOURCE_KNOWN_ITEM_H_
#define LIANDONG_DAEMON_SOURCE_KNOWN_ITEM_H_

#include <optional>
#include <string>
#include <vector>

#include "daemon/item/identity.h"
#include "daemon/settings/settings.h"
#include "daemon/source/sighting.h"

namespace liandong {

// Has another row of the item been listed since this one was, and its article not gone?
[[nodiscard]] bool is_elsewhere(Transaction& tx, const std::string& source, const Item& item,
                                const Sighting& gone);

// What the source's organisation knows the article by.
[[nodiscard]] std::vector<IdentityKey> keys_of(const SourceSettings& source,
                                               const Article& article);

// The item of the row, or of the article's keys.
[[nodiscard]] std::optional<ItemId> item_of(Transaction& tx, const SourceSettings& source,
                                            const Sighting& sighting, const Article& article);

// The item of the row as it is, when `article` is a new text of it. Only the source that found an
// item revises it, and only from the item's own address, or from where it has moved to: a copy may
// be an excerpt. A date that only the column told is not told when the article alone is read again;
// `article` then gets it back.
[[nodiscard]] std::optional<Item> item_to_revise(Transaction& tx, const std::string& source,
                                                 const Sighting& sighting, Article& article);

// By the rules of the configuration, else what it says of the column.
[[nodiscard]] Kind kind_of(const SourceSettings& settings, const Article& article);

// What is known of the row, with the address and the title it has now; a new one when nothing is.
[[nodiscard]] Sighting sighting_of(Transaction& tx, const std::string& source,
                                   const ListingRow& row, Timestamp now);

// Does another "gone" make it a withdrawal? The second in a row does, once the column dropped it:
// `has_list` when this look read the list. What a column shows that has not changed is what it
// showed when it was read.
[[nodiscard]] bool is_withdrawal(Transaction& tx, const std::string& source,
                                 const Sighting& sighting, Timestamp now, bool has_list);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_KNOWN_ITEM_H_
