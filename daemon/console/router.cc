#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/audit/reasons.h"
#include "daemon/console/server.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

std::string_view find_in(const std::map<std::string, std::string>& map, std::string_view name) {
  const auto found = map.find(std::string(name));
  return found == map.end() ? std::string_view() : std::string_view(found->second);
}

bool is_placeholder(std::string_view part) {
  return part.size() > 2 && part.front() == '{' && part.back() == '}';
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& parts,
          std::map<std::string, std::string>& arguments) {
  if (pattern.size() != parts.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (is_placeholder(pattern[i])) {
      if (parts[i].empty()) return false;
      arguments[pattern[i].substr(1, pattern[i].size() - 2)] = parts[i];
    } else if (pattern[i] != parts[i]) {
      return false;
    }
  }
  return true;
}

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

std::string_view WebRequest::header(std::string_view name) const {
  return find_in(headers, name);
}
std::string_view WebRequest::parameter(std::string_view name) const {
  return find_in(query, name);
}
std::string_view WebRequest::argument(std::string_view name) const {
  return find_in(arguments, name);
}

std::optional<std::int64_t> WebRequest::number_argument(std::string_view name) const {
  const std::string_view text = argument(name);
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number =
      read.ec == std::errc() && read.ptr == text.data() + text.size() && number >= 1;
  return is_number ? std::optional(number) : std::nullopt;
}

std::string_view WebRequest::bearer_token() const {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view shown = trim(header("authorization"));
  if (lower_ascii(shown.substr(0, kScheme.size())) != kScheme) return "";
  return trim(shown.substr(kScheme.size()));
}

void tag(WebResponse& response, std::string_view if_none_match) {
  if (response.status != 200 || response.stream) return;
  const std::string made = fmt::format("\"{}\"", sha256_hex(response.body).substr(0, 32));
  response.headers.emplace_back("ETag", made);
  if (if_none_match != made) return;
  response.status = 304;
  response.type.clear();
  response.body.clear();
}

WebResponse problem(int status, std::string_view kind, std::string_view detail) {
  boost::json::object body;
  body["type"] = fmt::format("urn:liandong:problem:{}", kind);
  body["title"] = title_of(status);
  body["status"] = status;
  body["detail"] = detail;
  if (const std::string words = chinese_reason(detail); words != detail)
    body["zh"] = boost::json::object{{"detail", words}};
  WebResponse response;
  response.status = status;
  response.type = "application/problem+json";
  response.body = boost::json::serialize(body);
  return response;
}

WebResponse try_later(int status, std::string_view kind, std::string_view detail, int seconds) {
  WebResponse response = problem(status, kind, detail);
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

void Router::add(std::string method, std::string pattern, WebHandler handler) {
  Route route;
  route.method = std::move(method);
  route.parts = split(pattern, '/');
  route.pattern = std::move(pattern);
  route.handler = std::move(handler);
  routes_.push_back(std::move(route));
}

void Router::guard(std::function<std::optional<WebResponse>(const WebRequest&)> check) {
  guard_ = std::move(check);
}

void Router::gate(WebGate gate) {
  gate_ = std::move(gate);
}

std::vector<std::pair<std::string, std::string>> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Route& route : routes_) all.emplace_back(route.method, route.pattern);
  return all;
}

asio::awaitable<WebResponse> Router::route(WebRequest request) const {
  if (guard_) {
    std::optional<WebResponse> stopped = guard_(request);
    if (stopped) co_return std::move(*stopped);
  }
  const std::vector<std::string> parts = split(request.path, '/');
  std::string allowed;
  for (const Route& route : routes_) {
    std::map<std::string, std::string> arguments;
    if (!fits(route.parts, parts, arguments)) continue;
    if (route.method != request.method) {
      allowed += (allowed.empty() ? "" : ", ") + route.method;
      continue;
    }
    request.arguments = std::move(arguments);
    if (gate_) {
      std::optional<WebResponse> stopped = co_await gate_(route.method, route.pattern, request);
      if (stopped) co_return std::move(*stopped);
    }
    WebResponse response = co_await route.handler(std::move(request));
    co_return response;
  }
  if (allowed.empty()) co_return problem(404, "not-found", "there is nothing at this address");
  WebResponse response = problem(405, "method-not-allowed", "expected " + allowed);
  response.headers.emplace_back("Allow", allowed);
  co_return response;
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error wrong(
      ErrorKind::Permanent,
      fmt::format("expected an address and port such as \"127.0.0.1:8460\", got '{}'", text));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (port.empty() || port.size() > 5 ||
      !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return wrong;
  const int number = std::stoi(std::string(port));
  boost::system::error_code code;
  const auto address = asio::ip::make_address(std::string(host), code);
  if (code || number > 65535 || (address.is_v6() && !bracketed)) return wrong;
  ListenAddress result;
  result.host = address.to_string();
  result.port = static_cast<std::uint16_t>(number);
  result.loopback = address.is_loopback();
  return result;
}

bool names_loopback(std::string_view host_header) {
  std::string host = lower_ascii(trim(host_header));
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string::npos) return false;
    host = host.substr(1, end - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  if (host == "localhost") return true;
  boost::system::error_code code;
  const auto address = asio::ip::make_address(host, code);
  return !code && address.is_loopback();
}

}  // namespace liandong
