// Every position of a ledger of a thousand entries, tampered with in every way, is found and named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/verify.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::size_t kSize = 1000;

class Tampering : public LedgerFixture, public testing::WithParamInterface<HashKind> {
 protected:
  Tampering() : LedgerFixture(GetParam()) {}

  void SetUp() override {
    LedgerFixture::SetUp();
    for (const std::int64_t size : {1, 400, 999}) {
      grow_to(size);
      checkpoint();
    }
    grow_to(static_cast<std::int64_t>(kSize));
    checkpoint();
    lines_ = lines();
    ASSERT_EQ(lines_.size(), kSize);
    notes_ = state().notes;
  }

  // What lies before a change is the same for every position, so that it is read once: a copy of
  // the honest verifier goes on with the changed lines. (Copies share the running hash of their
  // segment, which ends far beyond a thousand entries.)
  template <typename Tamper>
  void at_every_position(const std::string& way, Tamper tamper) {
    SCOPED_TRACE(way);
    LedgerVerifier honest(notes_, key_.public_raw());
    for (std::size_t at = 0; at < kSize; ++at) {
      const std::vector<std::string> rest = tamper(at);
      LedgerVerifier verifier = honest;
      for (const std::string& line : rest) verifier.add(line);
      const VerifyReport report = verifier.finish();
      ASSERT_THAT(report.faults, Not(IsEmpty())) << "at " << at;
      if (report.faults.front().seq) {
        EXPECT_LE(*report.faults.front().seq, at + 2) << "at " << at;
      }
      ASSERT_TRUE(honest.add(lines_[at]));
    }
    EXPECT_TRUE(honest.finish().intact());
  }

  [[nodiscard]] std::vector<std::string> from(std::size_t at) const {
    const std::size_t end = std::min(kSize, at + 3);
    return at < kSize ? std::vector<std::string>(lines_.begin() + static_cast<std::ptrdiff_t>(at),
                                                 lines_.begin() + static_cast<std::ptrdiff_t>(end))
                      : std::vector<std::string>{};
  }

  std::vector<std::string> lines_;
  std::vector<std::string> notes_;
};

TEST_P(Tampering, IsFoundAtEveryPositionInEveryWay) {
  at_every_position("flip", [this](std::size_t at) {
    std::vector<std::string> rest = from(at);
    char& byte = rest.front()[at * 7 % rest.front().size()];
    byte = static_cast<char>(byte ^ 1 << at % 7);
    return rest;
  });
  at_every_position("delete", [this](std::size_t at) { return from(at + 1); });
  at_every_position("insert", [this](std::size_t at) {
    std::vector<std::string> rest = from(at);
    rest.insert(rest.begin(), lines_[(at + 17) % kSize]);
    return rest;
  });
  at_every_position("repeat", [this](std::size_t at) {
    std::vector<std::string> rest = from(at);
    rest.insert(rest.begin(), rest.front());
    return rest;
  });
  at_every_position("swap", [this](std::size_t at) {
    std::vector<std::string> rest = from(at);
    if (rest.size() > 1) {
      std::swap(rest[0], rest[1]);
    } else {
      rest.front() = lines_[at - 1];  // the last with the one before it
    }
    return rest;
  });
  at_every_position("truncate", [](std::size_t) { return std::vector<std::string>{}; });
}

INSTANTIATE_TEST_SUITE_P(OfEachHash, Tampering, testing::Values(HashKind::Sha256, HashKind::Sm3),
                         [](const auto& of) { return std::string(to_string(of.param)); });

}  // namespace
}  // namespace liandong
