#include "adapters/channels/wechat/wechat_errors.h"

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

#include "tests/support/fake_clock.h"

namespace liandong {
namespace {

constexpr Timestamp kNow = FakeClock::kStart;  // Sunday 2026-11-22 16:00 in Beijing

// Every row of the contract's table (contracts/wechat.md 5), in its order and in its own classes:
// R retry later, T renew the token, L limited, C content, A account or owner, D done, ? look first.
struct Row {
  std::vector<int> codes;
  char kind;
};
const Row kContract[] = {
    {{-1}, '?'},
    {{40001}, 'T'},
    {{40014, 42001}, 'T'},
    {{40002}, 'C'},
    {{40003}, 'C'},
    {{40004, 40005, 40006, 40009, 40012, 40113, 40137, 40160, 45001}, 'C'},
    {{40007}, '?'},
    {{40008}, 'C'},
    {{40013, 40125, 41002, 41004}, 'A'},
    {{40033, 47001, 47002, 44002, 43002, 41001, 41005, 41006}, 'C'},
    {{40035, 40097, 41011, 61451}, 'C'},
    {{40059, 40060}, 'C'},
    {{40065}, 'C'},
    {{40114}, 'C'},
    {{40118, 40121, 40128}, 'C'},
    {{40130, 40031, 40032}, 'C'},
    {{40152, 45159}, 'C'},
    {{40155, 40068, 40213, 40214}, 'C'},
    {{40164}, 'A'},
    {{40192}, 'C'},
    {{40204}, 'C'},
    {{40215}, 'C'},
    {{40243}, 'A'},
    {{41039}, 'C'},
    {{41040}, 'C'},
    {{42010}, 'L'},
    {{44003, 44004}, 'C'},
    {{45002, 45166}, 'C'},
    {{45003, 45004, 45005, 45006, 45008}, 'C'},
    {{45009}, 'L'},
    {{45011}, 'L'},
    {{45028}, 'L'},
    {{45034, 45074}, 'A'},
    {{45040}, 'L'},
    {{45062}, 'A'},
    {{45065}, 'D'},
    {{45066}, 'L'},
    {{45067}, 'C'},
    {{45102, 45103, 47009, 48009}, 'A'},
    {{45113}, 'C'},
    {{46001}, 'C'},
    {{48001}, 'A'},
    {{48003}, 'A'},
    {{48004}, 'A'},
    {{48005}, 'C'},
    {{48006}, 'L'},
    {{48008}, 'A'},
    {{48021, 53505}, 'A'},
    {{48022}, 'C'},
    {{50001, 50002, 50004, 50005, 50007}, 'A'},
    {{53404, 53405, 53406}, 'C'},
    {{53503}, 'C'},
    {{53504}, 'A'},
    {{53600}, 'C'},
    {{61500, 61501}, 'C'},
    {{61503}, 'R'},
    {{76001, 76002, 76003, 76004, 76021, 76022}, 'C'},
    {{88000}, 'C'},
    {{89501, 89502, 89503}, 'R'},
    {{89506, 89507}, 'L'},
    {{89504, 89505}, '?'},
    {{61003, 61004, 61005, 61006, 61007}, 'A'},
    {{268487002}, 'R'},
    {{268488001, 9500001, 9500002}, '?'},
};

std::string_view outcome(int code, Asked asked) {
  return name_of(outcome_of_code(code, asked, {std::to_string(code), "words"}, kNow));
}

// A person's act on one draft (48021, 53504, 53505) must not hold up every other item; a blocked
// call (45102) is "R hours"; and what waits for an administrator is tried again after minutes.
std::string_view expected(int code, char kind, Asked asked) {
  if (code == 48021 || code == 53504 || code == 53505) return "refused";
  if (code == 45102 || code == 89501 || code == 89502 || code == 89503) return "rate_limited";
  if (code == -1) return asked == Asked::Act ? "unconfirmed" : "deferred";
  if (kind == 'R') return "deferred";
  if (kind == 'T' || kind == 'A') return "unauthorized";
  if (kind == 'L') return "rate_limited";
  const bool looks_first = kind == '?' || kind == 'D';
  return looks_first && asked == Asked::Act ? "unconfirmed" : "refused";
}

TEST(WechatErrors, CoverEveryRowOfTheContract) {
  std::size_t total = 0;
  std::size_t covered = 0;
  for (const Row& row : kContract) {
    for (const int code : row.codes) {
      ++total;
      if (wechat_code_rule(code) != nullptr) ++covered;
      for (const Asked asked : {Asked::Harmless, Asked::Act})
        EXPECT_EQ(outcome(code, asked), expected(code, row.kind, asked)) << code;
    }
  }
  std::cout << "wechat error codes of the contract: " << covered << " of " << total << " covered\n";
  EXPECT_EQ(covered, total);
  EXPECT_EQ(total, wechat_code_rules().size()) << "a rule that is not in the contract, or twice";
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
