#include "daemon/platform/curl_url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <iterator>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>
#include <unicode/uidna.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr std::size_t kLongestUrl = 8'192;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

Error not_a_url(std::string_view why) {
  return {ErrorKind::Permanent, "not an address that can be asked: " + std::string(why)};
}

std::string part(CURLU* url, CURLUPart which, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// `https:…`, `javascript:…`: letters and what RFC 3986 allows after them, before the first colon.
bool has_scheme(std::string_view reference) {
  const std::string_view scheme = reference.substr(0, reference.find_first_of(":/?#"));
  const bool ends = scheme.size() < reference.size() && reference[scheme.size()] == ':';
  return ends && !scheme.empty() && std::all_of(scheme.begin(), scheme.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '+' || c == '-' || c == '.';
         });
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int value_of_hex(char c) {
  if (c <= '9') return c - '0';
  return (c >= 'a' ? c - 'a' : c - 'A') + 10;
}

// RFC 3986: unreserved and reserved characters.
bool may_stand_in_url(char c) {
  static constexpr std::array<bool, 128> kMay = [] {
    std::array<bool, 128> may{};
    for (const char each : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01"
                                            "23456789-._~:/?#[]@!$&'()*+,;=")) {
      may.at(static_cast<std::size_t>(each)) = true;
    }
    return may;
  }();
  const auto byte = static_cast<unsigned char>(c);
  return byte < kMay.size() && kMay[byte];
}

bool has_forbidden_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || c == '\\';
  });
}

// WHATWG's host parser: what ends in a number is an IPv4 address or nothing. libcurl has made one
// of each form it knows, and a resolver may know more forms than the address check does.
bool is_no_address(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return false;  // IPv6
  std::string_view last = host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0));
  last.remove_prefix(last.rfind('.') + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_hexadecimal =
      last.starts_with("0x") && std::all_of(last.begin() + 2, last.end(), is_hex);
  const bool ends_in_number =
      !last.empty() && (is_hexadecimal || std::all_of(last.begin(), last.end(), is_digit));
  in_addr address{};
  return ends_in_number && ::inet_pton(AF_INET, std::string(host).c_str(), &address) != 1;
}

Result<CurlUrl> described(CURLU* url, const std::string& host) {
  CurlUrl result;
  result.host = lower_ascii(host);
  const bool is_v6 = result.host.size() > 2 && result.host.front() == '[';
  if (is_v6 && !part(url, CURLUPART_ZONEID, 0).empty())
    return not_a_url("an address zone is stated");
  if (result.host != host) curl_url_set(url, CURLUPART_HOST, result.host.c_str(), 0);
  if (is_v6) result.host = result.host.substr(1, result.host.size() - 2);
  if (result.host.empty() || result.host == ".") return not_a_url("no host is stated");
  curl_url_set(url, CURLUPART_FRAGMENT, nullptr, 0);
  result.scheme = lower_ascii(part(url, CURLUPART_SCHEME, 0));
  result.port = std::atoi(part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str());
  result.text = part(url, CURLUPART_URL, 0);
  return result;
}

Result<CurlUrl> parse_ascii_host(const std::string& url) {
  const UrlHandle handle(curl_url());
  const CURLUcode code =
      curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER | CURLU_URLENCODE);
  if (code != CURLUE_OK) return not_a_url(curl_url_strerror(code));
  return described(handle.get(), part(handle.get(), CURLUPART_HOST, 0));
}

// The host as it is written, with its port: between the two slashes and what follows it.
std::string_view authority_of(std::string_view url) {
  const std::size_t slashes = url.find("//");
  const std::string_view rest = slashes == std::string_view::npos ? url : url.substr(slashes + 2);
  return rest.substr(0, rest.find_first_of("/?#"));
}

// Converts a host outside ASCII or percent-encoded and parses what came out afresh: full-width
// digits make a number, and so does `44%37`, which libcurl decodes after it looked for numbers.
Result<CurlUrl> finished(CURLU* url, bool is_escaped) {
  const std::string host = part(url, CURLUPART_HOST, 0);
  if (is_ascii(host))
    return is_escaped ? parse_ascii_host(part(url, CURLUPART_URL, 0)) : described(url, host);
  const std::string ascii = ascii_host(host);
  if (ascii.empty() || curl_url_set(url, CURLUPART_HOST, ascii.c_str(), 0) != CURLUE_OK) {
    return not_a_url("the host is no domain name");
  }
  return parse_ascii_host(part(url, CURLUPART_URL, 0));
}

}  // namespace

bool is_loopback_host(const std::string& host) {
  in_addr address{};
  const bool is_v4 = ::inet_pton(AF_INET, host.c_str(), &address) == 1;
  return host == "localhost" || host == "::1" || (is_v4 && ntohl(address.s_addr) >> 24U == 127U);
}

