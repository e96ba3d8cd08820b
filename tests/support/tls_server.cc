#include "tests/support/tls_server.h"

#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <netinet/in.h>
#include <signal.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>

namespace liandong {
namespace {

void expect(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

}  // namespace

TlsServer::TlsServer(const Options& options) {
  reply_ = options.redirect_to.empty()
               ? "HTTP/1.1 200 OK\r\n"
               : "HTTP/1.1 302 Found\r\nLocation: " + options.redirect_to + "\r\n";
  reply_ += "Content-Length: 2\r\nConnection: close\r\n\r\nok";
  make_certificate(options);
  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_security_level(context_.get(), 0);  // an old server has old ciphers
  if (options.newest_version != 0) {
    SSL_CTX_set_max_proto_version(context_.get(), options.newest_version);
  }
  expect(SSL_CTX_use_certificate(context_.get(), certificate_.get()) == 1, "no certificate");
  expect(SSL_CTX_use_PrivateKey(context_.get(), key_.get()) == 1, "no key");

  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  expect(bind(listener_, generic, size) == 0 && listen(listener_, 16) == 0 &&
             getsockname(listener_, generic, &size) == 0,
         "no loopback port to listen on");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept_loop(); });
}

TlsServer::~TlsServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void TlsServer::make_certificate(const Options& options) {
  constexpr long kDay = 86'400;
  key_.reset(EVP_EC_gen("P-256"));
  certificate_.reset(X509_new());
  X509* certificate = certificate_.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -10 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.expired ? -kDay : kDay);
  X509_set_pubkey(certificate, key_.get());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, options.names.c_str());
  expect(names != nullptr, "bad names");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  expect(X509_sign(certificate, key_.get(), EVP_sha256()) > 0, "not signed");
}

void TlsServer::write_certificate(const std::filesystem::path& file) const {
  std::FILE* out = std::fopen(file.c_str(), "w");
  expect(out != nullptr && PEM_write_X509(out, certificate_.get()) == 1, "not written");
  std::fclose(out);
}

std::string TlsServer::url(std::string_view target) const {
  return "https://127.0.0.1:" + std::to_string(port_) + std::string(target);
}

void TlsServer::accept_loop() {
  sigset_t broken_pipe;  // a client that hangs up is what the tests are about
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  for (;;) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    serve(accepted);
    close(accepted);
  }
}

// One request on one connection; whatever is said gets the same answer.
void TlsServer::serve(int socket) {
  const timeval patience{5, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const std::unique_ptr<SSL, Freed<SSL_free>> tls(SSL_new(context_.get()));
  SSL_set_fd(tls.get(), socket);
  if (SSL_accept(tls.get()) != 1) return;
  std::array<char, 16'384> bytes{};
  if (SSL_read(tls.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) return;
  ++requests_;
  SSL_write(tls.get(), reply_.data(), static_cast<int>(reply_.size()));
  SSL_shutdown(tls.get());
}

}  // namespace liandong
