// Asking a website for a page: one request, and what a reply or its absence means for a Source.

#ifndef LIANDONG_ADAPTERS_SHARED_FETCH_H_
#define LIANDONG_ADAPTERS_SHARED_FETCH_H_

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/source/setup.h"
#include "daemon/source/source.h"

namespace liandong {

using Fetched = std::variant<HttpReply, SourceFault>;

// GET (or HEAD) with up to three redirects, the policy and the certificates of the source. A fault
// only when no reply came; every status is a reply.
[[nodiscard]] asio::awaitable<Fetched> fetch(const SourceSetup& setup, std::string url,
                                             HttpHeaders headers, Instant deadline,
                                             std::string method = "GET");

// What a status other than 200 and 304 means for a column; empty for those two.
[[nodiscard]] std::optional<SourceFault> fault_of_status(const HttpReply& reply, Timestamp now);

// How long the site asks to be left alone: Retry-After, else Cache-Control max-age, at most an
// hour.
[[nodiscard]] std::optional<Duration> pause_asked(const HttpReply& reply, Timestamp now);

// --- conditional requests ---
// A validator may lie: a feed's ETag stays the same when a back-dated post is published
// (contracts/cms.md 7.3). So once an hour the whole column is asked for.
[[nodiscard]] HttpHeaders validators(const ListingState& last, Timestamp now);
// The state that goes with the rows of this reply; `hash` stands for the rows.
[[nodiscard]] ListingState next_state(const ListingState& last, const HttpReply& reply,
                                      std::string hash, Timestamp now);
// Whether the reply brings nothing that the stored state does not say already.
[[nodiscard]] bool says_nothing_new(const ListingState& last, const ListingState& next);
// SHA-256 over what identifies and describes the rows.
[[nodiscard]] std::string hash_of(const std::vector<ListingRow>& rows);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_FETCH_H_
