#include "daemon/ledger/checkpoint.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

class CheckpointTest : public testing::Test {
 protected:
  [[nodiscard]] bool opens(const std::string& note) const {
    return open_checkpoint(note, {kOrigin, key_.public_raw()}).has_value();
  }

  SigningKey key_ = SigningKey::generate();
  Checkpoint checkpoint_{std::string(kOrigin), 300, sha256("root")};
  std::string note_ = sign_checkpoint(HashKind::Sha256, checkpoint_, key_);
};

TEST_F(CheckpointTest, OpensWhatItSigned) {
  const auto opened = open_checkpoint(note_, {kOrigin, key_.public_raw()});
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(opened->origin, kOrigin);
  EXPECT_EQ(opened->size, 300U);
  EXPECT_EQ(opened->root, sha256("root"));
}

TEST_F(CheckpointTest, HasTheLinesOfASignedNote) {
  EXPECT_TRUE(note_.starts_with("example.gov.cn/liandong\n300\n" +
                                base64(as_bytes(sha256("root"))) +
                                "\n\n— example.gov.cn/liandong "));
  EXPECT_TRUE(note_.ends_with("\n"));
}

TEST_F(CheckpointTest, RefusesTheSignatureOfAnotherKey) {
  const auto opened = open_checkpoint(note_, {kOrigin, SigningKey::generate().public_raw()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(),
            "checkpoint: no signature by the key of example.gov.cn/liandong");
}

TEST_F(CheckpointTest, RefusesAnotherOrigin) {
  EXPECT_FALSE(open_checkpoint(note_, {"example.gov.cn/other", key_.public_raw()}));
}

TEST_F(CheckpointTest, RefusesEveryFlippedBit) {
  for (std::size_t at = 0; at < note_.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string changed = note_;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
      EXPECT_FALSE(opens(changed)) << "byte " << at << " bit " << bit;
    }
  }
}

TEST_F(CheckpointTest, RefusesWhatIsNotANote) {
  const std::string root = base64(as_bytes(sha256("root")));
  for (const std::string& text :
       {std::string(), std::string("\n\n"), replace_all(note_, "\n300", "\n0300"),
        replace_all(note_, "\n300", "\n+300"), replace_all(note_, "\n300", "\n"),
        replace_all(note_, "\n300", "\n99999999999999999999"),
        replace_all(note_, root, root + "\nextension"), replace_all(note_, root, "AAAA"),
        note_.substr(0, note_.size() - 1), note_.substr(0, note_.find("\n\n") + 2),
        note_ + "more\n", note_ + "\n", replace_all(note_, "\n", "\r\n"),
        note_ + std::string(70000, 'x')}) {
    EXPECT_FALSE(opens(text)) << text.substr(0, 200);
  }
}

TEST_F(CheckpointTest, IgnoresSignaturesItDoesNotKnow) {
  const std::string other = sign_checkpoint(HashKind::Sha256, checkpoint_, SigningKey::generate());
  const std::string line = other.substr(other.find("\n\n") + 2);
  EXPECT_TRUE(opens(note_ + line));
  EXPECT_TRUE(opens(note_ + "— witness.example abcd\n"));
  EXPECT_TRUE(opens(replace_all(note_, "\n\n", "\n\n" + line)));
  EXPECT_FALSE(opens(other));
}

TEST(Origin, IsVisibleAsciiWithoutBlanksAndPlus) {
  for (const char* good : {"example.gov.cn/liandong", "a"}) EXPECT_TRUE(is_origin(good)) << good;
  for (const char* bad : {"", "a b", "a+b", "a\nb", "联动", "a\x7f"})
    EXPECT_FALSE(is_origin(bad)) << bad;
  EXPECT_FALSE(is_origin(std::string(kMaxOriginBytes + 1, 'a')));
}

}  // namespace
}  // namespace liandong
