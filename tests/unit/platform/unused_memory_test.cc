#include "daemon/platform/unused_memory.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "daemon/platform/crypto.h"

namespace liandong {
namespace {

// Kilobytes of files that are mapped and resident.
long resident_of_files() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssFile:")) return std::stol(line.substr(8));
  }
  return -1;
}

TEST(UnusedMemory, WhatOnlyTheStartReadIsGivenBackAndAllGoesOn) {
  const std::string before = sha256_hex("as before");
  const long resident = resident_of_files();
  give_back_start();
  EXPECT_LT(resident_of_files(), resident);
  EXPECT_EQ(sha256_hex("as before"), before);
  EXPECT_THROW((void)std::stol("an exception finds its way through all libraries"), std::exception);
}

}  // namespace
}  // namespace liandong
