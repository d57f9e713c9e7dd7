// One exchange as libcurl is told of it and tells of it: what HttpFetch and MultiFetch share.
// Ownership: borrows the request and the `take`, which must outlive it. Threads: one at a time.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>

#include "serve/fetch/http_fetch.h"
#include "serve/fetch/uri.h"

namespace fovea::fetch {

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

class CurlExchange {
 public:
  CurlExchange(const HttpRequest& request, const TakeBody& take) : request_(request), take_(take) {}
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  // Errors: what can be said against the request before it is sent.
  Result<void> set_up(CURL* curl, const CurlOptions& options);
  // When libcurl is done with it.
  Result<HttpReply> judge(CURL* curl, CURLcode code);

  uint64_t number = 0;  // of MultiFetch

 private:
  static size_t take_header(char* bytes, size_t size, size_t count, void* to);
  static size_t take_body(char* bytes, size_t size, size_t count, void* to);
  Result<void> check() const;
  Result<void> list_headers();
  void set_timeouts(CURL* curl) const;

  const HttpRequest& request_;
  const TakeBody& take_;
  Uri uri_;
  HeaderList headers_;
  HttpReply reply_;
  size_t header_bytes_ = 0;
  uint64_t body_bytes_ = 0;
  bool refused_ = false, too_large_ = false;
  std::array<char, CURL_ERROR_SIZE> message_{};
};

}  // namespace fovea::fetch
