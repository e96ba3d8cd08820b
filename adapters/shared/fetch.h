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
// The state that goes with the rows of this reply.
[[nodiscard]] ListingState next_state(const ListingState& last, const HttpReply& reply,
                                      const std::vector<ListingRow>& rows, Timestamp now);
// The very bytes of the last listing, within the hour: known before anything is parsed.
[[nodiscard]] bool is_same_body(const ListingState& last, const HttpReply& reply, Timestamp now);
// The rows are those of the stored state: nothing new, with what else is to be remembered.
[[nodiscard]] std::optional<NotModified> nothing_new(const ListingState& last, ListingState next,
                                                     std::optional<Duration> pause);
// --- a column that has moved on by more than it shows ---
// Which rows these are, in the state of a listing.
[[nodiscard]] std::string names_of_rows(const std::vector<ListingRow>& rows);
// Whether one of the rows was in the last listing, or there was none. If not, more was published
// since than the page holds, and the next page is to be read (contracts/cms.md 6).
[[nodiscard]] bool meets_last(const ListingState& last, const std::vector<ListingRow>& rows);
inline constexpr int kMostPages = 5;
// Adds rows that are not there yet.
void merge_rows(std::vector<ListingRow>& rows, std::vector<ListingRow> more);
// Rows may have been published that no page read shows: a person must look.
void note_gap(const std::string& source, std::size_t rows);

// Takes out rows whose titles were decoded wrongly somewhere, and says so in the log: they must not
// reach the public, and the others need not wait for them. A fault when they are half or more.
[[nodiscard]] std::optional<SourceFault> drop_garbled(std::vector<ListingRow>& rows,
                                                      std::size_t& rejected);

// A listing put together from several answers: rows by date, newest first, with the state that goes
// with them; or that nothing is new.
[[nodiscard]] Look newest_first(const ListingState& last, Listing listing);

// SHA-256 over what identifies and describes the rows.
[[nodiscard]] std::string hash_of(const std::vector<ListingRow>& rows);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_FETCH_H_
