// The screen of an Anthias player, as assets that show the item's own page (contracts/display.md
// 4.2).
//
//   GET    /api/v2/assets        all of them
//   POST   /api/v2/assets        a page: name, uri, start_date, end_date, duration
//   PATCH  /api/v2/assets/{id}   another text
//   DELETE /api/v2/assets/{id}
//
// The player gives the id and knows no key of ours, so the name begins with the delivery's marker,
// "[liandong:0123456789ab] 关于……的通知": `create` looks for it before it posts, and an unknown
// outcome is settled by looking again (class B). `edit` writes the same values again (A), `delete`
// of what is gone is done (A).
//
// Delivered means that the player has the asset, not that anybody saw it: it keeps no proof of
// play.

#ifndef LIANDONG_ADAPTERS_CHANNELS_ANTHIAS_ANTHIAS_CHANNEL_H_
#define LIANDONG_ADAPTERS_CHANNELS_ANTHIAS_ANTHIAS_CHANNEL_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/shared/service.h"
#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"
#include "daemon/channel/text_template.h"

namespace liandong {

class AnthiasChannel final : public Channel {
 public:
  struct Options {
    Service service;
    std::string user;  // empty: the player asks for none
    Secret password;
    TextTemplate words;
    std::chrono::seconds shown_for{20};
    std::chrono::days expiry{30};
  };

  AnthiasChannel(Options options, const ChannelSetup& setup);

  [[nodiscard]] Traits traits() const override;
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override;
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override;
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<LaterLook> inspect(Attempt attempt) override;
  asio::awaitable<Result<Traits>> probe(Instant deadline) override;

 private:
  struct Asset {
    std::string id;
    std::string name;
    std::string uri;
  };
  // All assets; an Outcome when the player did not show them: nothing was sent.
  using Assets = std::variant<std::vector<Asset>, Outcome>;

  asio::awaitable<Outcome> create(Attempt attempt);
  asio::awaitable<Outcome> edit(Attempt attempt);
  asio::awaitable<Outcome> remove(Attempt attempt);
  asio::awaitable<Assets> assets(Instant deadline);

  [[nodiscard]] static std::optional<Asset> read_asset(const boost::json::value& json);
  [[nodiscard]] Receipt receipt(std::string id, std::string_view evidence) const;
  [[nodiscard]] HttpRequest request(std::string method, std::string_view path,
                                    Instant deadline) const;
  [[nodiscard]] Diagnostic why(std::string_view what, const HttpReply& reply) const;
  [[nodiscard]] Outcome refusal(const HttpReply& reply) const;

  Options options_;
  std::string name_;
  std::string site_name_;
  Clock& clock_;
  HttpClient& http_;
};

// MakeChannel. Keys: base_url, internal, ca_file, user, password_file, title, shown_for,
// expiry_days.
[[nodiscard]] std::unique_ptr<Channel> make_anthias_channel(Table& table,
                                                            const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_ANTHIAS_ANTHIAS_CHANNEL_H_
