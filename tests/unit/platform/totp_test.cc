#include "daemon/platform/totp.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

const std::string kSecret = "12345678901234567890";

// RFC 6238, appendix B, the SHA-1 column.
TEST(Totp, GivesTheCodesOfRfc6238) {
  const std::vector<std::pair<std::int64_t, std::string>> vectors = {{59, "94287082"},
                                                                     {1'111'111'109, "07081804"},
                                                                     {1'111'111'111, "14050471"},
                                                                     {1'234'567'890, "89005924"},
                                                                     {2'000'000'000, "69279037"},
                                                                     {20'000'000'000, "65353130"}};

  for (const auto& [seconds, code] : vectors)
    EXPECT_EQ(totp_code(kSecret, totp_step(from_millis(seconds * 1000)), 8), code) << seconds;
}

// RFC 4226, appendix D.
TEST(Totp, GivesTheCodesOfRfc4226) {
  const std::vector<std::string> codes = {"755224", "287082", "359152", "969429", "338314",
                                          "254676", "287922", "162583", "399871", "520489"};

  for (std::size_t i = 0; i < codes.size(); ++i)
    EXPECT_EQ(totp_code(kSecret, static_cast<std::int64_t>(i)), codes[i]);
}

TEST(Totp, TakesTheCodesOfNowAndOfItsNeighbours) {
  const Timestamp now = from_millis(1'234'567'890'000);
  const std::int64_t step = totp_step(now);

  for (const std::int64_t away : {-1, 0, 1})
    EXPECT_EQ(match_totp(kSecret, totp_code(kSecret, step + away), now, 0), step + away);
  for (const std::int64_t away : {-2, 2})
    EXPECT_FALSE(match_totp(kSecret, totp_code(kSecret, step + away), now, 0));
  for (const char* code : {"", "0", "abcdef", "8900592489005924"})
    EXPECT_FALSE(match_totp(kSecret, code, now, 0)) << code;
}

TEST(Totp, TakesACodeOnce) {
  const Timestamp now = from_millis(1'234'567'890'000);
  const std::int64_t step = totp_step(now);

  EXPECT_FALSE(match_totp(kSecret, totp_code(kSecret, step), now, step));
  EXPECT_FALSE(match_totp(kSecret, totp_code(kSecret, step - 1), now, step));
  EXPECT_TRUE(match_totp(kSecret, totp_code(kSecret, step + 1), now, step));
}

// RFC 4648, section 10, without the padding.
TEST(Totp, WritesBase32) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "MY"},
                                                                    {"fo", "MZXQ"},
                                                                    {"foo", "MZXW6"},
                                                                    {"foob", "MZXW6YQ"},
                                                                    {"fooba", "MZXW6YTB"},
                                                                    {"foobar", "MZXW6YTBOI"}};

  for (const auto& [bytes, text] : vectors) EXPECT_EQ(base32(bytes), text);
}

TEST(Totp, NamesTheAccountForTheApp) {
  EXPECT_EQ(otpauth_uri("联动 a&b", "张", "foobar"),
            "otpauth://totp/%E8%81%94%E5%8A%A8%20a%26b:%E5%BC%A0?secret=MZXW6YTBOI&issuer="
            "%E8%81%94%E5%8A%A8%20a%26b");
}

}  // namespace
}  // namespace liandong
