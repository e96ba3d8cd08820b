#include "daemon/platform/totp.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/openssl_parts.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::int64_t kStepMillis = 30'000;

using Sha1 = std::array<unsigned char, 20>;

Sha1 hmac_sha1(std::string_view key, std::string_view bytes) {
  Sha1 digest{};
  unsigned int size = 0;
  const auto* done = HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
                          openssl::bytes_of(bytes), bytes.size(), digest.data(), &size);
  openssl::require(done != nullptr && size == digest.size(), "computing an HMAC");
  return digest;
}

}  // namespace

std::int64_t totp_step(Timestamp time) {
  return to_millis(time) / kStepMillis;
}

std::string totp_code(std::string_view secret, std::int64_t step, int digits) {
  std::string counter(8, '\0');
  auto left = static_cast<std::uint64_t>(step);
  for (auto place = counter.rbegin(); place != counter.rend(); ++place) {
    *place = static_cast<char>(left & 0xffU);
    left >>= 8U;
  }
  const Sha1 digest = hmac_sha1(secret, counter);
  // RFC 4226 5.3: the last half byte says where the number begins.
  const std::size_t begin = digest.back() & 0x0fU;
  std::uint32_t number = digest[begin] & 0x7fU;
  for (std::size_t i = 1; i < 4; ++i) number = (number << 8U) | digest[begin + i];
  std::uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  return fmt::format("{:0{}}", number % modulus, digits);
}

std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code,
                                       Timestamp now, std::int64_t last_used) {
  std::optional<std::int64_t> found;
  for (const std::int64_t away : {-1, 0, 1}) {
    const std::int64_t step = totp_step(now) + away;
    if (equal_constant_time(totp_code(secret, step), code) && step > last_used) found = step;
  }
  return found;
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  unsigned int bits = 0;
  unsigned int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 5) {
      count -= 5;
      text += kLetters[(bits >> count) & 31U];
    }
    bits &= (1U << count) - 1U;
  }
  if (count > 0) text += kLetters[(bits << (5 - count)) & 31U];
  return text;
}

std::string otpauth_uri(std::string_view issuer, std::string_view account,
                        std::string_view secret) {
  return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}", percent_encode(issuer),
                     percent_encode(account), base32(secret), percent_encode(issuer));
}

}  // namespace liandong
