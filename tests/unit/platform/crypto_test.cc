#include "daemon/platform/crypto.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace liandong {
namespace {

using namespace std::string_literals;

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(Crypto, HashesAsFips180Says) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Crypto, HashesAsGbt32905Says) {
  const auto sm3 = [](std::string_view bytes) { return hex(hash_of(HashKind::Sm3, bytes)); };
  EXPECT_EQ(sm3("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  std::string second;
  for (int i = 0; i < 16; ++i) second += "abcd";
  EXPECT_EQ(sm3(second), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
  EXPECT_EQ(hash_of(HashKind::Sm3, "ab", "c"), hash_of(HashKind::Sm3, "abc"));
  RunningHash pieces(HashKind::Sm3);
  pieces.update("a");
  pieces.update("bc");
  EXPECT_EQ(pieces.finish(), hash_of(HashKind::Sm3, "abc"));
  EXPECT_EQ(pieces.finish(), hash_of(HashKind::Sm3, "")) << "starts anew with the same hash";
}

TEST(Crypto, KnowsAHashByItsName) {
  EXPECT_EQ(to_hash_kind("sha256"), HashKind::Sha256);
  EXPECT_EQ(to_hash_kind("sm3"), HashKind::Sm3);
  EXPECT_EQ(to_hash_kind("SM3"), std::nullopt);
  EXPECT_EQ(to_string(HashKind::Sm3), "sm3");
}

TEST(Crypto, HashesTwoPartsAsTheirConcatenation) {
  EXPECT_EQ(sha256("ab", "c"), sha256("abc"));
  EXPECT_EQ(sha256("", "abc"), sha256("abc"));
  EXPECT_NE(sha256("ab", "d"), sha256("abc"));
}

TEST(Crypto, HashesPiecesAndStartsAnew) {
  RunningHash hash(HashKind::Sha256);
  hash.update("a");
  hash.update("");
  hash.update("bc");
  EXPECT_EQ(hash.finish(), sha256("abc"));
  EXPECT_EQ(hash.finish(), sha256(""));
}

TEST(Crypto, ComputesHmacAsRfc4231Says) {
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex(hmac_sha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Crypto, WritesHexInLowerCase) {
  EXPECT_EQ(hex("\x00\x7f\xff"s), "007fff");
  EXPECT_EQ(hex(""), "");
}

TEST(Crypto, EncodesBase64AsRfc4648Says) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kVectors{
      {{"", ""},
       {"f", "Zg=="},
       {"fo", "Zm8="},
       {"foo", "Zm9v"},
       {"foob", "Zm9vYg=="},
       {"fooba", "Zm9vYmE="},
       {"foobar", "Zm9vYmFy"}}};
  for (const auto& [plain, encoded] : kVectors) {
    EXPECT_EQ(base64(plain), encoded);
    EXPECT_EQ(from_base64(encoded), std::string(plain)) << encoded;
  }
}

TEST(Crypto, RefusesBase64WithASecondSpelling) {
  for (const std::string_view text : {"Zg", "Zg=", "Zh==", "Zm9=", " Zg==", "Zg==\n",
                                      "Z===", "====", "Zg==Zg==", "Zm9*", "-_-_"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Crypto, ComparesContentsAndLength) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("token", "token"));
  EXPECT_FALSE(equal_constant_time("token", "tokem"));
  EXPECT_FALSE(equal_constant_time("token", "toke"));
}

TEST(Crypto, GivesAsManyRandomBytesAsAsked) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(33).size(), 33U);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

// RFC 8032 7.1, test 2. The PEM is its secret key in PKCS#8.
constexpr std::string_view kRfcPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view kRfcPublic =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr std::string_view kRfcSignature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(SigningKey, SignsAsRfc8032Says) {
  const Result<SigningKey> key = SigningKey::from_pem(kRfcPem);
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(hex(key->public_raw()), kRfcPublic);
  EXPECT_EQ(hex(key->sign("r")), kRfcSignature);
  EXPECT_EQ(key->private_pem(), kRfcPem);
}

TEST(SigningKey, SurvivesWritingAndReading) {
  const SigningKey key = SigningKey::generate();
  const Result<SigningKey> again = SigningKey::from_pem(key.private_pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_raw(), key.public_raw());
  EXPECT_EQ(again->public_pem(), key.public_pem());
  EXPECT_NE(SigningKey::generate().public_raw(), key.public_raw());
}

TEST(SigningKey, RefusesWhatIsNotAnEd25519PrivateKey) {
  constexpr std::string_view kP256 =
      "-----BEGIN PRIVATE KEY-----\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA\n"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAGhRANCAARrF9Hy4SxCR/i85uVjpEDydwN9gS3r\n"
      "M6D0oTlF2JjClk/jQuL+Gn+bjufrSnwPnhYrzjNXazFezsu2QGg3v1H1\n"
      "-----END PRIVATE KEY-----\n";
  const Result<SigningKey> other_kind = SigningKey::from_pem(kP256);
  ASSERT_FALSE(other_kind);
  EXPECT_EQ(other_kind.error().message(), "the key is not an Ed25519 key");
  EXPECT_FALSE(SigningKey::from_pem(""));
  EXPECT_FALSE(
      SigningKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  EXPECT_FALSE(SigningKey::from_pem(SigningKey::generate().public_pem()));
}

TEST(Ed25519, AcceptsTheSignatureAndNothingElse) {
  const std::string key = from_hex(kRfcPublic);
  const std::string signature = from_hex(kRfcSignature);
  EXPECT_TRUE(verify_ed25519(key, "r", signature));
  EXPECT_FALSE(verify_ed25519(key, "s", signature));
  EXPECT_FALSE(verify_ed25519(key, "", signature));
  EXPECT_FALSE(verify_ed25519(SigningKey::generate().public_raw(), "r", signature));
  EXPECT_FALSE(verify_ed25519(key, "r", signature.substr(1)));
  EXPECT_FALSE(verify_ed25519(key, "r", signature + '\0'));
  EXPECT_FALSE(verify_ed25519(key.substr(1), "r", signature));
  EXPECT_FALSE(verify_ed25519("", "r", signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string flipped = signature;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(verify_ed25519(key, "r", flipped)) << i;
  }
}

}  // namespace
}  // namespace liandong
