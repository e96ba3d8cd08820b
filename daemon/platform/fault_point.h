// Numbered places where a crash is interesting (domain/delivery.md 2.5), for the fault suite.
//
// In a test build LIANDONG_FP="14:kill" ends the process with SIGKILL when point 14 is reached,
// "14@3:kill" at its third hit, "14:stop" stops it (SIGSTOP). Every point that is hit is appended
// to the file named by LIANDONG_FP_HITS, so the suite can fail when one was never reached. In a
// release build the macro is nothing.

#ifndef LIANDONG_DAEMON_PLATFORM_FAULT_POINT_H_
#define LIANDONG_DAEMON_PLATFORM_FAULT_POINT_H_

namespace liandong {

// number, where
#define LIANDONG_FAULT_POINT_LIST(X)                        \
  X(1, "fetch: before the column is asked")                 \
  X(2, "fetch: the column has answered, nothing is stored") \
  X(3, "item: inside the transaction that stores it")       \
  X(4, "item: stored and planned")                          \
  X(5, "plan: inside the transaction, deliveries planned")  \
  X(10, "claim: before its transaction")                    \
  X(12, "intent: inside its transaction")                   \
  X(14, "intent: stored, nothing sent")                     \
  X(15, "connected, before the first byte")                 \
  X(20, "answer: complete, nothing stored")                 \
  X(21, "result: inside its transaction")                   \
  X(22, "result: stored")                                   \
  X(23, "read-back: before the look")                       \
  X(24, "read-back: answered, nothing stored")              \
  X(25, "read-back: inside its transaction")                \
  X(26, "read-back: stored")                                \
  X(80, "ledger: state changed, entry not yet appended")    \
  X(81, "ledger: before a checkpoint")                      \
  X(82, "ledger: checkpoint signed, not stored")            \
  X(90, "recovery: inside its transaction")                 \
  X(91, "recovery: stored")                                 \
  X(93, "drain: asked to stop")

void reach_fault_point(int number);

#ifdef LIANDONG_FAULT_POINTS
#define LIANDONG_FAULT_POINT(number) ::liandong::reach_fault_point(number)
#else
#define LIANDONG_FAULT_POINT(number) static_cast<void>(0)
#endif

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_FAULT_POINT_H_
