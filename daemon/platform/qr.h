// A QR code (GB/T 18284) as the path of an SVG, so that a page needs no picture and no library.

#ifndef LIANDONG_DAEMON_PLATFORM_QR_H_
#define LIANDONG_DAEMON_PLATFORM_QR_H_

#include <optional>
#include <string>
#include <string_view>

namespace liandong {

struct QrCode {
  int size = 0;      // modules a side, without the quiet zone of 4
  std::string path;  // the dark modules as `d` of a <path>, one unit a module, origin at the corner
};

// Error correction level M. Empty when the text is empty or does not fit.
[[nodiscard]] std::optional<QrCode> make_qr(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_QR_H_
