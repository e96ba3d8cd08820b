// What each errcode of the WeChat API means for a delivery (contracts/wechat.md 5).

#ifndef LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_ERRORS_H_
#define LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_ERRORS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/delivery/outcome.h"
#include "daemon/platform/clock.h"

namespace liandong {

enum class Reaction : std::uint8_t {
  Busy,       // the platform may have acted all the same: ask, unless the call is harmless
  Later,      // not done; the same call may work in a while
  Token,      // the access token: renew it once and ask again
  Limited,    // not before the quota's next period
  Content,    // this request will never work: an editor, or we, must change it
  Account,    // the account or its owner must act: nothing will work before
  Ambiguous,  // done before, pending, or impossible: look first
};

// When a quota begins anew.
enum class Again : std::uint8_t {
  Unstated,
  InAMinute,
  InMinutes,
  InAnHour,
  NextDay,
  In24Hours,
  NextMonth
};

struct CodeRule {
  int code = 0;
  Reaction reaction = Reaction::Content;
  Again again = Again::Unstated;
  std::string_view meaning;  // what a person should know or do
};

// All of them, by code.
[[nodiscard]] std::span<const CodeRule> wechat_code_rules();
// Null for a code that is not in the contract.
[[nodiscard]] const CodeRule* wechat_code_rule(int code);

// What was asked when the errcode came.
enum class Asked : std::uint8_t {
  Token,     // for a token: 40001 is a wrong secret there
  Harmless,  // something that may be repeated: a read, an upload
  Act,       // something that must not be done twice
};

// Beijing midnight before the first of the next month, when a quota by the month begins anew.
[[nodiscard]] Timestamp begin_of_next_month(Timestamp now);

// `why` carries the platform's words; the rule's meaning is put before them. An unknown code stops
// the item: Refused, never a silent repeat of a write.
[[nodiscard]] Outcome outcome_of_code(int code, Asked asked, Diagnostic why, Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WECHAT_WECHAT_ERRORS_H_
