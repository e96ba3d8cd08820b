// What may call us, and what of it is believed. The first vector is the platform's own sample
// (contracts/wechat.md 6.2).
#include "adapters/channels/wechat/wechat_callback.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/legacy_crypto.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kToken = "spamtest";
constexpr std::string_view kAesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
constexpr std::string_view kAppId = "wx2c2769f8efd9abc2";
constexpr std::string_view kTimestamp = "1409735669";
constexpr std::string_view kNonce = "1320562132";
constexpr std::string_view kSampleSignature = "5d197aaffba7e9b25a30732f161a50dee96bd5fa";
constexpr std::string_view kSample =
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQ"
    "HFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDY"
    "sVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGp"
    "y0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1"
    "ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=";

constexpr std::string_view kPublished =
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><CreateTime>1481013459</CreateTime>"
    "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[PUBLISHJOBFINISH]]></Event>"
    "<PublishEventInfo><publish_id>2247503051</publish_id><publish_status>0</publish_status>"
    "<article_id><![CDATA[b5O2OUs25HBxRceL7hfReg\n]]></article_id><article_detail><count>1</count>"
    "<item><idx>1</idx></item></article_detail></PublishEventInfo></xml>";
constexpr std::string_view kSent =
    "<xml><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[MASSSENDJOBFINISH]]></Event>"
    "<MsgID>3147483730</MsgID><Status><![CDATA[send success]]></Status></xml>";

std::string sign(std::vector<std::string> parts) {
  std::ranges::sort(parts);
  std::string all;
  for (const std::string& part : parts) all += part;
  return sha1_hex(all);
}

Timestamp sample_time() {
  return from_millis(1'409'735'669'000);
}

std::string key_bytes() {
  return from_base64(std::string(kAesKey.substr(0, 42)) + "E=").value();
}

// As the platform does it; `padding` 0: as much as fits.
std::string encrypt(std::string_view message, std::string_view app_id, std::size_t padding = 0,
                    int longer = 0) {
  std::string plain(16, 'r');
  const auto length = static_cast<std::uint32_t>(static_cast<int>(message.size()) + longer);
  for (const int shift : {24, 16, 8, 0}) plain += static_cast<char>((length >> shift) & 0xFFU);
  plain += std::string(message) + std::string(app_id);
  const std::size_t fits = 32 - plain.size() % 32;
  plain.append(fits - 1, static_cast<char>(fits));
  plain += static_cast<char>(padding == 0 ? fits : padding);
  const std::string key = key_bytes();
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  std::string cipher(plain.size(), '\0');
  int written = 0;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  EVP_EncryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, bytes(key), bytes(key));
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(cipher.data()), &written,
                    bytes(plain), static_cast<int>(plain.size()));
  return base64(cipher);
}

std::string envelope(std::string_view cipher) {
  return fmt::format(
      "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{}]]></Encrypt></xml>",
      cipher);
}

CallbackRequest request(std::string_view method, std::string_view body = "") {
  CallbackRequest made;
  made.method = method;
  made.body = body;
  made.now = sample_time();
  made.query = {
      {"timestamp", std::string(kTimestamp)},
      {"nonce", std::string(kNonce)},
      {"signature", sign({std::string(kToken), std::string(kTimestamp), std::string(kNonce)})}};
  return made;
}

CallbackRequest encrypted(std::string_view cipher) {
  CallbackRequest made = request("POST", envelope(cipher));
  made.query["encrypt_type"] = "aes";
  made.query["msg_signature"] = sign(
      {std::string(kToken), std::string(kTimestamp), std::string(kNonce), std::string(cipher)});
  return made;
}

WechatCallback plain_mode() {
  return {"/callback/wechat", std::string(kAppId), Secret(std::string(kToken)), Secret()};
}
WechatCallback safe_mode(std::string_view app_id = kAppId) {
  return {"/callback/wechat", std::string(app_id), Secret(std::string(kToken)),
          Secret(std::string(kAesKey))};
}

// --- The set-up check.

TEST(WechatCallback, AnswersTheSetUpCheckWithItsEcho) {
  CallbackRequest check = request("GET");
  check.query["echostr"] = "6154834613";
  const CallbackReply reply = plain_mode().answer(check);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "6154834613");
  EXPECT_FALSE(reply.hint.has_value());
  EXPECT_EQ(check.query["signature"], "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a");
}

