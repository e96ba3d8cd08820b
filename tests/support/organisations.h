// A tree of organisations, as a configuration writes it.

#ifndef LIANDONG_TESTS_SUPPORT_ORGANISATIONS_H_
#define LIANDONG_TESTS_SUPPORT_ORGANISATIONS_H_

#include <string>

#include <gtest/gtest.h>

#include "daemon/settings/organisation_settings.h"

namespace liandong {

inline Organisations organisations_of(const std::string& text) {
  Problems problems;
  Table root = Table::parse(text, "test.toml", problems);
  Organisations all = read_organisations(root.tables("organisation"));
  EXPECT_TRUE(problems.list().empty());
  return all;
}

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_ORGANISATIONS_H_
