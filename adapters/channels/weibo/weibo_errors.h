// Weibo's error codes and what each means for a delivery (contracts/weibo.md 7).

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ERRORS_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ERRORS_H_

#include <array>
#include <chrono>
#include <cstdint>

#include "daemon/delivery/outcome.h"

namespace liandong {

enum class WeiboClass : std::uint8_t {
  Unknown,    // it may have been posted: read back
  Later,      // not posted, the same request may work later
  Once,       // the same, but a second refusal is final
  Token,      // a person must authorise again
  Account,    // the account or the app must be put right: the channel stops
  Limited,    // a budget is used up
  Content,    // this text or picture is not accepted
  Duplicate,  // "you have posted this": read back, adopt the post
  Accepted,   // posted, shown later
  Missing,    // the post is not there (any more)
};

struct WeiboError {
  int code;
  WeiboClass kind;
  std::chrono::seconds wait{0};  // Later: pause; Limited: pause, 0 for the next full hour
};

// In the order of the codes.
inline constexpr std::array kWeiboErrors = {
    WeiboError{10001, WeiboClass::Unknown},                          // system error
    WeiboError{10002, WeiboClass::Later, std::chrono::seconds(60)},  // service unavailable
    WeiboError{10003, WeiboClass::Unknown},                          // remote service error
    WeiboError{10004, WeiboClass::Account},  // this IP may not use the resource
    WeiboError{10005, WeiboClass::Account},  // high-level appkey needed
    WeiboError{10006, WeiboClass::Account},  // appkey missing, token not found
    WeiboError{10007, WeiboClass::Content},  // media type not supported
    WeiboError{10008, WeiboClass::Content},  // parameter error
    WeiboError{10009, WeiboClass::Later, std::chrono::seconds(120)},  // too many pending tasks
    WeiboError{10010, WeiboClass::Unknown},                           // job expired
    WeiboError{10011, WeiboClass::Unknown},                           // RPC error
    WeiboError{10012, WeiboClass::Account},                           // illegal request
    WeiboError{10013, WeiboClass::Account},                           // not a legal user
    WeiboError{10014, WeiboClass::Account},  // insufficient app permissions
    WeiboError{10016, WeiboClass::Content},  // required parameter missing
    WeiboError{10017, WeiboClass::Content},  // text not find domain; see outcome_of_weibo()
    WeiboError{10018, WeiboClass::Content},  // request body too long
    WeiboError{10020, WeiboClass::Account},  // API not found
    WeiboError{10021, WeiboClass::Account},  // HTTP method not supported
    WeiboError{10022, WeiboClass::Limited},  // IP out of rate limit
    WeiboError{10023, WeiboClass::Limited},  // user out of rate limit
    WeiboError{10024, WeiboClass::Limited},  // user out of rate limit for this API
    WeiboError{20003, WeiboClass::Account},  // user does not exist
    WeiboError{20005, WeiboClass::Content},  // picture type not supported
    WeiboError{20006, WeiboClass::Content},  // picture too large
    WeiboError{20007, WeiboClass::Content},  // multipart picture missing
    WeiboError{20008, WeiboClass::Content},  // content empty
    WeiboError{20012, WeiboClass::Content},  // longer than 140
    WeiboError{20014, WeiboClass::Once, std::chrono::seconds(5)},  // security parameter, try again
    WeiboError{20015, WeiboClass::Account},                        // account, IP or app illegal
    WeiboError{20016, WeiboClass::Limited, std::chrono::minutes(10)},  // too often; doubles
    WeiboError{20017, WeiboClass::Duplicate},                          // similar content posted
    WeiboError{20018, WeiboClass::Content},                            // illegal URL
    WeiboError{20019, WeiboClass::Duplicate},                          // same content posted
    WeiboError{20020, WeiboClass::Content},                            // advertising
    WeiboError{20021, WeiboClass::Content},                            // illegal content
    WeiboError{20022, WeiboClass::Limited, std::chrono::hours(1)},  // abnormal behaviour of this IP
    WeiboError{20031, WeiboClass::Account},                         // captcha needed
    WeiboError{20032, WeiboClass::Accepted},  // posted, servers slow, wait one or two minutes
    WeiboError{20049, WeiboClass::Content},   // longer than the long-text limit
    WeiboError{20101, WeiboClass::Missing},   // the post does not exist
    // Not your own post. The contract stops the channel; only withdrawals meet it, and one wrong id
    // is no reason to stop every other post.
    WeiboError{20102, WeiboClass::Content}, WeiboError{20104, WeiboClass::Content},  // illegal post
    WeiboError{20111, WeiboClass::Duplicate},  // repeated text
    WeiboError{20507, WeiboClass::Account},    // captcha needed
    WeiboError{21301, WeiboClass::Token},      // authorisation failed
    WeiboError{21314, WeiboClass::Token},      // token used
    WeiboError{21315, WeiboClass::Token},      // token expired
    WeiboError{21316, WeiboClass::Token},      // token revoked
    WeiboError{21317, WeiboClass::Token},      // token rejected
    WeiboError{21319, WeiboClass::Token},      // authorisation withdrawn
    WeiboError{21321, WeiboClass::Account},    // app not audited and user not among its testers
    WeiboError{21322, WeiboClass::Account},    // redirect mismatch
    WeiboError{21323, WeiboClass::Account},    // invalid request
    WeiboError{21324, WeiboClass::Account},    // invalid client
    WeiboError{21325, WeiboClass::Token},      // invalid grant
    WeiboError{21327, WeiboClass::Token},      // expired token
    WeiboError{21330, WeiboClass::Token},      // access denied
    WeiboError{21331, WeiboClass::Later, std::chrono::seconds(60)},  // temporarily unavailable
    WeiboError{21332, WeiboClass::Token},                            // invalid access token
    WeiboError{21335, WeiboClass::Account},                          // uid must be the current user
    WeiboError{21337, WeiboClass::Account},                          // appkey permission denied
    WeiboError{21602, WeiboClass::Content},                          // forbidden words
};

// Null for a code that is not documented.
[[nodiscard]] const WeiboError* find_weibo_error(std::int64_t code);

struct WeiboTries {
  int attempt = 1;  // at this step, from 1
  int limited = 1;  // budgets in a row that were said to be used up, this one included
};

// What the refused call means. `why` holds code, words and HTTP status. Accepted becomes Done with
// `accepted_at`, Missing becomes Refused: a step to which they mean more looks at the code first. A
// Duplicate becomes Refused at the second attempt: the first was looked for in vain, and there must
// be no third.
[[nodiscard]] Outcome outcome_of_weibo(std::int64_t code, Diagnostic why, WeiboTries tries,
                                       Timestamp now);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEIBO_WEIBO_ERRORS_H_
