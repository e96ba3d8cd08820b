#include "adapters/channels/wechat/wechat_channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_progress.h"
#include "adapters/shared/raw_answer.h"
#include "daemon/channel/copies.h"
#include "daemon/item/pairing.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::array kPublishSteps = {Step{"pictures", StepClass::Harmless},
                                      Step{"cover", StepClass::Harmless},
                                      Step{"draft", StepClass::ReadBack, Duration(0), true},
                                      Step{"submit", StepClass::ReadBack, Duration(0), true},
                                      Step{"poll", StepClass::Reading, Duration(0), true}};
constexpr std::size_t kDraftSteps = 3;  // the first of them, when a person publishes
// The platform knows a clientmsgid for 24 hours, and the request may travel for a while.
constexpr Duration kKeyLife = std::chrono::hours(23);
constexpr std::array kMassSteps = {Step{"pictures", StepClass::Harmless},
                                   Step{"cover", StepClass::Harmless},
                                   Step{"draft", StepClass::ReadBack, Duration(0), true},
                                   Step{"send", StepClass::ServerKey, kKeyLife, true},
                                   Step{"poll", StepClass::Reading, Duration(0), true}};
constexpr std::array kWithdrawSteps = {Step{"delete", StepClass::ReadBack}};

constexpr int kNoPermission = 48001;
constexpr int kListedAtOnce = 20;  // posts; the most freepublish/batchget gives

}  // namespace

WechatChannel::WechatChannel(WechatOptions options, Clock& clock, HttpClient& http)
    : options_(std::move(options)),
      clock_(clock),
      http_(http),
      api_(options_.account, clock, http) {}

bool WechatChannel::draft_only() const {
  switch (options_.mode) {
    case WechatMode::Publish:
      return publishing_refused_;
    case WechatMode::MassSend:
      return may_mass_send_ == false;
    case WechatMode::DraftOnly:
      break;
  }
  return true;
}

// What a person published by hand is seen in whatever mode the account publishes.
bool WechatChannel::lists_publications() const {
  return options_.mode != WechatMode::DraftOnly && !publishing_refused_;
}

std::string WechatChannel::note() const {
  std::string note;
  if (options_.mode == WechatMode::DraftOnly) {
    note = "按配置只建草稿，请在公众平台草稿箱中人工点击“发表”";
  } else if (options_.mode == WechatMode::MassSend) {
    note = draft_only() ? "该账号没有群发接口权限（48001），只建草稿，请在公众平台草稿箱中人工群发"
                        : "通过群发接口推送给关注者（占群发次数）";
    note += publishing_refused_ ? "；账号没有发布接口权限" : "；账号有发布接口权限";
    return note;
  } else if (publishing_refused_) {
    note = "该账号没有发布接口权限（48001），只建草稿，请在公众平台草稿箱中人工点击“发表”";
  } else {
    note = "通过发布接口发布（不推送给关注者，也不占群发次数）";
  }
  if (may_mass_send_) note += *may_mass_send_ ? "；账号有群发权限" : "；账号没有群发权限";
  return note;
}

Traits WechatChannel::traits() const {
  Traits traits;
  traits.can_delete = true;
  traits.can_find = true;
  traits.can_inspect = !draft_only();
  traits.can_list = lists_publications();
  traits.group_most = 8;  // contract 3: articles of one draft
  traits.parallel = 4;    // the read-backs look at whole lists and know each delivery by its marker
  traits.draft_only = draft_only();
  // A publish job may finish minutes after its submit (contract 7, 4b).
  traits.settle = std::chrono::minutes(10);
  if (options_.mode == WechatMode::MassSend) {
    // Contract 4: a 订阅号 sends once a day, each follower of a 服务号 gets four a month.
    traits.allowed_per_day = options_.service_account ? 0 : 1;
    traits.allowed_per_month = options_.service_account ? 4 : 0;
  }
  traits.note = note();
  return traits;
}

Result<Rendition> WechatChannel::render(const Item& item, std::string_view marker) const {
  return render_article(item, marker, options_.style);
}

std::vector<Extent> WechatChannel::extents(const Rendition& rendition) const {
  return {{"标题", count_code_points(rendition.title), kWechatTitle},
          {"摘要", count_code_points(rendition.text), kWechatDigest},
          {"正文", count_code_points(rendition.html), options_.style.content_limit}};
}

