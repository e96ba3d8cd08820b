// Which mail server takes a message over, and for whom: the keys of every table that sends mail.

#ifndef LIANDONG_ADAPTERS_CHANNELS_EMAIL_MAIL_ROUTE_H_
#define LIANDONG_ADAPTERS_CHANNELS_EMAIL_MAIL_ROUTE_H_

#include <optional>
#include <string>
#include <vector>

#include "daemon/platform/mail.h"
#include "daemon/settings/secret.h"
#include "daemon/settings/table.h"

namespace liandong {

struct MailRoute {
  MailServer server;  // without its password
  Secret password;
  std::string from;
  std::string from_name;
  std::vector<std::string> to;
};

// Keys: smtp_host, smtp_port, security ("starttls", "tls", "none"), user, password_file, internal,
// ca_file, from, from_name, to. Empty when something is wrong, which is recorded.
[[nodiscard]] std::optional<MailRoute> read_mail_route(Table& table, const std::string& site_name);

[[nodiscard]] MailServer with_password(const MailRoute& route);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_EMAIL_MAIL_ROUTE_H_
