// One request on one libcurl easy handle: its settings, its callbacks, what came of it.
//
// Lives on the thread of the curl loop. The settings are those of domain/delivery.md 2.2 and
// domain/security.md T1–T6, T17, T18; CurlHttpClient is the only user.

#ifndef LIANDONG_DAEMON_PLATFORM_CURL_TRANSFER_H_
#define LIANDONG_DAEMON_PLATFORM_CURL_TRANSFER_H_

#include <memory>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "daemon/platform/curl_http_client.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/curl_work.h"
#include "daemon/platform/http.h"

namespace liandong {

struct FreeMime {
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};

class CurlTransfer final : public CurlWorkFor<HttpResult> {
 public:
  // REQUIRES: `options` outlives the transfer. `request.policy` has already allowed `url`.
  CurlTransfer(HttpRequest request, CurlUrl url, const CurlHttpClient::Options& options);

  [[nodiscard]] bool shares_handle() const override;

 protected:
  void set_up() override;
  [[nodiscard]] HttpResult result(CURLcode code) override;
  [[nodiscard]] HttpResult abandoned(const char* code, const char* why) override;

 private:
  void set_up_request();
  void set_up_body();
  void set_up_headers();
  void set_up_callbacks();
  [[nodiscard]] bool is_publish() const { return request_.use == HttpUse::Publish; }
  [[nodiscard]] bool reuses() const { return !is_publish() || options_.reuse_for_publish; }
  [[nodiscard]] bool request_left() const;
  [[nodiscard]] std::string explain(CURLcode code) const;
  void take_header(std::string_view line);

  static int before_request(void* self, char* remote, char* local, int remote_port, int local_port);
  static std::size_t on_header(char* text, std::size_t one, std::size_t count, void* self);
#ifdef LIANDONG_FAULT_POINTS
  static int on_progress(CURL* easy, curl_infotype what, char* bytes, std::size_t count,
                         void* self);
#endif
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* self);

  HttpRequest request_;
  CurlUrl url_;
  const CurlHttpClient::Options& options_;
  CurlList header_list_;
  CurlList resolve_list_;
  std::unique_ptr<curl_mime, FreeMime> mime_;
  HttpReply reply_;
  std::size_t header_bytes_ = 0;
  bool headers_ended_ = false;
  bool has_begun_ = false;
  bool repeats_ = false;
  bool is_late_ = false;  // for a node whose lease is over
  bool too_large_ = false;
};

}  // namespace liandong

#endif  // LIANDONG_DAEMON_PLATFORM_CURL_TRANSFER_H_
