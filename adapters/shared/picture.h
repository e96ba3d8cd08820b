// A picture of the watched website, fetched to be uploaded to a platform.

#ifndef LIANDONG_ADAPTERS_SHARED_PICTURE_H_
#define LIANDONG_ADAPTERS_SHARED_PICTURE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "daemon/item/item.h"
#include "daemon/platform/address_policy.h"
#include "daemon/platform/http.h"

namespace liandong {

// image/jpeg, image/png, image/gif or image/webp by the first bytes; empty for anything else.
[[nodiscard]] std::string_view picture_type(std::string_view bytes);

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

// Larger than `max_bytes`, or no picture by its first bytes: it cannot be had.
asio::awaitable<FetchedPicture> fetch_picture(HttpClient& http, std::string url,
                                              std::shared_ptr<const AddressPolicy> policy,
                                              std::size_t max_bytes, Instant deadline);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_PICTURE_H_
