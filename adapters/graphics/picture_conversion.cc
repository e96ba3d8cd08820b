#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <gdk-pixbuf/gdk-pixbuf.h>

#include "adapters/shared/picture_fit.h"

namespace liandong {

namespace {

constexpr std::int64_t kMostPixels = 40'000'000;
constexpr int kLongestSide = 2560;  // no page shows more of it
constexpr int kShortestSide = 200;  // smaller, and a document in it cannot be read
constexpr int kShrinkings = 8;
constexpr const char* kQuality = "85";

struct Release {
  void operator()(GdkPixbuf* pixbuf) const { g_object_unref(pixbuf); }
  void operator()(GdkPixbufLoader* loader) const { g_object_unref(loader); }
  void operator()(GError* error) const { g_error_free(error); }
  void operator()(gchar* buffer) const { g_free(buffer); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

Error cannot(std::string message) {
  return {ErrorKind::Permanent, std::move(message)};
}

// Called before a pixel is decoded: a size of nothing ends the decoding.
void on_size(GdkPixbufLoader* loader, gint width, gint height, gpointer too_large) {
  if (std::int64_t{width} * height <= kMostPixels) return;
  *static_cast<bool*>(too_large) = true;
  gdk_pixbuf_loader_set_size(loader, 0, 0);
}

std::string message_of(GError* raw) {
  const Owned<GError> error(raw);
  return error ? std::string(error->message) : std::string("no picture in it");
}

Result<Owned<GdkPixbuf>> decode(const std::string& bytes, std::string_view type) {
  const std::string name(type.substr(type.find('/') + 1));
  GError* error = nullptr;
  const Owned<GdkPixbufLoader> loader(gdk_pixbuf_loader_new_with_type(name.c_str(), &error));
  if (!loader) return cannot(fmt::format("no decoder for {}: {}", type, message_of(error)));
  bool too_large = false;
  g_signal_connect(loader.get(), "size-prepared", G_CALLBACK(on_size), &too_large);
  const auto* data = reinterpret_cast<const guchar*>(bytes.data());
  bool good = gdk_pixbuf_loader_write(loader.get(), data, bytes.size(), &error) != FALSE;
  // A loader must be closed in any case; its first error is the one that tells.
  const bool closed = gdk_pixbuf_loader_close(loader.get(), good ? &error : nullptr) != FALSE;
  good = good && closed;
  if (too_large) {
    if (error != nullptr) g_error_free(error);
    return cannot(fmt::format("more than {} million pixels", kMostPixels / 1'000'000));
  }
  if (!good) return cannot("it cannot be decoded: " + message_of(error));
  GdkPixbuf* pixbuf = gdk_pixbuf_loader_get_pixbuf(loader.get());
  if (pixbuf == nullptr) return cannot("it cannot be decoded: no picture in it");
  return Owned<GdkPixbuf>(gdk_pixbuf_apply_embedded_orientation(pixbuf));
}

// JPEG knows no transparency; a page is white.
Owned<GdkPixbuf> on_white(const GdkPixbuf* pixbuf, int width, int height) {
  constexpr guint32 kWhite = 0xFFFFFF;
  constexpr int kOpaque = 255;
  constexpr int kCheck = 16;
  return Owned<GdkPixbuf>(gdk_pixbuf_composite_color_simple(
      pixbuf, width, height, GDK_INTERP_BILINEAR, kOpaque, kCheck, kWhite, kWhite));
}

std::optional<std::string> encode(GdkPixbuf* pixbuf, const char* type) {
  gchar* buffer = nullptr;
  gsize size = 0;
  const bool is_jpeg = std::string_view(type) == "jpeg";
  const bool good =
      is_jpeg ? gdk_pixbuf_save_to_buffer(pixbuf, &buffer, &size, type, nullptr, "quality",
                                          kQuality, nullptr) != FALSE
              : gdk_pixbuf_save_to_buffer(pixbuf, &buffer, &size, type, nullptr, nullptr) != FALSE;
  const Owned<gchar> owned(buffer);
  if (!good) return std::nullopt;
  return std::string(owned.get(), size);
}

struct Size {
  int width;
  int height;
};

Size scaled(Size size, double factor) {
  const auto side = [factor](int length) {
    return std::max(1, static_cast<int>(std::lround(length * factor)));
  };
  return {side(size.width), side(size.height)};
}

// The JPEG that is small enough, of the largest size that is.
std::optional<std::string> shrunk(const GdkPixbuf* pixbuf, std::size_t most) {
  Size size{gdk_pixbuf_get_width(pixbuf), gdk_pixbuf_get_height(pixbuf)};
  const int longest = std::max(size.width, size.height);
  if (longest > kLongestSide) size = scaled(size, static_cast<double>(kLongestSide) / longest);
  for (int i = 0; i < kShrinkings; ++i) {
    const Owned<GdkPixbuf> smaller = on_white(pixbuf, size.width, size.height);
    if (!smaller) return std::nullopt;
    std::optional<std::string> bytes = encode(smaller.get(), "jpeg");
    if (!bytes || bytes->size() <= most) return bytes;
    const double ratio = static_cast<double>(most) / static_cast<double>(bytes->size());
    size = scaled(size, std::min(0.9, std::sqrt(ratio) * 0.95));
    if (std::max(size.width, size.height) < kShortestSide) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

// Of fit_picture(). `type`: of the bytes; `taken`: the platform takes that type, in a smaller size.
extern "C" Result<FittedPicture> liandong_convert_picture(const std::string& bytes,
                                                          std::string_view type, std::size_t most,
                                                          bool taken) {
  const auto decoded = decode(bytes, type);
  if (!decoded) return decoded.error();
  const GdkPixbuf* pixbuf = decoded->get();
  // Drawings and text stay sharp as PNG where that is small enough.
  if (type != "image/jpeg" && !taken) {
    std::optional<std::string> png = encode(decoded->get(), "png");
    if (png && png->size() <= most) return FittedPicture{std::move(*png), "image/png"};
  }
  std::optional<std::string> jpeg = shrunk(pixbuf, most);
  if (!jpeg) return cannot(fmt::format("it cannot be made smaller than {} bytes", most));
  return FittedPicture{std::move(*jpeg), "image/jpeg"};
}

}  // namespace liandong
