// Numbered places where a crash is interesting (domain/delivery.md 2.5), for the fault suite.
//
// In a test build LIANDONG_FP="14:kill" ends the process with SIGKILL when point 14 is reached,
// "14@3:kill" at its third hit, "14:stop" stops it (SIGSTOP). Every point that is hit is appended
// to the file named by LIANDONG_FP_HITS, so the suite can fail when one was never reached. In a
// release build the macros are nothing.
//
// LIANDONG_CONTROL names one bug to have on purpose (control_is): a suite that stays green with it
// proves nothing.

#ifndef LIANDONG_DAEMON_PLATFORM_FAULT_POINT_H_
#define LIANDONG_DAEMON_PLATFORM_FAULT_POINT_H_

#include <string_view>

namespace liandong {

// number, where
#define LIANDONG_FAULT_POINT_LIST(X)                        \
  X(1, "fetch: before the column is asked")                 \
  X(2, "fetch: the column has answered, nothing is stored") \
  X(3, "item: inside the transaction that stores it")       \
  X(4, "item: stored and planned")                          \
  X(5, "plan: inside the transaction, deliveries planned")  \
  X(6, "decision: inside its transaction")                  \
  X(7, "decision: stored, the person not told")             \
  X(10, "claim: before its transaction")                    \
  X(11, "commit: done, nobody told")                        \
  X(12, "intent: inside its transaction")                   \
  X(13, "commit: everything but COMMIT")                    \
  X(14, "intent: stored, nothing sent")                     \
  X(15, "connected, before the first byte")                 \
  X(16, "request: its head has left")                       \
  X(17, "request: its body, or a part of it, has left")     \
  X(18, "reply: begins, so the platform has acted")         \
  X(19, "reply: its body begins")                           \
  X(20, "answer: complete, nothing stored")                 \
  X(21, "result: inside its transaction")                   \
  X(22, "result: stored")                                   \
  X(23, "read-back: before the look")                       \
  X(24, "read-back: answered, nothing stored")              \
  X(25, "read-back: inside its transaction")                \
  X(26, "read-back: stored")                                \
  X(30, "token: none that will live, before asking")        \
  X(31, "token: answered, not kept")                        \
  X(32, "token: refused in a call, before asking")          \
  X(33, "token: the same again, before forcing")            \
  X(34, "token: forced, not kept")                          \
  X(40, "wechat pictures: before its intent")               \
  X(41, "wechat pictures: intent stored")                   \
  X(42, "wechat pictures: the request leaves")              \
  X(43, "wechat pictures: the reply begins")                \
  X(44, "wechat pictures: answered, nothing stored")        \
  X(45, "wechat pictures: result stored")                   \
  X(46, "wechat cover: before its intent")                  \
  X(47, "wechat cover: intent stored")                      \
  X(48, "wechat cover: the request leaves")                 \
  X(49, "wechat cover: the reply begins")                   \
  X(50, "wechat cover: answered, nothing stored")           \
  X(51, "wechat cover: result stored")                      \
  X(52, "wechat draft: before its intent")                  \
  X(53, "wechat draft: intent stored")                      \
  X(54, "wechat draft: the request leaves")                 \
  X(55, "wechat draft: the reply begins")                   \
  X(56, "wechat draft: answered, nothing stored")           \
  X(57, "wechat draft: result stored")                      \
  X(58, "wechat submit: before its intent")                 \
  X(59, "wechat submit: intent stored")                     \
  X(60, "wechat submit: the request leaves")                \
  X(61, "wechat submit: the reply begins")                  \
  X(62, "wechat submit: answered, nothing stored")          \
  X(63, "wechat submit: result stored")                     \
  X(64, "wechat poll: before its intent")                   \
  X(65, "wechat poll: intent stored")                       \
  X(66, "wechat poll: the request leaves")                  \
  X(67, "wechat poll: the reply begins")                    \
  X(68, "wechat poll: answered, nothing stored")            \
  X(69, "wechat poll: result stored")                       \
  X(70, "reconcile: before the platform is asked")          \
  X(71, "reconcile: the platform has answered")             \
  X(72, "reconcile: found, inside its transaction")         \
  X(80, "ledger: state changed, entry not yet appended")    \
  X(81, "ledger: before a checkpoint")                      \
  X(82, "ledger: checkpoint signed, not stored")            \
  X(83, "ledger: checkpoint stored, not kept outside")      \
  X(84, "ledger: checkpoint outside, nobody told")          \
  X(90, "recovery: inside its transaction")                 \
  X(91, "recovery: stored")                                 \
  X(92, "migration: inside its transaction")                \
  X(93, "drain: asked to stop")                             \
  X(94, "export: its files written, its place not taken")

void reach_fault_point(int number);

// The six points of each of WeChat's steps, in the order of the list.
enum class StepPoint { BeforeIntent, Intended, Leaving, Answering, Answered, Stored };
// `what` is the step's name, or the URL of its call; nothing happens for those of other platforms.
void reach_step_point(StepPoint point, std::string_view what);

#ifdef LIANDONG_FAULT_POINTS
#define LIANDONG_FAULT_POINT(number) ::liandong::reach_fault_point(number)
#define LIANDONG_STEP_POINT(point, what) \
  ::liandong::reach_step_point(::liandong::StepPoint::point, what)
#else
#define LIANDONG_FAULT_POINT(number) static_cast<void>(0)
#define LIANDONG_STEP_POINT(point, what) static_cast<void>(0)
#endif

// False in a release build.
[[nodiscard]] bool control_is(std::string_view name);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_FAULT_POINT_H_
