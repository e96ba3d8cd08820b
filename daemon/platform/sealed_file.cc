#include "daemon/platform/sealed_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ui.h>
#include <openssl/x509v3.h>

#include "daemon/platform/file_error.h"
#include "daemon/platform/openssl_parts.h"

namespace liandong {

namespace {

using openssl::Owned;
using openssl::require;

constexpr std::size_t kHead = 65536;
constexpr std::uintmax_t kMostPlain = (std::uintmax_t{1} << 36) - 32;  // of one key and nonce
constexpr int kLeastRsaBits = 2048;
constexpr char kSequence = 0x30;  // what every CMS message begins with

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// A file that is removed unless it is kept.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& path) : path_(path) {
    const int number = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (number >= 0) file_.reset(::fdopen(number, "wb"));
    error_ = file_ ? 0 : errno;
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (file_) ::unlink(path_.c_str());
  }

  [[nodiscard]] std::FILE* get() { return file_.get(); }
  [[nodiscard]] bool has_failed() { return std::ferror(file_.get()) != 0; }
  [[nodiscard]] Error error() const { return file_error("written", path_, error_); }
  [[nodiscard]] Result<void> keep() {
    errno = 0;
    const bool written =
        !has_failed() && std::fflush(file_.get()) == 0 && ::fsync(::fileno(file_.get())) == 0;
    if (!written) return file_error("written", path_, errno == 0 ? EIO : errno);
    file_.reset();
    return {};
  }

 private:
  std::filesystem::path path_;
  File file_;
  int error_ = 0;
};

Owned<BIO> over(std::FILE* file) {
  Owned<BIO> bio(BIO_new_fp(file, BIO_NOCLOSE));
  require(bio != nullptr, "opening a file");
  return bio;
}

Owned<BIO> over(std::string_view text) {
  Owned<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(bio != nullptr, "opening a buffer");
  return bio;
}

Error unfit(std::string why) {
  return {ErrorKind::Permanent, std::move(why)};
}

// By name, as `openssl x509 -enddate` shows it.
std::string shown(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable time";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

Result<void> check_certificate(X509* certificate, Timestamp now) {
  std::time_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const ASN1_TIME* const until = X509_get0_notAfter(certificate);
  const ASN1_TIME* const from = X509_get0_notBefore(certificate);
  if (X509_cmp_time(until, &seconds) <= 0)
    return unfit(fmt::format("the certificate ended on {}", shown(until)));
  if (X509_cmp_time(from, &seconds) > 0)
    return unfit(fmt::format("the certificate is not valid before {}", shown(from)));
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  const int type = key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key);
  if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
    return unfit(
        "nothing can be encrypted for the certificate's kind of key; take one of RSA or EC");
  if (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < kLeastRsaBits)
    return unfit(fmt::format("the certificate's RSA key has {} bits; {} is the least",
                             EVP_PKEY_get_bits(key), kLeastRsaBits));
  // UINT32_MAX when the certificate does not say what it is for.
  const std::uint32_t needed = type == EVP_PKEY_RSA ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
  if ((X509_get_key_usage(certificate) & needed) == 0)
    return unfit(fmt::format("the certificate is not for encryption: its key usage lacks {}",
                             type == EVP_PKEY_RSA ? "keyEncipherment" : "keyAgreement"));
  return {};
}

// OAEP, and for EC a key derived by SHA-256: without a word OpenSSL takes PKCS#1 1.5 and SHA-1.
void add_recipient(CMS_ContentInfo* message, X509* certificate) {
  CMS_RecipientInfo* const one = CMS_add1_recipient_cert(message, certificate, CMS_KEY_PARAM);
  require(one != nullptr, "adding a recipient");
  EVP_PKEY_CTX* const key = CMS_RecipientInfo_get0_pkey_ctx(one);
  if (CMS_RecipientInfo_type(one) == CMS_RECIPINFO_TRANS) {
    require(EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_OAEP_PADDING) > 0 &&
                EVP_PKEY_CTX_set_rsa_oaep_md(key, EVP_sha256()) > 0,
            "adding a recipient");
  } else {
    require(EVP_PKEY_CTX_set_ecdh_kdf_md(key, EVP_sha256()) > 0, "adding a recipient");
  }
}

