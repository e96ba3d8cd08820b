// What is done about deliveries in the transaction that plans them, and when it is committed.

#ifndef LIANDONG_DAEMON_DELIVERY_PLANNED_WORK_H_
#define LIANDONG_DAEMON_DELIVERY_PLANNED_WORK_H_

#include "daemon/platform/database.h"

namespace liandong {

class PlannedWork {
 public:
  PlannedWork() = default;
  PlannedWork(const PlannedWork&) = delete;
  PlannedWork& operator=(const PlannedWork&) = delete;
  virtual ~PlannedWork() = default;

  // In the transaction, on its thread, after what it plans.
  virtual void within(Transaction& tx) = 0;
  // After its commit, on the executor of the tasks. Not called where it failed.
  virtual void after() = 0;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_DELIVERY_PLANNED_WORK_H_
