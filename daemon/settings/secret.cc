#include "daemon/settings/secret.h"

#include <openssl/crypto.h>

namespace liandong {

Secret::~Secret() {
  OPENSSL_cleanse(value_.data(), value_.size());
}

}  // namespace liandong
