// What the adapters of signage servers (Xibo, Anthias) share: what a status means, and words that a
// player may put into a page of its own (contracts/display.md 7).

#ifndef LIANDONG_ADAPTERS_SHARED_SIGNAGE_H_
#define LIANDONG_ADAPTERS_SHARED_SIGNAGE_H_

#include <string>
#include <string_view>

#include "daemon/delivery/outcome.h"
#include "daemon/platform/http.h"

namespace liandong {

// 401, 403, 404: account, right or address are wrong, the channel pauses. 400, 409, 413, 422: this
// item is not taken. 429, and 503 with Retry-After: not before then. 408, 425: it did not act.
// Everything else, and a success the caller did not believe, is unknown; a status of the 4xx that
// is not in this list is an alarm.
[[nodiscard]] Outcome outcome_of_signage(std::string_view channel, const HttpReply& reply,
                                         Diagnostic why, Timestamp now);

// One line, or several where `text` has them, without a sign that HTML knows: < > & become full
// width, because templates of players insert a text as it is.
[[nodiscard]] std::string signage_words(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_SIGNAGE_H_
