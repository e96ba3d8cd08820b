#include "adapters/channels/email/mail_route.h"

#include <array>
#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/address_policy.h"

namespace liandong {
namespace {

constexpr std::int64_t kMostRecipients = 100;

std::optional<MailServer> read_server(Table& table) {
  constexpr std::array<std::string_view, 3> kSecurities = {"starttls", "tls", "none"};
  MailServer server;
  server.host = table.required_string("smtp_host");
  const std::string security = table.choice("security", "starttls", kSecurities);
  int usual_port = 587;
  if (security == "tls") {
    server.security = MailSecurity::Implicit;
    usual_port = 465;
  } else if (security == "none") {
    server.security = MailSecurity::None;
    usual_port = 25;
  }
  server.port = static_cast<int>(table.integer("smtp_port", usual_port, 1, 65'535));
  server.user = table.string("user");
  server.ca_file = table.string("ca_file");
  if (!server.ca_file.empty()) server.ca_file = (table.folder() / server.ca_file).string();
  AddressPolicy::Options reach;
  reach.allow_private = table.boolean("internal", false);
  server.policy = std::make_shared<const AddressPolicy>(std::move(reach));
  if (server.security == MailSecurity::None && !server.user.empty()) {
    table.problem("security",
                  "must be \"starttls\" or \"tls\" when there is a user: a password is "
                  "never sent in the clear");
    return std::nullopt;
  }
  if (server.host.empty()) return std::nullopt;
  return server;
}

std::string read_address(Table& table) {
  std::string from = table.required_string("from");
  if (!from.empty() && !is_mail_address(from)) {
    table.problem(
        "from",
        fmt::format("expected an address such as \"press@example.gov.cn\", got '{}'", from));
    from.clear();
  }
  return from;
}

std::vector<std::string> read_recipients(Table& table) {
  std::vector<std::string> to = table.strings("to");
  if (to.empty()) table.problem("to", "is required: a list of addresses");
  if (std::ssize(to) > kMostRecipients) {
    table.problem("to", fmt::format("at most {} addresses; use a list of the mail server for more",
                                    kMostRecipients));
    return {};
  }
  for (const std::string& address : to) {
    if (is_mail_address(address)) continue;
    table.problem(
        "to", fmt::format("expected addresses such as \"editor@example.cn\", got '{}'", address));
    return {};
  }
  return to;
}

}  // namespace

std::optional<MailRoute> read_mail_route(Table& table, const std::string& site_name) {
  std::optional<MailServer> server = read_server(table);
  const bool needs_password = server && !server->user.empty();
  Secret password = table.secret("password_file", needs_password);
  std::string from = read_address(table);
  std::string from_name = table.string("from_name", site_name);
  std::vector<std::string> to = read_recipients(table);
  const bool is_complete =
      server && !from.empty() && !to.empty() && (!needs_password || !password.empty());
  if (!is_complete) return std::nullopt;
  return MailRoute{std::move(*server), std::move(password), std::move(from), std::move(from_name),
                   std::move(to)};
}

MailServer with_password(const MailRoute& route) {
  MailServer server = route.server;
  server.password = route.password.reveal();
  return server;
}

}  // namespace liandong
