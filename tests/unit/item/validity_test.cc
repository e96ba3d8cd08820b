#include "daemon/item/validity.h"

#include <gtest/gtest.h>

namespace liandong {
namespace {

TEST(Validity, IsRepealedWhenThePageSaysSoOfTheWhole) {
  for (const char* stated : {"废止", "已废止", "失效", "已失效", "全文废止"}) {
    DocumentMeta meta;
    meta.validity = stated;
    EXPECT_TRUE(is_repealed(meta)) << stated;
  }
}

TEST(Validity, IsNotRepealedInPartOrNotAtAll) {
  for (const char* stated : {"", "有效", "现行有效", "部分失效", "未失效", "是"}) {
    DocumentMeta meta;
    meta.validity = stated;
    EXPECT_FALSE(is_repealed(meta)) << stated;
  }
}

}  // namespace
}  // namespace liandong
