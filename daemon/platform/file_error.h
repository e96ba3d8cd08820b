// What went wrong with a file, in the system's words.

#ifndef LIANDONG_DAEMON_PLATFORM_FILE_ERROR_H_
#define LIANDONG_DAEMON_PLATFORM_FILE_ERROR_H_

#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "daemon/platform/result.h"

namespace liandong {

// "FILE cannot be written: No space left on device". `error`: of errno.
[[nodiscard]] inline Error file_error(std::string_view doing, const std::filesystem::path& file,
                                      int error) {
  return {ErrorKind::Permanent, fmt::format("{} cannot be {}: {}", file.string(), doing,
                                            std::generic_category().message(error))};
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_FILE_ERROR_H_
