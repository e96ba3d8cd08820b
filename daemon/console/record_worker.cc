#include "daemon/console/record_worker.h"

#include "daemon/item/schema.h"

namespace liandong {

RecordWorker::RecordWorker(std::string url) : url_(std::move(url)) {}

RecordWorker::~RecordWorker() {
  if (thread_) thread_->join();
}

WebResponse RecordWorker::busy() {
  constexpr int kSeconds = 3;
  return try_later(503, "busy",
                   "the record is being read for another request: try again in a moment", kSeconds);
}

Result<std::unique_ptr<Database>> RecordWorker::open() const {
  Database::Options options;
  options.url = url_;
  options.check_pages = false;
  return Database::open(options, schema());
}

void RecordWorker::start(std::function<void(Result<std::unique_ptr<Database>>)> work) {
  ++*at_work_;
  asio::post(thread(), [this, work = std::move(work)] {
    work(open());
    --*at_work_;
  });
}

asio::thread_pool& RecordWorker::thread() {
  if (!thread_) thread_ = std::make_unique<asio::thread_pool>(1);
  return *thread_;
}

}  // namespace liandong
