// The upload steps of WechatChannel: pictures inside the article, and its cover.

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "adapters/channels/wechat/wechat_progress.h"
#include "daemon/channel/cover.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::size_t kInlineLimit = (1U << 20U) - 1;  // uploadimg: below 1 MB
constexpr std::size_t kCoverLimit = 10U << 20U;        // add_material, type image
constexpr std::size_t kRemembered = 256;               // uploads kept in memory
constexpr std::size_t kMaxUrl = 2048;
// A picture the website does not give is waited for in the first attempts, then left out: an
// article without it is better than none.
constexpr int kPatientAttempts = 2;

struct PictureType {
  std::string_view magic;
  std::string_view extension;
  std::string_view content_type;
  bool inline_too;  // uploadimg takes jpg and png only
};
constexpr std::array kPictureTypes = {
    PictureType{"\xFF\xD8\xFF", "jpg", "image/jpeg", true},
    PictureType{"\x89PNG\r\n\x1A\n", "png", "image/png", true},
    PictureType{"GIF8", "gif", "image/gif", false},
    PictureType{"BM", "bmp", "image/bmp", false},
};

const PictureType* picture_type(std::string_view bytes) {
  const auto* type = std::ranges::find_if(
      kPictureTypes, [bytes](const PictureType& known) { return bytes.starts_with(known.magic); });
  return type == kPictureTypes.end() ? nullptr : type;
}

// The website's trouble, not the platform's: it may be over in a while.
Outcome site_trouble(std::string code, std::string_view url, std::string_view message) {
  return Deferred{{std::move(code), fmt::format("picture {}: {}", url, message)}, std::nullopt};
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

asio::awaitable<WechatChannel::Pick> WechatChannel::pick(std::string url, std::size_t limit,
                                                         bool only_inline, int number,
                                                         Instant deadline) {
  HttpRequest request;
  request.url = url;
  request.redirects = 3;
  request.max_bytes = limit;
  request.deadline = deadline;
  request.policy = options_.site_policy;
  const HttpResult result = co_await http_.send(std::move(request));

  const bool patient = number <= kPatientAttempts;
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    if (failure->too_large) co_return "larger than the platform takes";
    if (failure->denied) co_return "its address may not be asked: " + failure->message;
    if (patient) co_return site_trouble(failure->code, url, failure->message);
    co_return "the website did not give it: " + failure->message;
  }
  const auto& reply = std::get<HttpReply>(result);
  const std::string status = fmt::format("HTTP {}", reply.status);
  if (reply.status >= 500 && patient) co_return site_trouble("picture", url, status);
  if (reply.status != 200) co_return "the website answered " + status;
  if (reply.body.size() > limit) co_return "larger than the platform takes";
  const PictureType* type = picture_type(reply.body);
  if (type == nullptr || (only_inline && !type->inline_too)) {
    co_return "not of a type the platform takes";
  }
  Picked picked;
  picked.bytes = reply.body;
  picked.extension = type->extension;
  picked.content_type = type->content_type;
  co_return picked;
}

asio::awaitable<WechatResult> WechatChannel::upload(std::string path, std::string query,
                                                    Picked picture, std::string name,
                                                    Instant deadline) {
  FormPart part;
  part.name = "media";
  part.file_name = name + "." + picture.extension;
  part.content_type = std::move(picture.content_type);
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
    Pick picked = co_await pick(picture.url, kInlineLimit, true, attempt.number, attempt.deadline);
    if (auto* outcome = std::get_if<Outcome>(&picked)) co_return std::move(*outcome);
    if (auto* why = std::get_if<std::string>(&picked)) {
      dropped[picture.url] = std::move(*why);
      continue;
    }
    auto& file = std::get<Picked>(picked);
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
  if (!dropped.empty()) progress["pictures_dropped"] = to_progress_text(dropped);
  co_return Done{std::move(progress)};
}

asio::awaitable<Outcome> WechatChannel::upload_cover(Attempt attempt, Progress progress) {
  const std::string url = field_of(attempt.rendition, "cover");
  Pick picked = std::string("the page has no picture");
  if (!url.empty()) {
    picked = co_await pick(url, kCoverLimit, false, attempt.number, attempt.deadline);
  }
  if (auto* outcome = std::get_if<Outcome>(&picked)) co_return std::move(*outcome);
  if (std::holds_alternative<std::string>(picked)) {
    const std::string kind = field_of(attempt.rendition, "kind_name");
    const CoverText text{kind, attempt.rendition.title, options_.style.site_name};
    Result<std::string> drawn = draw_cover(text);
    // Without a font no item gets its cover: the operator's to mend.
    if (!drawn) co_return Unauthorized{{"cover", drawn.error().message()}};
    picked = Picked{std::move(*drawn), "png", "image/png"};
  }
  WechatResult result = co_await upload("/cgi-bin/material/add_material", "type=image",
                                        std::move(std::get<Picked>(picked)),
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
