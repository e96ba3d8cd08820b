// A channel that cannot edit, made to correct by taking the post down and posting it again.
//
// A correction's steps are the inner channel's withdrawal and then its publication, each under its
// own name and class, so that every unknown outcome is settled as it would be for either. Between
// the two nothing is public, and a platform that refuses the second post leaves a Failed
// correction: whoever configures it accepts that.

#ifndef LIANDONG_DAEMON_CHANNEL_REPOSTING_H_
#define LIANDONG_DAEMON_CHANNEL_REPOSTING_H_

#include <memory>

#include "daemon/channel/channel.h"

namespace liandong {

// The channel itself when it can edit, or cannot take posts down.
[[nodiscard]] std::unique_ptr<Channel> reposting(std::unique_ptr<Channel> channel);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CHANNEL_REPOSTING_H_
