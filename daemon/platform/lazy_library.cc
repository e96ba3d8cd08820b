#include "daemon/platform/lazy_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace liandong {

Result<void*> lazy_symbol(const char* library, const char* symbol) {
  // Counted by the system: the second time it is only found.
  void* const handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  void* const address = handle == nullptr ? nullptr : ::dlsym(handle, symbol);
  if (address != nullptr) return address;
  const char* const why = ::dlerror();
  return Error(ErrorKind::Permanent, fmt::format("{} cannot be used: {}; install the program whole",
                                                 library, why == nullptr ? symbol : why));
}

}  // namespace liandong
