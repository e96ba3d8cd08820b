#include "tests/support/temp_dir.h"

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace liandong {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "liandong-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;  // a folder left in /tmp must not fail a test
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace liandong
