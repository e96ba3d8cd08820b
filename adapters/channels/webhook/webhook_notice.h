// Alerts, digests and checkpoints as signed webhooks (Standard Webhooks): {"type":"alert.changed",
// "timestamp":…,"data":{…}}; any 2xx is taken.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_NOTICE_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_NOTICE_H_

#include <memory>

#include "daemon/channel/notice.h"

namespace liandong {

// MakeNoticePost. Keys: those of webhook_target.h.
[[nodiscard]] std::unique_ptr<NoticePost> make_webhook_notice(Table& table,
                                                              const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_NOTICE_H_
