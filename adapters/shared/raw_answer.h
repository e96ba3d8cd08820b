// What a platform answered, as far as it may be kept: bounded, on one line, without a credential.
//
// A platform's reply is hostile text that may repeat what was sent to it. Whatever of it reaches a
// Diagnostic, the ledger or the log passes through here.

#ifndef LIANDONG_ADAPTERS_SHARED_RAW_ANSWER_H_
#define LIANDONG_ADAPTERS_SHARED_RAW_ANSWER_H_

#include <span>
#include <string>
#include <string_view>

#include "daemon/delivery/outcome.h"
#include "daemon/platform/http.h"
#include "daemon/settings/secret.h"

namespace liandong {

// `text` with every one of `secrets` masked, as it is and as URLs, JSON, HTML and base64 write it,
// and with the values of members named like credentials masked whoever's they are: a reply cut in
// the middle may hold a token that was just issued.
[[nodiscard]] std::string masked(std::string text, std::span<const Secret> secrets);

// The reply in one line: status, type, size, and the beginning of the body.
[[nodiscard]] std::string raw_answer(const HttpReply& reply, std::span<const Secret> secrets);

// `what` of the reply was not as documented, and how it was.
[[nodiscard]] Diagnostic undocumented(std::string_view code, std::string_view what,
                                      const HttpReply& reply, std::span<const Secret> secrets);

// The log's alarm for a code that no table knows: a contract changed, and a person must look.
void alarm_unknown_code(std::string_view channel, const Diagnostic& why);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_RAW_ANSWER_H_
