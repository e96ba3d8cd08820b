#include "daemon/channel/copies.h"

#include <algorithm>

#include "daemon/item/identity.h"
#include "daemon/item/pairing.h"

namespace liandong {

namespace {

constexpr std::size_t kLeastTitle = 10;
constexpr std::size_t kCompared = 30;
constexpr std::size_t kMarkerDigits = 12;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// A canonical address without the marker a delivery appends to it.
std::string_view without_marker(std::string_view url) {
  const std::size_t at = url.rfind("p=");
  const bool is_marker = at != std::string_view::npos && at > 0 &&
                         (url[at - 1] == '?' || url[at - 1] == '&') &&
                         url.size() - at - 2 == kMarkerDigits && is_hex(url.substr(at + 2));
  return is_marker ? url.substr(0, at - 1) : url;
}

// The bytes of the first `code_points`.
std::string_view prefix(std::string_view text, std::size_t code_points) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (begins && code_points-- == 0) break;
  }
  return text.substr(0, at);
}

}  // namespace

bool is_copy_of(const Subject& subject, const SeenPost& post) {
  const std::string address = canonical_url(subject.url);
  for (const std::string& link : post.links) {
    const std::string seen = canonical_url(link);
    if (!address.empty() && without_marker(seen) == address) return true;
  }
  const std::string title = plain_words(subject.title);
  if (post.at < subject.since || count_code_points(title) < kLeastTitle) return false;
  const std::string words = plain_words(post.words);
  return words.find(title) != std::string::npos &&
         words.find(plain_words(subject.doc_no)) != std::string::npos;
}

bool reads_like(std::string_view ours, std::string_view theirs) {
  const std::string sent = plain_words(ours);
  return plain_words(theirs).find(prefix(sent, kCompared)) != std::string::npos;
}

}  // namespace liandong
