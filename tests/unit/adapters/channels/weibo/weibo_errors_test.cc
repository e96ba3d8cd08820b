#include "adapters/channels/weibo/weibo_errors.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow = *parse_rfc3339("2026-11-22T08:20:00.000Z");  // 16:20 in Beijing

Outcome outcome(int code, int attempt = 1, std::string message = "words") {
  return outcome_of_weibo(code, Diagnostic{std::to_string(code), std::move(message), 400}, attempt,
                          kNow);
}

TEST(WeiboErrors, AreSortedSoThatTheyCanBeFound) {
  EXPECT_TRUE(std::is_sorted(kWeiboErrors.begin(), kWeiboErrors.end(),
                             [](const auto& a, const auto& b) { return a.code <= b.code; }));
  for (const WeiboError& error : kWeiboErrors) EXPECT_EQ(find_weibo_error(error.code), &error);
  EXPECT_EQ(find_weibo_error(0), nullptr);
  EXPECT_EQ(find_weibo_error(10019), nullptr);
  EXPECT_EQ(find_weibo_error(99999), nullptr);
}

TEST(WeiboErrors, MeanWhatTheContractSays) {
  struct Row {
    std::string_view outcome;
    std::vector<int> codes;
  };
  const Row rows[] = {
      {"unconfirmed", {10001, 10003, 10010, 10011, 20017, 20019, 20111, 10099, 31337}},
      {"deferred", {10002, 10009, 20014, 21331}},
      {"unauthorized", {10004, 10005, 10006, 10012, 10013, 10014, 10020, 10021, 20003, 20015,
                        20031, 20507, 21301, 21314, 21315, 21316, 21317, 21319, 21321, 21322,
                        21323, 21324, 21325, 21327, 21330, 21332, 21335, 21337}},
      {"refused",
       {10007, 10008, 10016, 10017, 10018, 20005, 20006, 20007, 20008, 20012, 20018, 20020, 20021,
        20049, 20101, 20102, 20104, 21602}},
      {"rate_limited", {10022, 10023, 10024, 20016, 20022}},
      {"done", {20032}},
  };
  std::size_t documented = 0;
  for (const Row& row : rows) {
    for (const int code : row.codes) {
      EXPECT_EQ(name_of(outcome(code)), row.outcome) << code;
      if (find_weibo_error(code) != nullptr) ++documented;
    }
  }
  EXPECT_EQ(documented, kWeiboErrors.size());
}

TEST(WeiboErrors, TellTheTwoMessagesOf10017Apart) {
  EXPECT_EQ(name_of(outcome(10017, 1, "text not find domain!")), "refused");
  EXPECT_EQ(name_of(outcome(10017, 1, "appkey not bind domain!")), "unauthorized");
}

TEST(WeiboErrors, GiveTheEndOfALimit) {
  const auto until = [](int code, int attempt) {
    return rfc3339(std::get<RateLimited>(outcome(code, attempt)).until);
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

TEST(WeiboErrors, AreNotTriedForEverAsDuplicates) {
  EXPECT_EQ(name_of(outcome(20019, 2)), "unconfirmed");

  const Outcome third = outcome(20019, 3);

  ASSERT_EQ(name_of(third), "refused");
  EXPECT_NE(diagnostic_of(third)->message.find("a person must look"), std::string::npos);
}

TEST(WeiboErrors, KeepTheTimeOfAnAcceptedPost) {
  EXPECT_EQ(std::get<Done>(outcome(20032)).progress.at("accepted_at"),
            std::to_string(to_millis(kNow)));
}

}  // namespace
}  // namespace liandong
