#include "adapters/shared/service.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/shared/raw_answer.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMaxDiagnostic = 200;
constexpr std::size_t kMaxCode = 32;

std::optional<boost::json::value> parse(const HttpReply& reply) {
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(reply.body, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Service> read_service(Table& table, std::string fallback, PlainHttp plain) {
  const bool internal = table.boolean("internal", false);
  const std::string text = table.url("base_url", std::move(fallback));
  if (text.empty()) {
    if (!table.has("base_url")) table.problem("base_url", "is required");
    return std::nullopt;
  }
  const Result<CurlUrl> url = parse_url(text);
  if (!url) {
    table.problem("base_url", url.error().message());
    return std::nullopt;
  }
  const bool loopback = is_loopback_host(url->host);
  const bool inside = plain == PlainHttp::Inside && internal;
  if (url->scheme != "https" && !(url->scheme == "http" && (loopback || inside))) {
    table.problem("base_url", plain == PlainHttp::Inside
                                  ? "must be https (http is accepted for internal = true only)"
                                  : "must be https (http is accepted for loopback only)");
    return std::nullopt;
  }
  if (text.find_first_of("?#") != std::string::npos) {
    table.problem("base_url", "must hold neither a query nor a fragment");
    return std::nullopt;
  }
  AddressPolicy::Options options;
  options.hosts = {url->host};
  options.ports = {url->port};
  options.allow_http = url->scheme == "http";
  options.allow_private = loopback || internal;
  Service service;
  service.base = text;
  while (service.base.ends_with('/')) service.base.pop_back();
  service.policy = std::make_shared<const AddressPolicy>(std::move(options));
  return service;
}

HttpRequest request_to(const Service& service, std::string method, std::string_view path,
                       Instant deadline) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = fmt::format("{}{}", service.base, path);
  request.deadline = deadline;
  request.policy = service.policy;
  request.ca_file = service.ca_file;
  return request;
}

std::string read_ca_file(Table& table) {
  const std::string file = table.string("ca_file");
  return file.empty() ? file : (table.folder() / file).string();
}

Diagnostic diagnostic(std::string_view code, std::string_view message, int http,
                      const Secret& secret) {
  const std::span<const Secret> secrets(&secret, 1);
  Diagnostic result;
  result.code = shorten(fold_blanks(masked(std::string(code), secrets)), kMaxCode);
  result.message = shorten(fold_blanks(masked(std::string(message), secrets)), kMaxDiagnostic);
  result.http = http;
  return result;
}

CannotTell cannot_tell(const HttpFailure& failure) {
  return CannotTell{{failure.code, failure.message, 0}};
}

std::string form_encoded(const HttpHeaders& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    if (!text.empty()) text += '&';
    text += percent_encode(name) + "=" + percent_encode(value);
  }
  return text;
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

std::string ascii_url(std::string_view url) {
  std::string result;
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?#:", begin), url.size());
    const std::string host = ascii_host(std::string(url.substr(begin, end - begin)));
    result = url.substr(0, begin);
    result += host;
    url.remove_prefix(host.empty() ? begin : end);
  }
  bool in_fragment = false;
  for (const char byte : url) {
    // Two # in a text are a topic to Weibo, which removes it.
    const bool kept = byte > ' ' && byte < '\x7f' && !(byte == '#' && in_fragment);
    in_fragment = in_fragment || byte == '#';
    if (kept) {
      result += byte;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  return result;
}

std::string host_of(std::string_view url) {
  const Result<CurlUrl> parsed = parse_url(url);
  return parsed ? parsed->host : std::string();
}

bool is_under(std::string_view host, std::string_view domain) {
  if (domain.empty() || !host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

}  // namespace liandong
