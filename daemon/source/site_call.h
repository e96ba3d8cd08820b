// A website's CMS may call when it has published something, so that it need not be asked often.
//
// Where `callback_items` does not say otherwise, nothing of what a call says is believed: one that
// is proven to come from the site makes its source look now. So a call that is lost costs time only
// (the next look finds the same), and one that is sent again by whoever recorded it costs one look.
// With `callback_items` a call may bring the items themselves; each call is then heard once.

#ifndef LIANDONG_DAEMON_SOURCE_SITE_CALL_H_
#define LIANDONG_DAEMON_SOURCE_SITE_CALL_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "daemon/platform/clock.h"
#include "daemon/settings/secret.h"

namespace liandong {

// How a call is signed with a secret both sides know, by HMAC:
//   Standard Webhooks   webhook-id, webhook-timestamp (at most five minutes off), webhook-signature
//                       "v1,<base64>", several with blanks between;
//                       https://www.standardwebhooks.com
//   GitHub              x-hub-signature-256 "sha256=<hex>"
//   WebSub              x-hub-signature of the same form, or with sha384 or sha512; sha1, which
//   many
//                       hubs still sign with, is heard where a call only makes the source look
// A secret written as whsec_<base64> is decoded for the first; for the other it is taken as
// written. `headers` by name in lower case.
enum class CallUse : std::uint8_t { Wake, Items };
[[nodiscard]] bool is_signed_call(const Secret& secret,
                                  const std::map<std::string, std::string>& headers,
                                  std::string_view body, Timestamp now,
                                  CallUse use = CallUse::Items);

// What tells a call that was recorded and sent again: of Standard Webhooks the id, which is signed;
// else the body, for nothing else of such a call is signed. A digest, to be stored.
[[nodiscard]] std::string digest_of_call(const std::map<std::string, std::string>& headers,
                                         std::string_view body);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SOURCE_SITE_CALL_H_
