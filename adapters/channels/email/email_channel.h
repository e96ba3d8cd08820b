// E-mail to a list of recipients: the press list, the 12345 hotline's knowledge base.
//
// One message to all, who do not see each other. A mail cannot be taken back: a correction and a
// withdrawal are further mails that answer the first. The server takes a message over when it
// acknowledges the end of its content; whatever fails before that is Deferred or, by the server's
// own code, Refused. When the acknowledgement is lost nobody can tell, so the step is of class D
// (AtMostOnce): a person decides. The Message-ID is made from the delivery's marker, so that the
// person can look for it in the server's log, and so that many mail systems drop a second copy.
//
// One refused recipient refuses the message for all: nothing is sent by halves.

#ifndef LIANDONG_ADAPTERS_CHANNELS_EMAIL_EMAIL_CHANNEL_H_
#define LIANDONG_ADAPTERS_CHANNELS_EMAIL_EMAIL_CHANNEL_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/channels/email/mail_route.h"
#include "daemon/channel/channel.h"
#include "daemon/channel/setup.h"
#include "daemon/channel/text_template.h"
#include "daemon/platform/mail.h"

namespace liandong {

class EmailChannel final : public Channel {
 public:
  struct Options {
    MailRoute route;
    TextTemplate subject;
    TextTemplate words;
  };

  EmailChannel(Options options, const ChannelSetup& setup);

  [[nodiscard]] Traits traits() const override;
  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override;
  [[nodiscard]] std::vector<Extent> extents(const Rendition& rendition) const override;
  [[nodiscard]] std::span<const Step> steps(Purpose purpose) const override;
  asio::awaitable<Outcome> perform(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<Finding> find(Step step, Attempt attempt, Progress progress) override;
  asio::awaitable<Result<Traits>> probe(Instant deadline) override;

 private:
  [[nodiscard]] MailRequest request_for(const Attempt& attempt) const;
  [[nodiscard]] std::string message_id(const Attempt& attempt) const;
  [[nodiscard]] Outcome outcome_of_failure(const MailFailure& failure) const;

  Options options_;
  std::string site_name_;
  Clock& clock_;
  Mailer& mail_;
};

// MakeChannel. Keys: smtp_host, smtp_port, security ("starttls", "tls", "none"), user,
// password_file, internal, ca_file, from, from_name, to, subject, template.
[[nodiscard]] std::unique_ptr<Channel> make_email_channel(Table& table, const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_EMAIL_EMAIL_CHANNEL_H_
