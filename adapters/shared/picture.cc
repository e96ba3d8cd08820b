#include "adapters/shared/picture.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace liandong {

namespace {

constexpr int kMaxRedirects = 3;
constexpr std::size_t kMostFetched = 20U << 20U;

}  // namespace

std::string_view picture_type(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xff\xd8\xff"sv)) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return "image/png";
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return "image/gif";
  if (bytes.starts_with("BM"sv) && bytes.size() > 14) return "image/bmp";
  if (bytes.size() >= 12 && bytes.starts_with("RIFF"sv) && bytes.substr(8, 4) == "WEBP"sv) {
    return "image/webp";
  }
  return {};
}

Picture lead_picture(const Article& article) {
  const std::vector<Picture> all = pictures(article.body);
  if (!article.cover.empty()) {
    for (const Picture& picture : all) {
      if (picture.url == article.cover) return picture;
    }
    return {article.cover, ""};
  }
  return all.empty() ? Picture{} : all.front();
}

std::string_view picture_extension(std::string_view type) {
  return type == "image/jpeg" ? "jpg" : type.substr(type.find('/') + 1);
}

std::string FetchedPicture::file_name() const {
  return fmt::format("picture.{}", picture_extension(type));
}

asio::awaitable<FetchedPicture> fetch_picture(HttpClient& http, std::string url,
                                              std::shared_ptr<const AddressPolicy> policy,
                                              PictureLimits limits, Instant deadline) {
  HttpRequest request;
  request.url = std::move(url);
  request.redirects = kMaxRedirects;
  request.max_bytes = std::max(kMostFetched, limits.bytes);
  request.deadline = deadline;
  request.policy = std::move(policy);
  const std::size_t most = request.max_bytes;
  HttpResult result = co_await http.send(std::move(request));
  FetchedPicture picture;
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    picture.why = failure->too_large ? fmt::format("larger than {} bytes", most) : failure->message;
    picture.may_come = !failure->too_large && !failure->denied;
    co_return picture;
  }
  HttpReply& reply = std::get<HttpReply>(result);
  if (reply.status != 200) {
    picture.why = fmt::format("HTTP {}", reply.status);
    picture.may_come = reply.status >= 500 || reply.status == 429;
    co_return picture;
  }
  Result<FittedPicture> fitted = fit_picture(std::move(reply.body), limits);
  if (!fitted) {
    picture.why = fitted.error().message();
    co_return picture;
  }
  picture.bytes = std::move(fitted->bytes);
  picture.type = fitted->type;
  co_return picture;
}

}  // namespace liandong
