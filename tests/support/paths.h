// Where the tests find the repository's data files.

#ifndef LIANDONG_TESTS_SUPPORT_PATHS_H_
#define LIANDONG_TESTS_SUPPORT_PATHS_H_

#include <string>

namespace liandong {

// The repository's root, without a trailing slash. Known to one object file only, so that a
// compiler cache serves the others in every checkout.
[[nodiscard]] std::string source_dir();

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_PATHS_H_
