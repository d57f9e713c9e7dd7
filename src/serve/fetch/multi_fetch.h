// Many exchanges at once on one thread of its own (libcurl's multi interface): connections are kept and shared, and
// where TLS offers HTTP/2 they carry several exchanges each. Redirects are not followed, whatever a request says.
// Journey: remote models send with it, for whom a thread an exchange would be too many.
// Errors: those of HttpFetch, in End.
// Threads: every call from any; `ended` and `take` are called on its thread and must not block.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "serve/fetch/http_fetch.h"

namespace fovea::fetch {

class MultiFetch {
 public:
  struct End {
    Result<HttpReply> reply;
    bool sent = false;  // the request, or a part of it, may have reached the other side
  };
  using Ended = std::function<void(End end)>;

  MultiFetch();
  ~MultiFetch();  // what is under way ends as kCancelled
  MultiFetch(const MultiFetch&) = delete;
  MultiFetch& operator=(const MultiFetch&) = delete;

  // A number for cancel().
  uint64_t start(HttpRequest request, Ended ended, TakeBody take = {}, CurlOptions options = {});
  void cancel(uint64_t exchange);  // its end is told as kCancelled, unless it was told; soon, not at once
  // Calls `what` on its thread, not before `delay` has passed.
  void after(Nanos delay, std::function<void()> what);

 private:
  struct Running;
  struct Multi;

  void work();
  void take_orders();
  void begin(uint64_t number, Running& running);
  void end_done();
  void finish(uint64_t number, End end);
  int64_t run_due();  // milliseconds until the next

  std::unique_ptr<Multi> multi_;
  std::mutex mutex_;
  uint64_t last_ = 0;  // these four are guarded by mutex_
  std::vector<std::pair<uint64_t, std::unique_ptr<Running>>> starting_;
  std::vector<uint64_t> cancelling_;
  bool stop_ = false;
  std::multimap<int64_t, std::function<void()>> due_;  // steady nanoseconds; guarded by mutex_
  std::map<uint64_t, std::unique_ptr<Running>> running_;
  std::thread thread_;
};

}  // namespace fovea::fetch
