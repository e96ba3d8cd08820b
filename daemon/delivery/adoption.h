// Before the first send: is the item on the platform already, posted by hand? Then it is adopted,
// not repeated.
//
// Costs one read of the platform, where the channel can list what is there, and none once half of
// the day's budget is used up. A post that belongs to another delivery is never adopted.

#ifndef LIANDONG_DAEMON_DELIVERY_ADOPTION_H_
#define LIANDONG_DAEMON_DELIVERY_ADOPTION_H_

#include <optional>

#include "daemon/delivery/dispatcher.h"

namespace liandong {

// Is this the very first attempt of a publication on a channel that can be asked?
[[nodiscard]] bool may_be_there(const ChannelLine& line, const Delivery& delivery,
                                const Step& step);

// The post to adopt, its evidence "adopted"; empty when there is none, or the platform cannot tell.
asio::awaitable<std::optional<Receipt>> find_copy(Database& database, const ChannelLine& line,
                                                  Delivery delivery, Attempt attempt);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_ADOPTION_H_
