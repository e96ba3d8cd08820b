// Awaits a CurlWork: starts it on its loop and resumes the coroutine on its own executor.

#ifndef LIANDONG_DAEMON_PLATFORM_CURL_AWAIT_H_
#define LIANDONG_DAEMON_PLATFORM_CURL_AWAIT_H_

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/platform/curl_loop.h"

namespace liandong {

// Hands the result to the coroutine on its own executor, and keeps that executor's context running
// until then. All that refers to the context is destroyed on its side, not on the loop's thread.
template <typename Result, typename Handler>
std::function<void(Result)> resumption(Handler handler) {
  struct Waiting {
    Handler resume;
    asio::any_io_executor work;
  };
  asio::any_io_executor executor = asio::get_associated_executor(handler);
  auto work = asio::prefer(executor, asio::execution::outstanding_work.tracked);
  auto waiting = std::make_shared<Waiting>(Waiting{std::move(handler), std::move(work)});
  return [executor, waiting](Result result) {
    asio::post(executor, [waiting, result = std::move(result)]() mutable {
      Waiting taken = std::move(*waiting);
      std::move(taken.resume)(std::move(result));
    });
  };
}

// `droppable`: cancelling the coroutine ends the work; otherwise it goes on to its end.
template <typename Result>
asio::awaitable<Result> await_work(std::shared_ptr<CurlLoop> loop,
                                   std::unique_ptr<CurlWorkFor<Result>> work, Duration left,
                                   bool droppable) {
  auto start = [loop, left, droppable](auto handler, std::unique_ptr<CurlWorkFor<Result>> moved) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    moved->completed = resumption<Result>(std::move(handler));
    const CurlLoop::Ticket ticket = loop->start(std::move(moved), left);
    if (!droppable || !slot.is_connected()) return;
    const std::weak_ptr<CurlLoop> target = loop;
    slot.assign([target, ticket](asio::cancellation_type /*type*/) {
      if (const auto alive = target.lock()) alive->cancel(ticket);
    });
  };
  Result result = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result)>(
      std::move(start), asio::use_awaitable, std::move(work));
  co_return result;
}

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CURL_AWAIT_H_
