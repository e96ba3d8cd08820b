// A WeChat official account (微信公众号) as a channel.
//
// An item becomes a draft and, where the account may publish by API (发布能力), a published
// article: pictures and cover are uploaded, the draft is made, submitted, and the publish job asked
// until it says what became of it. Where the account may not (48001, found by probe(), or mode =
// "draft_only"), the steps end at the draft and a person presses 发表. What a lost answer left
// behind is found by the delivery's marker in 阅读原文 (contracts/wechat.md 7).
//
// Progress: "pictures" (JSON: address of the page -> uploaded address), "pictures_dropped" (JSON:
// address
// -> why), "cover_media_id", "cover_uploaded_at" (milliseconds), "media_id" (the draft),
// "publish_id".
//
// Its own keys of [[channel]]: base_url, app_id, app_secret_file, mode, author, title, title_limit,
// digest, digest_limit, content_limit, cover.
//
// BUGS
//   A published article is not shown to followers by the platform itself; mass-sending is not
//   offered. WeChat cannot change a published article: a correction is a person's work.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_CHANNEL_H_
#define LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_CHANNEL_H_

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adapters/channels/wechat/wechat_api.h"
#include "adapters/channels/wechat/wechat_article.h"
#include "adapters/channels/wechat/wechat_search.h"
#include "adapters/shared/picture.h"
#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"

namespace liandong {

struct WechatOptions {
  WechatAccount account;
  ArticleStyle style;
  bool draft_only = false;
  std::shared_ptr<const AddressPolicy> site_policy;  // for the watched site's pictures
};

class WechatChannel final : public Channel {
 public:
  // REQUIRES: `clock` and `http` outlive this object.
  WechatChannel(WechatOptions options, Clock& clock, HttpClient& http);

  [[nodiscard]] Traits traits() const override;
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override;
  [[nodiscard]] std::vector<Extent> extents(const Rendition& rendition) const override;
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override;
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<LaterLook> inspect(Attempt attempt) override;
  asio::awaitable<Result<std::vector<Receipt>>> look_for_copies(Attempt attempt) override;
  asio::awaitable<Result<Traits>> probe(Instant deadline) override;

 private:
  // A picture of the website, or why it cannot be had: an Outcome when trying again may help, a
  // text when it is to be left out.
  using Pick = std::variant<FetchedPicture, Outcome, std::string>;

  asio::awaitable<Pick> pick(std::string url, PictureLimits limits, int number, Instant deadline);
  asio::awaitable<WechatResult> upload(std::string path, std::string query, FetchedPicture picture,
                                       std::string name, Instant deadline);

  asio::awaitable<Outcome> upload_pictures(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> upload_cover(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> add_draft(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> submit(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> poll(Attempt attempt, Progress progress);
  asio::awaitable<Outcome> withdraw(Attempt attempt);

  asio::awaitable<std::optional<bool>> ask_mass_send(Instant deadline);

  asio::awaitable<Finding> find_cover(Attempt attempt, Progress progress);
  asio::awaitable<Finding> find_draft(Attempt attempt, Progress progress);
  asio::awaitable<Finding> find_publication(Attempt attempt, Progress progress);
  asio::awaitable<Finding> find_submitted(Attempt attempt, Progress progress);
  asio::awaitable<Finding> find_result(Attempt attempt, Progress progress);
  asio::awaitable<Finding> find_withdrawn(Attempt attempt);

  [[nodiscard]] bool draft_only() const { return options_.draft_only || publishing_refused_; }
  [[nodiscard]] Outcome outcome_of_publish_job(const boost::json::object& json,
                                               const Attempt& attempt) const;
  [[nodiscard]] Outcome outcome_of_draft(std::string media_id, Progress progress) const;

  WechatOptions options_;
  Clock& clock_;
  HttpClient& http_;
  WechatApi api_;
  bool publishing_refused_ = false;    // 48001 at the last probe()
  std::optional<bool> may_mass_send_;  // empty: not known
  // Uploaded address by SHA-256 of the picture, so that a repeated step uploads nothing twice.
  std::map<std::string, std::string> uploaded_;
};

// Null when a key is missing or wrong; the problem stands in the table.
[[nodiscard]] std::unique_ptr<Channel> make_wechat_channel(Table& table, const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_CHANNEL_H_
