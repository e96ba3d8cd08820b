// Why a delivery waits, in Chinese: the ledger and the rows keep the engine's words in English,
// once and for all; who reads Chinese is told the same in Chinese.

#ifndef LIANDONG_DAEMON_AUDIT_REASONS_H_
#define LIANDONG_DAEMON_AUDIT_REASONS_H_

#include <string>
#include <string_view>

namespace liandong {

// A sentence of the engine, a source or a channel as the catalogue (phrases.h) has it in Chinese,
// whatever it quotes; words of a person or a platform stay as they are.
[[nodiscard]] std::string chinese_reason(std::string_view reason);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_REASONS_H_
