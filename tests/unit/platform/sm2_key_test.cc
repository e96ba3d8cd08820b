#include "daemon/platform/sm2_key.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

TEST(Sm2Key, SignsWhatItsPublicKeyAndNoOtherVerifies) {
  const Sm2Key key = Sm2Key::generate();
  const std::string signature = key.sign("checkpoint");
  EXPECT_TRUE(verify_sm2(key.public_pem(), "checkpoint", signature));
  EXPECT_FALSE(verify_sm2(key.public_pem(), "checkpoinT", signature));
  EXPECT_FALSE(verify_sm2(Sm2Key::generate().public_pem(), "checkpoint", signature));
  EXPECT_FALSE(verify_sm2(key.public_pem(), "checkpoint", ""));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(verify_sm2(key.public_pem(), "checkpoint", changed)) << i;
  }
}

TEST(Sm2Key, IsReadAgainAndNoOtherKeyIs) {
  const Sm2Key key = Sm2Key::generate();
  const auto read = Sm2Key::from_pem(key.private_pem());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->public_point(), key.public_point());
  EXPECT_EQ(key.public_point().size(), 65U);
  EXPECT_FALSE(Sm2Key::from_pem("").has_value());
  EXPECT_FALSE(Sm2Key::from_pem(key.public_pem()).has_value());
}

TEST(Sm2Key, SignsWhatTheOpensslToolVerifies) {
  const TempDir folder;
  const Sm2Key key = Sm2Key::generate();
  std::ofstream(folder.path() / "pub.pem") << key.public_pem();
  std::ofstream(folder.path() / "note") << "checkpoint\n";
  std::ofstream(folder.path() / "sig", std::ios::binary) << key.sign("checkpoint\n");
  const std::string command =
      "cd " + folder.path().string() +
      " && openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in note -sigfile sig -digest sm3 "
      "-pkeyopt distid:1234567812345678 >/dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace liandong
