#include "adapters/shared/raw_answer.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

const std::array kSecrets = {Secret("t0ken/with+signs"), Secret("")};

HttpReply reply(int status, std::string body, std::string type = "") {
  HttpReply made;
  made.status = status;
  made.body = std::move(body);
  if (!type.empty()) made.headers = {{"content-type", std::move(type)}};
  return made;
}

TEST(Masked, KnowsASecretHoweverItIsWritten) {
  const std::string secret = kSecrets[0].reveal();
  const std::string text =
      secret + " " + percent_encode(secret) + " t0ken\\/with+signs " + base64(secret) + " end";

  EXPECT_EQ(masked(text, kSecrets), "*** *** *** *** end");
}

TEST(Masked, HidesWhatStandsWhereACredentialStands) {
  const struct {
    std::string_view text;
    std::string_view hidden;
  } rows[] = {
      {R"({"access_token":"new one","expires_in":7200})",
       R"({"access_token":"***","expires_in":7200})"},
      {R"({"access_token":"cut in the mid)", R"({"access_token":"***)"},
      {R"({"Access_Token" : "x", "a":"b"})", R"({"Access_Token" : "***", "a":"b"})"},
      {"access_token=abc&next=1", "access_token=***&next=1"},
      {"client_secret=abc, password: def; appsecret='g'",
       "client_secret=***, password: ***; appsecret='***'"},
      {"Authorization: Bearer abc", "Authorization: ***"},
      {"invalid credential, access_token is invalid or not latest",
       "invalid credential, access_token is invalid or not latest"},
      {"my_secretary=1", "my_secretary=1"},
      {"secret=", "secret="},
      {"secret", "secret"},
  };
  for (const auto& row : rows) EXPECT_EQ(masked(std::string(row.text), {}), row.hidden);
}

TEST(Masked, TakesNoLongerForAHostileText) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "secret=x&";

  EXPECT_EQ(masked(text, kSecrets).size(), 200'000U * 11);
}

TEST(RawAnswer, IsOneBoundedLine) {
  EXPECT_EQ(raw_answer(reply(502, "<html>\n <b>Bad</b>\x01\n</html>", "text/html"), {}),
            "HTTP 502, text/html, 27 bytes: <html> <b>Bad</b> </html>");
  EXPECT_EQ(raw_answer(reply(200, ""), {}), "HTTP 200, no type, 0 bytes");
  const std::string huge(5'000'000, 'x');
  const std::string line = raw_answer(reply(200, huge, std::string(10'000, 'y')), {});
  EXPECT_LE(count_code_points(line), 360U);
  EXPECT_NE(line.find("5000000 bytes"), std::string::npos);
}

TEST(RawAnswer, ShowsNoSecretNotEvenTheBeginningOfOne) {
  // The secret lies across the place where the line is cut.
  for (std::size_t before = 200; before < 250; ++before) {
    const std::string line =
        raw_answer(reply(400, std::string(before, 'x') + kSecrets[0].reveal()), kSecrets);
    EXPECT_EQ(line.find("t0k"), std::string::npos) << before;
  }
}

TEST(RawAnswer, SurvivesBytesThatAreNoText) {
  const std::string line = raw_answer(reply(200, std::string("\xff\xfe\x00\x80", 4)), {});

  EXPECT_TRUE(is_valid_utf8(line));
  EXPECT_TRUE(line.starts_with("HTTP 200, no type, 4 bytes"));
}

}  // namespace
}  // namespace liandong
