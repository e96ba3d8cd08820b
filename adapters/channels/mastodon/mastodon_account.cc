// What the server says of itself and of the account: probe() and figures().

#include <optional>
#include <span>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/channels/mastodon/mastodon_channel.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

// The limits a server announces; v1 and v2 have them at one place.
std::optional<std::int64_t> announced(const boost::json::object& instance, std::string_view name) {
  const auto* configuration = instance.if_contains("configuration");
  if (configuration == nullptr || !configuration->is_object()) return std::nullopt;
  const auto* statuses = configuration->get_object().if_contains("statuses");
  if (statuses == nullptr || !statuses->is_object()) return std::nullopt;
  return integer_member(statuses->get_object(), name);
}

}  // namespace

asio::awaitable<Result<Traits>> MastodonChannel::probe(Instant deadline) {
  HttpResult instance = co_await get("/api/v2/instance", deadline);
  const auto* newer = std::get_if<HttpReply>(&instance);
  if (newer != nullptr && newer->status == 404)
    instance = co_await get("/api/v1/instance", deadline);
  if (auto error = refused_probe(instance)) co_return std::move(*error).during("asking the server");
  const HttpResult self = co_await get("/api/v1/accounts/verify_credentials", deadline);
  if (auto error = refused_probe(self)) co_return std::move(*error).during("checking the token");
  const auto server = json_object(std::get<HttpReply>(instance));
  const auto me = json_object(std::get<HttpReply>(self));
  const std::string id = said(*me, "id");
  const std::string name = said(*me, "acct");
  if (!options_.account.empty() && options_.account != id && options_.account != name) {
    co_return Error(ErrorKind::Unauthorized,
                    fmt::format("the token belongs to account {} ({})", name, id));
  }
  auto characters = announced(*server, "max_characters");
  // Pleroma and its family, in v1.
  if (!characters) characters = integer_member(*server, "max_toot_chars");
  const auto url_cost = announced(*server, "characters_reserved_per_url");
  const auto most = static_cast<std::int64_t>(options_.limit.characters);
  if (characters && *characters > 0 && *characters < most) {
    co_return Error(ErrorKind::Permanent,
                    fmt::format("the server takes {} characters a post: set max_characters = {}",
                                *characters, *characters));
  }
  if (url_cost && *url_cost > static_cast<std::int64_t>(options_.limit.url_cost)) {
    co_return Error(ErrorKind::Permanent,
                    fmt::format("the server counts {} characters a link: set url_cost = {}",
                                *url_cost, *url_cost));
  }
  note_ = fmt::format("账号 @{}，服务器版本 {}，每篇至多 {} 字", name, said(*server, "version"),
                      characters.value_or(most));
  co_return traits();
}

asio::awaitable<Result<std::vector<Figure>>> MastodonChannel::figures(Instant deadline) {
  const HttpResult self = co_await get("/api/v1/accounts/verify_credentials", deadline);
  if (auto error = refused_probe(self)) co_return std::move(*error);
  const auto me = json_object(std::get<HttpReply>(self));
  std::vector<Figure> figures;
  const std::string day = beijing_date(clock_.now());
  const auto followers = integer_member(*me, "followers_count");
  const auto posts = integer_member(*me, "statuses_count");
  if (followers) figures.push_back({day, std::string(kFollowers), *followers});
  if (posts) figures.push_back({day, std::string(kPosts), *posts});
  co_return figures;
}

// A member of a reply as an operator may read it.
std::string MastodonChannel::said(const boost::json::object& reply, std::string_view name) const {
  const std::span<const Secret> secrets(&options_.token, 1);
  return shorten(fold_blanks(masked(text_member(reply, name), secrets)), 60);
}

std::optional<Error> MastodonChannel::refused_probe(const HttpResult& result) const {
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    return Error(failure->untrusted ? ErrorKind::Unauthorized : ErrorKind::Transient,
                 failure->message);
  }
  const HttpReply& reply = std::get<HttpReply>(result);
  const auto json = json_object(reply);
  if (reply.status == 200 && json && !json->contains("error")) return std::nullopt;
  const Diagnostic words = why(reply);
  // snac answers 422 for a bad token.
  const bool token = reply.status == 401 || reply.status == 403 || reply.status == 422;
  return Error(token ? ErrorKind::Unauthorized : ErrorKind::Malformed,
               fmt::format("{} {}", words.code, words.message));
}

}  // namespace liandong
