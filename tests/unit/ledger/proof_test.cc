#include "daemon/ledger/proof.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/export.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

namespace json = boost::json;

class ProofTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    grow_to(21);
    checkpoint();
  }

  json::object receipt_of(std::uint64_t seq) {
    return json::parse(prove_entry(*database_, seq).value()).get_object();
  }
  [[nodiscard]] bool accepts(const json::object& receipt) const {
    return check_proof(json::serialize(receipt), key_.public_raw()).has_value();
  }
};

TEST_F(ProofTest, ProvesEveryEntryACheckpointCovers) {
  for (std::uint64_t seq = 0; seq < 21; ++seq) {
    const auto receipt = prove_entry(*database_, seq);
    ASSERT_TRUE(receipt) << receipt.error().message();
    const auto proven = check_proof(*receipt, key_.public_raw());
    ASSERT_TRUE(proven) << proven.error().message();
    EXPECT_EQ(proven->index, seq);
    EXPECT_EQ(proven->size, 21U);
    EXPECT_EQ(proven->origin, kOrigin);
    EXPECT_EQ(proven->entry.at("seq"), json::value(seq));
    EXPECT_TRUE(proven->key_given);
  }
}

TEST_F(ProofTest, UsesTheNewestCheckpoint) {
  grow_to(30);
  checkpoint();
  EXPECT_EQ(receipt_of(3).at("size"), json::value(30));
}

TEST_F(ProofTest, WaitsForACheckpoint) {
  append(settled(1));
  const auto receipt = prove_entry(*database_, 21);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().kind(), ErrorKind::Transient);
  EXPECT_THAT(receipt.error().message(), testing::StartsWith("no checkpoint covers entry 21 yet"));
}

TEST_F(ProofTest, KnowsThatThereIsNoSuchEntry) {
  const auto receipt = prove_entry(*database_, 22);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().message(), "there is no entry 22: the ledger has 21");
}

TEST_F(ProofTest, ProvesNothingFromAChangedLedger) {
  drop_guards();
  execute("UPDATE ledger SET line = replace(line, 'weibo', 'weixin') WHERE seq = 7");
  EXPECT_FALSE(prove_entry(*database_, 7));
  EXPECT_FALSE(prove_entry(*database_, 8));
}

TEST_F(ProofTest, SaysWhenTheKeyIsTheReceiptsOwnWord) {
  const auto proven = check_proof(json::serialize(receipt_of(7)));
  ASSERT_TRUE(proven);
  EXPECT_FALSE(proven->key_given);
  EXPECT_EQ(proven->public_raw, key_.public_raw());
  EXPECT_NE(to_text(*proven).find("公钥取自回执本身"), std::string::npos);
  EXPECT_EQ(to_json(*proven).at("key_given"), json::value(false));
}

TEST_F(ProofTest, RefusesEveryForgedReceipt) {
  const json::object good = receipt_of(7);
  ASSERT_TRUE(accepts(good));
  const auto with = [&good](std::string_view name, const auto& value) {
    json::object forged = good;
    forged.insert_or_assign(name, value);
    return forged;
  };
  json::array shorter = good.at("proof").get_array();
  shorter.pop_back();
  json::array longer = good.at("proof").get_array();
  longer.push_back(longer.front());
  const std::string line(good.at("line").get_string());
  std::string edited = line;
  edited.replace(edited.find("weibo"), 5, "weixi");
  const std::string other_key = sign_checkpoint(
      HashKind::Sha256, peek_checkpoint(state().notes.back()).value(), SigningKey::generate());
  const std::string shrunk = sign_checkpoint(HashKind::Sha256, {kOrigin, 20, sha256("x")}, key_);
  for (const json::object& forged :
       {with("line", edited), with("line", receipt_of(8).at("line")), with("line", line + " "),
        with("line", 1), with("index", 8), with("index", -7), with("index", "7"), with("size", 22),
        with("size", nullptr), with("proof", shorter), with("proof", longer),
        with("proof", json::array{}), with("proof", json::array{"AAAA"}),
        with("proof", json::array{1}), with("proof", "x"), with("checkpoint", other_key),
        with("checkpoint", shrunk), with("checkpoint", ""), json::object{}}) {
    EXPECT_FALSE(accepts(forged)) << forged;
  }
  EXPECT_FALSE(check_proof("", key_.public_raw()));
  EXPECT_FALSE(check_proof("[]", key_.public_raw()));
  EXPECT_FALSE(check_proof(json::serialize(good) + std::string(300000, ' '), key_.public_raw()));
  EXPECT_FALSE(check_proof(json::serialize(good), SigningKey::generate().public_raw()));
  EXPECT_FALSE(check_proof(json::serialize(with("public_key", "AAAA"))));
}

}  // namespace
}  // namespace liandong
