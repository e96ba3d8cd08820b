// Weibo: short posts with a link by `statuses/share`, the one interface an ordinary application
// has.
//
// There is no idempotency key and the timeline shows five posts, so one delivery is under way at a
// time and an unknown outcome is settled by reading the timeline. Publish is `share`; when Weibo
// answers "posted, wait one or two minutes" (20032) instead of the post, `confirm` waits until the
// timeline shows it, and never sends again. Withdraw is `destroy`. A text cannot be edited: a
// person decides between leaving it and withdrawing it. A picture that Weibo does not take is left
// out; a token lives for a limited time and only a person can renew it, so probe() tells how long.
//
// DIAGNOSTICS
//   delivery.reduced        WARN   the post goes without its picture
//   token.expiring          WARN   30 and 7 days before the token's end, ERROR one day before
//   platform.misunderstood  ERROR  a code that the contract does not know
//
// BUGS
//   Two posts whose first thirty characters agree and which were sent within two minutes cannot be
//   told apart after a restart.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_CHANNEL_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_CHANNEL_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/channels/weibo/weibo_article.h"
#include "adapters/channels/weibo/weibo_budget.h"
#include "adapters/channels/weibo/weibo_text.h"
#include "adapters/channels/weibo/weibo_timeline.h"
#include "adapters/shared/service.h"
#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"
#include "daemon/channel/text_template.h"
#include "daemon/settings/secret.h"

namespace liandong {

class WeiboChannel final : public Channel {
 public:
  struct Options {
    Service service;
    Secret token;
    std::string uid;                        // of the account; empty: not checked
    std::string rip;                        // this server's public address
    std::vector<std::string> safe_domains;  // 安全域名 of the application, lower case
    WeiboLimit limit;
    TextTemplate words;
    bool with_picture = false;
    int calls_a_day = 0;     // 0: no limit
    int calls_reserved = 0;  // of them kept for reading back
    WeiboArticles articles = {};
  };

  WeiboChannel(Options options, const ChannelSetup& setup);

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
  // The picture to send, none (and then the post goes without), or why to wait.
  struct PictureLook {
    std::optional<FormPart> part;
    std::optional<Outcome> wait;
  };

  asio::awaitable<Outcome> share(Attempt attempt);
  asio::awaitable<Outcome> publish_article(Attempt attempt);
  asio::awaitable<Outcome> confirm(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> destroy(Attempt attempt);
  asio::awaitable<PictureLook> picture_of(Attempt attempt);
  asio::awaitable<Finding> look(Attempt attempt, Timestamp sent);
  asio::awaitable<Finding> look_in(bool own_app, Attempt attempt, Timestamp sent);
  asio::awaitable<Finding> look_for_id(Attempt attempt);
  asio::awaitable<HttpResult> show(std::string id, Instant deadline);
  asio::awaitable<HttpResult> timeline(bool own_app, Instant deadline);

  // Every call of the platform that eats from the day's budget.
  asio::awaitable<HttpResult> ask(HttpRequest request);
  [[nodiscard]] HttpRequest get(std::string_view path, const HttpHeaders& query,
                                Instant deadline) const;
  [[nodiscard]] HttpRequest post(std::string_view path, const HttpHeaders& form,
                                 Instant deadline) const;
  [[nodiscard]] Outcome read_share(const HttpReply& reply, const Attempt& attempt);
  [[nodiscard]] Outcome give_up_picture(const Attempt& attempt, const Diagnostic& words);
  [[nodiscard]] Outcome budget_is_kept() const;
  [[nodiscard]] CannotTell no_calls_left() const;
  [[nodiscard]] Outcome refusal(const HttpReply& reply, int attempt) const;
  [[nodiscard]] Diagnostic why(const HttpReply& reply) const;
  // The text for the operator; empty when the reply to get_token_info says nothing of its end.
  [[nodiscard]] Result<std::string> read_token_info(const HttpReply& reply);
  void warn_of_end(std::int64_t seconds_left);
  void claim(const std::string& id, const std::string& delivery);

  Options options_;
  std::string name_;
  std::string site_name_;
  std::shared_ptr<const AddressPolicy> site_policy_;
  Clock& clock_;
  HttpClient& http_;
  // (post, delivery) of what this process published last: such a post is no answer to another
  // delivery's question. Touched between suspension points only.
  std::deque<std::pair<std::string, std::string>> claimed_;
  std::set<std::string> without_picture_;  // deliveries whose picture Weibo did not take
  WeiboBudget budget_;
  std::string limit_;  // code of the budget that was last said to be used up …
  int limited_ = 0;    // … and how often in a row, without a post in between
  std::string note_;
  std::optional<Timestamp> token_ends_;
  std::string uid_;                          // whose token it is, as far as known
  std::optional<std::int64_t> warned_days_;  // the last threshold of the token's end warned about
};

// What an operator reads about a token that lives for so long; the days ahead at which it warns.
[[nodiscard]] std::string words_of_token(std::string_view uid, std::int64_t seconds_left);
// 30, 7 or 1 when the token ends within so many days, empty before.
[[nodiscard]] std::optional<std::int64_t> token_warning(std::int64_t seconds_left);

// MakeChannel. Keys: base_url, internal, access_token_file, uid, rip, safe_domains, limit, margin,
// url_cost, template, with_picture, calls_per_day, calls_reserved, article_kinds, article_from,
// article_cover.
[[nodiscard]] std::unique_ptr<Channel> make_weibo_channel(Table& table, const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_CHANNEL_H_
