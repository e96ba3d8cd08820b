#include "daemon/platform/curl_url.h"

#include <algorithm>
#include <array>
#include <memory>

#include <curl/curl.h>
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

bool has_forbidden_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || c == '\\';
  });
}

Result<CurlUrl> described(CURLU* url) {
  if (!part(url, CURLUPART_ZONEID, 0).empty()) return not_a_url("an address zone is stated");
  curl_url_set(url, CURLUPART_FRAGMENT, nullptr, 0);
  CurlUrl result;
  result.scheme = lower_ascii(part(url, CURLUPART_SCHEME, 0));
  result.host = lower_ascii(part(url, CURLUPART_HOST, 0));
  if (result.host.size() > 2 && result.host.front() == '[') {
    result.host = result.host.substr(1, result.host.size() - 2);
  }
  if (result.host.empty() || result.host == ".") return not_a_url("no host is stated");
  result.port = std::atoi(part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str());
  result.text = part(url, CURLUPART_URL, 0);
  return result;
}

Result<CurlUrl> parse_ascii_host(const std::string& url) {
  const UrlHandle handle(curl_url());
  const CURLUcode code =
      curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER | CURLU_URLENCODE);
  if (code != CURLUE_OK) return not_a_url(curl_url_strerror(code));
  return described(handle.get());
}

// Converts a host outside ASCII and parses what came out afresh: full-width digits make a number.
Result<CurlUrl> finished(CURLU* url) {
  const std::string host = part(url, CURLUPART_HOST, 0);
  if (is_ascii(host)) return described(url);
  const std::string ascii = ascii_host(host);
  if (ascii.empty() || curl_url_set(url, CURLUPART_HOST, ascii.c_str(), 0) != CURLUE_OK) {
    return not_a_url("the host is no domain name");
  }
  return parse_ascii_host(part(url, CURLUPART_URL, 0));
}

}  // namespace

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

Result<CurlUrl> parse_url(std::string_view url) {
  if (url.size() > kLongestUrl) return not_a_url("longer than 8192 bytes");
  if (has_forbidden_byte(url)) return not_a_url("it holds a blank, control or backslash character");
  const UrlHandle handle(curl_url());
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(url).c_str(),
                                      CURLU_DISALLOW_USER | CURLU_URLENCODE);
  if (code != CURLUE_OK) return not_a_url(curl_url_strerror(code));
  return finished(handle.get());
}

Result<CurlUrl> resolve_url(const CurlUrl& base, std::string_view reference) {
  if (reference.size() > kLongestUrl) return not_a_url("longer than 8192 bytes");
  if (has_forbidden_byte(reference)) {
    return not_a_url("it holds a blank, control or backslash character");
  }
  const UrlHandle handle(curl_url());
  CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, base.text.c_str(), 0);
  if (code == CURLUE_OK) {
    code = curl_url_set(handle.get(), CURLUPART_URL, std::string(reference).c_str(),
                        CURLU_DISALLOW_USER | CURLU_URLENCODE);
  }
  if (code != CURLUE_OK) return not_a_url(curl_url_strerror(code));
  return finished(handle.get());
}

}  // namespace liandong
