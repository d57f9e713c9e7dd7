// How much one key may ask for: requests and tokens a minute, each a token bucket of one minute's worth, and requests
// at once. Tokens are known when a request is answered, so they are charged then and may bring the bucket below
// nothing; until it is filled again requests are refused. Threads: any.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace fovea::access {

struct QuotaLimits {
  int64_t requests_per_minute = 0, tokens_per_minute = 0, at_once = 0;  // 0: no limit
  bool operator==(const QuotaLimits&) const = default;
};

class Quota {
 public:
  explicit Quota(QuotaLimits limits) : limits_(limits) {}

  enum class Spent : uint8_t { kNothing, kRequests, kTokens, kAtOnce };
  struct Admission {
    Spent spent = Spent::kNothing;  // kNothing: admitted, and end() is owed
    Nanos retry_after{0};
  };
  Admission begin(Nanos now);
  void end();
  void charge(int64_t tokens, Nanos now);

  const QuotaLimits& limits() const { return limits_; }
  int64_t under_way() const;

 private:
  struct Bucket {
    double level = 0;
    bool filled = false;
  };
  void refill(Bucket& bucket, int64_t per_minute, Nanos passed) const;

  const QuotaLimits limits_;
  mutable std::mutex mutex_;
  Bucket requests_, tokens_;
  Nanos at_{0};
  int64_t under_way_ = 0;
};

}  // namespace fovea::access