// By ICU and not libcurl's own conversion, which depends on the process's locale.
std::string ascii_host(const std::string& host) {
  if (is_ascii(host)) return lower_ascii(host);
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(
      uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                          UIDNA_NONTRANSITIONAL_TO_ASCII,
                      &status),
      &uidna_close);
  std::array<char, 256> ascii{};
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  const std::int32_t length =
      uidna_nameToASCII_UTF8(idna.get(), host.data(), static_cast<std::int32_t>(host.size()),
                             ascii.data(), static_cast<std::int32_t>(ascii.size()), &info, &status);
  if (U_FAILURE(status) || info.errors != 0 || length <= 0) return {};
  return {ascii.data(), static_cast<std::size_t>(length)};
}

std::string CurlUrl::origin() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return scheme + "://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string CurlUrl::without_query() const {
  return text.substr(0, text.find_first_of("?#"));
}

std::string_view CurlUrl::path() const {
  const std::string_view all = text;
  const std::size_t start = all.find('/', all.find("://") + 3);
  if (start == std::string_view::npos) return "/";
  return all.substr(start, all.find_first_of("?#", start) - start);
}

std::string_view CurlUrl::query() const {
  const std::string_view all = text;
  const std::size_t mark = all.find('?');
  return mark == std::string_view::npos ? std::string_view() : all.substr(mark + 1);
}

namespace {

Result<CurlUrl> parse_afresh(std::string_view url) {
  if (url.size() > kLongestUrl) return not_a_url("longer than 8192 bytes");
  if (has_forbidden_byte(url)) return not_a_url("it holds a blank, control or backslash character");
  const UrlHandle handle(curl_url());
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(url).c_str(),
                                      CURLU_DISALLOW_USER | CURLU_URLENCODE);
  if (code != CURLUE_OK) return not_a_url(curl_url_strerror(code));
  const bool is_escaped = authority_of(url).find('%') != std::string_view::npos;
  Result<CurlUrl> result = finished(handle.get(), is_escaped);
  if (result && result->host.find('%') != std::string::npos)
    return not_a_url("the host is no domain name");
  if (result && is_no_address(result->host))
    return not_a_url("the host ends in a number and is no address");
  // Percent-encoding makes it up to three times as long.
  if (result && result->text.size() > kLongestUrl) return not_a_url("longer than 8192 bytes");
  return result;
}

}  // namespace

// On its way out an address is looked at by the host's queue, the client and the policy, one right
// after the other, and reading it is a tenth of what a poll costs: the last one is remembered.
Result<CurlUrl> parse_url(std::string_view url) {
  struct Last {
    std::string url;
    CurlUrl parsed;
  };
  thread_local Last last;
  if (!last.url.empty() && last.url == url) return last.parsed;
  Result<CurlUrl> result = parse_afresh(url);
  if (result) last = {std::string(url), *result};
  return result;
}

bool is_web_url(std::string_view text) {
  const Result<CurlUrl> url = parse_url(text);
  if (!url || (url->scheme != "http" && url->scheme != "https") || !is_ascii(text)) return false;
  const std::size_t authority = text.find("://");
  return authority != std::string_view::npos && !text.substr(authority + 3).starts_with('/');
}

std::string as_browsers_read(std::string_view reference) {
  std::string out;
  out.reserve(reference.size());
  bool in_path = true;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const char c = reference[i];
    if (c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '?' || c == '#') in_path = false;
    const bool escape = c == '%' && i + 2 < reference.size() && is_hex(reference[i + 1]) &&
                        is_hex(reference[i + 2]);
    const bool is_ascii_byte = static_cast<unsigned char>(c) < 0x80;
    if (c == '\\' && in_path) {
      out.push_back('/');
    } else if (escape || !is_ascii_byte || may_stand_in_url(c)) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string normal_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (!escape) {
      out.push_back(text[i]);
      continue;
    }
    const char byte = static_cast<char>(value_of_hex(text[i + 1]) * 16 + value_of_hex(text[i + 2]));
    if (is_unreserved(byte)) {
      out.push_back(byte);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(byte));
    }
    i += 2;
  }
  return out;
}

// The address is put together here, since libcurl 7.88 loses the slash of `./?a=1` and `..`, and
// read by it as any other.
Result<CurlUrl> resolve_url(const CurlUrl& base, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  if (reference.empty()) return base;
  if (has_scheme(reference)) return parse_url(reference);
  if (reference.starts_with("//")) return parse_url(base.scheme + ":" + std::string(reference));
  const std::string_view path = base.path();
  std::string whole = base.text.substr(0, base.text.find('/', base.scheme.size() + 3));
  if (reference.starts_with('?')) {
    whole += path;
  } else if (!reference.starts_with('/')) {
    whole += path.substr(0, path.rfind('/') + 1);
  }
  whole += reference;
  if (whole.ends_with("/.") || whole.ends_with("/..")) whole += '/';
  return parse_url(whole);
}

}  // namespace liandong
