// A WeChat official account (微信公众号) as a channel.
//
// An item becomes a draft: pictures and cover are uploaded, the draft is made. Then, by `mode`:
//   publish     it is submitted (发布能力) and the job asked until it says what became of it
//   mass_send   it is sent to the followers (群发) under a clientmsgid, which the platform knows
//   for
//               24 hours, and the job asked
//   draft_only  a person presses 发表
// Where the account may not do what the mode wants (48001, found by probe()), the steps end at the
// draft too. What a lost answer left behind is found by the delivery's marker in 阅读原文; a
// mass-send is repeated under its clientmsgid while the platform knows it (contracts/wechat.md 7).
// Several items may share a draft, up to eight: one is a draft with one article. An article's
// receipt then names its place, "ART_1#3".
//
// Progress: "pictures" (JSON: address of the page -> uploaded address), "pictures_dropped" (JSON:
// address -> why), "cover_media_id", "cover_uploaded_at" (milliseconds), "media_id" (the draft),
// "publish_id", or "msg_id" and "msg_evidence"; "article" and "articles": which of how many of the
// draft it is, where it is not alone.
//
// Its own keys of [[channel]]: base_url, app_id, app_secret_file, mode, account, mass_tag, author,
// title, title_limit, digest, digest_limit, content_limit, cover, callback_path,
// callback_token_file, callback_aes_key_file.
//
// BUGS
//   A published article is not shown to followers by the platform itself. Of a mass-sent one the
//   platform's answers state no address: its receipt has none. WeChat cannot change an article: a
//   correction is a person's work. Of a draft with several articles it can delete only the whole;
//   a mass-send of several that fails says nothing of which article it was.

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
#include "adapters/channels/wechat/wechat_callback.h"
#include "adapters/channels/wechat/wechat_search.h"
#include "adapters/shared/picture.h"
#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"

namespace liandong {

enum class WechatMode : std::uint8_t { Publish, MassSend, DraftOnly };

struct WechatOptions {
  WechatAccount account;
  ArticleStyle style;
  WechatMode mode = WechatMode::Publish;
  std::shared_ptr<const AddressPolicy> site_policy;  // for the watched site's pictures
  bool service_account = false;  // 服务号, otherwise 订阅号: the mass-send quota
  std::int64_t mass_tag = 0;     // of the followers a mass-send goes to; 0: all
  std::optional<WechatCallback> callback = {};  // where the platform calls
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
  asio::awaitable<GroupOutcome> perform_together(Step step,
                                                 std::vector<GroupMember> members) override;
  asio::awaitable<std::vector<Finding>> find_together(Step step,
                                                      std::vector<GroupMember> members) override;
  asio::awaitable<LaterLook> inspect(Attempt attempt) override;
  asio::awaitable<Result<std::vector<ListedPost>>> list_posts(int reads, Instant deadline) override;
  asio::awaitable<Result<std::vector<Figure>>> figures(Instant deadline) override;
  [[nodiscard]] std::string callback_path() const override;
  [[nodiscard]] CallbackReply answer_callback(const CallbackRequest& request) const override;
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
  // Members of one draft.
  using Members = std::vector<GroupMember>;
  using Findings = std::vector<Finding>;
  asio::awaitable<GroupOutcome> add_draft(Members members);
  asio::awaitable<GroupOutcome> submit(Members members);
  asio::awaitable<GroupOutcome> poll(Members members);
  asio::awaitable<GroupOutcome> poll_publication(Members members);
  asio::awaitable<GroupOutcome> without_failed(Members members, boost::json::object job);
  [[nodiscard]] Outcome outcome_of_send(const WechatFault& fault) const;
  asio::awaitable<GroupOutcome> mass_send(Members members);
  asio::awaitable<GroupOutcome> poll_mass(Members members);
  asio::awaitable<WechatResult> ask_mass(std::string message_id, Instant deadline);
  asio::awaitable<Outcome> withdraw(Attempt attempt);

  asio::awaitable<std::optional<bool>> ask_mass_send(Instant deadline);

  asio::awaitable<Finding> find_cover(Attempt attempt, Progress progress);
  asio::awaitable<Findings> find_draft(Members members);
  asio::awaitable<Findings> find_publication(Members members);
  asio::awaitable<Findings> find_submitted(Members members);
  asio::awaitable<Findings> find_result(Members members);
  asio::awaitable<Finding> find_withdrawn(Attempt attempt);
  asio::awaitable<Finding> find_mass_withdrawn(Attempt attempt);
  asio::awaitable<LaterLook> inspect_mass(Attempt attempt);
  asio::awaitable<std::variant<boost::json::array, Error>> statistics(std::string call, int days,
                                                                      Instant deadline);

  // By the mode, or because the account may do no more.
  [[nodiscard]] bool draft_only() const;
  [[nodiscard]] bool lists_publications() const;
  [[nodiscard]] std::string note() const;
  [[nodiscard]] Outcome outcome_of_mass_job(const boost::json::object& json, const Attempt& attempt,
                                            const Progress& progress) const;
  [[nodiscard]] Outcome outcome_of_publish_job(const boost::json::object& json,
                                               const GroupMember& member) const;
  [[nodiscard]] std::vector<Outcome> outcomes_of_draft(const std::string& media_id,
                                                       Members members) const;

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
