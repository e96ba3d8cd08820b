// Is a post that stands on the platform about the item that is to be sent? Somebody may have posted
// it by hand. Pure.

#ifndef LIANDONG_DAEMON_CHANNEL_COPIES_H_
#define LIANDONG_DAEMON_CHANNEL_COPIES_H_

#include <string_view>

#include "daemon/channel/channel.h"

namespace liandong {

// It links to the item's own address, or, not older than the item, it has the item's whole title
// and, when the item has one, its 发文字号. Titles of less than ten characters are no evidence.
[[nodiscard]] bool is_copy_of(const Subject& subject, const SeenPost& post);

// Does `theirs` begin like `ours`, as far as a platform shows it? Decides on the first thirty
// characters that are neither blank nor quotation.
[[nodiscard]] bool reads_like(std::string_view ours, std::string_view theirs);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_COPIES_H_
