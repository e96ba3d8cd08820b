#include "daemon/platform/lazy_library.h"

#include <gmock/gmock.h>

namespace liandong {
namespace {

using ::testing::HasSubstr;

TEST(LazyLibrary, CallsAFunctionOfALibraryThatWasNotLinked) {
  const auto cosine = lazy_function<double(double)>("libm.so.6", "cos");
  ASSERT_TRUE(cosine.has_value()) << cosine.error().message();
  EXPECT_DOUBLE_EQ((*cosine)(0.0), 1.0);
}

TEST(LazyLibrary, NamesTheLibraryThatIsNotThere) {
  const auto missing = lazy_function<void()>("liandong_no_such_library.so", "f");
  ASSERT_TRUE(missing.has_error());
  EXPECT_EQ(missing.error().kind(), ErrorKind::Permanent);
  EXPECT_THAT(missing.error().message(), HasSubstr("liandong_no_such_library.so"));
}

TEST(LazyLibrary, NamesTheFunctionThatIsNotInIt) {
  const auto missing = lazy_function<void()>("libm.so.6", "liandong_no_such_function");
  ASSERT_TRUE(missing.has_error());
  EXPECT_THAT(missing.error().message(), HasSubstr("liandong_no_such_function"));
}

}  // namespace
}  // namespace liandong
