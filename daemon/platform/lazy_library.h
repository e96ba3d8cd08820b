// A function of a library of ours that is loaded when it is first called.
//
// For what few installations use and the others should not pay for: each shared library a program
// is linked with costs it memory from its start to its end.

#ifndef LIANDONG_DAEMON_PLATFORM_LAZY_LIBRARY_H_
#define LIANDONG_DAEMON_PLATFORM_LAZY_LIBRARY_H_

#include "daemon/platform/result.h"

namespace liandong {

// The address of `symbol` in `library`, which is looked for where the program's run path says
// (CMake: beside the program in a build, LIBDIR/liandong once installed) and stays loaded. An error
// (Permanent) names the library: the installation is not whole.
[[nodiscard]] Result<void*> lazy_symbol(const char* library, const char* symbol);

template <typename Function>
[[nodiscard]] Result<Function*> lazy_function(const char* library, const char* symbol) {
  const auto address = lazy_symbol(library, symbol);
  if (!address) return address.error();
  return reinterpret_cast<Function*>(*address);
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_LAZY_LIBRARY_H_
