// What a status of a Mastodon-compatible server means for a delivery (contracts/mastodon.md 5).

#ifndef LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_ERRORS_H_
#define LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_ERRORS_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "daemon/delivery/outcome.h"
#include "daemon/platform/http.h"

namespace liandong {

enum class MastodonClass : std::uint8_t {
  Unknown,  // it may have acted: read back
  Later,    // it did not act, the same request works in a moment
  Stop,     // token, scopes, account or server: a person must act
  Limited,
  Content,  // this post is not accepted
};

struct MastodonError {
  int status;
  std::string_view words;  // lower case, somewhere in the server's; empty: any
  MastodonClass kind;
  bool json_only = false;  // HTML with this status is a proxy speaking, not the server
};

// The first that fits. Texts are translated on some servers, so a row without words follows.
inline constexpr std::array kMastodonErrors = {
    MastodonError{400, "", MastodonClass::Content, true},
    MastodonError{401, "", MastodonClass::Stop},           // snac sends no JSON with it
    MastodonError{403, "", MastodonClass::Stop, true},     // scopes, account disabled or moved
    MastodonError{404, "", MastodonClass::Content, true},  // reply target, or gone
    MastodonError{406, "", MastodonClass::Stop},           // GoToSocial: wrong content type
    MastodonError{410, "", MastodonClass::Stop},           // account gone
    MastodonError{413, "", MastodonClass::Content},        // a proxy says this too, nothing passed
    MastodonError{422, "not finished processing", MastodonClass::Later},
    MastodonError{422, "already attached", MastodonClass::Unknown},  // perhaps by our lost post
    MastodonError{422, "duplicate record", MastodonClass::Unknown},
    MastodonError{422, "authenticated user", MastodonClass::Stop},
    MastodonError{422, "", MastodonClass::Content, true},  // blank, too long, media type
    MastodonError{429, "", MastodonClass::Limited},
};

inline constexpr std::chrono::seconds kMediaPause{5};

// A status the contract does not know: neither in the table, nor success, redirect or trouble of
// the server, which are expected and unknown in their effect.
[[nodiscard]] bool is_unknown_to_mastodon(int status);

// `why.message` is the server's text.
[[nodiscard]] Outcome outcome_of_mastodon(const HttpReply& reply, bool is_json, Diagnostic why,
                                          Timestamp now);

// The end of a limit: Retry-After, else X-RateLimit-Reset (a time, epoch seconds or seconds to go)
// against the reply's own Date; between a second and a day from `now`, five minutes when unknown.
[[nodiscard]] Timestamp end_of_limit(const HttpReply& reply, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_ERRORS_H_
