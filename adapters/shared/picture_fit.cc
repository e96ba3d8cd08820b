#include "adapters/shared/picture_fit.h"

#include <algorithm>
#include <utility>

#include "adapters/shared/picture.h"
#include "daemon/platform/lazy_library.h"

namespace liandong {

Result<FittedPicture> fit_picture(std::string bytes, const PictureLimits& limits) {
  const std::string_view type = picture_type(bytes);
  if (type.empty()) return Error(ErrorKind::Permanent, "neither JPEG, PNG, GIF, BMP nor WebP");
  const bool taken =
      std::find(limits.types.begin(), limits.types.end(), type) != limits.types.end();
  if (taken && bytes.size() <= limits.bytes) return FittedPicture{std::move(bytes), type};
  // The decoders are large, and most pictures fit.
  const auto convert =
      lazy_function<Result<FittedPicture>(const std::string&, std::string_view, std::size_t, bool)>(
          "liandong_graphics.so", "liandong_convert_picture");
  if (!convert) return convert.error();
  return (*convert)(bytes, type, limits.bytes, taken);
}

}  // namespace liandong