TEST(WechatCallback, RefusesWhoCannotSign) {
  for (const char* spoiled : {"signature", "timestamp", "nonce", "echostr"}) {
    CallbackRequest check = request("GET");
    check.query["echostr"] = "6154834613";
    check.query.erase(spoiled);
    EXPECT_EQ(plain_mode().answer(check).status, 403) << spoiled;
    EXPECT_EQ(plain_mode().answer(check).body, "") << spoiled;
  }
  CallbackRequest check = request("GET");
  check.query["echostr"] = "6154834613";
  check.query["signature"].back() = 'x';
  EXPECT_EQ(plain_mode().answer(check).status, 403);
  CallbackRequest large = request("GET");
  large.query["echostr"] = std::string(257, 'e');
  EXPECT_EQ(plain_mode().answer(large).status, 403);
}

TEST(WechatCallback, RefusesWhatIsOldOrFromTheFuture) {
  for (const auto away : {-11min, 11min}) {
    CallbackRequest call = request("POST", kPublished);
    call.now = sample_time() + away;
    EXPECT_EQ(plain_mode().answer(call).status, 403);
    call.now = sample_time() + away * 9 / 11;
    EXPECT_EQ(plain_mode().answer(call).status, 200);
  }
}

// --- Events.

TEST(WechatCallback, HintsAtThePublicationThatIsOver) {
  const CallbackReply reply = plain_mode().answer(request("POST", kPublished));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "success");
  ASSERT_TRUE(reply.hint.has_value());
  EXPECT_EQ(reply.hint->event, "PUBLISHJOBFINISH");
  EXPECT_EQ(reply.hint->key, "publish_id");
  EXPECT_EQ(reply.hint->value, "2247503051");
}

TEST(WechatCallback, HintsAtTheMassSendThatIsOver) {
  const CallbackReply reply = plain_mode().answer(request("POST", kSent));
  ASSERT_TRUE(reply.hint.has_value());
  EXPECT_EQ(reply.hint->key, "msg_id");
  EXPECT_EQ(reply.hint->value, "3147483730");
}

TEST(WechatCallback, HasNothingToSayToOtherMessages) {
  for (const std::string_view body :
       {"<xml><MsgType>text</MsgType><Content>你好</Content></xml>",
        "<xml><MsgType>event</MsgType><Event>subscribe</Event></xml>",
        "<xml><MsgType>text</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>1</MsgID></xml>",
        "<xml><MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>1 OR 1</MsgID></xml>",
        "<xml><MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event></xml>"}) {
    const CallbackReply reply = plain_mode().answer(request("POST", body));
    EXPECT_EQ(reply.status, 200) << body;
    EXPECT_EQ(reply.body, "success") << body;
    EXPECT_FALSE(reply.hint.has_value()) << body;
  }
}

// --- The encrypted mode.

TEST(WechatCallback, ReadsThePlatformsOwnSample) {
  const CallbackRequest sample = encrypted(kSample);
  EXPECT_EQ(sample.query.at("msg_signature"), kSampleSignature);
  EXPECT_EQ(safe_mode().answer(sample).status, 200);
  EXPECT_EQ(safe_mode("wx0000000000000000").answer(sample).status, 403) << "another account's";
}

TEST(WechatCallback, HintsAtWhatAnEncryptedEventSays) {
  const CallbackReply reply = safe_mode().answer(encrypted(encrypt(kPublished, kAppId)));
  ASSERT_TRUE(reply.hint.has_value());
  EXPECT_EQ(reply.hint->value, "2247503051");
  // Padding of a whole block of 32, more than the cipher's own 16.
  std::string message =
      "<xml><MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>7"
      "</MsgID>";
  while ((20 + message.size() + 6 + kAppId.size()) % 32 != 0) message += ' ';
  message += "</xml>";
  EXPECT_TRUE(safe_mode().answer(encrypted(encrypt(message, kAppId))).hint.has_value());
}

