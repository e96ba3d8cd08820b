#include "daemon/platform/qr.h"

#include <memory>

#include <fmt/format.h>
#include <qrencode.h>

namespace liandong {

std::optional<QrCode> make_qr(std::string_view text) {
  constexpr std::size_t kMost = 2000;  // version 40 at level M holds 2,331 bytes
  if (text.empty() || text.size() > kMost) return std::nullopt;
  const std::string bytes(text);
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeData(static_cast<int>(bytes.size()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), 0, QR_ECLEVEL_M),
      &QRcode_free);
  if (!code) return std::nullopt;
  QrCode result;
  result.size = code->width;
  const auto is_dark = [&code](int x, int y) {
    return (code->data[y * code->width + x] & 1U) != 0;
  };
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width;) {
      int end = x;
      while (end < code->width && is_dark(end, y)) ++end;
      if (end > x) result.path += fmt::format("M{} {}h{}v1h-{}z", x, y, end - x, end - x);
      x = end + 1;
    }
  }
  return result;
}

}  // namespace liandong
