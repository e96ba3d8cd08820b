// Reads a small file whole, however large it turns out to be.

#ifndef LIANDONG_DAEMON_PLATFORM_READ_FILE_H_
#define LIANDONG_DAEMON_PLATFORM_READ_FILE_H_

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace liandong {

// What the file holds, or the first `limit` + 1 bytes of one that is too long: who calls sees it by
// the size. Also of a pipe. Empty: it cannot be read.
[[nodiscard]] std::optional<std::string> read_file(const std::filesystem::path& file,
                                                   std::size_t limit);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_READ_FILE_H_
