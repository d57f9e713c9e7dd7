#include "serve/fetch/http_fetch.h"

#include <mutex>
#include <vector>

#include "base/check.h"
#include "serve/fetch/curl_exchange.h"

namespace fovea::fetch {
namespace {

class CurlFetch final : public HttpFetch {
 public:
  explicit CurlFetch(CurlOptions options) : options_(std::move(options)) { curl_global_init(CURL_GLOBAL_DEFAULT); }

  Result<HttpReply> fetch(const HttpRequest& request, const TakeBody& take) override {
    Curl curl = borrow();
    CurlExchange exchange(request, take);
    FOVEA_OK(exchange.set_up(curl.get(), options_));
    const CURLcode code = curl_easy_perform(curl.get());
    auto result = exchange.judge(curl.get(), code);
    give_back(std::move(curl));
    return result;
  }

 private:
  // Handles keep their connections open for the next exchange.
  Curl borrow() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        Curl out = std::move(idle_.back());
        idle_.pop_back();
        return out;
      }
    }
    Curl made(curl_easy_init());
    FOVEA_CHECK(made != nullptr);
    return made;
  }
  void give_back(Curl curl) {
    constexpr size_t kIdleMax = 8;
    curl_easy_reset(curl.get());
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(curl));
  }

  const CurlOptions options_;
  std::mutex mutex_;
  std::vector<Curl> idle_;  // guarded by mutex_
};

}  // namespace

std::string_view HttpReply::header(std::string_view name) const {
  for (const auto& [each, value] : headers)
    if (each == name) return value;
  return {};
}

std::unique_ptr<HttpFetch> make_curl_fetch(CurlOptions options) {
  return std::make_unique<CurlFetch>(std::move(options));
}

}  // namespace fovea::fetch
