#include "adapters/shared/fetch.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "adapters/shared/charset.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using FaultKind = SourceFault::Kind;

constexpr Duration kLongestPause = std::chrono::hours(1);
constexpr Duration kWholeEvery = std::chrono::hours(1);
constexpr int kRedirects = 3;

SourceFault fault_of(const HttpFailure& failure) {
  SourceFault fault;
  fault.message = failure.message.empty() ? failure.code : failure.message;
  if (failure.retry_after || failure.code == "paused") {
    fault.kind = FaultKind::Throttled;
    fault.retry_after = failure.retry_after;
    fault.advice = "the site asked for a pause, which is kept; raise `every` of this source";
  } else if (failure.denied) {
    fault.kind = FaultKind::Denied;
    fault.advice =
        failure.message.find("from https to http") == std::string::npos
            ? "add the host to `hosts`, or set `internal` for a source in the own network"
            : "the site answers by http only: write `url` with http://";
  } else if (failure.untrusted) {
    fault.advice = "name the missing certificate in `ca_file` of this source";
  } else if (failure.too_large) {
    fault.kind = FaultKind::Malformed;
    fault.advice = "check that the URL is a column and not a download";
  } else if (failure.code == "deadline") {
    fault.advice = "its host is asked for other sources one after the other: raise their `every`";
  } else {
    fault.advice = "check that the site can be reached from this machine";
  }
  return fault;
}

std::optional<Duration> max_age(const HttpReply& reply) {
  const std::string control = lower_ascii(reply.header("cache-control"));
  const std::size_t at = control.find("max-age=");
  if (at == std::string::npos) return std::nullopt;
  std::int64_t seconds = 0;
  const char* start = control.data() + at + 8;
  const auto read = std::from_chars(start, control.data() + control.size(), seconds);
  if (read.ec != std::errc() || seconds <= 0) return std::nullopt;
  return std::min<Duration>(std::chrono::seconds(std::min<std::int64_t>(seconds, 86'400)),
                            kLongestPause);
}

std::int64_t number_in(const ListingState& state, const std::string& key) {
  std::int64_t value = 0;
  const auto found = state.find(key);
  if (found != state.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  }
  return value;
}

// The column was read whole, without a validator, within the hour.
bool is_fresh(const ListingState& state, Timestamp now) {
  return now - from_millis(number_in(state, "whole_at")) < kWholeEvery;
}

// With all that decides what the bytes mean.
std::string hash_of_body(const HttpReply& reply) {
  return sha256_hex(sha256_hex(reply.body) + ' ' + std::string(reply.header("content-type")) + ' ' +
                    reply.final_url);
}

std::string name_of_row(const ListingRow& row) {
  return sha256_hex(row.key).substr(0, 12);
}

}  // namespace

asio::awaitable<Fetched> fetch(const SourceSetup& setup, std::string url, HttpHeaders headers,
                               Instant deadline, std::string method) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.headers = std::move(headers);
  request.redirects = kRedirects;
  request.deadline = deadline;
  request.policy = setup.policy;
  request.ca_file = setup.ca_file;
  HttpResult result = co_await setup.http.send(std::move(request));
  if (auto* reply = std::get_if<HttpReply>(&result)) co_return std::move(*reply);
  co_return fault_of(std::get<HttpFailure>(result));
}

std::optional<SourceFault> fault_of_status(const HttpReply& reply, Timestamp now) {
  if (reply.status == 200 || reply.status == 304) return std::nullopt;
  SourceFault fault;
  fault.message = fmt::format("the site answered {}", reply.status);
  fault.retry_after = retry_after(reply, now);
  if (reply.status == 429 || (reply.status == 503 && fault.retry_after)) {
    fault.kind = FaultKind::Throttled;
    fault.advice = "ask less often: raise `every` of this source";
  } else if (reply.status == 401 || reply.status == 403) {
    fault.kind = FaultKind::Denied;
    fault.advice = "ask the site's operator to allow this machine's address";
  } else if (reply.status == 404 || reply.status == 410 ||
             (reply.status >= 300 && reply.status < 400)) {
    fault.kind = FaultKind::Drifted;
    fault.advice = "the column has moved: look for its new address and change `url`";
  } else if (reply.status >= 500) {
    fault.advice = "the site is out of order; nothing to do unless it lasts";
  } else {
    fault.kind = FaultKind::Malformed;
    fault.advice = "check the URL of this source in a browser";
  }
  return fault;
}

std::optional<Duration> pause_asked(const HttpReply& reply, Timestamp now) {
  if (const auto pause = retry_after(reply, now)) return std::min(*pause, kLongestPause);
  return max_age(reply);
}

HttpHeaders validators(const ListingState& last, Timestamp now) {
  HttpHeaders headers;
  if (!is_fresh(last, now)) return headers;
  if (const auto etag = last.find("etag"); etag != last.end()) {
    headers.emplace_back("If-None-Match", etag->second);
  }
  if (const auto modified = last.find("last_modified"); modified != last.end()) {
    headers.emplace_back("If-Modified-Since", modified->second);
  }
  return headers;
}

