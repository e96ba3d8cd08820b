// The catalogue of what the engine, the sources and the channels say: English in the ledger and the
// rows, Chinese for who reads Chinese.

#ifndef LIANDONG_DAEMON_AUDIT_PHRASES_H_
#define LIANDONG_DAEMON_AUDIT_PHRASES_H_

#include <span>
#include <string_view>

namespace liandong {

// {} stands for what differs; the Chinese has as many, in the same order.
struct Phrase {
  std::string_view english;
  std::string_view chinese;
};
// Of those that fit a text, the first is meant, the platforms' before the engine's and the
// sources'.
[[nodiscard]] std::span<const Phrase> platform_phrases();
[[nodiscard]] std::span<const Phrase> phrases();

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_PHRASES_H_
