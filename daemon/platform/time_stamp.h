// RFC 3161 time stamps by OpenSSL: a query over bytes, and the check of the authority's answer.

#ifndef LIANDONG_DAEMON_PLATFORM_TIME_STAMP_H_
#define LIANDONG_DAEMON_PLATFORM_TIME_STAMP_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "daemon/platform/clock.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/result.h"

namespace liandong {

// DER of a TimeStampReq for the hash of `bytes`, asking for the authority's certificate.
[[nodiscard]] std::string time_stamp_query(HashKind hash, std::string_view bytes);

// When the authority says it saw `bytes`. `answer` is the DER of a TimeStampResp; `ca_file` holds
// the certificates to trust, PEM. The error says what is wrong: refused, other bytes, not signed by
// a trusted authority. Every answer that passes is one `openssl ts -verify` takes.
[[nodiscard]] Result<Timestamp> check_time_stamp(HashKind hash, std::string_view answer,
                                                 std::string_view bytes,
                                                 const std::filesystem::path& ca_file);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_TIME_STAMP_H_
