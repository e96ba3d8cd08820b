#include "daemon/app/key_file.h"

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

namespace liandong {

// Written whole or not at all, readable by the owner only.
Result<void> write_key_file(const std::filesystem::path& file, const SigningKey& key) {
  const std::string temporary = file.string() + ".new";
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return Error(ErrorKind::Permanent,
                 fmt::format("the ledger's key file {} cannot be made", file.string()));
  const std::string pem = key.private_pem();
  const bool written =
      ::write(descriptor, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) &&
      ::fsync(descriptor) == 0;
  ::close(descriptor);
  std::error_code error;
  if (written) std::filesystem::rename(temporary, file, error);
  // Entries signed with it must not outlive the name it has in the folder.
  const int folder = ::open(std::filesystem::absolute(file).parent_path().c_str(),
                            O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool kept = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  if (!written || error || !kept)
    return Error(ErrorKind::Permanent,
                 fmt::format("the ledger's key file {} cannot be written", file.string()));
  return {};
}

Result<SigningKey> read_key_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  auto key = SigningKey::from_pem(pem);
  if (key) return key;
  return Error(ErrorKind::Permanent,
               fmt::format("the ledger's key file {}: {}", file.string(), key.error().message()));
}

Result<Sm2Key> read_sm2_key_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  auto key = Sm2Key::from_pem(pem);
  if (key) return key;
  return Error(ErrorKind::Permanent,
               fmt::format("the SM2 key file {}: {}", file.string(), key.error().message()));
}

std::filesystem::path pending_key_file(const std::filesystem::path& file) {
  return file.string() + ".next";
}

}  // namespace liandong
