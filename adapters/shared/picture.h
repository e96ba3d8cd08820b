// A picture of the watched website, fetched to be uploaded to a platform.

#ifndef LIANDONG_ADAPTERS_SHARED_PICTURE_H_
#define LIANDONG_ADAPTERS_SHARED_PICTURE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "adapters/shared/picture_fit.h"
#include "daemon/item/item.h"
#include "daemon/platform/address_policy.h"
#include "daemon/platform/http.h"

namespace liandong {

// image/jpeg, image/png, image/gif, image/bmp or image/webp by the first bytes; empty for anything
// else.
[[nodiscard]] std::string_view picture_type(std::string_view bytes);

// "jpg", "png" …
[[nodiscard]] std::string_view picture_extension(std::string_view type);

// The stated cover, else the first picture of the body; an empty address when there is none.
[[nodiscard]] Picture lead_picture(const Article& article);

struct FetchedPicture {
  std::string bytes;      // empty when it could not be had
  std::string_view type;  // as picture_type() says
  std::string why;        // it could not be had
  bool may_come = false;  // asking later may help

  // "picture.png"
  [[nodiscard]] std::string file_name() const;
};

// What the platform takes of it: converted and shrunk where needed (picture_fit.h).
asio::awaitable<FetchedPicture> fetch_picture(HttpClient& http, std::string url,
                                              std::shared_ptr<const AddressPolicy> policy,
                                              PictureLimits limits, Instant deadline);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_PICTURE_H_
