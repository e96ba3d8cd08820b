// The screens of a Xibo CMS, as rows of a data set that its layouts show
// (contracts/display.md 4.1).
//
//   POST /api/authorize/access_token           client credentials, a token of an hour
//   POST /api/dataset/importjson/{id}          the row, by the unique key `liandong_id`
//   GET  /api/dataset/data/{id}?liandong_id=   the row again
//   DELETE /api/dataset/data/{id}/{row}        taken off
//   POST /api/displaygroup/{group}/action/collectNow   players fetch now (display_group)
//
// The data set has the columns liandong_id, title and link, and of these what its layouts want:
// text, kind, source, date, until. `liandong_id` is the marker of the delivery that published;
// `link` holds that of the delivery which wrote the row last.
//
// `import` is of class B: the CMS looks the key up and then inserts, so that two requests at once
// make two rows; after an unknown outcome the row is looked for before it is sent again, and then
// the key still keeps it single. A correction writes a row that is there (A), a withdrawal deletes
// it (A), and `collect` may be repeated (C): when it fails, players fetch at their own interval.
//
// Delivered means that the CMS has the row, not that a screen showed it.
//
// BUGS
//   Texts lose < > & to their full-width forms, because templates insert them as HTML.

#ifndef LIANDONG_ADAPTERS_CHANNELS_XIBO_XIBO_CHANNEL_H_
#define LIANDONG_ADAPTERS_CHANNELS_XIBO_XIBO_CHANNEL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/shared/access_token.h"
#include "adapters/shared/service.h"
#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"
#include "daemon/channel/text_template.h"

namespace liandong {

class XiboChannel final : public Channel {
 public:
  struct Options {
    Service service;
    std::string client_id;
    Secret client_secret;
    std::int64_t data_set = 0;
    std::int64_t display_group = 0;  // 0: players fetch at their own interval
    TextTemplate words;
    std::chrono::days expiry{30};
  };

  XiboChannel(Options options, const ChannelSetup& setup);

  [[nodiscard]] Traits traits() const override;
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override;
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override;
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<LaterLook> inspect(Attempt attempt) override;
  asio::awaitable<Result<Traits>> probe(Instant deadline) override;

 private:
  // A reply, or what a delivery that waits for it is told.
  using Said = std::variant<HttpReply, Outcome>;
  struct Row {
    std::string id;  // the CMS's own
    std::string title;
    std::string link;
  };
  // The rows of a key; a Diagnostic when the CMS says nothing usable.
  using Rows = std::variant<std::vector<Row>, Diagnostic>;

  asio::awaitable<Outcome> import_row(Attempt attempt);
  asio::awaitable<Outcome> remove_row(Attempt attempt);
  asio::awaitable<Outcome> collect(Attempt attempt, Progress progress);
  asio::awaitable<Rows> rows_of(std::string key, Instant deadline);
  asio::awaitable<Said> call(HttpRequest request);
  asio::awaitable<AccessToken::Fetched> fetch_token(Instant deadline);

  [[nodiscard]] HttpRequest request(std::string method, std::string_view path,
                                    Instant deadline) const;
  [[nodiscard]] std::string row_json(const Attempt& attempt, const std::string& key) const;
  // What a step that other steps may follow answers when it is done.
  [[nodiscard]] Outcome written(std::string key, std::string_view evidence) const;
  [[nodiscard]] Diagnostic why(std::string_view what, const HttpReply& reply) const;
  [[nodiscard]] Outcome refusal(const HttpReply& reply) const;

  Options options_;
  std::string name_;
  std::string site_name_;
  Clock& clock_;
  HttpClient& http_;
  AccessToken token_;
  Secret last_token_;  // for masking
};

// MakeChannel. Keys: base_url, internal, ca_file, client_id, client_secret_file, data_set,
// display_group, template, expiry_days.
[[nodiscard]] std::unique_ptr<Channel> make_xibo_channel(Table& table, const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_XIBO_XIBO_CHANNEL_H_
