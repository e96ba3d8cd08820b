#include "daemon/platform/address_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace liandong {
namespace {

std::string read_back(const std::string& typed) {
  const auto list = AddressList::parse(typed);
  return list ? list->text() : "error: " + list.error().message();
}

TEST(AddressListTest, ReadsAddressesAndNetworks) {
  EXPECT_EQ(read_back(""), "");
  EXPECT_EQ(read_back(" , "), "");
  EXPECT_EQ(read_back("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(read_back("10.0.0.0/8,192.0.2.7  2001:db8::/32"),
            "10.0.0.0/8, 192.0.2.7, 2001:db8::/32");
  EXPECT_EQ(read_back("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(read_back(read_back("2001:DB8::1 0.0.0.0/0")), "0.0.0.0/0, 2001:db8::1");
}

TEST(AddressListTest, SaysWhatIsNone) {
  for (const char* wrong : {"example.gov.cn", "300.1.1.1", "10.0.0.0/33", "10.0.0.0/",
                            "2001:db8::/129", "10.1", "192.0.2.7:80", "10.0.0.0/8/8", "*"})
    EXPECT_THAT(read_back(wrong), testing::HasSubstr("is no address")) << wrong;
  EXPECT_THAT(read_back("10.1.2.3/8"), testing::HasSubstr("10.0.0.0/8 is the network"));
  EXPECT_THAT(read_back("2001:db8::1/32"), testing::HasSubstr("2001:db8::/32 is the network"));
  std::string many;
  for (int i = 0; i < 51; ++i) many += "192.0.2.7 ";
  EXPECT_THAT(read_back(many), testing::HasSubstr("more than 50"));
}

TEST(AddressListTest, HoldsWhatIsInIt) {
  const AddressList list = AddressList::parse("10.0.0.0/8 192.0.2.7 2001:db8::/32").value();
  for (const char* inside :
       {"10.0.0.0", "10.255.255.255", "192.0.2.7", "::ffff:10.1.2.3", "2001:db8::1"})
    EXPECT_TRUE(list.contains(inside)) << inside;
  for (const char* outside :
       {"11.0.0.0", "9.255.255.255", "192.0.2.8", "2001:db9::1", "::1", "", "x"})
    EXPECT_FALSE(list.contains(outside)) << outside;
  EXPECT_TRUE(AddressList().contains("192.0.2.7"));
  EXPECT_FALSE(AddressList::parse("::/0").value().contains("192.0.2.7"));
}

}  // namespace
}  // namespace liandong