Owned<CMS_ContentInfo> message_for(const std::vector<X509*>& certificates) {
  Owned<CMS_ContentInfo> message(
      CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), CMS_PARTIAL | CMS_BINARY | CMS_DETACHED));
  require(message != nullptr, "making a CMS message");
  for (X509* const certificate : certificates) add_recipient(message.get(), certificate);
  return message;
}

std::string der_of(CMS_ContentInfo* message) {
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(message, &der);
  require(size > 0, "writing a CMS message");
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

// Null: it is none, or something follows it that is not zero.
Owned<CMS_ContentInfo> read_head(const std::string& head) {
  const unsigned char* at = openssl::bytes_of(head);
  Owned<CMS_ContentInfo> message(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(head.size())));
  ERR_clear_error();
  if (!message || OBJ_obj2nid(CMS_get0_type(message.get())) != NID_id_smime_ct_authEnvelopedData)
    return nullptr;
  const auto used = static_cast<std::size_t>(at - openssl::bytes_of(head));
  return head.find_first_not_of('\0', used) == std::string::npos ? std::move(message) : nullptr;
}

// Is the content's key one that `key` opens? It is in the message from then on. One recipient after
// the other, as CMS_decrypt() would, but that one answers with a random key when none is.
bool open_for(CMS_ContentInfo* message, EVP_PKEY* key) {
  STACK_OF(CMS_RecipientInfo)* const all = CMS_get0_RecipientInfos(message);
  bool opened = false;
  for (int i = 0; !opened && i < sk_CMS_RecipientInfo_num(all); ++i) {
    CMS_RecipientInfo* const one = sk_CMS_RecipientInfo_value(all, i);
    if (CMS_RecipientInfo_type(one) == CMS_RECIPINFO_TRANS) {
      require(EVP_PKEY_up_ref(key) == 1, "taking a key");
      opened = CMS_RecipientInfo_set0_pkey(one, key) == 1 &&
               CMS_RecipientInfo_decrypt(message, one) == 1;
      CMS_RecipientInfo_set0_pkey(one, nullptr);
    } else if (CMS_RecipientInfo_type(one) == CMS_RECIPINFO_AGREE &&
               CMS_RecipientInfo_kari_set0_pkey(one, key) == 1) {
      STACK_OF(CMS_RecipientEncryptedKey)* const keys = CMS_RecipientInfo_kari_get0_reks(one);
      for (int k = 0; !opened && k < sk_CMS_RecipientEncryptedKey_num(keys); ++k)
        opened = CMS_RecipientInfo_kari_decrypt(message, one,
                                                sk_CMS_RecipientEncryptedKey_value(keys, k)) == 1;
      CMS_RecipientInfo_kari_set0_pkey(one, nullptr);
    }
  }
  ERR_clear_error();
  return opened;
}

// Was it all there, and what was sealed? CMS_decrypt() would keep the whole in memory before it
// writes; here it is the caller's to use nothing of `to` before the answer.
bool write_opened(CMS_ContentInfo* message, std::FILE* from, std::FILE* to) {
  Owned<BIO> encrypted = over(from);
  const Owned<BIO> content(CMS_dataInit(message, encrypted.get()));
  if (!content) return false;
  (void)encrypted.release();  // the other one's from here on
  std::array<char, 65536> part{};
  int length = 0;
  while ((length = BIO_read(content.get(), part.data(), static_cast<int>(part.size()))) > 0)
    std::fwrite(part.data(), 1, static_cast<std::size_t>(length), to);
  return length == 0 && BIO_get_cipher_status(content.get()) == 1;
}

int give_passphrase(char* buffer, int size, int /*writing*/, void* user) {
  auto& asked = *static_cast<std::pair<const SealKey::AskPassphrase&, bool>*>(user);
  asked.second = true;
  const auto words = asked.first();
  if (!words || words->size() > static_cast<std::size_t>(size)) return -1;
  std::copy(words->begin(), words->end(), buffer);
  return static_cast<int>(words->size());
}

}  // namespace

Result<SealRecipient> SealRecipient::from_pem(std::string_view pem, Timestamp now) {
  if (pem.size() > INT_MAX) return unfit("it is no certificate in PEM");
  X509* const certificate = PEM_read_bio_X509(over(pem).get(), nullptr, nullptr, nullptr);
  ERR_clear_error();
  if (certificate == nullptr) return unfit("it is no certificate in PEM");
  SealRecipient made({certificate, [](void* raw) { X509_free(static_cast<X509*>(raw)); }});
  const auto fit = check_certificate(certificate, now);
  ERR_clear_error();
  if (!fit) return fit.error();
  return made;
}

