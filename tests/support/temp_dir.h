// A folder that is gone at the end of the test.

#ifndef LIANDONG_TESTS_SUPPORT_TEMP_DIR_H_
#define LIANDONG_TESTS_SUPPORT_TEMP_DIR_H_

#include <filesystem>

namespace liandong {

class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_TEMP_DIR_H_
