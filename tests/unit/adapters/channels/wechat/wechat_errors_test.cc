#include "adapters/channels/wechat/wechat_errors.h"

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"

namespace liandong {
namespace {

constexpr Timestamp kNow = FakeClock::kStart;  // Sunday 2026-11-22 16:00 in Beijing

// The contract's table (section 5) in its own classes: what a harmless call, a call that acts, and
// the token call get.
struct Row {
  std::vector<int> codes;
  std::string_view harmless;
  std::string_view act;
};
const Row kContract[] = {
    {{-1}, "deferred", "unconfirmed"},
    {{40001, 40014, 42001}, "unauthorized", "unauthorized"},
    {{40002, 40003, 40004, 40005, 40006, 40009, 40012, 40113, 40137, 40160, 45001},
     "refused",
     "refused"},
    {{40007}, "refused", "unconfirmed"},
    {{40008}, "refused", "refused"},
    {{40013, 40125, 41002, 41004}, "unauthorized", "unauthorized"},
    {{40033, 47001, 47002, 44002, 43002, 41001, 41005, 41006}, "refused", "refused"},
    {{40035, 40097, 41011, 61451, 40059, 40060, 40065, 40114}, "refused", "refused"},
    {{40118, 40121, 40128, 40130, 40031, 40032, 40152, 45159}, "refused", "refused"},
    {{40155, 40068, 40213, 40214, 40192, 40204, 40215}, "refused", "refused"},
    {{40164, 40243}, "unauthorized", "unauthorized"},
    {{41039, 41040, 44003, 44004, 45002, 45166}, "refused", "refused"},
    {{45003, 45004, 45005, 45006, 45008}, "refused", "refused"},
    {{42010, 45009, 45011, 45028, 45040, 45066, 45102}, "rate_limited", "rate_limited"},
    {{45034, 45074, 45062, 45103, 47009, 48009}, "unauthorized", "unauthorized"},
    {{45065, 89504, 89505, 268488001, 9500001, 9500002}, "refused", "unconfirmed"},
    {{45067, 45113, 46001, 48005, 48022}, "refused", "refused"},
    {{48001, 48003, 48004, 48008}, "unauthorized", "unauthorized"},
    {{48006}, "rate_limited", "rate_limited"},
    {{48021, 53505, 53504}, "refused", "refused"},
    {{50001, 50002, 50004, 50005, 50007}, "unauthorized", "unauthorized"},
    {{53404, 53405, 53406, 53503, 53600, 61500, 61501}, "refused", "refused"},
    {{61503, 268487002}, "deferred", "deferred"},
    {{76001, 76002, 76003, 76004, 76021, 76022, 88000}, "refused", "refused"},
    {{89501, 89502, 89503, 89506, 89507}, "rate_limited", "rate_limited"},
    {{61003, 61004, 61005, 61006, 61007}, "unauthorized", "unauthorized"},
};

std::string_view outcome(int code, Asked asked) {
  return name_of(outcome_of_code(code, asked, {std::to_string(code), "words"}, kNow));
}

TEST(WechatErrors, EveryCodeOfTheContractHasItsOutcome) {
  for (const Row& row : kContract) {
    for (const int code : row.codes) {
      EXPECT_EQ(outcome(code, Asked::Harmless), row.harmless) << code;
      EXPECT_EQ(outcome(code, Asked::Act), row.act) << code;
      ASSERT_NE(wechat_code_rule(code), nullptr) << code;
    }
  }
}

TEST(WechatErrors, HasNoCodeThatIsNotInTheContract) {
  std::set<int> contract;
  for (const Row& row : kContract) contract.insert(row.codes.begin(), row.codes.end());
  for (const CodeRule& rule : wechat_code_rules())
    EXPECT_TRUE(contract.contains(rule.code)) << rule.code;
  EXPECT_EQ(contract.size(), wechat_code_rules().size());
}

TEST(WechatErrors, ATokenCallIsNeverUnconfirmed) {
  for (const CodeRule& rule : wechat_code_rules()) {
    EXPECT_NE(outcome(rule.code, Asked::Token), "unconfirmed") << rule.code;
  }
}

TEST(WechatErrors, AnUnknownCodeStopsTheItemAndIsNeverRepeated) {
  for (const int code : {1, 40999, 99999, -2}) {
    EXPECT_EQ(outcome(code, Asked::Act), "refused") << code;
    EXPECT_EQ(outcome(code, Asked::Harmless), "refused") << code;
  }
}

TEST(WechatErrors, KeepsThePlatformsWordsWithTheirRid) {
  const Outcome refused = outcome_of_code(
      45003, Asked::Act, {"45003", "title size out of limit hint: [x] rid: 65f0-1b2c"}, kNow);

  EXPECT_EQ(diagnostic_of(refused)->message,
            "the title is too long: title size out of limit hint: [x] rid: 65f0-1b2c");
}

TEST(WechatErrors, QuotasEndWhenTheContractSays) {
  const struct {
    int code;
    std::string_view until;  // in Beijing
  } rows[] = {{45009, "2026-11-23 00:00"}, {45011, "2026-11-22 16:01"},
              {45040, "2026-12-01 00:00"}, {42010, "2026-11-22 16:05"},
              {89506, "2026-11-23 16:00"}, {89507, "2026-11-22 17:00"}};
  for (const auto& row : rows) {
    const Outcome limited = outcome_of_code(row.code, Asked::Act, {}, kNow);
    ASSERT_EQ(name_of(limited), "rate_limited") << row.code;
    EXPECT_EQ(beijing_time(std::get<RateLimited>(limited).until), row.until) << row.code;
  }
}

}  // namespace
}  // namespace liandong
