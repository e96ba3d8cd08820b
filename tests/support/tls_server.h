// A loopback HTTPS server with a certificate to order, good or bad, that counts what it was told.

#ifndef LIANDONG_TESTS_SUPPORT_TLS_SERVER_H_
#define LIANDONG_TESTS_SUPPORT_TLS_SERVER_H_

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace liandong {

class TlsServer {
 public:
  struct Options {
    std::string names = "IP:127.0.0.1";  // subjectAltName
    bool expired = false;
    int newest_version = 0;     // TLS1_1_VERSION for an old server; 0: no limit
    std::string redirect_to{};  // every answer is a 302 to there; empty: 200 "ok"
  };

  explicit TlsServer(const Options& options);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer();

  // The certificate, self-signed, as a CA file that makes it trusted.
  void write_certificate(const std::filesystem::path& file) const;
  [[nodiscard]] std::string url(std::string_view target) const;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int requests() const { return requests_; }  // decrypted bytes arrived

 private:
  template <auto Free>
  struct Freed {
    template <typename T>
    void operator()(T* pointer) const {
      Free(pointer);
    }
  };

  void make_certificate(const Options& options);
  void accept_loop();
  void serve(int socket);

  std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>> key_;
  std::unique_ptr<X509, Freed<X509_free>> certificate_;
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_;
  int listener_ = -1;
  int port_ = 0;
  std::string reply_;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_TLS_SERVER_H_
