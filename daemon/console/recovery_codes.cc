#include "daemon/console/recovery_codes.h"

#include <algorithm>

#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"
#include "daemon/platform/totp.h"

namespace liandong {

namespace {

constexpr std::size_t kBytes = 10;  // 16 letters of Base32
constexpr std::size_t kLetters = 16;
constexpr std::size_t kGroup = 4;

}  // namespace

std::vector<std::string> new_recovery_codes() {
  std::vector<std::string> codes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    const std::string letters = base32(random_bytes(kBytes));
    std::string code = letters.substr(0, kGroup);
    for (std::size_t at = kGroup; at < letters.size(); at += kGroup)
      code += "-" + letters.substr(at, kGroup);
    codes.push_back(std::move(code));
  }
  return codes;
}

std::string recovery_code(std::string_view typed) {
  std::string code = lower_ascii(replace_all(replace_all(std::string(typed), " ", ""), "-", ""));
  const bool is_code = code.size() == kLetters && std::all_of(code.begin(), code.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
                       });
  return is_code ? code : "";
}

void keep_recovery_codes(Transaction& tx, std::int64_t user,
                         const std::vector<std::string>& codes) {
  forget_recovery_codes(tx, user);
  for (const std::string& code : codes) {
    const std::string hash = sha256_hex(recovery_code(code));
    tx.sql()
        << "INSERT INTO recovery_code (user_id, code_sha256, used_at) VALUES (:user, :code, 0)",
        soci::use(user, "user"), soci::use(hash, "code");
  }
}

void forget_recovery_codes(Transaction& tx, std::int64_t user) {
  tx.sql() << "DELETE FROM recovery_code WHERE user_id = :user", soci::use(user, "user");
}

bool use_recovery_code(Transaction& tx, std::int64_t user, const std::string& code, Timestamp now) {
  const std::string hash = sha256_hex(code);
  const std::int64_t at = to_millis(now);
  tx.sql() << "UPDATE recovery_code SET used_at = :now WHERE user_id = :user AND code_sha256 = "
              ":code AND used_at = 0",
      soci::use(at, "now"), soci::use(user, "user"), soci::use(hash, "code");
  return tx.sql().affected_rows() == 1;
}

std::int64_t recovery_codes_left(Transaction& tx, std::int64_t user) {
  std::int64_t left = 0;
  tx.sql() << "SELECT count(*) FROM recovery_code WHERE user_id = :user AND used_at = 0",
      soci::use(user, "user"), soci::into(left);
  return left;
}

}  // namespace liandong
