#include "daemon/platform/sealed_file.h"

#include <array>
#include <fstream>
#include <iterator>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "daemon/platform/openssl_parts.h"

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;

const SealKey::AskPassphrase kNoPassphrase = [] { return std::nullopt; };

struct SealIdentity {
  openssl::Owned<EVP_PKEY> key;
  std::string certificate;
};

// A certificate of the key's own, valid for a day before and after the fake clock's start.
SealIdentity identity_of(EVP_PKEY* key, const char* usage) {
  constexpr long kDay = 86'400;
  SealIdentity made{openssl::Owned<EVP_PKEY>(key), ""};
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
  const std::time_t start = to_millis(FakeClock::kStart) / 1000;
  ASN1_TIME_set(X509_getm_notBefore(certificate), start - kDay);
  ASN1_TIME_set(X509_getm_notAfter(certificate), start + kDay);
  X509_set_pubkey(certificate, key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("office"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  if (usage != nullptr) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_key_usage, usage);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  const bool is_ed25519 = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
  EXPECT_GT(X509_sign(certificate, key, is_ed25519 ? nullptr : EVP_sha256()), 0);
  const openssl::Owned<BIO> out(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_X509(out.get(), certificate), 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  made.certificate.assign(text, static_cast<std::size_t>(size));
  X509_free(certificate);
  return made;
}

std::string content_at(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void put_at(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

class SealedFile : public testing::Test {
 protected:
  void SetUp() override {
    put_at(plain_, text_);
    const std::array recipients = {SealRecipient::from_pem(rsa_.certificate, now_).value(),
                                   SealRecipient::from_pem(ec_.certificate, now_).value()};
    const auto made = seal_file(plain_, sealed_, recipients);
    ASSERT_TRUE(made) << made.error().message();
  }
  // The error; empty: it was opened, and is what was sealed.
  std::string open_by(EVP_PKEY* key) {
    const auto read = SealKey::from_pem(openssl::private_pem(key), kNoPassphrase).value();
    const auto opened = unseal_file(sealed_, read, opened_);
    const bool is_there = std::filesystem::exists(opened_);
    EXPECT_EQ(is_there, static_cast<bool>(opened)) << "something of it stayed";
    if (is_there) {
      EXPECT_EQ(content_at(opened_), text_);
    }
    std::filesystem::remove(opened_);
    return opened ? "" : opened.error().message();
  }
  static std::string refusal(const SealIdentity& identity, Duration later = {}) {
    const auto recipient = SealRecipient::from_pem(identity.certificate, now_ + later);
    return recipient ? "" : recipient.error().message();
  }

  static constexpr Timestamp now_ = FakeClock::kStart;
  TempDir folder_;
  const std::filesystem::path plain_ = folder_.path() / "plain";
  const std::filesystem::path sealed_ = folder_.path() / "sealed";
  const std::filesystem::path opened_ = folder_.path() / "opened";
  const std::string text_ = [] {
    std::string text = "SQLite format 3";
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i);
    return text;
  }();
  const SealIdentity rsa_ = identity_of(EVP_RSA_gen(2048), "keyEncipherment");
  const SealIdentity ec_ = identity_of(EVP_EC_gen("P-256"), nullptr);
};

TEST_F(SealedFile, IsOpenedByEachRecipientAndNobodyElse) {
  EXPECT_EQ(content_at(sealed_).find("12345678"), std::string::npos);
  EXPECT_TRUE(is_sealed(sealed_));
  EXPECT_FALSE(is_sealed(plain_));
  EXPECT_EQ(open_by(rsa_.key.get()), "");
  EXPECT_EQ(open_by(ec_.key.get()), "");
  for (EVP_PKEY* const other : {EVP_RSA_gen(2048), EVP_EC_gen("P-256")}) {
    const openssl::Owned<EVP_PKEY> owned(other);
    EXPECT_THAT(open_by(other), HasSubstr("belongs to none of the certificates"));
  }
}

TEST_F(SealedFile, BelongsToItsOwnerAndReplacesNothing) {
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(sealed_).permissions() & perms::all,
            perms::owner_read | perms::owner_write);
  const std::string was = content_at(sealed_);
  const std::array recipients = {SealRecipient::from_pem(rsa_.certificate, now_).value()};
  EXPECT_THAT(seal_file(plain_, sealed_, recipients).error().message(), HasSubstr("exists"));
  EXPECT_EQ(content_at(sealed_), was);
}

// Every bit of the content and of what the message says of it counts.
TEST_F(SealedFile, DoesNotOpenWhenAByteOfItIsAnother) {
  constexpr std::size_t kHeadBytes = 65536;
  const std::string was = content_at(sealed_);
  for (std::size_t at = 0; at < was.size(); at += at < 1500 ? 7 : 9973) {
    std::string changed = was;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    put_at(sealed_, changed);
    // Where one recipient's own part was changed, the other's still opens it, and it is whole.
    const bool both_open = open_by(rsa_.key.get()).empty() && open_by(ec_.key.get()).empty();
    EXPECT_FALSE(both_open && at >= 1500) << at;
    if (at >= kHeadBytes) {
      EXPECT_THAT(open_by(ec_.key.get()), HasSubstr("was changed")) << at;
    }
  }
}

TEST_F(SealedFile, DoesNotOpenWhenItsEndIsMissing) {
  const std::string was = content_at(sealed_);
  for (const std::size_t length : {was.size() - 1, was.size() - 40'000, std::size_t{65536},
                                   std::size_t{65535}, std::size_t{900}, std::size_t{1}}) {
    put_at(sealed_, was.substr(0, length));
    EXPECT_THAT(open_by(rsa_.key.get()), HasSubstr("truncated")) << length;
  }
  put_at(sealed_, was + "x");
  EXPECT_THAT(open_by(rsa_.key.get()), HasSubstr("was changed"));
}

TEST_F(SealedFile, TakesCertificatesForEncryptionOnly) {
  constexpr std::chrono::hours kTwoDays{48};
  EXPECT_EQ(refusal(rsa_), "");
  EXPECT_THAT(refusal(rsa_, kTwoDays), HasSubstr("ended on 2026-11-23"));
  EXPECT_THAT(refusal(rsa_, -kTwoDays), HasSubstr("not valid before 2026-11-21"));
  EXPECT_THAT(refusal(identity_of(EVP_RSA_gen(2048), "digitalSignature")),
              HasSubstr("keyEncipherment"));
  EXPECT_THAT(refusal(identity_of(EVP_EC_gen("P-256"), "digitalSignature")),
              HasSubstr("keyAgreement"));
  EXPECT_THAT(refusal(identity_of(EVP_RSA_gen(1024), nullptr)), HasSubstr("1024 bits"));
  EXPECT_THAT(refusal(identity_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), nullptr)),
              HasSubstr("kind of key"));
  EXPECT_THAT(SealRecipient::from_pem("no certificate", now_).error().message(),
              HasSubstr("no certificate"));
}

TEST_F(SealedFile, AsksForAPassphrase) {
  const openssl::Owned<BIO> out(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(out.get(), ec_.key.get(), EVP_aes_256_cbc(), "right", 5,
                                          nullptr, nullptr),
            1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  const std::string pem(text, static_cast<std::size_t>(size));
  EXPECT_TRUE(SealKey::from_pem(pem, [] { return "right"; }));
  for (const SealKey::AskPassphrase& ask :
       {SealKey::AskPassphrase([] { return "wrong"; }), kNoPassphrase})
    EXPECT_THAT(SealKey::from_pem(pem, ask).error().message(), HasSubstr("passphrase"));
  EXPECT_THAT(SealKey::from_pem("no key", kNoPassphrase).error().message(),
              HasSubstr("no private key"));
}

}  // namespace
}  // namespace liandong
