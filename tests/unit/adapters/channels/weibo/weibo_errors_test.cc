#include "adapters/channels/weibo/weibo_errors.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow = *parse_rfc3339("2026-11-22T08:20:00.000Z");  // 16:20 in Beijing

Outcome outcome(int code, WeiboTries tries = {}, std::string message = "words") {
  return outcome_of_weibo(code, Diagnostic{std::to_string(code), std::move(message), 400}, tries,
                          kNow);
}

// Every row of the contract's table (contracts/weibo.md 7), in its order and in its own classes:
// R retry later, A authorise again, L limited, C content, F account or app, D? duplicate,
// O really succeeded, U unknown.
struct Row {
  std::vector<int> codes;
  std::string_view kind;
};
const Row kContract[] = {
    {{10001}, "U/R"},      {{10002}, "R"},        {{10003}, "U/R"},
    {{10004}, "F"},        {{10005}, "F"},        {{10006}, "F/A"},
    {{10007}, "C"},        {{10008}, "C"},        {{10009}, "R"},
    {{10010}, "U"},        {{10011}, "U"},        {{10012}, "F"},
    {{10013}, "F"},        {{10014}, "F"},        {{10016}, "C"},
    {{10017}, "C"},        {{10018}, "C"},        {{10020}, "F"},
    {{10021}, "F"},        {{10022}, "L"},        {{10023}, "L"},
    {{10024}, "L"},        {{20003}, "F"},        {{20005}, "C"},
    {{20006}, "C"},        {{20007}, "C"},        {{20008}, "C"},
    {{20012, 20049}, "C"}, {{20014}, "R"},        {{20015}, "F"},
    {{20016}, "L"},        {{20017}, "D?"},       {{20018}, "C"},
    {{20019}, "D?"},       {{20020}, "C"},        {{20021}, "C"},
    {{20022}, "L/F"},      {{20031, 20507}, "F"}, {{20032}, "O"},
    {{20101}, "-"},        {{20102}, "F"},        {{20104}, "C"},
    {{20111}, "D?"},       {{21301}, "A"},        {{21314, 21315, 21316, 21317}, "A"},
    {{21319}, "A"},        {{21321}, "F"},        {{21322, 21323, 21324}, "F"},
    {{21325}, "A"},        {{21327}, "A"},        {{21330}, "A"},
    {{21331}, "R"},        {{21332}, "A"},        {{21335}, "F"},
    {{21337}, "F"},        {{21602}, "C"},
};

// Only a withdrawal meets 20102, and one wrong id is no reason to stop every other post; and that
// there is no such post (20101) is for the step to interpret.
std::string_view expected(int code, std::string_view kind) {
  if (code == 20102 || kind == "-" || kind == "C") return "refused";
  if (kind == "R") return "deferred";
  if (kind == "A" || kind == "F" || kind == "F/A") return "unauthorized";
  if (kind == "L" || kind == "L/F") return "rate_limited";
  if (kind == "O") return "done";
  return "unconfirmed";
}

TEST(WeiboErrors, AreSortedSoThatTheyCanBeFound) {
  EXPECT_TRUE(std::is_sorted(kWeiboErrors.begin(), kWeiboErrors.end(),
                             [](const auto& a, const auto& b) { return a.code <= b.code; }));
  for (const WeiboError& error : kWeiboErrors) EXPECT_EQ(find_weibo_error(error.code), &error);
  EXPECT_EQ(find_weibo_error(0), nullptr);
  EXPECT_EQ(find_weibo_error(10019), nullptr);
  EXPECT_EQ(find_weibo_error(99999), nullptr);
}

TEST(WeiboErrors, CoverEveryRowOfTheContract) {
  std::size_t total = 0;
  std::size_t covered = 0;
  for (const Row& row : kContract) {
    for (const int code : row.codes) {
      ++total;
      if (find_weibo_error(code) != nullptr) ++covered;
      EXPECT_EQ(name_of(outcome(code)), expected(code, row.kind)) << code;
    }
  }
  std::cout << "weibo error codes of the contract: " << covered << " of " << total << " covered\n";
  EXPECT_EQ(covered, total);
  EXPECT_EQ(total, kWeiboErrors.size()) << "the table has codes that are not in the contract";
}

TEST(WeiboErrors, ACodeOutsideTheContractMayHaveActed) {
  for (const int code : {10099, 31337, 1}) EXPECT_EQ(name_of(outcome(code)), "unconfirmed") << code;
}

TEST(WeiboErrors, TryOnceMoreWhereTheContractSaysOnce) {
  EXPECT_EQ(name_of(outcome(20014, {1, 1})), "deferred");
  EXPECT_EQ(name_of(outcome(20014, {2, 1})), "refused");
}

TEST(WeiboErrors, TellTheTwoMessagesOf10017Apart) {
  EXPECT_EQ(name_of(outcome(10017, {}, "text not find domain!")), "refused");
  EXPECT_EQ(name_of(outcome(10017, {}, "appkey not bind domain!")), "unauthorized");
}

TEST(WeiboErrors, GiveTheEndOfALimit) {
  const auto until = [](int code, int in_a_row) {
    return rfc3339(std::get<RateLimited>(outcome(code, {1, in_a_row})).until);
  };
  EXPECT_EQ(until(10022, 1), "2026-11-22T09:00:00.000Z");
  EXPECT_EQ(until(10024, 9), "2026-11-22T09:00:00.000Z");
  EXPECT_EQ(until(10023, 1), "2026-11-22T09:00:00.000Z");
  EXPECT_EQ(until(10023, 4), "2026-11-22T16:00:00.000Z");  // midnight in Beijing
  EXPECT_EQ(until(20016, 1), "2026-11-22T08:30:00.000Z");
  EXPECT_EQ(until(20016, 2), "2026-11-22T08:40:00.000Z");
  EXPECT_EQ(until(20016, 99), "2026-11-22T13:40:00.000Z");
  EXPECT_EQ(until(20022, 1), "2026-11-22T09:20:00.000Z");
}

TEST(WeiboErrors, LeaveAnAbnormalAddressToAPersonAfterSomeHours) {
  EXPECT_EQ(name_of(outcome(20022, {1, 3})), "rate_limited");
  EXPECT_EQ(name_of(outcome(20022, {1, 4})), "unauthorized");
}

TEST(WeiboErrors, AreNotTriedAThirdTimeAsDuplicates) {
  for (const int code : {20017, 20019, 20111}) {
    EXPECT_EQ(name_of(outcome(code, {1, 1})), "unconfirmed");

    const Outcome second = outcome(code, {2, 1});

    ASSERT_EQ(name_of(second), "refused");
    EXPECT_NE(diagnostic_of(second)->message.find("a person must look"), std::string::npos);
  }
}

TEST(WeiboErrors, KeepTheTimeOfAnAcceptedPost) {
  EXPECT_EQ(std::get<Done>(outcome(20032)).progress.at("accepted_at"),
            std::to_string(to_millis(kNow)));
}

}  // namespace
}  // namespace liandong
