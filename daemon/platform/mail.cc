#include "daemon/platform/mail.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "daemon/platform/curl_await.h"
#include "daemon/platform/curl_loop.h"
#include "daemon/platform/curl_work.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::size_t kMostAtOnce = 4;

MailFailure refused(std::string code, std::string message) {
  MailFailure failure;
  failure.code = std::move(code);
  failure.message = std::move(message);
  return failure;
}

class NoMail final : public Mailer {
 public:
  asio::awaitable<MailResult> send(MailRequest /*request*/) override {
    co_return refused("mail", "this program was started without mail");
  }
};

class SmtpDialogue final : public CurlWorkFor<MailResult> {
 public:
  explicit SmtpDialogue(MailRequest request)
      : CurlWorkFor(request.server.policy, request.server.ca_file), request_(std::move(request)) {}

 private:
  void set_up() override;
  [[nodiscard]] MailResult result(CURLcode code) override;
  [[nodiscard]] MailResult abandoned(const char* code, const char* why) override;
  [[nodiscard]] MailFailure failed(std::string code, const std::string& why) const;
  [[nodiscard]] std::string server_name() const;

  static std::size_t give_content(char* room, std::size_t one, std::size_t count, void* self);
  static std::size_t on_line(char* text, std::size_t one, std::size_t count, void* self);

  MailRequest request_;
  CurlList recipients_;
  std::size_t given_ = 0;
  bool content_ended_ = false;  // libcurl sends the end of the content next
  bool answered_after_content_ = false;
  int last_reply_ = 0;
  std::string last_line_;
};

std::string SmtpDialogue::server_name() const {
  return request_.server.host + ":" + std::to_string(request_.server.port);
}

void SmtpDialogue::set_up() {
  const MailServer& server = request_.server;
  const bool implicit = server.security == MailSecurity::Implicit;
  // The path is the name to greet with: the sender's domain says more than "localhost".
  const std::string domain = request_.from.substr(request_.from.find('@') + 1);
  set(CURLOPT_URL, ((implicit ? "smtps://" : "smtp://") + server_name() + "/" + domain).c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  if (server.security == MailSecurity::StartTls) {
    set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  }
  if (!server.user.empty()) {
    set(CURLOPT_USERNAME, server.user.c_str());
    set(CURLOPT_PASSWORD, server.password.c_str());
  }
  void* self = this;
  set(CURLOPT_HEADERFUNCTION, &SmtpDialogue::on_line);
  set(CURLOPT_HEADERDATA, self);
  set(CURLOPT_WRITEFUNCTION, &SmtpDialogue::on_line);
  set(CURLOPT_WRITEDATA, self);
  if (request_.to.empty()) {
    set(CURLOPT_CUSTOMREQUEST, "NOOP");
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  set(CURLOPT_MAIL_FROM, ("<" + request_.from + ">").c_str());
  for (const std::string& address : request_.to) append(recipients_, "<" + address + ">");
  set(CURLOPT_MAIL_RCPT, recipients_.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.message.size()));
  set(CURLOPT_READFUNCTION, &SmtpDialogue::give_content);
  set(CURLOPT_READDATA, self);
}

std::size_t SmtpDialogue::give_content(char* room, std::size_t /*one*/, std::size_t count,
                                       void* self) {
  auto& dialogue = *static_cast<SmtpDialogue*>(self);
  const std::string& message = dialogue.request_.message;
  const std::size_t piece = std::min(count, message.size() - dialogue.given_);
  std::copy_n(message.data() + dialogue.given_, piece, room);
  dialogue.given_ += piece;
  // Said with the last byte and not with the empty call after it: what may be out counts as out.
  if (dialogue.given_ == message.size()) dialogue.content_ended_ = true;
  return piece;
}

std::size_t SmtpDialogue::on_line(char* text, std::size_t /*one*/, std::size_t count, void* self) {
  auto& dialogue = *static_cast<SmtpDialogue*>(self);
  const std::string_view line = trim({text, count});
  int reply = 0;
  const bool is_reply =
      line.size() >= 3 && std::from_chars(line.data(), line.data() + 3, reply).ec == std::errc();
  constexpr int kGoodbye = 221;  // says nothing about what went before
  if (!is_reply || reply == kGoodbye) return count;
  dialogue.last_reply_ = reply;
  dialogue.last_line_ = line.size() > 4 ? line.substr(4, 200) : std::string_view();
  if (dialogue.content_ended_) dialogue.answered_after_content_ = true;
  return count;
}

MailFailure SmtpDialogue::failed(std::string code, const std::string& why) const {
  MailFailure failure = refused(std::move(code), server_name() + ": " + why);
  const bool is_refusal = last_reply_ >= 400 && last_reply_ < 600;
  const bool is_answered = answered_after_content_ && is_refusal;
  failure.may_be_accepted = content_ended_ && !is_answered;
  if (is_refusal && !failure.may_be_accepted) {
    failure.reply = last_reply_;
    failure.code = "smtp-" + std::to_string(last_reply_);
    failure.message = server_name() + ": " + to_valid_utf8(last_line_);
  }
  return failure;
}

MailResult SmtpDialogue::result(CURLcode code) {
  if (code == CURLE_OK) return MailAccepted{to_valid_utf8(last_line_)};
  const bool is_denied = was_denied() && last_reply_ == 0;
  MailFailure failure = failed(is_denied ? "policy" : "curl-" + std::to_string(code),
                               is_denied ? "the address it leads to is not allowed" : words(code));
  failure.untrusted = is_untrusted(code) || code == CURLE_USE_SSL_FAILED;
  failure.unauthorized = code == CURLE_LOGIN_DENIED;
  return failure;
}

MailResult SmtpDialogue::abandoned(const char* code, const char* why) {
  return failed(code, why);
}

// What could change the dialogue is refused before it begins (T17).
bool is_well_formed(const MailRequest& request) {
  const auto is_plain = [](const std::string& text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
  };
  return is_mail_address(request.from) &&
         std::all_of(request.to.begin(), request.to.end(), is_mail_address) &&
         is_plain(request.server.user) && is_plain(request.server.password) &&
         !request.server.host.empty() &&
         request.server.host.find_first_of("/@?#\\ \r\n\t") == std::string::npos;
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return text.size() <= 254 && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte > 0x20 && byte < 0x7f &&
                  std::string_view("<>()[],;:\\\"/?#").find(c) == std::string_view::npos;
         });
}

Mailer& no_mail() {
  static NoMail none;
  return none;
}

CurlMailer::CurlMailer(const Clock& clock)
    : clock_(clock), loop_(std::make_shared<CurlLoop>(kMostAtOnce)) {}

CurlMailer::~CurlMailer() {
  loop_->stop();
}

asio::awaitable<MailResult> CurlMailer::send(MailRequest request) {
  if (!is_well_formed(request)) co_return refused("request", "an address or name is malformed");
  const Duration left = request.deadline - clock_.tick();
  if (left <= Duration(0)) co_return refused("deadline", request.server.host + ": no time left");
  const bool droppable = request.to.empty();
  std::unique_ptr<CurlWorkFor<MailResult>> dialogue =
      std::make_unique<SmtpDialogue>(std::move(request));
  MailResult result = co_await await_work(loop_, std::move(dialogue), left, droppable);
  co_return result;
}

}  // namespace liandong
