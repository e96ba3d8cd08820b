// Files sealed for the holders of X.509 certificates: CMS AuthEnvelopedData (RFC 5083),
// AES-256-GCM.
//
// Such a file is a head of 64 KiB and the encrypted content. The head is a CMS message whose
// content is detached, filled up with zeros. Content inside the message would have to fit into
// memory, and into 2 GiB, wherever OpenSSL reads it; this way both sides here hold a buffer of it.
// The tool alone opens it too, but keeps the content in memory until its tag is checked
// (OpenSSL 3.0.22):
//   openssl cms -decrypt -binary -inform DER -in FILE -inkey KEY -out PLAIN
//           -content <(tail -c +65537 FILE)
//
// Sealed is not signed: whoever has a certificate can seal a file for its holder.

#ifndef LIANDONG_DAEMON_PLATFORM_SEALED_FILE_H_
#define LIANDONG_DAEMON_PLATFORM_SEALED_FILE_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/platform/clock.h"
#include "daemon/platform/result.h"

namespace liandong {

// A certificate a file is sealed for: its key can receive (RSA of 2048 bits or more, or EC), it
// says nothing against that, and it is valid now.
class SealRecipient {
 public:
  [[nodiscard]] static Result<SealRecipient> from_pem(std::string_view pem, Timestamp now);

 private:
  friend Result<void> seal_file(const std::filesystem::path& plain,
                                const std::filesystem::path& sealed,
                                std::span<const SealRecipient> recipients);
  explicit SealRecipient(std::shared_ptr<void> certificate)
      : certificate_(std::move(certificate)) {}
  std::shared_ptr<void> certificate_;  // X509
};

// A recipient's private key.
class SealKey {
 public:
  // `ask` is called when the PEM is encrypted; nothing: there is no passphrase to be had.
  using AskPassphrase = std::function<std::optional<std::string>()>;
  [[nodiscard]] static Result<SealKey> from_pem(std::string_view pem, const AskPassphrase& ask);

 private:
  friend Result<void> unseal_file(const std::filesystem::path& sealed, const SealKey& key,
                                  const std::filesystem::path& plain);
  explicit SealKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;  // EVP_PKEY
};

// Both make a new file, readable by its owner only, that is on the disk whole or not there. What is
// written of `plain` before its seal was found whole is removed with it.
[[nodiscard]] Result<void> seal_file(const std::filesystem::path& plain,
                                     const std::filesystem::path& sealed,
                                     std::span<const SealRecipient> recipients);
[[nodiscard]] Result<void> unseal_file(const std::filesystem::path& sealed, const SealKey& key,
                                       const std::filesystem::path& plain);

// Does it begin as a sealed file does? A database does not.
[[nodiscard]] bool is_sealed(const std::filesystem::path& file);

// No terminal echoes it. Nothing: there is no terminal.
[[nodiscard]] std::optional<std::string> ask_passphrase(const std::string& prompt);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_SEALED_FILE_H_
