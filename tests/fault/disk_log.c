// Preloaded into the daemon, notes everything it does to the files below LIANDONG_DISK_FOLDER, so that
// a test can make of them what a power cut leaves: what was written and never synced is gone.
//
// Each operation is one record in the file LIANDONG_DISK_LOG, written after the operation and before
// the program learns of its success: { op, path length, offset, size } in the machine's byte order, the
// path, the data. A sync that is missing from the log was therefore never reported to the program.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OP_WRITE = 1, OP_TRUNCATE = 2, OP_SYNC = 3, OP_UNLINK = 4, OP_RENAME = 5 };

struct record {
  uint32_t op;
  uint32_t path_size;
  uint64_t offset;
  uint64_t size;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, type)          \
  static __typeof__(type)* real;  \
  if (real == NULL) real = (__typeof__(type)*)dlsym(RTLD_NEXT, name)

static int ends_with(const char* text, const char* end) {
  const size_t size = strlen(text);
  return size >= strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

// The shared memory beside a database is made anew after a crash.
static int is_watched(const char* path) {
  const char* folder = getenv("LIANDONG_DISK_FOLDER");
  return folder != NULL && strncmp(path, folder, strlen(folder)) == 0 && !ends_with(path, "-shm") &&
         !ends_with(path, " (deleted)");
}

static int path_of(int descriptor, char* path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, PATH_MAX - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  return is_watched(path);
}

static void note(uint32_t op, const char* path, uint64_t offset, const void* data, uint64_t size) {
  const char* file = getenv("LIANDONG_DISK_LOG");
  if (file == NULL) return;
  const int saved = errno;
  const struct record head = {op, (uint32_t)strlen(path), offset, size};
  const struct iovec parts[] = {{(void*)&head, sizeof head},
                                {(void*)path, head.path_size},
                                {(void*)data, data == NULL ? 0 : size}};
  pthread_mutex_lock(&lock);
  static int log = -1;
  if (log < 0) log = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const ssize_t whole = (ssize_t)(sizeof head + head.path_size + parts[2].iov_len);
  if (log < 0 || writev(log, parts, 3) != whole) abort();
  pthread_mutex_unlock(&lock);
  errno = saved;
}

static void note_write(int descriptor, const void* data, ssize_t written, uint64_t offset) {
  char path[PATH_MAX];
  if (written > 0 && path_of(descriptor, path)) note(OP_WRITE, path, offset, data, (uint64_t)written);
}

ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t offset) {
  REAL("pwrite64", ssize_t(int, const void*, size_t, off64_t));
  const ssize_t written = real(descriptor, data, size, offset);
  note_write(descriptor, data, written, (uint64_t)offset);
  return written;
}

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  return pwrite64(descriptor, data, size, offset);
}

ssize_t write(int descriptor, const void* data, size_t size) {
  REAL("write", ssize_t(int, const void*, size_t));
  const ssize_t written = real(descriptor, data, size);
  if (written > 0) {
    char path[PATH_MAX];
    if (path_of(descriptor, path)) {
      const off_t end = lseek(descriptor, 0, SEEK_CUR);
      note(OP_WRITE, path, (uint64_t)(end - written), data, (uint64_t)written);
    }
  }
  return written;
}

int ftruncate64(int descriptor, off64_t size) {
  REAL("ftruncate64", int(int, off64_t));
  const int result = real(descriptor, size);
  char path[PATH_MAX];
  if (result == 0 && path_of(descriptor, path)) note(OP_TRUNCATE, path, (uint64_t)size, NULL, 0);
  return result;
}

int ftruncate(int descriptor, off_t size) { return ftruncate64(descriptor, size); }

static void note_sync(int descriptor, int result) {
  char path[PATH_MAX];
  if (result == 0 && path_of(descriptor, path)) note(OP_SYNC, path, 0, NULL, 0);
}

int fsync(int descriptor) {
  REAL("fsync", int(int));
  const int result = real(descriptor);
  note_sync(descriptor, result);
  return result;
}

int fdatasync(int descriptor) {
  REAL("fdatasync", int(int));
  const int result = real(descriptor);
  note_sync(descriptor, result);
  return result;
}

int unlink(const char* path) {
  REAL("unlink", int(const char*));
  const int result = real(path);
  if (result == 0 && is_watched(path)) note(OP_UNLINK, path, 0, NULL, 0);
  return result;
}

int rename(const char* from, const char* to) {
  REAL("rename", int(const char*, const char*));
  const int result = real(from, to);
  if (result == 0 && is_watched(to)) note(OP_RENAME, from, 0, to, strlen(to));
  return result;
}
