// The rules as they are built in, and the calendar of the repository.

#ifndef LIANDONG_TESTS_UNIT_AUDIT_RULES_FIXTURE_H_
#define LIANDONG_TESTS_UNIT_AUDIT_RULES_FIXTURE_H_

#include <string>

#include <gtest/gtest.h>

#include "daemon/audit/rules.h"
#include "daemon/platform/text.h"
#include "daemon/settings/calendar.h"

#include "tests/support/paths.h"

namespace liandong {

inline Timestamp at(const std::string& beijing) {
  return parse_stated_time(beijing).value().at;
}

class RulesFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    calendar_ = Calendar::load(source_dir() + "/config/calendar", problems);
    ASSERT_FALSE(problems.has_errors());
  }

  [[nodiscard]] const Rule& rule(const std::string& name) const { return set_.at(name); }

  RuleSet set_ = RuleSet::built_in();
  Calendar calendar_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_UNIT_AUDIT_RULES_FIXTURE_H_
