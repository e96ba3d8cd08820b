// The published test vectors, by this program and by the second verifier.

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/entry.h"
#include "daemon/ledger/tree.h"
#include "daemon/ledger/verify.h"

#include "tests/support/paths.h"
#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

const std::filesystem::path kFolder = source_dir() + "/tests/unit/ledger/vectors";

int second_verifier(const std::string& arguments) {
  const std::string command =
      "python3 '" + source_dir() + "/tests/support/ledger_verify.py' " + arguments;
  return std::system(command.c_str());
}

class Vectors : public testing::Test {
 protected:
  std::vector<std::string> lines_ = split_lines(read_file(kFolder / "ledger.jsonl"));
  std::string note_ = read_file(kFolder / "checkpoint");
  std::string key_ = from_base64(split_lines(read_file(kFolder / "log.pub.b64")).at(0)).value();
};

TEST_F(Vectors, HaveTheHashesOfTheSpecification) {
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_EQ(sha256_hex(lines_[0]),
            "019dd6c6c693f54ab8632eb37c950e2b37fb558ec5b4f09a4a7500336f722db2");
  EXPECT_EQ(sha256_hex(lines_[1]),
            "56c79a72cf3a57726ae45cfdfbc43a5d35c0bb3dce3d47a1d7f6d4595f0b1e03");
  EXPECT_EQ(hex(leaf_hash(HashKind::Sha256, lines_[0])),
            "1c88ce71be8938c7ba3988aeb95e03bf8e7294d94e4d1de496b46f469500dd01");
  EXPECT_EQ(hex(leaf_hash(HashKind::Sha256, lines_[2])),
            "8145208cfe9123b26be620d5fd6cdd03fb7568421bb86569e514624cc8fc41f2");
}

TEST_F(Vectors, HaveTheRootsAndProofsOfTheSpecification) {
  const std::vector<Digest> leaves = {leaf_hash(HashKind::Sha256, lines_[0]),
                                      leaf_hash(HashKind::Sha256, lines_[1]),
                                      leaf_hash(HashKind::Sha256, lines_[2])};
  EXPECT_EQ(hex(tree_root(HashKind::Sha256, std::span(leaves).first(2))),
            "82f10dd45cc6af523b7b9c6f51a967224625da58db7ca055ca906c9040e8cf42");
  EXPECT_EQ(base64(as_bytes(tree_root(HashKind::Sha256, leaves))), split_lines(note_).at(2));
  const std::vector<Digest> inclusion = {leaves[0], leaves[2]};
  EXPECT_EQ(inclusion_proof(HashKind::Sha256, leaves, 1), inclusion);
  const std::vector<Digest> consistency = {leaves[2]};
  EXPECT_EQ(consistency_proof(HashKind::Sha256, leaves, 2), consistency);
  EXPECT_EQ(split_lines(read_file(kFolder / "proof.txt")),
            (std::vector{hex(leaves[0]), hex(leaves[2])}));
}

TEST_F(Vectors, AreSignedByTheirKey) {
  const auto opened = open_checkpoint(note_, {"example.gov.cn/liandong", key_});
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(opened->size, 3U);
}

TEST_F(Vectors, AreIntact) {
  LedgerVerifier verifier({note_}, key_);
  for (const std::string& line : lines_) EXPECT_TRUE(verifier.add(line));
  const VerifyReport report = verifier.finish();
  EXPECT_TRUE(report.intact()) << to_text(report);
  EXPECT_EQ(report.last_checkpoint_size, 3U);
  EXPECT_EQ(report.origin, "example.gov.cn/liandong");
}

TEST_F(Vectors, PassTheSecondVerifierWithAllTheirForgeries) {
  EXPECT_EQ(second_verifier("self-test '" + kFolder.string() + "'"), 0);
}

class SecondVerifier : public LedgerFixture {
 protected:
  int check(const std::string& lines) {
    const auto path = [this](const char* name) { return (folder_.path() / name).string(); };
    write_file(path("lines"), lines);
    write_file(path("note"), state().notes.back());
    write_file(path("key"), base64(key_.public_raw()));
    return second_verifier("check '" + path("lines") + "' '" + path("note") + "' '" + path("key") +
                           "' > /dev/null");
  }
};

TEST_F(SecondVerifier, AcceptsWhatTheDaemonWroteAndNothingElse) {
  append({"item.found", "system:watcher", {{"title", "引号“\"\\/\b\x01\n行\u2028分"}, {"n", -5}}});
  append({"item.found", "system:watcher", {{"title", std::string(20000, 'x')}, {"t", nullptr}}});
  grow_to(40);
  ASSERT_TRUE(checkpoint());
  const std::string good = join_lines(lines());
  EXPECT_EQ(check(good), 0);

  std::string changed = good;
  changed[changed.find("\"n\":-5") + 5] = '6';
  EXPECT_NE(check(changed), 0);
  EXPECT_NE(check(join_lines({lines().front()})), 0);
}

}  // namespace
}  // namespace liandong
