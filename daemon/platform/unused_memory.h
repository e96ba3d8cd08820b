// Memory that the process holds and does not use goes back to the system.

#ifndef LIANDONG_DAEMON_PLATFORM_UNUSED_MEMORY_H_
#define LIANDONG_DAEMON_PLATFORM_UNUSED_MEMORY_H_

namespace liandong {

// Heap that is free again: the allocator keeps it, after much work at once mostly for nothing.
void give_back_heap();
// Once, when the program has started: heap, and what the dynamic linker read of each library to put
// the program together (its table of symbols and relocations), several megabytes that are not
// looked at again. Who does look has them read from the file again.
void give_back_start();

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_UNUSED_MEMORY_H_