Result<SealKey> SealKey::from_pem(std::string_view pem, const AskPassphrase& ask) {
  if (pem.size() > INT_MAX) return unfit("it is no private key in PEM");
  std::pair<const AskPassphrase&, bool> asked(ask, false);
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(over(pem).get(), nullptr, give_passphrase, &asked));
  ERR_clear_error();
  if (key) return SealKey(openssl::shared(std::move(key)));
  return unfit(asked.second ? "the passphrase does not open it" : "it is no private key in PEM");
}

Result<void> seal_file(const std::filesystem::path& plain, const std::filesystem::path& sealed,
                       std::span<const SealRecipient> recipients) {
  std::vector<X509*> certificates;
  for (const SealRecipient& recipient : recipients)
    certificates.push_back(static_cast<X509*>(recipient.certificate_.get()));
  const Owned<CMS_ContentInfo> message = message_for(certificates);
  const File in(std::fopen(plain.c_str(), "rbe"));
  if (!in) return file_error("read", plain, errno);
  const std::uintmax_t size = std::filesystem::file_size(plain);
  if (size > kMostPlain)
    return unfit(fmt::format("{} has {} bytes; one key encrypts {} at most", plain.string(), size,
                             kMostPlain));
  NewFile out(sealed);
  if (out.get() == nullptr) return out.error();
  const std::string nothing(kHead, '\0');
  std::fwrite(nothing.data(), 1, nothing.size(), out.get());
  // OpenSSL ends as if all were well where a read or a write fails; the files know.
  const bool done = CMS_final(message.get(), over(in.get()).get(), over(out.get()).get(),
                              CMS_BINARY | CMS_DETACHED) == 1;
  if (std::ferror(in.get()) != 0) return file_error("read", plain, EIO);
  require(done || out.has_failed(), "encrypting a file");
  if (!out.has_failed() && std::ftell(out.get()) != static_cast<long>(kHead + size))
    return unfit(fmt::format("{} changed while it was encrypted", plain.string()));
  const std::string head = der_of(message.get());
  if (head.size() > kHead) return unfit("too many recipients");
  std::rewind(out.get());
  std::fwrite(head.data(), 1, head.size(), out.get());
  return out.keep();
}

Result<void> unseal_file(const std::filesystem::path& sealed, const SealKey& key,
                         const std::filesystem::path& plain) {
  const File in(std::fopen(sealed.c_str(), "rbe"));
  if (!in) return file_error("read", sealed, errno);
  std::string head(kHead, '\0');
  if (std::fread(head.data(), 1, head.size(), in.get()) != head.size())
    return unfit(fmt::format("{} is truncated", sealed.string()));
  const Owned<CMS_ContentInfo> message = read_head(head);
  if (!message)
    return unfit(fmt::format("{} is no sealed file, or its beginning is damaged", sealed.string()));
  if (!open_for(message.get(), openssl::evp(key.key_)))
    return unfit(fmt::format(
        "the key does not open {}: it belongs to none of the certificates it was encrypted for, or "
        "the file's beginning is damaged",
        sealed.string()));
  NewFile out(plain);
  if (out.get() == nullptr) return out.error();
  const bool whole = write_opened(message.get(), in.get(), out.get());
  ERR_clear_error();
  if (std::ferror(in.get()) != 0) return file_error("read", sealed, EIO);
  if (!whole && !out.has_failed())
    return unfit(
        fmt::format("{} is truncated or was changed; nothing of it is used", sealed.string()));
  return out.keep();
}

bool is_sealed(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return stream.get() == kSequence;
}

std::optional<std::string> ask_passphrase(const std::string& prompt) {
  std::array<char, 1024> words{};
  const int failed =
      UI_UTIL_read_pw_string(words.data(), static_cast<int>(words.size()) - 1, prompt.c_str(), 0);
  ERR_clear_error();
  std::optional<std::string> answer;
  if (failed == 0) answer = words.data();
  OPENSSL_cleanse(words.data(), words.size());
  return answer;
}

}  // namespace liandong
