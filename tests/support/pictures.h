// Real pictures, small as text and large on demand, for what decodes them.

#ifndef LIANDONG_TESTS_SUPPORT_PICTURES_H_
#define LIANDONG_TESTS_SUPPORT_PICTURES_H_

#include <cstdint>
#include <string>

#include "daemon/platform/crypto.h"

namespace liandong {

inline void append_little_endian(std::string& bytes, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) {
    bytes += static_cast<char>(value & 0xFFU);
    value >>= 8U;
  }
}

// The head of a BMP of 24 bits a pixel.
inline std::string bmp_head(std::uint32_t width, std::uint32_t height) {
  constexpr std::uint32_t kHead = 54;
  const std::uint32_t row = (width * 3 + 3) / 4 * 4;
  std::string bytes = "BM";
  for (const std::uint32_t value : {kHead + row * height, 0U, kHead, 40U, width, height})
    append_little_endian(bytes, value, 4);
  append_little_endian(bytes, 1, 2);
  append_little_endian(bytes, 24, 2);
  for (int i = 0; i < 6; ++i) append_little_endian(bytes, 0, 4);
  return bytes;
}

// `noise`: pixels that no format makes small; otherwise grey.
inline std::string bmp(std::uint32_t width, std::uint32_t height, bool noise) {
  std::string bytes = bmp_head(width, height);
  std::uint32_t state = 1;
  const std::uint32_t row = (width * 3 + 3) / 4 * 4;
  for (std::uint32_t i = 0; i < row * height; ++i) {
    state = state * 1'664'525U + 1'013'904'223U;
    bytes += noise ? static_cast<char>(state >> 24U) : '\x7f';
  }
  return bytes;
}

// One pixel each.
inline std::string gif() {
  return from_base64("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7").value();
}
inline std::string webp() {
  return from_base64("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA").value();
}

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_PICTURES_H_
