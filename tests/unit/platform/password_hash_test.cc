#include "daemon/platform/password_hash.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

constexpr PasswordCost kCheap{64, 1};

TEST(PasswordHash, ProvesThePasswordItWasMadeOf) {
  const std::string hash = hash_password("正确的口令 Aa1!", kCheap);

  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << hash;
  EXPECT_TRUE(verify_password(hash, "正确的口令 Aa1!"));
  EXPECT_FALSE(verify_password(hash, "正确的口令 Aa1"));
  EXPECT_FALSE(verify_password(hash, ""));
}

TEST(PasswordHash, SaltsEachHash) {
  EXPECT_NE(hash_password("one and the same", kCheap), hash_password("one and the same", kCheap));
}

TEST(PasswordHash, ProvesNothingWithoutAHash) {
  for (const char* hash : {"", "x", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA"})
    EXPECT_FALSE(verify_password(hash, "anything")) << hash;
}

TEST(PasswordHash, CostsWhatItIsToCost) {
  EXPECT_TRUE(is_outdated(hash_password("password", kCheap), PasswordCost{}));
  EXPECT_FALSE(is_outdated(hash_password("password", kCheap), kCheap));
  const std::string hash = hash_password("password", PasswordCost{});
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash;
  EXPECT_TRUE(verify_password(hash, "password"));
}

}  // namespace
}  // namespace liandong