std::span<const Step> WechatChannel::steps(Purpose purpose) const {
  switch (purpose) {
    case Purpose::Publish:
      // A permission lost on the way leaves the later steps to the deliveries that are past the
      // draft; for the others the draft itself answers Delivered.
      if (options_.mode == WechatMode::MassSend) return kMassSteps;
      return options_.mode == WechatMode::DraftOnly ? std::span(kPublishSteps).first(kDraftSteps)
                                                    : std::span(kPublishSteps);
    case Purpose::Withdraw:
      return kWithdrawSteps;
    case Purpose::Correct:
      break;
  }
  return {};
}

// A publication by itself is a group of one.
asio::awaitable<Outcome> WechatChannel::perform(Step step, Attempt attempt, Progress progress) {
  if (step.name == "pictures") {
    co_return co_await upload_pictures(std::move(attempt), std::move(progress));
  }
  if (step.name == "cover") {
    co_return co_await upload_cover(std::move(attempt), std::move(progress));
  }
  if (step.name == "delete") co_return co_await withdraw(std::move(attempt));
  std::vector<GroupMember> alone;
  alone.push_back({std::move(attempt), std::move(progress)});
  GroupOutcome outcome = co_await perform_together(step, std::move(alone));
  co_return std::move(outcome.each.front());
}

asio::awaitable<GroupOutcome> WechatChannel::perform_together(Step step,
                                                              std::vector<GroupMember> members) {
  if (step.name == "draft") co_return co_await add_draft(std::move(members));
  if (step.name == "submit") co_return co_await submit(std::move(members));
  if (step.name == "send") co_return co_await mass_send(std::move(members));
  if (step.name == "poll") co_return co_await poll(std::move(members));
  GroupOutcome outcome;
  outcome.each.assign(members.size(),
                      Refused{{"step", fmt::format("WeChat has no step {}", step.name)}});
  co_return outcome;
}

asio::awaitable<Outcome> WechatChannel::withdraw(Attempt attempt) {
  const Receipt& published = attempt.published;
  if (published.remote_id.empty()) {
    co_return Refused{{"receipt", "the publication's article_id is not known"}};
  }
  const bool draft = published.evidence == "draft";
  const RemoteArticle article = remote_article(published.remote_id);
  if (draft && article.among_others) {
    co_return Refused{
        {"draft", fmt::format("the draft holds other articles too, and WeChat can only delete "
                              "the whole: take article {} out in the console",
                              article.place)}};
  }
  const std::string message = mass_message_id(published.remote_id);
  WechatCall call = make_call(draft ? "/cgi-bin/draft/delete" : "/cgi-bin/freepublish/delete",
                              Asked::Act, attempt.deadline);
  if (draft) {
    call.body["media_id"] = article.post;
  } else if (!message.empty()) {
    call.path = "/cgi-bin/message/mass/delete";
    call.body["msg_id"] = message;
    call.body["article_idx"] = article.place;
  } else {
    call.body["article_id"] = article.post;
    call.body["index"] = article.place;  // 0 or none would delete every article of the publication
  }
  const WechatResult result = co_await api_.call(std::move(call));
  if (const auto* fault = std::get_if<WechatFault>(&result)) {
    if (draft && fault->code == 40007) {
      co_return Refused{{"40007",
                         "the draft is gone: deleted, or published by hand; look in the "
                         "console",
                         200}};
    }
    co_return fault->outcome;
  }
  co_return Delivered{{published.remote_id, published.permalink, clock_.now()}};
}

asio::awaitable<Finding> WechatChannel::find(Step step, Attempt attempt, Progress progress) {
  if (step.name == "pictures") co_return Absent{};  // uploads leave nothing that could be asked for
  if (step.name == "cover") co_return co_await find_cover(std::move(attempt), std::move(progress));
  if (step.name == "delete") co_return co_await find_withdrawn(std::move(attempt));
  std::vector<GroupMember> alone;
  alone.push_back({std::move(attempt), std::move(progress)});
  std::vector<Finding> findings = co_await find_together(step, std::move(alone));
  co_return std::move(findings.front());
}

asio::awaitable<std::vector<Finding>> WechatChannel::find_together(
    Step step, std::vector<GroupMember> members) {
  if (step.name == "draft") co_return co_await find_draft(std::move(members));
  if (step.name == "submit") co_return co_await find_submitted(std::move(members));
  if (step.name == "poll") co_return co_await find_result(std::move(members));
  Diagnostic why{"step", fmt::format("WeChat has no step {}", step.name)};
  if (step.name == "send") why = {"clientmsgid", "only the same request under its key can tell", 0};
  co_return std::vector<Finding>(members.size(), CannotTell{std::move(why)});
}

