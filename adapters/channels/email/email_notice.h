// Alerts, digests and checkpoints by e-mail. One message to all recipients of [alerts.email]; the
// Message-ID is the notice's, so many mail systems drop a second copy.

#ifndef LIANDONG_ADAPTERS_CHANNELS_EMAIL_EMAIL_NOTICE_H_
#define LIANDONG_ADAPTERS_CHANNELS_EMAIL_EMAIL_NOTICE_H_

#include <memory>

#include "daemon/channel/notice.h"

namespace liandong {

// MakeNoticePost. Keys: those of mail_route.h.
[[nodiscard]] std::unique_ptr<NoticePost> make_email_notice(Table& table,
                                                            const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_EMAIL_EMAIL_NOTICE_H_
