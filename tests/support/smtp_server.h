// A loopback SMTP server that takes messages, refuses or breaks off at any stage, and counts.
//
// It speaks as much of RFC 5321 as a client needs: EHLO, AUTH PLAIN, MAIL, RCPT, DATA, NOOP, QUIT.

#ifndef LIANDONG_TESTS_SUPPORT_SMTP_SERVER_H_
#define LIANDONG_TESTS_SUPPORT_SMTP_SERVER_H_

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace liandong {

struct ReceivedMail {
  std::string from;
  std::vector<std::string> to;
  std::string content;  // dots unstuffed
};

class SmtpServer {
 public:
  SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;
  ~SmtpServer();

  // Answers a command ("", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "." for the end of the content)
  // with this line instead of its own; the greeting is "". A message refused at "." is not counted.
  void answer(std::string command, std::string line);
  // Closes when the command has been read: "DATA" before its content, "." after the message was
  // taken and before it is acknowledged.
  void close_at(std::string command);
  // Closes after so many bytes of content.
  void close_in_content(std::size_t bytes);

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::vector<ReceivedMail> mails() const;    // taken over
  [[nodiscard]] std::vector<std::string> commands() const;  // all lines outside content
  [[nodiscard]] int connections() const;

 private:
  class Session;
  void accept_loop();

  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  int connections_ = 0;
  int open_ = -1;  // one client at a time
  std::map<std::string, std::string> answers_;
  std::string close_at_ = "never";
  std::size_t close_in_content_ = 0;
  std::vector<ReceivedMail> mails_;
  std::vector<std::string> commands_;
  std::thread thread_;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_SMTP_SERVER_H_
