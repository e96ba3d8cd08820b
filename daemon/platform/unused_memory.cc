#include "daemon/platform/unused_memory.h"

#include <cstddef>
#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

#include <link.h>
#include <malloc.h>

namespace liandong {

namespace {

// The first segment of a file: its tables. It was never written to, so nothing can be lost.
bool holds_tables(const ElfW(Phdr) & segment) {
  return segment.p_type == PT_LOAD && segment.p_flags == PF_R && segment.p_offset == 0;
}

int give_back_tables(dl_phdr_info* file, std::size_t /*size*/, void* /*data*/) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < file->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = file->dlpi_phdr[i];
    if (!holds_tables(segment)) continue;
    const std::uintptr_t first = file->dlpi_addr + segment.p_vaddr;
    const std::uintptr_t end = (first + segment.p_memsz) / page * page;
    // Advice: where it is not taken, nothing is lost but the memory.
    if (first % page == 0 && end > first)
      (void)::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void give_back_heap() {
  ::malloc_trim(0);
}

void give_back_start() {
  give_back_heap();
  ::dl_iterate_phdr(&give_back_tables, nullptr);
}

}  // namespace liandong
