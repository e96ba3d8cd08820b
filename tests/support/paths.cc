#include "tests/support/paths.h"

namespace liandong {

std::string source_dir() {
  return LIANDONG_SOURCE_DIR;
}

}  // namespace liandong
