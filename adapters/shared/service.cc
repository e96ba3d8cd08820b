#include "adapters/shared/service.h"

#include <charconv>
#include <utility>

#include <boost/json.hpp>
#include <boost/url/parse.hpp>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMaxDiagnostic = 200;

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1" || host == "[::1]";
}

std::optional<boost::json::value> parse(const HttpReply& reply) {
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(reply.body, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Service> read_service(Table& table, std::string fallback) {
  const bool internal = table.boolean("internal", false);
  const std::string text = table.url("base_url", std::move(fallback));
  const auto url = boost::urls::parse_uri(text);
  if (!url) {
    if (!table.has("base_url")) table.problem("base_url", "is required");
    return std::nullopt;
  }
  const std::string host = lower_ascii(url->host());
  const bool loopback = is_loopback(host);
  if (url->scheme() == "http" && !loopback) {
    table.problem("base_url", "must be https (http is accepted for loopback only)");
    return std::nullopt;
  }
  if (url->has_query() || url->has_fragment() || url->has_userinfo()) {
    table.problem("base_url", "must hold neither a query, a fragment nor a user name");
    return std::nullopt;
  }
  AddressPolicy::Options options;
  options.hosts = {host};
  const int usual_port = url->scheme() == "http" ? 80 : 443;
  options.ports = {url->has_port() ? url->port_number() : usual_port};
  options.allow_http = loopback;
  options.allow_private = loopback || internal;
  Service service;
  service.base = text;
  while (service.base.ends_with('/')) service.base.pop_back();
  service.policy = std::make_shared<const AddressPolicy>(std::move(options));
  return service;
}

Diagnostic diagnostic(std::string_view code, std::string_view message, int http,
                      const Secret& secret) {
  std::string words(message);
  if (!secret.empty()) {
    words = replace_all(std::move(words), secret.reveal(), "***");
    words = replace_all(std::move(words), percent_encode(secret.reveal()), "***");
  }
  Diagnostic result;
  result.code = code;
  result.message = shorten(fold_blanks(words), kMaxDiagnostic);
  result.http = http;
  return result;
}

std::optional<boost::json::object> json_object(const HttpReply& reply) {
  auto value = parse(reply);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

std::optional<boost::json::array> json_array(const HttpReply& reply) {
  auto value = parse(reply);
  if (!value || !value->is_array()) return std::nullopt;
  return std::move(value->get_array());
}

std::string text_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  if (member == nullptr) return {};
  if (const auto* text = member->if_string()) return std::string(*text);
  if (const auto* number = member->if_int64()) return std::to_string(*number);
  if (const auto* number = member->if_uint64()) return std::to_string(*number);
  return {};
}

std::optional<std::int64_t> integer_member(const boost::json::object& object,
                                           std::string_view name) {
  const std::string text = text_member(object, name);
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || text.empty()) return std::nullopt;
  return number;
}

std::string host_of(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return {};
  return lower_ascii(parsed->host());
}

bool is_under(std::string_view host, std::string_view domain) {
  if (domain.empty() || !host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

std::string_view picture_type(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xff\xd8\xff"sv)) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return "image/png";
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return "image/gif";
  if (bytes.size() >= 12 && bytes.starts_with("RIFF"sv) && bytes.substr(8, 4) == "WEBP"sv) {
    return "image/webp";
  }
  return {};
}

}  // namespace liandong