ListingState next_state(const ListingState& last, const HttpReply& reply,
                        const std::vector<ListingRow>& rows, Timestamp now) {
  ListingState next;
  const auto keep = [&](const char* key, std::string_view header) {
    constexpr std::size_t kLongest = 300;
    const bool printable =
        std::all_of(header.begin(), header.end(), [](char c) { return c >= ' ' && c != '\x7F'; });
    if (!header.empty() && header.size() <= kLongest && printable) next[key] = header;
  };
  keep("etag", reply.header("etag"));
  keep("last_modified", reply.header("last-modified"));
  const bool was_whole = validators(last, now).empty();
  next["whole_at"] =
      was_whole ? std::to_string(to_millis(now)) : std::to_string(number_in(last, "whole_at"));
  next["body"] = hash_of_body(reply);
  next["rows"] = hash_of(rows);
  next["names"] = names_of_rows(rows);
  return next;
}

bool is_same_body(const ListingState& last, const HttpReply& reply, Timestamp now) {
  const auto body = last.find("body");
  return reply.status == 200 && body != last.end() && is_fresh(last, now) &&
         body->second == hash_of_body(reply);
}

std::optional<NotModified> nothing_new(const ListingState& last, ListingState next,
                                       std::optional<Duration> pause) {
  const auto differs = [&](const char* key) {
    const auto before = last.find(key);
    const auto after = next.find(key);
    if (before == last.end() || after == next.end())
      return (before == last.end()) != (after == next.end());
    return before->second != after->second;
  };
  if (last.empty() || differs("rows") || differs("names")) return std::nullopt;
  NotModified unchanged{pause};
  // A body that changes at every look, as by a counter of visits, is not worth a write each time.
  const Timestamp whole_at = from_millis(number_in(next, "whole_at"));
  const bool is_due = next.contains("whole_at") && !is_fresh(last, whole_at);
  if (is_due || differs("etag") || differs("last_modified")) unchanged.next = std::move(next);
  return unchanged;
}

std::string names_of_rows(const std::vector<ListingRow>& rows) {
  constexpr std::size_t kMost = 100;
  std::string names;
  for (std::size_t i = 0; i < std::min(rows.size(), kMost); ++i) {
    names += name_of_row(rows[i]) + " ";
  }
  return names;
}

bool meets_last(const ListingState& last, const std::vector<ListingRow>& rows) {
  const auto names = last.find("names");
  if (names == last.end() || names->second.empty() || rows.empty()) return true;
  return std::any_of(rows.begin(), rows.end(), [&](const ListingRow& row) {
    return names->second.find(name_of_row(row)) != std::string::npos;
  });
}

void merge_rows(std::vector<ListingRow>& rows, std::vector<ListingRow> more) {
  std::set<std::string> known;
  for (const ListingRow& row : rows) known.insert(row.key);
  for (ListingRow& row : more) {
    if (known.insert(row.key).second) rows.push_back(std::move(row));
  }
}

void note_gap(const std::string& source, std::size_t rows) {
  log(Level::Warn, "source.gap",
      {{"source", source},
       {"rows", rows},
       {"error", "none of the rows was there at the last look: items in between may be missing"}});
}

std::optional<SourceFault> drop_garbled(std::vector<ListingRow>& rows, std::size_t& rejected) {
  const std::size_t all = rows.size();
  std::string example;
  std::erase_if(rows, [&example](const ListingRow& row) {
    if (!is_garbled(row.title)) return false;
    example = shorten(row.title, 40);
    return true;
  });
  const std::size_t garbled = all - rows.size();
  rejected += garbled;
  if (garbled == 0) return std::nullopt;
  std::string message = fmt::format("{} of {} titles are garbled: {}", garbled, all, example);
  if (garbled * 2 < all) {
    log(Level::Warn, "source.garbled", {{"error", message}});
    return std::nullopt;
  }
  SourceFault fault;
  fault.kind = FaultKind::Malformed;
  fault.message = std::move(message);
  fault.advice = "look at the column in a browser: its encoding is not the one it states";
  return fault;
}

Look newest_first(const ListingState& last, Listing listing) {
  std::stable_sort(listing.rows.begin(), listing.rows.end(), [](auto& a, auto& b) {
    const Timestamp none{};
    return (a.published ? a.published->at : none) > (b.published ? b.published->at : none);
  });
  listing.next["rows"] = hash_of(listing.rows);
  listing.next["names"] = names_of_rows(listing.rows);
  if (auto unchanged = nothing_new(last, listing.next, listing.poll_after)) return *unchanged;
  return listing;
}

std::string hash_of(const std::vector<ListingRow>& rows) {
  std::string all;
  const auto add = [&](std::string_view part) {
    all += std::to_string(part.size());
    all += ':';
    all += part;
  };
  for (const ListingRow& row : rows) {
    add(row.key);
    add(row.url);
    add(row.title);
    add(row.published ? rfc3339(row.published->at) : "");
    add(row.version);
  }
  return sha256_hex(all);
}

}  // namespace liandong