TEST(WechatCallback, RefusesWhatIsNotEncryptedForUs) {
  EXPECT_EQ(safe_mode().answer(request("POST", kPublished)).status, 403) << "plain";
  EXPECT_EQ(safe_mode().answer(encrypted(encrypt(kPublished, "wxother"))).status, 403);
  EXPECT_EQ(safe_mode().answer(encrypted(encrypt(kPublished, ""))).status, 403);
  EXPECT_EQ(safe_mode().answer(encrypted(encrypt(kPublished, kAppId, 33))).status, 403);
  EXPECT_EQ(safe_mode().answer(encrypted(encrypt("<xml/>", kAppId, 0, 1))).status, 403);
  EXPECT_EQ(safe_mode().answer(encrypted(encrypt("<xml/>", kAppId, 0, -7))).status, 403);
  EXPECT_EQ(safe_mode().answer(encrypted("")).status, 403);
  EXPECT_EQ(safe_mode().answer(encrypted("AAAA")).status, 403);
  EXPECT_EQ(safe_mode().answer(encrypted("not base64!")).status, 403);
  CallbackRequest forged = encrypted(kSample);
  forged.query["msg_signature"].back() = 'x';
  EXPECT_EQ(safe_mode().answer(forged).status, 403);
  forged.query.erase("msg_signature");
  EXPECT_EQ(safe_mode().answer(forged).status, 403);
}

TEST(WechatCallback, KnowsAnEncodingAesKey) {
  EXPECT_TRUE(is_encoding_aes_key(kAesKey));
  EXPECT_FALSE(is_encoding_aes_key(kAesKey.substr(1)));
  EXPECT_FALSE(is_encoding_aes_key(std::string(kAesKey.substr(1)) + "="));
  EXPECT_FALSE(is_encoding_aes_key(""));
}

// --- Hostile XML, with a good signature.

TEST(WechatCallback, RefusesXmlThatIsMoreThanAnEvent) {
  std::string deep = "<xml>";
  for (int i = 0; i < 5000; ++i) deep += "<a>";
  std::string many = "<xml>";
  for (int i = 0; i < 500; ++i) many += "<a/>";
  many += "</xml>";
  const std::vector<std::string> hostile = {
      "",
      "no xml",
      "<xml>",
      "<html/>",
      "<!DOCTYPE xml [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><xml><MsgID>&e;</MsgID></xml>",
      "<!DOCTYPE xml SYSTEM \"http://127.0.0.1:1/x.dtd\"><xml/>",
      "<!DOCTYPE xml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><xml>&b;</xml>",
      "<xml><MsgID>&undefined;</MsgID></xml>",
      "<xml>" + std::string(70'000, 'a') + "</xml>",
      deep,
      many,
      "<xml>\xff\xfe</xml>",
  };
  for (const std::string& body : hostile) {
    const CallbackReply reply = plain_mode().answer(request("POST", body));
    EXPECT_EQ(reply.status, 403) << body.substr(0, 80);
    EXPECT_FALSE(reply.hint.has_value()) << body.substr(0, 80);
  }
}

TEST(WechatCallback, RefusesADocumentTypeThatHidesInAnotherEncoding) {
  const std::string hidden =
      "<!DOCTYPE xml [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><xml><a>&e;</a></xml>";
  std::string wide = "\xff\xfe";
  for (const char c : hidden) {
    wide += c;
    wide += '\0';
  }
  EXPECT_EQ(plain_mode().answer(request("POST", wide)).status, 403);
}

// --- The two old algorithms.

TEST(LegacyCrypto, AgreesWithKnownAnswers) {
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_FALSE(decrypt_aes256_cbc(std::string(32, 'k'), std::string(16, 'v'), "").has_value());
  EXPECT_FALSE(decrypt_aes256_cbc(std::string(31, 'k'), std::string(16, 'v'), std::string(16, 'c'))
                   .has_value());
  EXPECT_FALSE(decrypt_aes256_cbc(std::string(32, 'k'), std::string(15, 'v'), std::string(16, 'c'))
                   .has_value());
  EXPECT_FALSE(decrypt_aes256_cbc(std::string(32, 'k'), std::string(16, 'v'), std::string(17, 'c'))
                   .has_value());
}

}  // namespace
}  // namespace liandong
