// Makes a picture of the website into one that a platform takes: its type and its size.
//
// Only JPEG, PNG, GIF, BMP and WebP are decoded, each by the decoder of its own name, and only up
// to 40 million pixels: a small file may claim to be a huge picture. Of an animation the first
// frame is kept. What already fits is passed through byte by byte.
//
// BUGS
//   Decoding runs on the caller's thread: a large photograph takes some tenths of a second.
//   WebP needs the system's decoder for it (Debian: webp-pixbuf-loader).

#ifndef LIANDONG_ADAPTERS_SHARED_PICTURE_FIT_H_
#define LIANDONG_ADAPTERS_SHARED_PICTURE_FIT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/result.h"

namespace liandong {

struct PictureLimits {
  std::size_t bytes = 0;                // the most
  std::vector<std::string_view> types;  // "image/jpeg" and "image/png" at least
};

struct FittedPicture {
  std::string bytes;
  std::string_view type;  // as picture_type() says
};

// The picture itself, or it converted and shrunk. An error (Permanent) says why it cannot be had.
[[nodiscard]] Result<FittedPicture> fit_picture(std::string bytes, const PictureLimits& limits);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_PICTURE_FIT_H_
