#include "serve/fetch/multi_fetch.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "serve/fetch/curl_exchange.h"

namespace fovea::fetch {

struct MultiFetch::Running {
  HttpRequest request;
  Ended ended;
  TakeBody take;
  CurlOptions options;
  Curl curl = {};
  std::unique_ptr<CurlExchange> exchange = {};
};

struct MultiFetch::Multi {
  CURLM* multi = curl_multi_init();
  Multi() {
    FOVEA_CHECK(multi != nullptr);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, kConnectionsMax);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  }
  ~Multi() { curl_multi_cleanup(multi); }
};

namespace {

int64_t steady_ns() {
  return SystemClock().steady().count();
}

}  // namespace

MultiFetch::MultiFetch() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = std::make_unique<Multi>();
  thread_ = std::thread([this] { work(); });
}

MultiFetch::~MultiFetch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  curl_multi_wakeup(multi_->multi);
  thread_.join();
}

uint64_t MultiFetch::start(HttpRequest request, Ended ended, TakeBody take, CurlOptions options) {
  request.follow_redirects = false;
  auto running = std::make_unique<Running>(std::move(request), std::move(ended), std::move(take), std::move(options));
  uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = ++last_;
    starting_.emplace_back(number, std::move(running));
  }
  curl_multi_wakeup(multi_->multi);
  return number;
}

void MultiFetch::cancel(uint64_t exchange) {
  {
    const std::lock_guard lock(mutex_);
    cancelling_.push_back(exchange);
  }
  curl_multi_wakeup(multi_->multi);
}

void MultiFetch::after(Nanos delay, std::function<void()> what) {
  {
    const std::lock_guard lock(mutex_);
    due_.emplace(steady_ns() + delay.count(), std::move(what));
  }
  curl_multi_wakeup(multi_->multi);
}

void MultiFetch::work() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stop_) break;
    }
    take_orders();
    const int64_t wait_ms = run_due();
    int under_way = 0;
    curl_multi_perform(multi_->multi, &under_way);
    end_done();
    {
      const std::lock_guard lock(mutex_);
      if (!starting_.empty() || !cancelling_.empty()) continue;
    }
    curl_multi_poll(multi_->multi, nullptr, 0, static_cast<int>(wait_ms), nullptr);
  }
  take_orders();
  while (!running_.empty()) finish(running_.begin()->first, {fail(Code::kCancelled, "the client stops"), true});
}

void MultiFetch::take_orders() {
  std::vector<std::pair<uint64_t, std::unique_ptr<Running>>> starting;
  std::vector<uint64_t> cancelling;
  {
    const std::lock_guard lock(mutex_);
    starting.swap(starting_);
    cancelling.swap(cancelling_);
  }
  for (auto& [number, running] : starting) {
    Running& made = *running_.emplace(number, std::move(running)).first->second;
    begin(number, made);
  }
  for (const uint64_t number : cancelling)
    if (running_.contains(number)) finish(number, {fail(Code::kCancelled, "cancelled"), true});
}

void MultiFetch::begin(uint64_t number, Running& running) {
  running.curl.reset(curl_easy_init());
  FOVEA_CHECK(running.curl != nullptr);
  running.exchange = std::make_unique<CurlExchange>(running.request, running.take);
  CURL* curl = running.curl.get();
  if (auto ready = running.exchange->set_up(curl, running.options); !ready)
    return finish(number, {std::unexpected(std::move(ready.error())), false});
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, &running);
  running.exchange->number = number;
  if (curl_multi_add_handle(multi_->multi, curl) != CURLM_OK)
    finish(number, {fail(Code::kInternal, "libcurl does not take the exchange"), false});
}

void MultiFetch::end_done() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* curl = message->easy_handle;
    const CURLcode code = message->data.result;
    void* pointer = nullptr;
    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &pointer);
    Running& running = *static_cast<Running*>(pointer);
    long bytes = 0;
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &bytes);
    const uint64_t number = running.exchange->number;
    finish(number, {running.exchange->judge(curl, code), bytes > 0});
  }
}

// Lets go of the exchange before its end is told.
void MultiFetch::finish(uint64_t number, End end) {
  const auto found = running_.find(number);
  std::unique_ptr<Running> running = std::move(found->second);
  running_.erase(found);
  if (running->curl) curl_multi_remove_handle(multi_->multi, running->curl.get());
  Ended ended = std::move(running->ended);
  running.reset();
  ended(std::move(end));
}

int64_t MultiFetch::run_due() {
  constexpr int64_t kIdleMs = 1000;
  for (;;) {
    std::function<void()> what;
    {
      const std::lock_guard lock(mutex_);
      if (due_.empty()) return kIdleMs;
      const int64_t left = due_.begin()->first - steady_ns();
      if (left > 0) return std::min(kIdleMs, left / 1'000'000 + 1);
      what = std::move(due_.begin()->second);
      due_.erase(due_.begin());
    }
    what();
  }
}

}  // namespace fovea::fetch
