// A Mastodon-compatible server: Mastodon, GoToSocial, Pleroma and its family, snac.
//
// Only Mastodon and Pleroma honour an Idempotency-Key, and Mastodon for an hour; so the key is
// sent, and an unknown outcome is settled by reading the account's own posts for the marker in the
// link. Publish is `upload` and `process` (the picture, when there is one), `post`, and `verify`,
// because a server may answer 200 for a post it drops. Correct edits the post, Withdraw deletes it.
//
// BUGS
//   A server that rewrites links cannot be read back: an unknown outcome then looks like an
//   absence. Pleroma keeps a refusal under the key for six hours; that one was given is forgotten
//   at a restart, and a person's retry within them is then refused with the old words.

#ifndef LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_CHANNEL_H_
#define LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_CHANNEL_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "adapters/channels/mastodon/mastodon_post.h"
#include "adapters/channels/mastodon/mastodon_text.h"
#include "adapters/shared/service.h"
#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"
#include "daemon/channel/text_template.h"
#include "daemon/settings/secret.h"

namespace liandong {

class MastodonChannel final : public Channel {
 public:
  struct Options {
    Service service;
    Secret token;
    std::string account;     // id or name of the account; empty: not checked
    std::string visibility;  // public, unlisted, private, direct; empty: the account's own
    std::string language;
    MastodonLimit limit;
    TextTemplate words;
    bool with_picture = false;
  };

  MastodonChannel(Options options, const ChannelSetup& setup);

  [[nodiscard]] Traits traits() const override;
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override;
  [[nodiscard]] std::vector<Extent> extents(const Rendition& rendition) const override;
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override;
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<LaterLook> inspect(Attempt attempt) override;
  asio::awaitable<Result<std::vector<ListedPost>>> list_posts(int reads, Instant deadline) override;
  asio::awaitable<Result<std::vector<Figure>>> figures(Instant deadline) override;
  asio::awaitable<Result<Traits>> probe(Instant deadline) override;

 private:
  // A Status; none when the server says 404; a Diagnostic when it says nothing usable.
  using Shown = std::variant<MastodonPost, std::monostate, Diagnostic>;

  asio::awaitable<Outcome> upload(Attempt attempt);
  asio::awaitable<Outcome> process(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> post(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> verify(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> edit(Attempt attempt);
  asio::awaitable<Outcome> remove(Attempt attempt);
  asio::awaitable<Shown> show(std::string id, Instant deadline);
  asio::awaitable<Finding> look_for_marker(Attempt attempt);
  asio::awaitable<Finding> look_for_edit(Attempt attempt);
  asio::awaitable<Finding> look_for_removal(Attempt attempt);
  asio::awaitable<HttpResult> get(std::string path, Instant deadline);

  [[nodiscard]] HttpRequest request(std::string method, std::string_view path,
                                    Instant deadline) const;
  [[nodiscard]] HttpHeaders form_of(const Attempt& attempt,
                                    const std::vector<std::string>& media) const;
  [[nodiscard]] Outcome without_picture(const Attempt& attempt, std::string_view reason) const;
  [[nodiscard]] bool is_stale(const Attempt& attempt, const Progress& progress) const;
  asio::awaitable<Outcome> renew_media(Attempt attempt);
  void note_refusal(const Attempt& attempt, int status, const Outcome& outcome);
  [[nodiscard]] std::string idempotency_key(const Attempt& attempt) const;
  [[nodiscard]] std::string said(const boost::json::object& reply, std::string_view name) const;
  [[nodiscard]] Outcome refusal(const HttpReply& reply) const;
  [[nodiscard]] Diagnostic why(const HttpReply& reply) const;
  [[nodiscard]] std::optional<Error> refused_probe(const HttpResult& result) const;

  Options options_;
  std::string name_;
  std::string site_name_;
  std::shared_ptr<const AddressPolicy> site_policy_;
  Clock& clock_;
  HttpClient& http_;
  std::map<std::string, int> refusals_;  // definite ones, by delivery
  std::set<std::string> lost_media_;     // deliveries whose picture the server no longer has …
  std::map<std::string, std::string> fresh_media_;  // … and what was uploaded in its place
  std::string note_;
  std::string account_id_;  // of the token; empty until it was asked for
};

// MakeChannel. Keys: base_url, internal, access_token_file, account, visibility, language,
// max_characters, url_cost, template, with_picture.
[[nodiscard]] std::unique_ptr<Channel> make_mastodon_channel(Table& table,
                                                             const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_MASTODON_MASTODON_CHANNEL_H_