asio::awaitable<Finding> WechatChannel::find_withdrawn(Attempt attempt) {
  if (!mass_message_id(attempt.published.remote_id).empty())
    co_return co_await find_mass_withdrawn(std::move(attempt));
  const bool draft = attempt.published.evidence == "draft";
  WechatCall call = make_call(draft ? "/cgi-bin/draft/get" : "/cgi-bin/freepublish/getarticle",
                              Asked::Harmless, attempt.deadline);
  const RemoteArticle article = remote_article(attempt.published.remote_id);
  call.body[draft ? "media_id" : "article_id"] = article.post;
  const WechatResult result = co_await api_.call(std::move(call));
  const Receipt gone{attempt.published.remote_id, attempt.published.permalink, clock_.now(),
                     "read-back"};
  if (const auto* fault = std::get_if<WechatFault>(&result)) {
    // 53600 for an article is no proof of deletion, 40007 for a draft is.
    if (draft && fault->code == 40007) co_return Found{Delivered{gone}};
    co_return CannotTell{fault->why()};
  }
  if (draft) co_return Absent{};
  const auto& json = std::get<boost::json::object>(result);
  const std::optional<bool> deleted = is_deleted(json, article.place);
  if (!deleted)
    co_return CannotTell{{"reply", "the article does not say whether it is deleted", 200}};
  if (!*deleted) co_return Absent{};
  co_return Found{Delivered{gone}};
}

asio::awaitable<LaterLook> WechatChannel::inspect(Attempt attempt) {
  if (!mass_message_id(attempt.published.remote_id).empty())
    co_return co_await inspect_mass(std::move(attempt));
  WechatCall call = make_call("/cgi-bin/freepublish/getarticle", Asked::Harmless, attempt.deadline);
  const RemoteArticle article = remote_article(attempt.published.remote_id);
  call.body["article_id"] = article.post;
  const WechatResult result = co_await api_.call(std::move(call));
  // 53600, an invalid article id, is no proof of deletion.
  if (const auto* fault = std::get_if<WechatFault>(&result)) co_return CannotTell{fault->why()};
  const auto& json = std::get<boost::json::object>(result);
  const std::optional<bool> deleted = is_deleted(json, article.place);
  if (!deleted)
    co_return CannotTell{{"reply", "the article does not say whether it is deleted", 200}};
  if (*deleted) co_return Vanished{"WeChat says that the article is deleted"};
  const std::string title = title_of(json, article.place);
  if (plain_words(title) != plain_words(attempt.rendition.title))
    co_return Drifted{fmt::format("its title is now {}", fold_blanks(title))};
  co_return Verified{};
}

// A page is twenty posts; mass-sent articles are not in this list.
asio::awaitable<Result<std::vector<ListedPost>>> WechatChannel::list_posts(int reads,
                                                                           Instant deadline) {
  std::vector<ListedPost> posts;
  for (int read = 0; read < reads; ++read) {
    WechatCall call = make_call("/cgi-bin/freepublish/batchget", Asked::Harmless, deadline);
    call.body["offset"] = read * kListedAtOnce;
    call.body["count"] = kListedAtOnce;
    call.body["no_content"] = 1;
    const WechatResult result = co_await api_.call(std::move(call));
    if (const auto* fault = std::get_if<WechatFault>(&result)) co_return error_of(fault->outcome);
    const auto page = read_publications(std::get<boost::json::object>(result));
    for (const WechatPublication& one : page) {
      if (!one.entry.deleted) posts.push_back({one.entry.receipt(clock_.now()), one.post});
    }
    if (page.empty()) break;
  }
  co_return posts;
}

asio::awaitable<Result<Traits>> WechatChannel::probe(Instant deadline) {
  WechatCall call = make_call("/cgi-bin/freepublish/batchget", Asked::Harmless, deadline);
  call.body["offset"] = 0;
  call.body["count"] = 1;
  call.body["no_content"] = 1;
  const bool drafts = options_.mode == WechatMode::DraftOnly;
  if (drafts) call.path = "/cgi-bin/draft/batchget";
  const WechatResult result = co_await api_.call(std::move(call));
  const auto* fault = std::get_if<WechatFault>(&result);
  const bool forbidden = fault != nullptr && fault->code == kNoPermission;
  if (fault != nullptr && (!forbidden || drafts)) co_return error_of(fault->outcome);
  publishing_refused_ = forbidden;
  may_mass_send_ = co_await ask_mass_send(deadline);
  co_return traits();
}

}  // namespace liandong
