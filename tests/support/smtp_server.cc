#include "tests/support/smtp_server.h"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace liandong {

// One client, from the greeting to the end of the connection.
class SmtpServer::Session {
 public:
  Session(SmtpServer& server, int socket) : server_(server), socket_(socket) {}

  void run() {
    bool goes_on = say("", "220 stub ESMTP");
    while (goes_on) {
      const std::optional<std::string> line = next_line();
      if (!line) return;
      {
        const std::lock_guard lock(server_.mutex_);
        server_.commands_.push_back(*line);
      }
      goes_on = obey(*line);
    }
  }

 private:
  bool obey(const std::string& line) {
    const std::string command = line.substr(0, 4);
    if (command == "EHLO") return say(command, "250-stub\r\n250-8BITMIME\r\n250 AUTH PLAIN");
    if (command == "AUTH") return say(command, "334 ");
    if (command == "MAIL") {
      mail_ = ReceivedMail{path_of(line), {}, {}};
      return say(command, "250 2.1.0 Ok");
    }
    if (command == "RCPT") {
      mail_.to.push_back(path_of(line));
      return say(command, "250 2.1.5 Ok");
    }
    if (command == "DATA") return say(command, "354 go ahead") && take_content();
    if (command == "QUIT") {
      say(command, "221 bye");
      return false;
    }
    const bool is_command = command == "NOOP" || command == "RSET";
    return say(command, is_command ? "250 Ok" : "235 2.7.0 accepted");  // else: the login itself
  }

  bool take_content() {
    {
      const std::lock_guard lock(server_.mutex_);
      if (server_.answers_.contains("DATA")) return true;  // refused: no content comes
    }
    while (true) {
      const std::optional<std::string> line = next_line();
      if (!line) return false;
      if (*line == ".") break;
      mail_.content += line->starts_with('.') ? line->substr(1) : *line;
      mail_.content += "\r\n";
      const std::lock_guard lock(server_.mutex_);
      if (server_.close_in_content_ != 0 && mail_.content.size() > server_.close_in_content_) {
        return false;
      }
    }
    {
      const std::lock_guard lock(server_.mutex_);
      if (!server_.answers_.contains(".")) server_.mails_.push_back(std::move(mail_));
    }
    return say(".", "250 2.0.0 Ok: queued as STUB1");
  }

  // False when the connection ends here.
  bool say(const std::string& command, std::string line) {
    {
      const std::lock_guard lock(server_.mutex_);
      if (server_.close_at_ == command) return false;
      const auto other = server_.answers_.find(command);
      if (other != server_.answers_.end()) line = other->second;
    }
    line += "\r\n";
    return send(socket_, line.data(), line.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(line.size());
  }

  std::optional<std::string> next_line() {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      std::array<char, 4'096> bytes{};
      const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
      if (count <= 0) return std::nullopt;
      buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }

  static std::string path_of(const std::string& line) {
    const std::size_t open = line.find('<');
    return line.substr(open + 1, line.find('>') - open - 1);
  }

  SmtpServer& server_;
  int socket_;
  std::string buffer_;
  ReceivedMail mail_;
};

SmtpServer::SmtpServer() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no loopback port to listen on");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept_loop(); });
}

SmtpServer::~SmtpServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    if (open_ >= 0) shutdown(open_, SHUT_RDWR);
  }
  thread_.join();
  close(listener_);
}

void SmtpServer::answer(std::string command, std::string line) {
  const std::lock_guard lock(mutex_);
  answers_[std::move(command)] = std::move(line);
}

void SmtpServer::close_at(std::string command) {
  const std::lock_guard lock(mutex_);
  close_at_ = std::move(command);
}

void SmtpServer::close_in_content(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  close_in_content_ = bytes;
}

std::vector<ReceivedMail> SmtpServer::mails() const {
  const std::lock_guard lock(mutex_);
  return mails_;
}

std::vector<std::string> SmtpServer::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

int SmtpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void SmtpServer::accept_loop() {
  for (;;) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    {
      const std::lock_guard lock(mutex_);
      if (accepted < 0 || stopping_) {
        if (accepted >= 0) close(accepted);
        return;
      }
      ++connections_;
      open_ = accepted;
    }
    Session(*this, accepted).run();
    const std::lock_guard lock(mutex_);
    open_ = -1;
    close(accepted);
  }
}

}  // namespace liandong
