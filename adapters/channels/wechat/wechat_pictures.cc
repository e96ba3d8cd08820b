// The upload steps of WechatChannel: pictures inside the article, and its cover.

#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "adapters/channels/wechat/wechat_progress.h"
#include "daemon/channel/cover.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/log.h"

namespace liandong {
namespace {

constexpr std::size_t kInlineLimit = 1'000'000;  // uploadimg: below 1 MB, whichever is meant
constexpr std::size_t kCoverLimit = 10'000'000;  // add_material, type image
constexpr std::size_t kRemembered = 256;         // uploads kept in memory
constexpr std::size_t kMaxUrl = 2048;
// A picture the website does not give is waited for in the first attempts, then left out: an
// article without it is better than none.
constexpr int kPatientAttempts = 2;

PictureLimits inline_limits() {
  return {kInlineLimit, {"image/jpeg", "image/png"}};
}
PictureLimits cover_limits() {
  return {kCoverLimit, {"image/jpeg", "image/png", "image/gif", "image/bmp"}};
}

bool is_uploaded_url(const std::string& url) {
  return url.size() <= kMaxUrl && (url.starts_with("http://") || url.starts_with("https://"));
}

std::string cover_name(const std::string& marker) {
  return "liandong-" + marker;
}

std::string field_of(const Rendition& rendition, const std::string& name) {
  const auto known = rendition.fields.find(name);
  return known == rendition.fields.end() ? std::string() : known->second;
}

}  // namespace

asio::awaitable<WechatChannel::Pick> WechatChannel::pick(std::string url, PictureLimits limits,
                                                         int number, Instant deadline) {
  FetchedPicture fetched =
      co_await fetch_picture(http_, url, options_.site_policy, std::move(limits), deadline);
  if (fetched.why.empty()) co_return fetched;
  if (!fetched.may_come || number > kPatientAttempts) co_return std::move(fetched.why);
  // The website's trouble, not the platform's: it may be over in a while.
  Diagnostic why{"picture", fmt::format("picture {}: {}", url, fetched.why)};
  co_return Outcome(Deferred{std::move(why), std::nullopt});
}

asio::awaitable<WechatResult> WechatChannel::upload(std::string path, std::string query,
                                                    FetchedPicture picture, std::string name,
                                                    Instant deadline) {
  FormPart part;
  part.name = "media";
  part.file_name = fmt::format("{}.{}", name, picture_extension(picture.type));
  part.content_type = picture.type;
  part.content = std::move(picture.bytes);
  WechatCall call;
  call.path = std::move(path);
  call.query = std::move(query);
  call.form.push_back(std::move(part));
  call.deadline = deadline;
  co_return co_await api_.call(std::move(call));
}

asio::awaitable<Outcome> WechatChannel::upload_pictures(Attempt attempt, Progress progress) {
  std::map<std::string, std::string> uploaded;
  std::map<std::string, std::string> dropped;
  for (const Picture& picture : attempt.rendition.pictures) {
    if (uploaded.contains(picture.url) || dropped.contains(picture.url)) continue;
    Pick picked = co_await pick(picture.url, inline_limits(), attempt.number, attempt.deadline);
    if (auto* outcome = std::get_if<Outcome>(&picked)) co_return std::move(*outcome);
    if (auto* why = std::get_if<std::string>(&picked)) {
      dropped[picture.url] = std::move(*why);
      continue;
    }
    auto& file = std::get<FetchedPicture>(picked);
    const std::string hash = sha256_hex(file.bytes);
    const auto known = uploaded_.find(hash);
    if (known != uploaded_.end()) {
      uploaded[picture.url] = known->second;
      continue;
    }
    WechatResult result = co_await upload("/cgi-bin/media/uploadimg", "", std::move(file),
                                          hash.substr(0, 16), attempt.deadline);
    if (auto* fault = std::get_if<WechatFault>(&result)) {
      if (!std::holds_alternative<Refused>(fault->outcome)) co_return std::move(fault->outcome);
      dropped[picture.url] = fmt::format("{} ({})", fault->why().message, fault->why().code);
      continue;
    }
    std::string url = text_member(std::get<boost::json::object>(result), "url");
    if (!is_uploaded_url(url)) {
      co_return Deferred{{"reply", "the reply to uploadimg has no url", 200}, std::nullopt};
    }
    if (uploaded_.size() >= kRemembered) uploaded_.clear();
    uploaded_[hash] = url;
    uploaded[picture.url] = std::move(url);
  }
  progress["pictures"] = to_progress_text(uploaded);
  for (const auto& [url, why] : dropped) {
    log(Level::Warn, "delivery.reduced",
        {{"channel", options_.account.channel},
         {"delivery", attempt.delivery},
         {"why", fmt::format("picture {}: {}", url, why)}});
  }
  if (!dropped.empty()) progress["pictures_dropped"] = to_progress_text(dropped);
  co_return Done{std::move(progress)};
}

asio::awaitable<Outcome> WechatChannel::upload_cover(Attempt attempt, Progress progress) {
  const std::string url = field_of(attempt.rendition, "cover");
  Pick picked = std::string("the page has no picture");
  if (!url.empty()) {
    picked = co_await pick(url, cover_limits(), attempt.number, attempt.deadline);
  }
  if (auto* outcome = std::get_if<Outcome>(&picked)) co_return std::move(*outcome);
  if (std::holds_alternative<std::string>(picked)) {
    const std::string kind = field_of(attempt.rendition, "kind_name");
    const CoverText text{kind, attempt.rendition.title, options_.style.site_name};
    Result<std::string> drawn = draw_cover(text);
    // Without a font no item gets its cover: the operator's to mend.
    if (!drawn) co_return Unauthorized{{"cover", drawn.error().message()}};
    FetchedPicture cover;
    cover.bytes = std::move(*drawn);
    cover.type = "image/png";
    picked = std::move(cover);
  }
  WechatResult result = co_await upload("/cgi-bin/material/add_material", "type=image",
                                        std::move(std::get<FetchedPicture>(picked)),
                                        cover_name(attempt.marker), attempt.deadline);
  if (auto* fault = std::get_if<WechatFault>(&result)) co_return std::move(fault->outcome);
  std::string media_id = text_member(std::get<boost::json::object>(result), "media_id");
  if (media_id.empty()) {
    co_return Deferred{{"reply", "the reply to add_material has no media_id", 200}, std::nullopt};
  }
  progress["cover_media_id"] = std::move(media_id);
  progress["cover_uploaded_at"] = std::to_string(to_millis(clock_.now()));
  co_return Done{std::move(progress)};
}

asio::awaitable<Finding> WechatChannel::find_cover(Attempt attempt, Progress progress) {
  WechatMaterial found =
      co_await search_picture(api_, cover_name(attempt.marker), attempt.deadline);
  if (const auto* why = std::get_if<Diagnostic>(&found)) co_return CannotTell{*why};
  const auto& media_id = std::get<std::string>(found);
  if (media_id.empty()) co_return Absent{};
  progress["cover_media_id"] = media_id;
  progress["cover_uploaded_at"] = std::to_string(to_millis(attempt.first_intent));
  co_return Found{Done{std::move(progress)}};
}

}  // namespace liandong
