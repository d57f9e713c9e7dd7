// How many of a model's requests may be repeated: one for every ten that were sent, and a few after quiet, so that
// retries cannot multiply the load on a service that fails.
// Threads: any.
#pragma once

#include <algorithm>
#include <mutex>

#include "serve/remote/limits.h"

namespace fovea::remote {

class RetryCredit {
 public:
  void note_request() {
    const std::lock_guard lock(mutex_);
    credit_ = std::min(kRetryBurst, credit_ + kRetryShare);
  }
  bool take() {
    const std::lock_guard lock(mutex_);
    if (credit_ < 1) return false;
    credit_ -= 1;
    return true;
  }

 private:
  std::mutex mutex_;
  double credit_ = kRetryBurst;
};

}  // namespace fovea::remote
