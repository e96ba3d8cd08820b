// What an HTTP exchange and an SMTP dialogue by libcurl have in common: the handle, TLS, time
// limits, the check of the address before anything is connected.
//
// A CurlWork is made on the caller's thread, then belongs to the CurlLoop it is started on.

#ifndef LIANDONG_DAEMON_PLATFORM_CURL_WORK_H_
#define LIANDONG_DAEMON_PLATFORM_CURL_WORK_H_

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <curl/curl.h>

#include "daemon/platform/clock.h"

namespace liandong {

class AddressPolicy;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlEasy = std::unique_ptr<CURL, FreeEasy>;
using CurlList = std::unique_ptr<curl_slist, FreeList>;
void append(CurlList& list, const std::string& line);

class CurlWork {
 public:
  CurlWork(std::shared_ptr<const AddressPolicy> policy, const std::string& ca_file);
  CurlWork(const CurlWork&) = delete;
  CurlWork& operator=(const CurlWork&) = delete;
  virtual ~CurlWork() = default;

  // Makes a handle without settings ready to be added to a multi handle.
  void prepare(CurlEasy easy, CURLSH* share, Duration left);
  // Null before that.
  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  // Once it has ended. The handle without its settings again: its buffers are worth keeping.
  [[nodiscard]] CurlEasy release();
  // May its handle have served another, and serve another after it? What changes something has one
  // of its own.
  [[nodiscard]] virtual bool shares_handle() const { return false; }

  // Exactly one of these is called, once.
  virtual void complete(CURLcode code) = 0;
  virtual void abandon(const char* code, const char* why) = 0;

 protected:
  virtual void set_up() = 0;

  // A setting libcurl refuses is a bug of ours or a library built without it: never go on without.
  template <typename T>
  void set(CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (code != CURLE_OK) {
      throw std::runtime_error("libcurl refuses option " + std::to_string(option) + ": " +
                               curl_easy_strerror(code));
    }
  }
  [[nodiscard]] bool may_talk_to(const std::string& address);
  [[nodiscard]] bool was_denied() const { return denied_; }
  // libcurl's own words about what went wrong.
  [[nodiscard]] std::string words(CURLcode code) const;

 private:
  void set_up_tls();
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  std::shared_ptr<const AddressPolicy> policy_;
  std::string ca_file_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  CurlEasy easy_;  // last: libcurl may write to the others until it is gone
  bool denied_ = false;
};

[[nodiscard]] bool is_untrusted(CURLcode code);

// Work whose result is handed over as one value.
template <typename Result>
class CurlWorkFor : public CurlWork {
 public:
  using CurlWork::CurlWork;

  std::function<void(Result)> completed;

  void complete(CURLcode code) final { completed(result(code)); }
  void abandon(const char* code, const char* why) final { completed(abandoned(code, why)); }

 protected:
  // What the finished work amounts to.
  [[nodiscard]] virtual Result result(CURLcode code) = 0;
  // Work that is ended by us: not started, or no longer waited for.
  [[nodiscard]] virtual Result abandoned(const char* code, const char* why) = 0;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CURL_WORK_H_
