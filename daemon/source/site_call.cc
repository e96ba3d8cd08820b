#include "daemon/source/site_call.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/legacy_crypto.h"

namespace liandong {

namespace {

constexpr Duration kFresh = std::chrono::minutes(5);
constexpr std::string_view kWritten = "whsec_";

std::string_view header(const std::map<std::string, std::string>& headers,
                        const std::string& name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool is_fresh(std::string_view seconds, Timestamp now) {
  std::int64_t stated = 0;
  const char* end = seconds.data() + seconds.size();
  const auto parsed = std::from_chars(seconds.data(), end, stated);
  if (parsed.ec != std::errc() || parsed.ptr != end || seconds.size() > 11) return false;
  const Duration age = now - from_millis(stated * 1000);
  return age <= kFresh && -age <= kFresh;
}

std::string key_of(const Secret& secret) {
  const std::string& written = secret.reveal();
  if (!written.starts_with(kWritten)) return written;
  return from_base64(std::string_view(written).substr(kWritten.size())).value_or("");
}

bool is_standard(const Secret& secret, const std::map<std::string, std::string>& headers,
                 std::string_view body, Timestamp now) {
  const std::string_view id = header(headers, "webhook-id");
  const std::string_view timestamp = header(headers, "webhook-timestamp");
  const std::string key = key_of(secret);
  if (id.empty() || key.empty() || !is_fresh(timestamp, now)) return false;
  const std::string text = fmt::format("{}.{}.{}", id, timestamp, body);
  const std::string expected = "v1," + base64(as_bytes(hmac_sha256(key, text)));
  std::string_view given = header(headers, "webhook-signature");
  while (!given.empty()) {
    const std::size_t blank = std::min(given.find(' '), given.size());
    if (equal_constant_time(given.substr(0, blank), expected)) return true;
    given.remove_prefix(std::min(blank + 1, given.size()));
  }
  return false;
}

// `sha256=<hex>` as it must be for this method; empty for one that is not heard.
std::string hub_signature(std::string_view method, const std::string& key, std::string_view body,
                          CallUse use) {
  std::string mac;
  if (method == "sha256") mac = hex(as_bytes(hmac_sha256(key, body)));
  if (method == "sha384") mac = hmac_hex(HmacMethod::Sha384, key, body);
  if (method == "sha512") mac = hmac_hex(HmacMethod::Sha512, key, body);
  if (method == "sha1" && use == CallUse::Wake) mac = hmac_hex(HmacMethod::Sha1, key, body);
  return mac.empty() ? std::string() : fmt::format("{}={}", method, mac);
}

bool is_hub(const Secret& secret, const std::map<std::string, std::string>& headers,
            std::string_view body, CallUse use) {
  for (const char* name : {"x-hub-signature-256", "x-hub-signature"}) {
    const std::string_view given = header(headers, name);
    const std::string expected =
        hub_signature(given.substr(0, given.find('=')), secret.reveal(), body, use);
    if (!expected.empty() && equal_constant_time(given, expected)) return true;
  }
  return false;
}

}  // namespace

bool is_signed_call(const Secret& secret, const std::map<std::string, std::string>& headers,
                    std::string_view body, Timestamp now, CallUse use) {
  if (secret.empty()) return false;
  if (headers.count("webhook-signature") > 0) return is_standard(secret, headers, body, now);
  return is_hub(secret, headers, body, use);
}

std::string digest_of_call(const std::map<std::string, std::string>& headers,
                           std::string_view body) {
  const bool has_id = headers.count("webhook-signature") > 0;
  return has_id ? "id:" + sha256_hex(header(headers, "webhook-id")) : "body:" + sha256_hex(body);
}

}  // namespace liandong
