// Outgoing e-mail as the adapters see it.
//
// As with HTTP, the question after a failure is "may it have been accepted?". SMTP answers it
// exactly: the server takes the message over when it acknowledges the end of the content, so
// whatever goes wrong before that end was sent has done nothing, and a complete refusal after it
// has done nothing either (RFC 5321 4.1.1.4, 4.2.5).

#ifndef LIANDONG_DAEMON_PLATFORM_MAIL_H_
#define LIANDONG_DAEMON_PLATFORM_MAIL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/platform/clock.h"

namespace liandong {

class AddressPolicy;

enum class MailSecurity : std::uint8_t {
  StartTls,  // the connection is upgraded before anything is said, or given up
  Implicit,  // TLS from the first byte (port 465)
  None,      // a relay inside the house
};

struct MailServer {
  std::string host;
  int port = 587;
  MailSecurity security = MailSecurity::StartTls;
  std::string user;      // empty: no login
  std::string password;  // secret
  std::string ca_file;   // empty: the system's
  // Which addresses may be reached; null: any public one.
  std::shared_ptr<const AddressPolicy> policy;
};

struct MailRequest {
  MailServer server;
  std::string from;             // "press@example.gov.cn"
  std::vector<std::string> to;  // empty: connects and logs in, sends nothing
  std::string message;          // RFC 5322, lines end with CRLF
  Instant deadline;
};

struct MailAccepted {
  std::string words;  // the server's last line: "2.0.0 Ok: queued as 4RyX"
};

struct MailFailure {
  bool may_be_accepted = false;  // the end of the content went out, its answer did not come
  bool untrusted = false;        // no certificate that is accepted, or no TLS where it is demanded
  bool unauthorized = false;     // the login was refused
  int reply = 0;                 // the server's refusal, 400 to 599; 0: none
  std::string code;              // "smtp-550", "curl-28", "policy"
  std::string message;           // without credential
};

using MailResult = std::variant<MailAccepted, MailFailure>;

// A bare address as SMTP takes it: one @, ASCII, no blank, bracket or control character.
[[nodiscard]] bool is_mail_address(std::string_view text);

// Sends one message to all recipients or to none. Never retries.
class Mailer {
 public:
  Mailer() = default;
  Mailer(const Mailer&) = delete;
  Mailer& operator=(const Mailer&) = delete;
  virtual ~Mailer() = default;

  virtual asio::awaitable<MailResult> send(MailRequest request) = 0;
};

// For a set-up without mail: refuses every message before anything is opened.
[[nodiscard]] Mailer& no_mail();

class CurlLoop;

// Mailer by libcurl, on a thread of its own.
class CurlMailer final : public Mailer {
 public:
  // REQUIRES: `clock`, and the contexts whose coroutines call send(), outlive the mailer.
  explicit CurlMailer(const Clock& clock);
  ~CurlMailer() override;  // abandons what is in flight; its coroutines see a failure

  asio::awaitable<MailResult> send(MailRequest request) override;

 private:
  const Clock& clock_;
  std::shared_ptr<CurlLoop> loop_;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_MAIL_H_
